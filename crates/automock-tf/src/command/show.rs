//! `terraform show` of a plan file.

use std::ffi::OsString;
use std::path::Path;

use super::args::Args;
use crate::error::{Error, Result};
use crate::plan::Plan;
use crate::run::{self, Invocation};
use crate::workspace::Workspace;

fn argv(plan: &Path) -> Vec<OsString> {
    Args::new(&["show", "-json"]).push(plan).finish()
}

impl Workspace {
    /// Reads a plan file with all its attributes.
    ///
    /// The plan is compacted while terraform prints it, so even a plan of hundreds of megabytes
    /// takes little memory. Relative paths start from the workspace's directory.
    ///
    /// # Errors
    ///
    /// See [`Error`].
    pub async fn show_plan(&self, plan: impl AsRef<Path>) -> Result<Plan> {
        let invocation = Invocation::reading("show", argv(plan.as_ref()));
        let parsed = run::read(self, &invocation, |reader| Plan::from_reader(reader)).await?;
        parsed.map_err(|source| Error::Format {
            command: "show",
            source,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::args::text;
    use super::*;

    #[test]
    fn arguments() {
        assert_eq!(
            text(&argv(Path::new("a/b.tfplan"))),
            ["show", "-json", "a/b.tfplan"]
        );
    }
}
