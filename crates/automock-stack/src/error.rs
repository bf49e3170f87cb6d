//! What can go wrong in a stack's life, and what to do then.

mod kind;
mod remains;

use std::path::PathBuf;

use automock_model::Problems;
use automock_ttl::reaper::ReaperError;
use automock_ttl::record::{Operation, RecordError};
use automock_ttl::registry::RegistryError;
use jiff::Timestamp;

use crate::aws::AwsError;
use crate::confirm::Refusal;
use crate::doctor::Check;
use crate::engine_image::{EngineImageError, UploadError};
use crate::extend::ExtendRefusal;
use crate::health::Health;
use crate::lock::LockInfo;
use crate::reaper_package::ReaperPackageError;
use crate::settings::ControlToken;

pub use kind::ErrorKind;
pub use remains::Remains;

/// What can go wrong in a stack's life.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The expectations file has errors.
    #[error("{path} has errors:\n{problems}")]
    Expectations {
        /// The file.
        path: PathBuf,
        /// All that is wrong with it.
        problems: Problems,
    },
    /// A file could not be read or written.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// The operating system's answer.
        #[source]
        source: std::io::Error,
    },
    /// The workspace could not be written.
    #[error("cannot write the Terraform workspace")]
    Workspace(#[from] automock_hcl::WriteError),
    /// A call to AWS failed.
    #[error(transparent)]
    Aws(#[from] AwsError),
    /// The registry failed.
    #[error("cannot use the registry of stacks")]
    Registry(#[from] RegistryError),
    /// The stack's record does not allow what was asked.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// There is no terraform that can be used.
    #[error(transparent)]
    Tooling(#[from] automock_tf::LocateError),
    /// Terraform failed.
    #[error("terraform could not {action}")]
    Terraform {
        /// What it was asked, as a verb.
        action: &'static str,
        /// Terraform's own words.
        #[source]
        source: Box<automock_tf::Error>,
    },
    /// Somebody else holds the state lock.
    #[error("{} ({}) holds the lock of stack {stack} since {} ({})", .lock.who, .lock.id, .lock.created.map_or_else(|| "an unknown time".to_owned(), |at| at.to_string()), .lock.operation_in_words())]
    Locked {
        /// The stack.
        stack: String,
        /// Who holds the lock.
        lock: Box<LockInfo>,
    },
    /// Somebody else is at work on the stack.
    #[error("a {} by {} on {} (process {}) is at work on stack {stack} since {}", .operation.kind.word(), .operation.user, .operation.host, .operation.pid, .operation.started_at)]
    Busy {
        /// The stack.
        stack: String,
        /// Who is at work.
        operation: Box<Operation>,
    },
    /// The account has no foundation in this region.
    #[error("account {account} has no AutoMock foundation in {region}")]
    NoFoundation {
        /// The account.
        account: String,
        /// The region.
        region: String,
    },
    /// A bucket's name is taken by somebody else, or may not be looked at.
    #[error("bucket {bucket} belongs to another AWS account, or these credentials may not see it")]
    ForeignBucket {
        /// The bucket.
        bucket: String,
    },
    /// There is no such stack.
    #[error("there is no stack {stack} in account {account}, region {region}")]
    NoStack {
        /// The stack.
        stack: String,
        /// The account.
        account: String,
        /// The region.
        region: String,
    },
    /// Another project's stack has the same id.
    #[error("stack {stack} belongs to project {project} in environment {environment}")]
    NameTaken {
        /// The stack.
        stack: String,
        /// The project that has it.
        project: String,
        /// The environment that has it.
        environment: String,
    },
    /// The stack is being torn down.
    #[error("stack {stack} is being torn down")]
    TearingDown {
        /// The stack.
        stack: String,
    },
    /// Somebody else tears the stack down.
    #[error("{holder} is tearing stack {stack} down, until {until:.0} at the latest")]
    Reaping {
        /// The stack.
        stack: String,
        /// Who holds the lease.
        holder: String,
        /// When the lease ends by itself.
        until: Timestamp,
    },
    /// Somebody's terraform holds the lock on the state of a stack that is to end.
    #[error("{holder} holds the lock on the state of stack {stack}; it counts until {until:.0}")]
    StateLocked {
        /// The stack.
        stack: String,
        /// Who holds the lock, in words.
        holder: String,
        /// Until when the lock is respected.
        until: Timestamp,
    },
    /// The record of a stack that was to go is not the one any more that was judged.
    #[error("somebody extended or deployed it meanwhile")]
    ChangedMeanwhile {
        /// The stack.
        stack: String,
    },
    /// The teardown itself failed.
    #[error(transparent)]
    Reaper(ReaperError),
    /// Not every stack of a sweep is gone.
    #[error("{failed} of {swept} stacks could not be swept away")]
    SweepFailed {
        /// Stacks that are left.
        failed: usize,
        /// Stacks that were to go.
        swept: usize,
    },
    /// A sweep could not look at everything.
    #[error(
        "not everything could be read ({unreadable} unreadable), so there may be more to sweep"
    )]
    SweptInPart {
        /// What could not be read.
        unreadable: usize,
    },
    /// The stack's time can't be moved like that.
    #[error("cannot extend stack {stack}")]
    NotExtended {
        /// The stack.
        stack: String,
        /// Why not.
        #[source]
        refusal: ExtendRefusal,
    },
    /// The record names another account or region than the session.
    #[error("stack {stack} is in account {account}, {region}, and this run is not")]
    Elsewhere {
        /// The stack.
        stack: String,
        /// The stack's account.
        account: String,
        /// The stack's region.
        region: String,
    },
    /// Resources carry the tag of a stack that has no record.
    #[error("stack {stack} has no record here, but {} of its resources exist, among them {}", .resources.len(), .resources.first().map_or("", String::as_str))]
    Unrecorded {
        /// The stack.
        stack: String,
        /// The resources that carry its tag.
        resources: Vec<String>,
    },
    /// Another run works in the same folder.
    #[error("another automock is at work in {path}")]
    FolderBusy {
        /// The workspace folder.
        path: PathBuf,
    },
    /// Terraform could not store its state in an earlier run and left it in a file.
    #[error("an earlier run could not store its state and left it in {path}")]
    UnsavedState {
        /// The file with the newest state.
        path: PathBuf,
    },
    /// Nothing runs that could serve pushed expectations.
    #[error("stack {stack} is {phase} and runs {tasks} tasks: there is nothing to push to")]
    NothingToPushTo {
        /// The stack.
        stack: String,
        /// Where it is in its life.
        phase: String,
        /// Tasks that run.
        tasks: usize,
    },
    /// A time to live needs a foundation, which a stack with local state does not have.
    #[error("a stack with local state can't have a time to live: nothing would be there to end it")]
    TtlNeedsFoundation,
    /// A time to live needs the reaper's program.
    #[error("the project has a time to live, and the package of the reaper function is not given")]
    NoReaperPackage,
    /// The reaper's package could not run in Lambda.
    #[error("{path} is no package of the reaper function")]
    ReaperPackage {
        /// The package.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: ReaperPackageError,
    },
    /// A project that names no image of its own needs the engine's.
    #[error("the project runs AutoMock's own engine, and the folder with its image is not given")]
    NoEngineImage,
    /// The folder holds no image that tasks could run.
    #[error("{path} holds no image of the engine")]
    EngineImage {
        /// The folder.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: EngineImageError,
    },
    /// The account has no repository for the engine's image in this region.
    #[error("account {account} has no repository for the engine's image in {region}")]
    NoImageRepository {
        /// The account.
        account: String,
        /// The region.
        region: String,
    },
    /// The account has no room for the stack.
    #[error("the account has no room for the stack: {}", .checks.iter().map(|check| check.finding.as_str()).collect::<Vec<_>>().join("; "))]
    NoRoom {
        /// What stands in the way.
        checks: Vec<Check>,
    },
    /// The engine's image could not be sent.
    #[error("cannot bring the engine's image to {repository}")]
    ImageUpload {
        /// The repository.
        repository: String,
        /// Why not.
        #[source]
        source: UploadError,
    },
    /// An image could not be copied from its registry into the account's.
    #[error("cannot copy the image {image} into the account's repository")]
    ImageMirror {
        /// The image, as the project names it.
        image: String,
        /// Why not.
        #[source]
        source: UploadError,
    },
    /// Opened control access needs a token.
    #[error(
        "access.control is open, so a control token of {} to {} letters, digits, `-` and `_` is needed",
        ControlToken::MIN_LENGTH,
        ControlToken::MAX_LENGTH
    )]
    NoControlToken,
    /// The person did not agree to the plan.
    #[error("declined; nothing was changed")]
    Declined,
    /// The run was interrupted.
    #[error("interrupted while {what}")]
    Interrupted {
        /// What was going on.
        what: &'static str,
    },
    /// An apply did not finish.
    #[error("the deploy of stack {stack} did not finish; {}", .remains.in_words())]
    DeployFailed {
        /// The stack.
        stack: String,
        /// What exists now.
        remains: Box<Remains>,
        /// Why it did not finish.
        #[source]
        source: Box<Error>,
    },
    /// A destroy did not finish.
    #[error("the teardown of stack {stack} did not finish; {}", .remains.in_words())]
    DestroyFailed {
        /// The stack.
        stack: String,
        /// What exists still.
        remains: Box<Remains>,
        /// Why it did not finish, when one reason stands out.
        #[source]
        source: Option<Box<Error>>,
    },
    /// The stack stands, but its mock does not answer.
    #[error("{} of {} targets are healthy after {waited_seconds} s: {}", .health.healthy, .health.wanted, .health.reasons.first().map_or("AWS gives no reason", String::as_str))]
    Unhealthy {
        /// What the targets look like.
        health: Health,
        /// How long was waited, in seconds.
        waited_seconds: u64,
    },
    /// ECS gave the deployment up.
    #[error("{}: {}", if *.is_first { "the deployment failed" } else { "ECS rolled the deployment back" }, .health.reasons.first().map_or("AWS gives no reason", String::as_str))]
    RolledBack {
        /// What the targets look like, and the cause first among the reasons.
        health: Health,
        /// Whether nothing ran before, so that there is nothing to go back to.
        is_first: bool,
    },
    /// A task has no memory for the expectations.
    #[error("{problems}")]
    DoesNotFit {
        /// How much is needed, and which size has it.
        problems: Problems,
    },
    /// Tasks refuse the expectations.
    #[error("{} of {} tasks refuse revision {}: {}", .refusal.refused, .refusal.tasks, .refusal.revision, .refusal.reasons.first().map_or("they give no reason", |(reason, _)| reason.as_str()))]
    Refused {
        /// The stack.
        stack: String,
        /// The engine's words, and the tasks that said them.
        refusal: Refusal,
    },
    /// Not all tasks confirmed a pushed revision.
    #[error("{confirmed} of {tasks} tasks serve revision {revision} after {waited_seconds} s")]
    NotConfirmed {
        /// The revision that was sent.
        revision: String,
        /// Tasks that confirmed it.
        confirmed: u32,
        /// Tasks that run.
        tasks: u32,
        /// How long was waited, in seconds.
        waited_seconds: u64,
        /// Whether a loader fetches the expectations, which has a log group of its own.
        has_loader: bool,
    },
}

impl From<ReaperError> for Error {
    fn from(error: ReaperError) -> Self {
        match error {
            ReaperError::Registry(error) => Self::Registry(error),
            ReaperError::Record(error) => Self::Record(error),
            ReaperError::Busy {
                stack,
                holder,
                until,
            } => Self::Reaping {
                stack: stack.to_string(),
                holder,
                until,
            },
            other => Self::Reaper(other),
        }
    }
}

impl Error {
    pub(crate) fn io(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }

    pub(crate) fn terraform(action: &'static str) -> impl FnOnce(automock_tf::Error) -> Self {
        move |source| Self::Terraform {
            action,
            source: Box::new(source),
        }
    }

    /// What led to it, the nearest cause first.
    #[must_use]
    pub fn causes(&self) -> Vec<String> {
        let source = std::error::Error::source(self);
        std::iter::successors(source, |cause| cause.source())
            .map(ToString::to_string)
            .collect()
    }

    /// The error and its causes on one line.
    #[must_use]
    pub fn in_full(&self) -> String {
        let words = [vec![self.to_string()], self.causes()].concat();
        words.join(": ")
    }

    /// Lines that say more than the message: terraform's own diagnostics, and what exists now.
    #[must_use]
    pub fn details(&self) -> Vec<String> {
        match self {
            Self::Terraform { source, .. } => source
                .diagnostics()
                .iter()
                .filter(|diagnostic| diagnostic.is_error())
                .flat_map(|diagnostic| {
                    diagnostic
                        .to_string()
                        .lines()
                        .map(str::to_owned)
                        .collect::<Vec<_>>()
                })
                .collect(),
            Self::DeployFailed {
                remains, source, ..
            } => [source.details(), remains.lines()].concat(),
            Self::DestroyFailed {
                remains, source, ..
            } => {
                let cause = source
                    .as_ref()
                    .map_or_else(Vec::new, |source| source.details());
                [cause, remains.lines()].concat()
            }
            Self::Unhealthy { health, .. } | Self::RolledBack { health, .. } => {
                health.reasons.clone()
            }
            Self::Refused { refusal, .. } => refusal.lines(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_deploy_answers_for_its_cause_and_says_how_to_clean_up() {
        let error = Error::DeployFailed {
            stack: "shop-dev".into(),
            remains: Box::new(Remains {
                in_state: vec!["aws_vpc.this".into()],
                ..Remains::default()
            }),
            source: Box::new(Error::Interrupted { what: "applying" }),
        };
        assert_eq!(error.kind(), ErrorKind::Interrupted);
        assert!(error.to_string().contains("1 resources are in its state"));
        assert!(error.hint().unwrap().contains("automock destroy shop-dev"));
    }
}
