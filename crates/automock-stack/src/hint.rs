//! What to do next when something went wrong.

use automock_tf::Cause;
use automock_ttl::CloudFailure;
use automock_ttl::reaper::ReaperError;
use automock_ttl::registry::RegistryError;

use crate::Error;
use crate::error::Remains;
use crate::extend::ExtendRefusal;

impl Error {
    /// What to do next, where something can be said.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Aws(error) => return hint_for_failure(error.cause()),
            Self::Registry(error) => return hint_for_registry(error),
            Self::Reaper(ReaperError::Objects { source, .. }) => return hint_for_failure(source),
            Self::Reaping { stack, .. } => format!(
                "it goes on by itself: `automock list` shows how far it is; if that run is certainly \
                 dead, `automock destroy {stack} --break-lock` takes the stack from it"
            ),
            Self::SweepFailed { .. } => {
                "the reasons stand above; `automock sweep --delete` goes on where it stopped".into()
            }
            Self::Tooling(error) => hint_for_tooling(error),
            Self::Terraform { source, .. } => return hint_for_terraform(source),
            Self::Locked { stack, .. } => format!(
                "wait for that run to end; if it is certainly dead, `automock destroy {stack} --break-lock` \
                 or `automock deploy --break-lock` takes its lock away"
            ),
            Self::Busy { stack, .. } => format!(
                "wait for that run to end; if it is certainly dead, add `--break-lock` \
                 (`automock destroy {stack} --break-lock`)"
            ),
            Self::NoFoundation { region, .. } => format!(
                "run `automock bootstrap --region {region}` once, or try without one: `--state local`"
            ),
            Self::ForeignBucket { .. } => {
                "check which account the credentials belong to (`automock doctor`), and that they allow \
                 s3:ListBucket on it"
                    .into()
            }
            Self::NoStack { .. } => "`automock list` shows the stacks of this account and region".into(),
            Self::NameTaken { .. } => {
                "two projects can't share a stack: change `name` or `environment` in automock.toml".into()
            }
            Self::TearingDown { stack } => {
                format!("finish with `automock destroy {stack}`, then deploy anew")
            }
            Self::NotExtended { stack, refusal } => hint_for_refusal(stack, refusal),
            Self::Elsewhere { region, .. } => {
                format!("use that account's credentials and region {region}")
            }
            Self::Unrecorded { .. } => {
                "somebody deployed it with other settings (`--state local`, another folder), or its \
                 record is lost; destroy it from where it was deployed, or choose another environment"
                    .into()
            }
            Self::FolderBusy { .. } => {
                "wait for it to end, or work in another copy of the project".into()
            }
            Self::UnsavedState { path } => format!(
                "run `terraform state push {}` in that folder, then remove the file",
                path.file_name().unwrap_or_default().to_string_lossy()
            ),
            Self::NothingToPushTo { .. } => {
                "`automock deploy` sends the expectations with the stack".into()
            }
            Self::TtlNeedsFoundation => {
                "write `duration = \"none\"` under `[ttl]`, or leave `--state local` out".into()
            }
            Self::NoReaperPackage => {
                "build it with `cargo xtask package`, or name its zip with `--reaper-package` \
                 (AUTOMOCK_REAPER_PACKAGE), or write `duration = \"none\"` under `[ttl]` and destroy \
                 the stack yourself"
                    .into()
            }
            Self::ReaperPackage { .. } => {
                "`cargo xtask package` builds one that Lambda starts; name it with \
                 `--reaper-package` (AUTOMOCK_REAPER_PACKAGE)"
                    .into()
            }
            Self::NoControlToken => {
                "set AUTOMOCK_CONTROL_TOKEN, for instance to the output of `openssl rand -hex 24`".into()
            }
            Self::DeployFailed { stack, remains, .. } => hint_for_deploy(stack, remains),
            Self::DestroyFailed { stack, .. } => {
                format!("run `automock destroy {stack}` again; it goes on where it stopped")
            }
            Self::Unhealthy { .. } => {
                "the stack stands, and costs: `automock status` shows tasks and targets, \
                 `automock destroy` removes it"
                    .into()
            }
            Self::NotConfirmed { .. } => {
                "tasks that can't read a revision keep the old one; `automock status` shows them, their \
                 log group ends in /loader"
                    .into()
            }
            Self::Expectations { .. }
            | Self::Io { .. }
            | Self::Workspace(_)
            | Self::Record(_)
            | Self::Reaper(_)
            | Self::Declined
            | Self::Interrupted { .. } => return None,
        };
        Some(hint)
    }
}

fn hint_for_registry(error: &RegistryError) -> Option<String> {
    match error {
        RegistryError::Cloud { source, .. } => hint_for_failure(source),
        RegistryError::Conflict { .. } | RegistryError::AlreadyExists { .. } => {
            Some("somebody else changed the stack at the same moment; run the command again".into())
        }
        _ => None,
    }
}

fn hint_for_deploy(stack: &str, remains: &Remains) -> String {
    let way_out = if remains.is_empty() {
        "forget the stack"
    } else {
        "remove what exists"
    };
    format!("mend the cause and deploy again, or {way_out} with `automock destroy {stack}`")
}

fn hint_for_refusal(stack: &str, refusal: &ExtendRefusal) -> String {
    match refusal {
        ExtendRefusal::TearingDown { .. } => {
            "deploy again when it is gone; `automock list` shows how far its teardown is".into()
        }
        ExtendRefusal::Gone { .. } => "deploy again".into(),
        ExtendRefusal::NoEnd => {
            format!("it stays until `automock destroy {stack}` removes it")
        }
        ExtendRefusal::Past { .. } | ExtendRefusal::Nothing => {
            "name a moment to come (`--until 18:00`) or a length (`--by 2h`)".into()
        }
        ExtendRefusal::Earlier { .. } => {
            format!("name a later moment; `automock destroy {stack}` ends it now")
        }
        ExtendRefusal::TooLong { .. } => {
            "extend it by less, and again later; a stack that shall stay is deployed with \
             `duration = \"none\"` under `[ttl]`"
                .into()
        }
    }
}

/// Words for failures that AWS itself or the SDK's credential chain reported.
fn hint_for_failure(failure: &CloudFailure) -> Option<String> {
    let hint = match failure {
        CloudFailure::NoCredentials { .. } => NO_CREDENTIALS,
        CloudFailure::ExpiredCredentials { .. } => EXPIRED_CREDENTIALS,
        CloudFailure::InvalidCredentials { .. } => INVALID_CREDENTIALS,
        CloudFailure::AccessDenied { .. } => ACCESS_DENIED,
        CloudFailure::Throttled { .. } => {
            "AWS asks for fewer calls; run the command again in a minute"
        }
        CloudFailure::RegionUnreachable { .. } => UNREACHABLE,
        _ => return None,
    };
    Some(hint.into())
}

fn hint_for_terraform(error: &automock_tf::Error) -> Option<String> {
    let hint = match error.cause()? {
        Cause::StateLocked { .. } => {
            "another run holds the state; wait for it, or take its lock with `automock deploy \
             --break-lock` or `automock destroy --break-lock` if it is certainly dead"
        }
        Cause::StateNotSaved => {
            "terraform kept the state in `errored.tfstate` in the workspace folder; \
             `terraform state push errored.tfstate` there sends it"
        }
        Cause::NoCredentials => NO_CREDENTIALS,
        Cause::ExpiredCredentials => EXPIRED_CREDENTIALS,
        Cause::InvalidCredentials => INVALID_CREDENTIALS,
        Cause::AccessDenied { .. } => ACCESS_DENIED,
        Cause::InvalidRegion => UNREACHABLE,
        Cause::QuotaExceeded => {
            "ask for a higher quota in the Service Quotas console, or lower `tasks.max`"
        }
        Cause::BackendBucketMissing { .. } => {
            "run `automock bootstrap` for this account and region"
        }
        Cause::ProviderUnavailable => {
            "terraform could not get the AWS provider; check the network, or set up a provider mirror in \
             the Terraform CLI configuration"
        }
        Cause::PlanStale => "the stack changed after the plan; run the command again",
        _ => return None,
    };
    Some(hint.into())
}

fn hint_for_tooling(error: &automock_tf::LocateError) -> String {
    use automock_tf::LocateError as E;
    match error {
        E::NotFound { .. } => {
            "install Terraform 1.10 or later (developer.hashicorp.com/terraform/install) or OpenTofu 1.10 \
             or later (opentofu.org/docs/intro/install), or name the binary with `--terraform`"
        }
        E::TooOld { .. } => {
            "update it, or name a newer binary with `--terraform`: state locking in S3 needs 1.10"
        }
        _ => "check the binary, or name another one with `--terraform`",
    }
    .into()
}

const NO_CREDENTIALS: &str =
    "log in (`aws sso login`), or set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
const EXPIRED_CREDENTIALS: &str =
    "log in again (`aws sso login`), or renew the session's credentials";
const INVALID_CREDENTIALS: &str =
    "AWS does not know these credentials: check AWS_PROFILE and AWS_ACCESS_KEY_ID";
const ACCESS_DENIED: &str = "the message names the action that is not allowed; docs/permissions.md lists all that AutoMock needs";
const UNREACHABLE: &str =
    "check the network and that `region` in automock.toml exists and is enabled for the account";
