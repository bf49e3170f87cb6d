//! What can go wrong around a run.

use std::io;
use std::path::PathBuf;

use crate::cause::Cause;
use crate::diagnostic::Diagnostic;

/// The result of a run.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a run gave no result.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The working directory is missing.
    #[error("{} is not a directory", path.display())]
    NoDirectory {
        /// The path.
        path: PathBuf,
    },
    /// The process could not be started.
    #[error("can't start {}", program.display())]
    Start {
        /// The binary.
        program: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The run's log, or a pipe, could not be used.
    #[error("can't use {}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// Terraform answered in a form that is not understood.
    #[error("can't read what terraform {command} wrote")]
    Format {
        /// The subcommand.
        command: &'static str,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// Terraform ended with an error.
    #[error(transparent)]
    Failed(Box<Failure>),
    /// The caller asked to stop, and the run stopped before its end.
    #[error(transparent)]
    Interrupted(Box<Interruption>),
}

impl Error {
    /// Terraform's own diagnostics, if it came to speak.
    #[must_use]
    pub fn diagnostics(&self) -> &[Diagnostic] {
        match self {
            Self::Failed(failure) => &failure.diagnostics,
            Self::Interrupted(interruption) => &interruption.diagnostics,
            _ => &[],
        }
    }

    /// The cause, if terraform failed by itself.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Failed(failure) => Some(&failure.cause),
            _ => None,
        }
    }
}

/// A run that terraform ended with an error.
#[derive(Clone, Debug, thiserror::Error)]
#[error("terraform {command} failed{}", self.headline())]
#[non_exhaustive]
pub struct Failure {
    /// The subcommand.
    pub command: &'static str,
    /// The cause, as far as it is well known.
    pub cause: Cause,
    /// Errors and warnings, in terraform's order.
    pub diagnostics: Vec<Diagnostic>,
    /// The exit code; none if a signal ended the process.
    pub exit_code: Option<i32>,
    /// The signal that ended the process from outside.
    pub signal: Option<i32>,
    /// The end of standard error, for failures without diagnostics such as a crash.
    pub stderr: String,
    /// The run's log, for commands that have one.
    pub log: Option<PathBuf>,
    /// The state that terraform could not store and left in the working directory instead.
    /// It must be pushed before the next apply, or resources are lost from sight.
    pub errored_state: Option<PathBuf>,
}

impl Failure {
    fn headline(&self) -> String {
        let first = self.diagnostics.iter().find(|d| d.is_error());
        match (first, self.signal, self.exit_code) {
            (Some(first), ..) => format!(": {}", first.summary.lines().next().unwrap_or_default()),
            (None, Some(signal), _) => format!(": it was ended by signal {signal}"),
            (None, None, Some(code)) => format!(" with exit code {code}"),
            (None, None, None) => String::new(),
        }
    }
}

/// A run that stopped because the caller asked for it.
#[derive(Clone, Debug, thiserror::Error)]
#[error("terraform {command} was interrupted{}", if *graceful { "" } else { " and had to be killed" })]
#[non_exhaustive]
pub struct Interruption {
    /// The subcommand.
    pub command: &'static str,
    /// Whether terraform stopped by itself and had the time to store its state. If not, it was
    /// killed, and resources may exist that the state does not know.
    pub graceful: bool,
    /// Whether the state may still be locked.
    pub lock_may_remain: bool,
    /// Errors and warnings up to the end.
    pub diagnostics: Vec<Diagnostic>,
    /// The run's log.
    pub log: Option<PathBuf>,
    /// See [`Failure::errored_state`].
    pub errored_state: Option<PathBuf>,
}
