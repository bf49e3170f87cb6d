//! Writes the table of Terraform module files that the library carries.
//!
//! A macro that embeds a whole directory would also take what a developer's `terraform init`
//! leaves in it (a provider binary of several hundred megabytes), and would not notice a file
//! that was added since the last build. This script picks the files and watches the folders.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Folders that belong to the repository but not to a rendered workspace.
const SKIPPED_FOLDERS: [&str; 2] = ["examples", "tests"];

fn main() -> io::Result<()> {
    let manifest_dir = PathBuf::from(variable("CARGO_MANIFEST_DIR")?);
    let root = manifest_dir.join("modules");
    let mut files = Vec::new();
    collect(&root, "", &mut files)?;
    files.sort();

    let mut entries = Vec::new();
    for (name, path) in &files {
        let path = path.canonicalize()?.display().to_string();
        entries.push(format!("({name:?}, include_str!({path:?}))"));
    }
    let table = format!("&[\n{}\n]\n", entries.join(",\n"));
    fs::write(Path::new(&variable("OUT_DIR")?).join("modules.rs"), table)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    println!("cargo::rerun-if-changed={}", folder.display());
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        let relative = format!("{prefix}{name}");
        if path.is_dir() {
            if !name.starts_with('.') && !SKIPPED_FOLDERS.contains(&name) {
                collect(&path, &format!("{relative}/"), files)?;
            }
        } else if is_module_file(name) {
            files.push((relative, path));
        }
    }
    Ok(())
}

/// Code and the files that it reads; no documentation, values, state or lock files.
fn is_module_file(name: &str) -> bool {
    let extension = Path::new(name)
        .extension()
        .and_then(|extension| extension.to_str());
    !name.starts_with('.') && !matches!(extension, Some("md" | "tfvars" | "tfstate" | "backup"))
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(|error| io::Error::other(format!("{name}: {error}")))
}
