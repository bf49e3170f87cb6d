//! Where the repository is and which files belong to it.

use std::collections::BTreeSet;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;

/// Directories that hold nothing of the repository.
const FOREIGN_DIRECTORIES: [&str; 5] = [
    "target",
    "node_modules",
    "__pycache__",
    "venv",
    ".terraform",
];

/// The hidden directories that do belong to the repository.
const OWN_HIDDEN_DIRECTORIES: [&str; 2] = [".ci", ".cargo"];

/// The repository on disk.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    root: PathBuf,
}

/// A text file with its path from the repository's root, separated by `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SourceFile {
    pub(crate) path: String,
    pub(crate) text: String,
}

impl SourceFile {
    /// Says whether the file's name ends with a dot and `extension`.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        has_extension(&self.path, extension)
    }
}

impl Workspace {
    /// Finds the repository that this program was built from.
    pub(crate) fn locate() -> Self {
        // Cargo sets the variable at run time too, which survives a moved checkout.
        let manifest = env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest.parent().unwrap_or(&manifest).to_path_buf();
        Self { root }
    }

    /// Uses the repository at `root`.
    #[cfg(test)]
    pub(crate) fn at(root: &Path) -> Self {
        Self {
            root: root.to_path_buf(),
        }
    }

    /// Returns the repository's root directory.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns the directory for everything that tasks build or download.
    pub(crate) fn scratch(&self) -> PathBuf {
        self.target().join("xtask")
    }

    /// Returns where a development build puts a program.
    pub(crate) fn binary(&self, name: &str) -> PathBuf {
        self.target().join("debug").join(name)
    }

    /// Returns a directory for what is built and kept.
    pub(crate) fn artifacts(&self, name: &str) -> PathBuf {
        self.target().join(name)
    }

    fn target(&self) -> PathBuf {
        let target =
            env::var_os("CARGO_TARGET_DIR").map_or_else(|| self.root.join("target"), PathBuf::from);
        self.root.join(target)
    }

    /// Reads one file; `Ok(None)` when there is none.
    pub(crate) fn read(&self, path: &str) -> Result<Option<String>, Error> {
        let path = self.root.join(path);
        match fs::read_to_string(&path) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Error::Read { path, source }),
        }
    }

    /// Writes one file, with the directories above it.
    pub(crate) fn write(&self, path: &str, text: &str) -> Result<(), Error> {
        write(&self.root.join(path), text.as_bytes())
    }

    /// Lists the paths below `directory` in a stable order, without foreign directories.
    pub(crate) fn paths(&self, directory: &str) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        let start = self.root.join(directory);
        if start.is_dir() {
            self.collect(&start, &mut found)?;
        }
        found.sort();
        Ok(found)
    }

    /// Reads all files below `directory` whose name ends with one of `endings`.
    pub(crate) fn files(
        &self,
        directory: &str,
        endings: &[&str],
    ) -> Result<Vec<SourceFile>, Error> {
        let paths = self.paths(directory)?;
        paths
            .into_iter()
            .filter(|path| endings.iter().any(|ending| path.ends_with(ending)))
            .map(|path| {
                let text = self.read(&path)?.unwrap_or_default();
                Ok(SourceFile { path, text })
            })
            .collect()
    }

    /// Lists the directories of the Terraform modules, from the repository's root.
    pub(crate) fn terraform_modules(&self) -> Result<Vec<String>, Error> {
        let modules: BTreeSet<String> = self
            .paths("terraform/modules")?
            .into_iter()
            .filter(|path| has_extension(path, "tf"))
            .filter_map(|path| Some(path.rsplit_once('/')?.0.to_owned()))
            // A module's test fixtures and examples are modules too, but not ours to publish.
            .filter(|directory| {
                !directory
                    .split('/')
                    .any(|part| part == "tests" || part == "examples")
            })
            .collect();
        Ok(modules.into_iter().collect())
    }

    fn collect(&self, directory: &Path, found: &mut Vec<String>) -> Result<(), Error> {
        let failed = |source| Error::Read {
            path: directory.to_path_buf(),
            source,
        };
        for entry in fs::read_dir(directory).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let kind = entry.file_type().map_err(failed)?;
            if kind.is_dir() && is_own(&name) {
                self.collect(&entry.path(), found)?;
            } else if kind.is_file() {
                found.push(self.relative(&entry.path()));
            }
        }
        Ok(())
    }

    fn relative(&self, path: &Path) -> String {
        let relative = path.strip_prefix(&self.root).unwrap_or(path);
        relative.to_string_lossy().replace('\\', "/")
    }
}

/// Writes a file, with the directories above it.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    if let Some(parent) = path.parent() {
        create_directory(parent)?;
    }
    fs::write(path, bytes).map_err(|source| Error::Write {
        path: path.to_path_buf(),
        source,
    })
}

/// Creates a directory and those above it.
pub(crate) fn create_directory(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(|source| Error::Write {
        path: path.to_path_buf(),
        source,
    })
}

fn has_extension(path: &str, extension: &str) -> bool {
    Path::new(path)
        .extension()
        .is_some_and(|found| found == extension)
}

fn is_own(directory: &str) -> bool {
    if FOREIGN_DIRECTORIES.contains(&directory) {
        return false;
    }
    !directory.starts_with('.') || OWN_HIDDEN_DIRECTORIES.contains(&directory)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> (tempfile::TempDir, Workspace) {
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(directory.path());
        for path in [
            "src/lib.rs",
            ".ci/run",
            ".git/config",
            "target/debug/build.rs",
            "terraform/modules/iam/main.tf",
            "terraform/modules/iam/variables.tf",
            "terraform/modules/iam/tests/setup/main.tf",
            "terraform/modules/ttl/account/main.tf",
            "terraform/modules/ttl/main.tf",
        ] {
            workspace.write(path, path).unwrap();
        }
        (directory, workspace)
    }

    #[test]
    fn foreign_directories_are_skipped() {
        let (_directory, workspace) = sample();
        let paths = workspace.paths("").unwrap();
        assert!(paths.contains(&".ci/run".to_owned()));
        assert!(paths.contains(&"src/lib.rs".to_owned()));
        assert!(
            !paths
                .iter()
                .any(|path| path.starts_with(".git/") || path.starts_with("target/"))
        );
    }

    #[test]
    fn files_are_selected_by_their_ending() {
        let (_directory, workspace) = sample();
        let files = workspace.files("", &[".rs"]).unwrap();
        assert_eq!(
            files,
            [SourceFile {
                path: "src/lib.rs".to_owned(),
                text: "src/lib.rs".to_owned(),
            }]
        );
    }

    #[test]
    fn nested_modules_count_and_fixtures_do_not() {
        let (_directory, workspace) = sample();
        assert_eq!(
            workspace.terraform_modules().unwrap(),
            [
                "terraform/modules/iam",
                "terraform/modules/ttl",
                "terraform/modules/ttl/account",
            ]
        );
    }

    #[test]
    fn a_missing_file_is_none() {
        let (_directory, workspace) = sample();
        assert_eq!(workspace.read("absent").unwrap(), None);
    }
}
