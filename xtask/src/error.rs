//! What can go wrong in a task, with what to do about it.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

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
    #[error("{count} generated files are stale: {}", paths.join(", "), count = paths.len())]
    Stale { paths: Vec<String> },
    #[error("{count} violations of the repository's rules")]
    Untidy { count: usize },
    #[error("{failed} of {total} steps failed")]
    Steps { failed: usize, total: usize },
    #[error("the step that prepares this one failed")]
    Unprepared,
}

impl Error {
    /// Returns what the reader can do next, where that isn't obvious from the message.
    pub(crate) fn hint(&self) -> Option<&str> {
        match self {
            Self::Missing { hint, .. } => Some(hint),
            Self::Stale { .. } => Some("run `cargo xtask generate` and commit the result"),
            _ => None,
        }
    }
}
