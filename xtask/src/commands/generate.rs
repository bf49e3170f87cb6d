//! `cargo xtask generate`: rewrites what is derived from other files.

use clap::Args;

use crate::error::Error;
use crate::generate::{self, Artifact};
use crate::printer;
use crate::workspace::Workspace;

/// How to treat stale files.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct GenerateArguments {
    /// Writes nothing and fails when a file is stale.
    #[arg(long)]
    pub(crate) check: bool,
}

/// Writes, or only compares, every generated file.
pub(crate) fn run(workspace: &Workspace, arguments: GenerateArguments) -> Result<(), Error> {
    let artifacts = generate::all(workspace)?;
    let total = artifacts.len();
    let stale = stale(workspace, artifacts)?;
    if arguments.check && !stale.is_empty() {
        return Err(Error::Stale {
            paths: stale.into_iter().map(|artifact| artifact.path).collect(),
        });
    }
    for artifact in &stale {
        workspace.write(&artifact.path, &artifact.text)?;
        printer::result(format_args!("wrote {}", artifact.path));
    }
    printer::result(format_args!(
        "{total} generated files, {} were stale",
        stale.len()
    ));
    Ok(())
}

fn stale(workspace: &Workspace, artifacts: Vec<Artifact>) -> Result<Vec<Artifact>, Error> {
    let mut stale = Vec::new();
    for artifact in artifacts {
        if workspace.read(&artifact.path)?.as_ref() != Some(&artifact.text) {
            stale.push(artifact);
        }
    }
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_names_stale_files_and_generating_cures_them() {
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(directory.path());
        workspace
            .write(
                "terraform/modules/iam/variables.tf",
                "variable \"name\" {\n  type = string\n  description = \"Its name.\"\n}\n",
            )
            .unwrap();
        let error = run(&workspace, GenerateArguments { check: true }).unwrap_err();
        assert!(
            matches!(&error, Error::Stale { paths } if paths.contains(&"terraform/modules/iam/README.md".to_owned())),
            "{error}"
        );
        run(&workspace, GenerateArguments { check: false }).unwrap();
        run(&workspace, GenerateArguments { check: true }).unwrap();
    }
}
