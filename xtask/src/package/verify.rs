//! Builds again and compares: the proof that the same sources make the same package.

use std::fs;
use std::path::Path;

use clap::ValueEnum;

use super::archive::Package;
use crate::error::Error;
use crate::printer;
use crate::program::{Build, Linker, Recipe, Target};
use crate::workspace::Workspace;

/// How much is built again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Depth {
    /// Everything, from a copy of the sources at another path: as slow as the first build.
    Full,
    /// The workspace's own crates and the link with all optimisation across crates, at the same
    /// path; compiled dependencies are kept.
    Own,
}

impl Depth {
    /// The option's value.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Own => "own",
        }
    }

    /// What was compared, for people.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Full => "a build of everything at another path made the same bytes",
            Self::Own => {
                "building the workspace's own crates and linking again made the same bytes"
            }
        }
    }
}

/// The name of the copy, longer than a usual checkout's, so that lengths of paths differ too.
const COPY: &str = "a-copy-of-the-workspace-at-another-path";

/// Builds the program once more.
pub(crate) fn build_again(
    depth: Depth,
    first: &Build,
    workspace: &Workspace,
    target: Target,
    linker: Linker,
) -> Result<Package, Error> {
    let program = match depth {
        Depth::Own => {
            printer::progress("==> building the workspace's own crates again");
            first.forget_own_crates()?;
            first.run()?
        }
        Depth::Full => {
            let place = workspace.scratch().join("package-again");
            let copy = place.join(COPY);
            printer::progress(format_args!(
                "==> building everything again in {}",
                copy.display()
            ));
            empty(&place)?;
            copy_sources(workspace, &copy)?;
            let tools = workspace.scratch();
            let artifacts = place.join("artifacts");
            Build::prepare(Recipe::REAPER, target, linker, &copy, &artifacts, &tools)?.run()?
        }
    };
    Package::pack(&program).map_err(Error::file(Path::new("the package")))
}

fn empty(directory: &Path) -> Result<(), Error> {
    if directory.exists() {
        fs::remove_dir_all(directory).map_err(Error::file(directory))?;
    }
    Ok(())
}

fn copy_sources(workspace: &Workspace, to: &Path) -> Result<(), Error> {
    for path in workspace.paths("")? {
        let copy = to.join(&path);
        let parent = copy.parent().unwrap_or(to);
        fs::create_dir_all(parent).map_err(Error::file(parent))?;
        fs::copy(workspace.root().join(&path), &copy).map_err(Error::file(&copy))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_copy_has_the_sources_and_no_artifacts() {
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(&directory.path().join("workspace"));
        for path in ["Cargo.toml", "crates/a/src/lib.rs", "target/lambda/old"] {
            workspace.write(path, path).unwrap();
        }
        let copy = directory.path().join("copy");
        copy_sources(&workspace, &copy).unwrap();
        assert_eq!(
            Workspace::at(&copy).paths("").unwrap(),
            ["Cargo.toml", "crates/a/src/lib.rs"]
        );
        assert!(!copy.join("target").exists());
    }
}
