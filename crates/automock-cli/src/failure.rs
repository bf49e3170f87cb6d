//! How a command fails: an error to show, a hint, an exit code.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use automock_forecast::{BudgetError, NoPrices, PlanError, ProfileError};
use automock_server::source::SourceError;
use automock_stack::{Error, StateLocation};
use serde::Serialize;

use crate::commands::forecast::calibrate::Ended;
use crate::exit;

/// Why a command failed.
#[derive(Debug)]
#[non_exhaustive]
pub(crate) enum Failure {
    /// The library said so.
    Stack(Error),
    /// The library said so, and the command has printed what it came to all the same.
    Reported(Error),
    /// A file or the terminal could not be used.
    Io {
        /// What was attempted: `read automock.toml`.
        action: String,
        /// The operating system's words.
        source: std::io::Error,
    },
    /// Expectations could not be read.
    Source(SourceError),
    /// The address is taken or not of this machine.
    Listen {
        /// The address.
        address: SocketAddr,
        /// The operating system's words.
        source: std::io::Error,
    },
    /// There is no project file where one is needed.
    NoProject {
        /// Folder that was looked into.
        folder: PathBuf,
    },
    /// `init` would overwrite a file.
    Exists {
        /// The file that is there already.
        path: PathBuf,
    },
    /// `render` would write among files that it did not write.
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// Nobody knows what a stack costs.
    NoPrices(NoPrices),
    /// A stack could cost more than it may.
    Budget(BudgetError),
    /// There is no project that holds a load.
    NoPlan(PlanError),
    /// More tasks are to be reckoned with than the project has.
    TooManyTasks {
        /// How many.
        tasks: u32,
        /// The project's.
        max: u32,
    },
    /// A simulation needs to know what a vCPU serves.
    NoCapacity,
    /// The engine that was to be measured could not serve, and said why.
    Engine(Ended),
    /// A signal came.
    Interrupted,
    /// The project's engine is MockServer, which has to be named to be measured.
    NoMockServer,
    /// A load could not be understood.
    Profile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: ProfileError,
    },
    /// A question about a stack's project was asked where another project is.
    OtherProject {
        /// The stack.
        stack: String,
        /// The stack of the project that is there.
        of_project: String,
    },
    /// The command needs a yes and has nobody to ask.
    NobodyToAsk,
    /// Checks found problems, which have been printed already.
    Problems {
        /// How many.
        count: usize,
    },
    /// `check` found problems, which have been printed already in either format.
    Checked {
        /// How many.
        count: usize,
    },
    /// `doctor` found something that stops a deploy; it has been printed already.
    Unfit {
        /// How many checks failed.
        count: usize,
    },
}

/// A failure as data.
#[derive(Debug, Serialize)]
pub(crate) struct FailureReport {
    error: String,
    causes: Vec<String>,
    details: Vec<String>,
    hint: Option<String>,
    exit_code: u8,
}

impl Failure {
    pub(crate) fn io(action: impl Into<String>, source: std::io::Error) -> Self {
        Self::Io {
            action: action.into(),
            source,
        }
    }

    pub(crate) fn read(path: &Path, source: std::io::Error) -> Self {
        Self::io(format!("read {}", path.display()), source)
    }

    pub(crate) fn write(path: &Path, source: std::io::Error) -> Self {
        Self::io(format!("write {}", path.display()), source)
    }

    /// Whether the command has printed a report of its own in JSON.
    pub(crate) fn is_reported(&self) -> bool {
        matches!(
            self,
            Self::Reported(_) | Self::Checked { .. } | Self::Unfit { .. }
        )
    }

    fn error(&self) -> Option<&Error> {
        match self {
            Self::Stack(error) | Self::Reported(error) => Some(error),
            _ => None,
        }
    }

    /// The exit code that this failure gives.
    #[must_use]
    pub(crate) fn code(&self) -> u8 {
        match self {
            Self::Stack(error) | Self::Reported(error) => exit::code_of(error),
            Self::Io { .. }
            | Self::Listen { .. }
            | Self::Exists { .. }
            | Self::NotEmpty { .. }
            | Self::Unfit { .. } => exit::FAILURE,
            Self::Source(
                SourceError::Read { .. } | SourceError::Empty { .. } | SourceError::Fetch { .. },
            )
            | Self::NoProject { .. } => exit::NOT_FOUND,
            Self::NobodyToAsk => exit::DECLINED,
            Self::Engine(ended) => ended.exit_code,
            Self::Interrupted => exit::INTERRUPTED,
            Self::NoPrices(_)
            | Self::Budget(_)
            | Self::NoPlan(_)
            | Self::TooManyTasks { .. }
            | Self::NoCapacity
            | Self::NoMockServer
            | Self::OtherProject { .. }
            | Self::Profile { .. }
            | Self::Source(_)
            | Self::Problems { .. }
            | Self::Checked { .. } => exit::INVALID_PROJECT,
        }
    }

    /// Lines that say more: terraform's diagnostics, what exists.
    #[must_use]
    pub(crate) fn details(&self) -> Vec<String> {
        match self {
            Self::Engine(ended) => ended.causes.clone(),
            _ => self.error().map_or_else(Vec::new, Error::details),
        }
    }

    /// The failure as data, for `--output json`.
    pub(crate) fn report(&self, state: StateLocation) -> FailureReport {
        let mut causes = Vec::new();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            causes.push(cause.to_string());
            source = cause.source();
        }
        FailureReport {
            error: self.to_string(),
            causes,
            details: self.details(),
            hint: self.hint(state),
            exit_code: self.code(),
        }
    }

    /// What to do next, where something can be said. `state` is where the command looked for the
    /// stack.
    #[must_use]
    pub(crate) fn hint(&self, state: StateLocation) -> Option<String> {
        match self {
            Self::Stack(error) | Self::Reported(error) => error.hint_for(state),
            Self::NoProject { .. } => Some(
                "run `automock init` to write one, or name its folder with `--project DIR`".into(),
            ),
            Self::Exists { .. } => {
                Some("remove the file, or run `automock init --force` to replace it".into())
            }
            Self::NotEmpty { .. } => Some("name an empty or new folder with `--out`".into()),
            Self::NoPrices(_)
            | Self::Budget(BudgetError::NoPrices(_))
            | Self::NoPlan(PlanError::NoPrices(_)) => Some(
                "name a file with prices of the region with `--prices`; `automock forecast \
                 --print-prices` writes one to start from"
                    .into(),
            ),
            Self::Budget(BudgetError::NoEnd) => {
                Some("give it an end: `duration` under `[ttl]`".into())
            }
            Self::Budget(_) => Some(
                "`automock forecast` shows every line and what would make it cheaper; fewer tasks \
                 (`tasks.max`) or a shorter time to live bound it"
                    .into(),
            ),
            Self::NoPlan(PlanError::NothingHolds { .. }) => Some(
                "ask for less headroom (`--headroom`), allow more tasks (`--max-tasks`), or give the \
                 network more room (`network.cidr`)"
                    .into(),
            ),
            Self::TooManyTasks { .. } => {
                Some("raise `max` under `[tasks]`, or reckon with fewer".into())
            }
            Self::NoCapacity => Some(
                "measure it on this machine with `--calibrate`, or give it with `--per-vcpu`".into(),
            ),
            Self::Engine(ended) => ended.hint.clone(),
            Self::NoMockServer => Some(
                "name its jar, `automock forecast calibrate --mockserver FILE`, or one that runs on this \
                 machine with `--server URL --pid ID`, and give the result with `--per-vcpu`"
                    .into(),
            ),
            Self::Profile { .. } => Some(
                "a line has a second and the requests per second there, `60,1500`; between two lines the \
                 load changes evenly"
                    .into(),
            ),
            Self::OtherProject { .. } => {
                Some("name the folder of its project with `--project DIR`".into())
            }
            Self::NobodyToAsk => Some("run it in a terminal, or say `--yes`".into()),
            Self::Listen { .. } => {
                Some("choose another port with `--port`; 0 takes any that is free".into())
            }
            _ => None,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stack(error) | Self::Reported(error) => error.fmt(f),
            Self::Io { action, .. } => write!(f, "cannot {action}"),
            Self::Source(error) => error.fmt(f),
            Self::Listen { address, .. } => write!(f, "cannot listen on {address}"),
            Self::NoProject { folder } => {
                write!(f, "there is no automock.toml in {}", folder.display())
            }
            Self::Exists { path } => write!(f, "{} exists already", path.display()),
            Self::NotEmpty { path } => {
                write!(f, "{} holds files that were not rendered", path.display())
            }
            Self::NoPrices(error) => error.fmt(f),
            Self::Budget(error) => error.fmt(f),
            Self::NoPlan(error) => error.fmt(f),
            Self::TooManyTasks { tasks, max } => {
                write!(
                    f,
                    "{tasks} tasks can't run: the project has {max} at the most"
                )
            }
            Self::NoCapacity => {
                f.write_str("a simulation needs the requests per second that one vCPU serves")
            }
            Self::Engine(ended) => write!(f, "the engine can't serve: {}", ended.error),
            Self::Interrupted => f.write_str("stopped"),
            Self::OtherProject { stack, of_project } => write!(
                f,
                "a limit for {stack} needs its project, and here is that of {of_project}"
            ),
            Self::NoMockServer => {
                f.write_str("the project's engine is MockServer, and there is none to measure yet")
            }
            Self::Profile { path, .. } => {
                write!(f, "{} is no load over time", path.display())
            }
            Self::NobodyToAsk => {
                f.write_str("this needs a yes, and there is no terminal to ask on")
            }
            Self::Problems { count: 1 } | Self::Checked { count: 1 } => f.write_str("1 problem"),
            Self::Problems { count } | Self::Checked { count } => write!(f, "{count} problems"),
            Self::Unfit { count: 1 } => f.write_str("1 check failed"),
            Self::Unfit { count } => write!(f, "{count} checks failed"),
        }
    }
}

impl std::error::Error for Failure {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Stack(error) | Self::Reported(error) => error.source(),
            Self::Io { source, .. } | Self::Listen { source, .. } => Some(source),
            Self::Source(error) => error.source(),
            Self::Profile { source, .. } => Some(source),
            _ => None,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Stack(error)
    }
}
