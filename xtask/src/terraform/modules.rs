//! Tests the Terraform modules.

use std::fs;
use std::path::{Path, PathBuf};

use super::program::Terraform;
use crate::error::Error;
use crate::printer;
use crate::workspace::{self, Workspace};

/// A copy of the module tree to run terraform in.
///
/// The copy keeps `.terraform` and lock files out of the tree that goes into the binary.
#[derive(Debug)]
pub(crate) struct ModuleCopy {
    root: PathBuf,
}

impl ModuleCopy {
    /// Copies the modules to `root`, replacing an older copy, so that deleted files and state
    /// don't linger.
    pub(crate) fn create(workspace: &Workspace, root: PathBuf) -> Result<Self, Error> {
        if root.exists() {
            fs::remove_dir_all(&root).map_err(|source| Error::Write {
                path: root.clone(),
                source,
            })?;
        }
        for path in workspace.paths("terraform/modules")? {
            let source = workspace.root().join(&path);
            let bytes = fs::read(&source).map_err(|error| Error::Read {
                path: source,
                source: error,
            })?;
            workspace::write(&root.join(&path), &bytes)?;
        }
        Ok(Self { root })
    }

    /// Tests one module and validates its examples; a module without tests is validated as well.
    pub(crate) fn test(&self, terraform: &Terraform, module: &str) -> Result<(), Error> {
        let directory = self.root.join(module);
        terraform.initialise(&directory)?;
        if holds(&directory.join("tests"), ".tftest.hcl") {
            terraform.test(&directory)?;
        } else {
            terraform.validate(&directory)?;
        }
        for example in examples(&directory) {
            terraform.initialise(&example)?;
            terraform.validate(&example)?;
            printer::progress(format_args!("    {} is valid", self.relative(&example)));
        }
        Ok(())
    }

    fn relative<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

/// Lists a module's examples in a stable order.
fn examples(module: &Path) -> Vec<PathBuf> {
    let mut examples: Vec<PathBuf> = entries(&module.join("examples"))
        .filter(|path| holds(path, ".tf"))
        .collect();
    examples.sort();
    examples
}

/// Says whether a directory holds a file whose name ends with `ending`.
fn holds(directory: &Path, ending: &str) -> bool {
    entries(directory).any(|path| path.to_string_lossy().ends_with(ending))
}

/// Lists a directory; nothing when there is none.
fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(directory)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_holds_exactly_the_modules() {
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(directory.path());
        for path in [
            "main.tf",
            "tests/a.tftest.hcl",
            ".terraform/x",
            "examples/b/main.tf",
        ] {
            workspace
                .write(&format!("terraform/modules/m/{path}"), path)
                .unwrap();
        }
        let root = directory.path().join("copy");
        let module = root.join("terraform/modules/m");
        let old = module.join("old.tf");
        workspace::write(&old, b"left over").unwrap();
        ModuleCopy::create(&workspace, root).unwrap();
        assert!(module.join("main.tf").is_file());
        assert!(!old.exists());
        assert!(!module.join(".terraform").exists());
        assert!(holds(&module.join("tests"), ".tftest.hcl"));
        assert_eq!(examples(&module), [module.join("examples/b")]);
    }
}
