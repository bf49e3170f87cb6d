//! Tests of writing a workspace into directories that hold other things too.

use std::time::{Duration, SystemTime};

use tempfile::TempDir;

use super::*;

fn workspace(files: &[(&str, &str)]) -> Workspace {
    let mut workspace = Workspace::default();
    for (path, contents) in files {
        workspace.insert(*path, *contents);
    }
    workspace
}

fn write(dir: &TempDir, files: &[(&str, &str)]) -> WriteReport {
    workspace(files)
        .write_to(dir.path())
        .expect("the directory is writable")
}

fn put(dir: &TempDir, path: &str, contents: &str) {
    let file = dir.path().join(path);
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, contents).unwrap();
}

/// All files below a directory except for the manifest, as sorted (path, contents).
fn tree(dir: &Path) -> Vec<(String, String)> {
    fn walk(root: &Path, dir: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else if path.file_name().unwrap() != MANIFEST_FILE {
                let name = path
                    .strip_prefix(root)
                    .unwrap()
                    .to_str()
                    .unwrap()
                    .to_owned();
                found.push((name, fs::read_to_string(path).unwrap()));
            }
        }
    }
    let mut found = Vec::new();
    walk(dir, dir, &mut found);
    found.sort();
    found
}

fn owned(files: &[(&str, &str)]) -> Vec<(String, String)> {
    files
        .iter()
        .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
        .collect()
}

fn age(dir: &TempDir, path: &str) -> SystemTime {
    let old = SystemTime::now() - Duration::from_hours(1);
    let file = fs::File::options()
        .write(true)
        .open(dir.path().join(path))
        .unwrap();
    file.set_modified(old).unwrap();
    fs::metadata(dir.path().join(path))
        .unwrap()
        .modified()
        .unwrap()
}

#[test]
fn writes_files_and_folders() {
    let dir = TempDir::new().unwrap();
    let files = [("main.tf", "a"), ("modules/iam/main.tf", "b")];
    let report = write(&dir, &files);
    assert_eq!(report.written, ["main.tf", "modules/iam/main.tf"]);
    assert!(report.has_changes());
    assert_eq!(tree(dir.path()), owned(&files));
}

#[test]
fn unchanged_files_keep_their_modification_time() {
    let dir = TempDir::new().unwrap();
    write(&dir, &[("main.tf", "a"), ("outputs.tf", "b")]);
    let main = age(&dir, "main.tf");
    let manifest = age(&dir, MANIFEST_FILE);

    let report = write(&dir, &[("main.tf", "a"), ("outputs.tf", "c")]);
    assert_eq!(report.unchanged, ["main.tf"]);
    assert_eq!(report.written, ["outputs.tf"]);
    let modified = |path| {
        fs::metadata(dir.path().join(path))
            .unwrap()
            .modified()
            .unwrap()
    };
    assert_eq!(modified("main.tf"), main);
    assert_eq!(modified(MANIFEST_FILE), manifest);
    assert!(!write(&dir, &[("main.tf", "a"), ("outputs.tf", "c")]).has_changes());
}

#[test]
fn stale_files_and_their_empty_folders_go() {
    let dir = TempDir::new().unwrap();
    write(
        &dir,
        &[
            ("main.tf", "a"),
            ("variables.tf", "v"),
            ("modules/domain/files/x", "d"),
        ],
    );
    let report = write(&dir, &[("main.tf", "a")]);
    assert_eq!(report.removed, ["modules/domain/files/x", "variables.tf"]);
    assert_eq!(tree(dir.path()), owned(&[("main.tf", "a")]));
    assert!(!dir.path().join("modules").exists());
}

#[test]
fn what_others_put_there_stays() {
    let dir = TempDir::new().unwrap();
    let foreign = [
        (".terraform.lock.hcl", "lock"),
        (".terraform/modules/modules.json", "{}"),
        ("expectations.json", "[]"),
        ("logs/apply.log", "log"),
        ("modules/domain/mine.tf", "m"),
        ("override.tf", "o"),
        ("plan.tfplan", "p"),
        ("terraform.tfstate", "{}"),
    ];
    for (path, contents) in foreign {
        put(&dir, path, contents);
    }
    write(&dir, &[("modules/domain/main.tf", "d"), ("main.tf", "a")]);
    write(&dir, &[]);
    assert_eq!(tree(dir.path()), owned(&foreign));
}

#[test]
fn an_interrupted_write_is_completed_by_the_next() {
    let dir = TempDir::new().unwrap();
    write(&dir, &[("a.tf", "1"), ("b.tf", "1")]);
    // A folder in the place of a file stops the write after its first file.
    fs::create_dir(dir.path().join("d.tf")).unwrap();
    let error = workspace(&[("c.tf", "1"), ("d.tf", "1")])
        .write_to(dir.path())
        .unwrap_err();
    assert!(
        matches!(
            error,
            WriteError::Io {
                action: "replace",
                ..
            }
        ),
        "{error}"
    );
    fs::remove_dir(dir.path().join("d.tf")).unwrap();
    fs::remove_file(dir.path().join(".d.tf.automock-new")).unwrap();

    let report = write(&dir, &[("a.tf", "2")]);
    assert_eq!(report.removed, ["b.tf", "c.tf"]);
    assert_eq!(tree(dir.path()), owned(&[("a.tf", "2")]));
}

#[test]
fn a_manifest_cannot_reach_outside_or_into_terraform() {
    let outer = TempDir::new().unwrap();
    let precious = outer.path().join("precious");
    fs::write(&precious, "p").unwrap();
    let dir = outer.path().join("workspace");
    fs::create_dir_all(dir.join(".terraform")).unwrap();
    fs::write(dir.join(".terraform/providers"), "x").unwrap();
    let entries = serde_json::json!({
        "files": ["../precious", precious, ".terraform/providers", ".", ""],
    });
    fs::write(dir.join(MANIFEST_FILE), entries.to_string()).unwrap();

    let report = workspace(&[]).write_to(&dir).unwrap();
    assert_eq!(report, WriteReport::default());
    assert!(precious.exists() && dir.join(".terraform/providers").exists());
}

#[test]
fn an_unreadable_manifest_owns_nothing() {
    let dir = TempDir::new().unwrap();
    put(&dir, "old.tf", "o");
    put(&dir, MANIFEST_FILE, "{ not json");
    assert!(write(&dir, &[("main.tf", "a")]).removed.is_empty());
    assert!(dir.path().join("old.tf").exists());
}

#[cfg(unix)]
#[test]
fn linked_folders_are_refused_and_linked_files_replaced() {
    use std::os::unix::fs::symlink;

    let outside = TempDir::new().unwrap();
    fs::write(outside.path().join("main.tf"), "theirs").unwrap();
    let dir = TempDir::new().unwrap();

    symlink(outside.path(), dir.path().join("modules")).unwrap();
    let error = workspace(&[("modules/main.tf", "ours")])
        .write_to(dir.path())
        .unwrap_err();
    assert!(matches!(error, WriteError::LinkedFolder { .. }), "{error}");
    // The manifest now names the file; that does not make the linked one ours.
    assert!(write(&dir, &[]).removed.is_empty());
    fs::remove_file(dir.path().join("modules")).unwrap();

    symlink(outside.path().join("main.tf"), dir.path().join("main.tf")).unwrap();
    write(&dir, &[("main.tf", "theirs")]);
    assert!(!dir.path().join("main.tf").is_symlink());
    assert_eq!(tree(outside.path()), owned(&[("main.tf", "theirs")]));
}

#[test]
fn digests_tell_workspaces_apart() {
    let digest = |files| workspace(files).digest();
    let first = digest(&[("a", "b"), ("c", "")]);
    assert_eq!(first.len(), 64);
    assert_eq!(first, digest(&[("c", ""), ("a", "b")]));
    assert_ne!(first, digest(&[("a", "bc"), ("c", "")]));
    assert_ne!(digest(&[("ab", "c")]), digest(&[("a", "bc")]));
}
