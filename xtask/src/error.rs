//! What can go wrong in a task, with what to do about it.

use std::error::Error as _;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// What to do about a program that needs a newer system than Lambda's.
const ZIG_HINT: &str = "link against Lambda's C library: `cargo xtask package --linker zig` installs \
    what that needs (by hand: `pip install ziglang` and `cargo install cargo-zigbuild --locked`), \
    or build in the image public.ecr.aws/amazonlinux/amazonlinux:2023";

/// What to do about an input that was found.
const FUZZ_HINT: &str = "repeat one with the command above, and keep it as a unit test";

/// What to do when even zig's C library was not old enough.
const IMAGE_HINT: &str = "build in the image public.ecr.aws/amazonlinux/amazonlinux:2023";

/// What to do about a program that is not linked statically.
const STATIC_HINT: &str = "build where the C library is there for static linking \
    (Debian and Ubuntu: `apt-get install libc6-dev`; Fedora: `dnf install glibc-static`)";

/// A failed task.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    #[error("cannot read {}", path.display())]
    Read { path: PathBuf, source: io::Error },
    #[error("cannot write {}", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("cannot start `{command}`")]
    Start { command: String, source: io::Error },
    #[error("`{command}` ended with {status}")]
    Failed { command: String, status: ExitStatus },
    #[error("{what}")]
    Missing { what: String, hint: String },
    #[error("{path} cannot be understood: {reason}")]
    Malformed { path: String, reason: String },
    #[error("the AWS emulator cannot be set up")]
    Emulator(#[from] automock_testkit::TestkitError),
    #[error("{count} generated files are stale: {}", paths.join(", "), count = paths.len())]
    Stale { paths: Vec<String> },
    #[error("{count} violations of the repository's rules")]
    Untidy { count: usize },
    #[error("{failed} of {total} steps failed")]
    Steps { failed: usize, total: usize },
    #[error("the step that prepares this one failed")]
    Unprepared,
    #[error("{0}")]
    Rehearsal(String),
    #[error("{0}")]
    Measurement(String),
    #[error("{count} inputs fail")]
    Fuzz { count: usize },
    #[error("Lambda would not start the program: {}", obstacles.join("; "))]
    Unfit {
        obstacles: Vec<String>,
        /// Whether it was linked by zig already.
        is_zig: bool,
    },
    #[error("a container with nothing else in it would not start the program: {}", obstacles.join("; "))]
    NotAlone { obstacles: Vec<String> },
    #[error("the image cannot be written down")]
    Image(#[from] oci_spec::OciSpecError),
    #[error("the program has paths of this machine in it: {}", paths.join(", "))]
    Traces { paths: Vec<String> },
    #[error("the package has {size} bytes, more than the limit of {limit}")]
    TooLarge { size: usize, limit: usize },
    #[error(
        "the second build made another package; both are kept: {} and {}",
        first.display(),
        second.display()
    )]
    Irreproducible { first: PathBuf, second: PathBuf },
    #[error("cannot use {}", path.display())]
    File { path: PathBuf, source: io::Error },
}

impl Error {
    /// Turns an error of the file system into one that names the path.
    pub(crate) fn file(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::File { path, source }
    }

    /// Returns what the reader can do next, where that isn't obvious from the message.
    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Self::Missing { hint, .. } => Some(hint),
            Self::Stale { .. } => Some("run `cargo xtask generate` and commit the result"),
            Self::Fuzz { .. } => Some(FUZZ_HINT),
            Self::Unfit { is_zig: false, .. } => Some(ZIG_HINT),
            Self::Unfit { is_zig: true, .. } => Some(IMAGE_HINT),
            Self::NotAlone { .. } => Some(STATIC_HINT),
            _ => None,
        }
    }

    /// Joins the message with those of its causes.
    pub(crate) fn chain(&self) -> String {
        let mut text = self.to_string();
        let mut cause = self.source();
        while let Some(current) = cause {
            text.push_str(": ");
            text.push_str(&current.to_string());
            cause = current.source();
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_shown_with_its_causes() {
        let error = Error::Read {
            path: "deny.toml".into(),
            source: io::Error::other("no such file"),
        };
        assert_eq!(error.chain(), "cannot read deny.toml: no such file");
    }
}
