//! What kind of error an error is.

use automock_tf::Cause;
use automock_ttl::CloudFailure;
use automock_ttl::reaper::ReaperError;
use automock_ttl::record::RecordError;
use automock_ttl::registry::RegistryError;

use super::Error;
use crate::extend::ExtendRefusal;

/// Kinds of error that a caller may want to treat differently.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller's files are wrong.
    InvalidInput,
    /// The person said no.
    Declined,
    /// Stack or foundation do not exist.
    NotFound,
    /// Somebody else is at work.
    Locked,
    /// The stack is being torn down.
    TearingDown,
    /// Credentials are missing, expired or not allowed.
    Credentials,
    /// Terraform is missing or too old.
    Tooling,
    /// The stack stands, but its mock does not answer.
    Unhealthy,
    /// Tasks refuse the expectations.
    Refused,
    /// The run was interrupted.
    Interrupted,
    /// Anything else.
    Other,
}

impl Error {
    /// What kind of error it is; wrappers answer for the error inside.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Expectations { .. }
            | Self::TtlNeedsFoundation
            | Self::NameTaken { .. }
            | Self::Elsewhere { .. }
            | Self::NoReaperPackage
            | Self::ReaperPackage { .. }
            | Self::NoEngineImage
            | Self::EngineImage { .. }
            | Self::NoRoom { .. }
            | Self::DoesNotFit { .. }
            | Self::NoControlToken => ErrorKind::InvalidInput,
            Self::TearingDown { .. } | Self::Record(RecordError::NotExtendable(_)) => {
                ErrorKind::TearingDown
            }
            Self::NotExtended { refusal, .. } => match refusal {
                ExtendRefusal::TearingDown { .. } | ExtendRefusal::Gone { .. } => {
                    ErrorKind::TearingDown
                }
                _ => ErrorKind::Other,
            },
            Self::Declined => ErrorKind::Declined,
            Self::NoFoundation { .. } | Self::NoImageRepository { .. } | Self::NoStack { .. } => {
                ErrorKind::NotFound
            }
            Self::Locked { .. }
            | Self::Busy { .. }
            | Self::FolderBusy { .. }
            | Self::Reaping { .. }
            | Self::StateLocked { .. }
            | Self::ChangedMeanwhile { .. }
            | Self::Reaper(ReaperError::LeaseLost { .. })
            | Self::Record(RecordError::Busy(_))
            | Self::Registry(
                RegistryError::Conflict { .. } | RegistryError::AlreadyExists { .. },
            ) => ErrorKind::Locked,
            Self::Registry(RegistryError::Cloud { source, .. })
            | Self::Reaper(ReaperError::Objects { source, .. }) => kind_of_failure(source),
            Self::Aws(error) => kind_of_failure(error.cause()),
            Self::ImageUpload { source, .. } if source.is_refused() => ErrorKind::Credentials,
            Self::Tooling(_) => ErrorKind::Tooling,
            Self::Terraform { source, .. } => kind_of_terraform(source),
            Self::Interrupted { .. } => ErrorKind::Interrupted,
            Self::DeployFailed { source, .. } => source.kind(),
            Self::DestroyFailed { source, .. } => source
                .as_ref()
                .map_or(ErrorKind::Other, |source| source.kind()),
            Self::Unhealthy { .. } | Self::RolledBack { .. } | Self::NotConfirmed { .. } => {
                ErrorKind::Unhealthy
            }
            Self::Refused { .. } => ErrorKind::Refused,
            Self::ForeignBucket { .. }
            | Self::Unrecorded { .. }
            | Self::UnsavedState { .. }
            | Self::NothingToPushTo { .. }
            | Self::Io { .. }
            | Self::Workspace(_)
            | Self::Record(_)
            | Self::Reaper(_)
            | Self::SweepFailed { .. }
            | Self::SweptInPart { .. }
            | Self::ImageUpload { .. }
            | Self::ImageMirror { .. }
            | Self::Registry(_) => ErrorKind::Other,
        }
    }
}

fn kind_of_failure(failure: &CloudFailure) -> ErrorKind {
    match failure {
        CloudFailure::AccessDenied { .. } => ErrorKind::Credentials,
        failure if failure.needs_credentials() => ErrorKind::Credentials,
        _ => ErrorKind::Other,
    }
}

fn kind_of_terraform(error: &automock_tf::Error) -> ErrorKind {
    if matches!(error, automock_tf::Error::Interrupted(_)) {
        return ErrorKind::Interrupted;
    }
    match error.cause() {
        Some(Cause::StateLocked { .. }) => ErrorKind::Locked,
        Some(
            Cause::NoCredentials
            | Cause::ExpiredCredentials
            | Cause::InvalidCredentials
            | Cause::AccessDenied { .. },
        ) => ErrorKind::Credentials,
        Some(Cause::UnsupportedVersion) => ErrorKind::Tooling,
        _ => ErrorKind::Other,
    }
}
