//! What can go wrong in the test kit.

use std::{io, path::PathBuf};

/// An error of the test kit.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TestkitError {
    /// The emulator's Python environment has not been made.
    #[error("no Python environment for the emulator at {}; `cargo xtask test` makes it", .0.display())]
    NoEnvironment(PathBuf),
    /// MockServer's clients have not been installed.
    #[error(
        "no MockServer clients at {}; `cargo xtask test` installs them, or AUTOMOCK_CLIENTS names where they are",
        .0.display()
    )]
    NoClients(PathBuf),
    /// `python3` is missing or cannot be run.
    #[error("cannot run {}", .program.display())]
    Run {
        /// The program that was to run.
        program: PathBuf,
        /// Why it did not.
        #[source]
        source: io::Error,
    },
    /// A step of the environment's setup failed.
    #[error("`{command}` failed: {detail}{hint}")]
    Setup {
        /// The command line.
        command: String,
        /// The last lines that it printed.
        detail: String,
        /// What to do about it, empty if that is not known.
        hint: &'static str,
    },
    /// The emulator ended before it was ready.
    #[error("the emulator did not start: {0}")]
    NotStarted(String),
    /// A control endpoint could not be reached.
    #[error("the emulator does not answer {path}")]
    Unreachable {
        /// The endpoint's path.
        path: String,
        /// What the HTTP client says.
        #[source]
        source: Box<ureq::Error>,
    },
    /// A control endpoint refused a request.
    #[error("the emulator refuses {path}: {reason}")]
    Refused {
        /// The endpoint's path.
        path: String,
        /// The reason it gave.
        reason: String,
    },
    /// A control endpoint answered something else than agreed.
    #[error("unexpected answer of {path}: {reason}")]
    Answer {
        /// The endpoint's path.
        path: String,
        /// What was wrong with the answer.
        reason: String,
    },
    /// A program needed by the tests is not installed.
    #[error("{program} was not found; install it or name it in {variable}")]
    NoProgram {
        /// The program's name.
        program: &'static str,
        /// The environment variable that can name it.
        variable: &'static str,
    },
    /// A file could not be read or written.
    #[error("cannot access {}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
}

impl TestkitError {
    pub(crate) fn file(path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::File { path, source }
    }

    pub(crate) fn run(program: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let program = program.into();
        move |source| Self::Run { program, source }
    }
}
