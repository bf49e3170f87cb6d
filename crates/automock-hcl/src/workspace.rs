//! A rendered workspace in memory, and how it reaches the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The file that remembers which files of a directory were written by [`Workspace::write_to`].
pub const MANIFEST_FILE: &str = ".automock-manifest.json";

/// The files of a Terraform root and its modules, by path.
///
/// Paths are relative and use `/` on every system.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Workspace {
    files: BTreeMap<String, Vec<u8>>,
}

/// What [`Workspace::write_to`] did, as sorted relative paths.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WriteReport {
    /// Files that are new or have new contents.
    pub written: Vec<String>,
    /// Files that already held these bytes and were left alone.
    pub unchanged: Vec<String>,
    /// Files of an earlier render that this one no longer has.
    pub removed: Vec<String>,
}

impl WriteReport {
    /// Whether the directory differs from what it was before.
    #[must_use]
    pub fn has_changes(&self) -> bool {
        !self.written.is_empty() || !self.removed.is_empty()
    }
}

/// Why a workspace could not be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The file system refused an operation.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried, as in "write".
        action: &'static str,
        /// The file or folder it was tried on.
        path: PathBuf,
        /// The file system's answer.
        #[source]
        source: io::Error,
    },
    /// A folder of the workspace is a link: writing would change files outside of the workspace.
    #[error("{} is a symbolic link; a workspace is only written into real folders", path.display())]
    LinkedFolder {
        /// The link.
        path: PathBuf,
    },
}

/// The contents of [`MANIFEST_FILE`].
#[derive(Debug, Default, Serialize, Deserialize)]
struct Manifest {
    files: BTreeSet<String>,
}

impl Workspace {
    /// Adds a file, or replaces it.
    pub(crate) fn insert(&mut self, path: impl Into<String>, contents: impl Into<Vec<u8>>) {
        let path = path.into();
        debug_assert!(is_inside(&path), "{path} would leave the workspace");
        self.files.insert(path, contents.into());
    }

    /// All files, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files
            .iter()
            .map(|(path, contents)| (path.as_str(), contents.as_slice()))
    }

    /// The text of one file, or `None` if the workspace has no such file.
    #[must_use]
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files
            .get(path)
            .and_then(|contents| std::str::from_utf8(contents).ok())
    }

    /// SHA-256 over all paths and contents, in hexadecimal.
    ///
    /// Two workspaces have the same digest exactly when Terraform would see the same files.
    #[must_use]
    pub fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for (path, contents) in &self.files {
            // Lengths keep ("ab", "c") and ("a", "bc") apart.
            for part in [path.as_bytes(), contents] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        }
        hash.finalize()
            .iter()
            .fold(String::new(), |mut text, byte| {
                write!(text, "{byte:02x}").expect("writing to a string does not fail");
                text
            })
    }

    /// Makes a directory hold exactly these files, next to whatever else is in it.
    ///
    /// Each file is replaced atomically and only if its bytes differ, so unchanged files keep
    /// their modification times. Files of an earlier render that are no longer wanted are
    /// removed; they are known from [`MANIFEST_FILE`]. Nothing else is touched: `.terraform`,
    /// state, lock file, plans and files that a person added stay as they are.
    ///
    /// # Errors
    ///
    /// Fails when the file system refuses, or when a folder of the workspace is a symbolic link.
    /// The directory then holds a mixture of old and new files; writing again completes it.
    pub fn write_to(&self, dir: impl AsRef<Path>) -> Result<WriteReport, WriteError> {
        let dir = dir.as_ref();
        fs::create_dir_all(dir).map_err(failed("create", dir))?;
        let before = read_manifest(dir);
        let wanted: BTreeSet<String> = self.files.keys().cloned().collect();

        // Until all is done the manifest names old and new files, so that a run that was cut
        // short leaves nothing behind that the next one does not know.
        write_manifest(dir, before.union(&wanted).cloned().collect())?;
        let mut report = WriteReport::default();
        for (path, contents) in &self.files {
            ensure_folders(dir, path)?;
            if replace(&dir.join(path), contents)? {
                report.written.push(path.clone());
            } else {
                report.unchanged.push(path.clone());
            }
        }
        for path in before.difference(&wanted) {
            if remove(dir, path)? {
                report.removed.push(path.clone());
            }
        }
        write_manifest(dir, wanted)?;
        Ok(report)
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> WriteError {
    let path = path.to_owned();
    move |source| WriteError::Io {
        action,
        path,
        source,
    }
}

/// Whether a manifest or workspace path stays below the directory it is joined to.
fn is_inside(path: &str) -> bool {
    let mut components = Path::new(path).components().peekable();
    components.peek().is_some()
        && components
            .all(|component| matches!(component, Component::Normal(name) if name != ".terraform"))
}

/// The files of earlier renders. A manifest that cannot be read owns nothing: leaving a stale
/// file behind is harmless, removing somebody else's is not.
fn read_manifest(dir: &Path) -> BTreeSet<String> {
    let manifest: Manifest = fs::read(dir.join(MANIFEST_FILE))
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .unwrap_or_default();
    manifest
        .files
        .into_iter()
        .filter(|path| is_inside(path))
        .collect()
}

fn write_manifest(dir: &Path, files: BTreeSet<String>) -> Result<(), WriteError> {
    let mut text = serde_json::to_string_pretty(&Manifest { files })
        .expect("a set of strings always serialises");
    text.push('\n');
    replace(&dir.join(MANIFEST_FILE), text.as_bytes()).map(|_| ())
}

/// Creates the folders above a file and refuses to walk through a link.
fn ensure_folders(dir: &Path, path: &str) -> Result<(), WriteError> {
    let mut folder = dir.to_owned();
    let Some(parent) = Path::new(path).parent() else {
        return Ok(());
    };
    for component in parent.components() {
        folder.push(component);
        match fs::symlink_metadata(&folder) {
            Ok(metadata) if metadata.is_symlink() => {
                return Err(WriteError::LinkedFolder { path: folder });
            }
            Ok(_) => {}
            Err(_) => fs::create_dir(&folder).map_err(failed("create", &folder))?,
        }
    }
    Ok(())
}

/// Puts the contents in place unless they are there already. Returns whether it had to.
fn replace(path: &Path, contents: &[u8]) -> Result<bool, WriteError> {
    let is_link = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink());
    if !is_link && fs::read(path).is_ok_and(|current| current == contents) {
        return Ok(false);
    }
    // Hidden, so that Terraform ignores what an interruption leaves behind.
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let new = path.with_file_name(format!(".{name}.automock-new"));
    fs::write(&new, contents).map_err(failed("write", &new))?;
    fs::rename(&new, path).map_err(failed("replace", path))?;
    Ok(true)
}

/// Removes a stale file and the folders that became empty. Returns whether there was a file.
fn remove(dir: &Path, path: &str) -> Result<bool, WriteError> {
    let file = dir.join(path);
    let folders = || file.ancestors().skip(1).take_while(|folder| *folder != dir);
    // A linked folder leads to files that were never part of this workspace.
    if folders().any(Path::is_symlink) {
        return Ok(false);
    }
    match fs::remove_file(&file) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(failed("remove", &file)(error)),
    }
    for folder in folders() {
        // Fails while something is left in it, and then it has to stay.
        if fs::remove_dir(folder).is_err() {
            break;
        }
    }
    Ok(true)
}

#[cfg(test)]
mod tests;
