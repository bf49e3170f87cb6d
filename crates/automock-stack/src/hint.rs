//! What to do next when something went wrong.

use automock_tf::Cause;
use automock_ttl::CloudFailure;
use automock_ttl::reaper::ReaperError;
use automock_ttl::registry::RegistryError;

use crate::engine_image::UploadError;
use crate::error::{ErrorKind, Remains};
use crate::extend::ExtendRefusal;
use crate::{Error, StateLocation};

impl Error {
    /// What to do next, where something can be said, for a stack with state in the foundation.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        self.hint_for(StateLocation::S3)
    }

    /// What to do next, where something can be said: commands that are named find a stack whose
    /// state is in this place.
    #[must_use]
    pub fn hint_for(&self, state: StateLocation) -> Option<String> {
        let hint = match self {
            Self::Aws(error) => return hint_for_failure(error.cause()),
            Self::Registry(error) => return hint_for_registry(error),
            Self::Reaper(ReaperError::Objects { source, .. }) => return hint_for_failure(source),
            Self::Reaping { .. }
            | Self::StateLocked { .. }
            | Self::Locked { .. }
            | Self::Busy { .. }
            | Self::ChangedMeanwhile { .. }
            | Self::FolderBusy { .. } => return self.hint_about_others(Commands(state)),
            Self::SweepFailed { .. } => {
                "the reasons stand above; `automock sweep --delete` goes on where it stopped".into()
            }
            Self::SweptInPart { .. } => {
                "the reasons stand above; docs/permissions.md lists all that a sweep reads".into()
            }
            Self::Tooling(error) => hint_for_tooling(error),
            Self::Terraform { source, .. } => return hint_for_terraform(source),
            Self::NoFoundation { region, .. } => format!(
                "run `automock bootstrap --region {region}` once, or try without one: `--state local`, \
                 with an image or `kind = \"mockserver\"` under `[engine]` and `duration = \"none\"` under `[ttl]`"
            ),
            Self::NoRoom { checks } => {
                let hints = checks.iter().filter_map(|check| check.hint.clone());
                hints.collect::<Vec<_>>().join("; ")
            }
            Self::NoImageRepository { region, .. } => format!(
                "`automock bootstrap --region {region}` makes it; or name an image of your own in \
                 `engine.image`, or write `kind = \"mockserver\"` under `[engine]`"
            ),
            Self::ForeignBucket { .. } => {
                "check which account the credentials belong to (`automock doctor`), and that they allow \
                 s3:ListBucket on it"
                    .into()
            }
            Self::NoStack { .. } => format!(
                "{} shows the stacks of this account and region",
                Commands(state).list()
            ),
            Self::NameTaken { .. } => {
                "two projects can't share a stack: change `name` or `environment` in automock.toml".into()
            }
            Self::TearingDown { stack } => {
                format!("finish with {}, then deploy anew", Commands(state).destroy(stack))
            }
            Self::NotExtended { stack, refusal } => {
                hint_for_refusal(Commands(state), stack, refusal)
            }
            Self::Elsewhere { region, .. } => {
                format!("use that account's credentials and region {region}")
            }
            Self::Unrecorded { .. } => {
                "somebody deployed it with other settings (`--state local`, another folder), or its \
                 record is lost; destroy it from where it was deployed, or choose another environment"
                    .into()
            }
            Self::UnsavedState { path } => format!(
                "run `terraform state push {}` in that folder, then remove the file",
                path.file_name().unwrap_or_default().to_string_lossy()
            ),
            Self::NothingToPushTo { .. } => {
                "`automock deploy` sends the expectations with the stack".into()
            }
            Self::TtlNeedsFoundation | Self::NoReaperPackage | Self::ReaperPackage { .. }
            | Self::NoEngineImage | Self::EngineImage { .. } | Self::ImageUpload { .. } | Self::ImageMirror { .. }
            | Self::NoControlToken => return self.hint_about_settings(),
            Self::DeployFailed { stack, remains, .. } => {
                hint_for_deploy(Commands(state), stack, remains)
            }
            Self::DestroyFailed { stack, source, .. } => {
                return hint_for_destroy(state, stack, source.as_deref());
            }
            Self::Unhealthy { .. }
            | Self::RolledBack { .. }
            | Self::NotConfirmed { .. }
            | Self::Refused { .. }
            | Self::DoesNotFit { .. } => return self.hint_about_tasks(),
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

    /// What to do about tasks that do not serve.
    fn hint_about_tasks(&self) -> Option<String> {
        let hint = match self {
            Self::Unhealthy { .. } => {
                "the stack stands, and costs: `automock status` shows tasks and targets, \
                 `automock destroy` removes it"
                    .into()
            }
            Self::RolledBack { is_first, .. } => format!(
                "{}; mend the cause and deploy again, or `automock destroy` removes it",
                if *is_first {
                    "the stack stands and costs, and no task of it serves"
                } else {
                    "the tasks of the previous deployment still serve"
                }
            ),
            Self::NotConfirmed { has_loader, .. } => format!(
                "tasks that can't read a revision keep the old one; `automock status` shows them, their \
                 log group ends in {}",
                if *has_loader { "/loader" } else { "/mock" }
            ),
            Self::Refused { refusal, .. } => hint_for_refused(refusal),
            Self::DoesNotFit { .. } => "nothing was touched".into(),
            _ => return None,
        };
        Some(hint)
    }

    /// What to do when somebody else is at work.
    fn hint_about_others(&self, commands: Commands) -> Option<String> {
        let hint = match self {
            Self::Reaping { stack, .. } => format!(
                "it goes on by itself: {} shows how far it is; if that run is certainly dead, {} takes \
                 the stack from it",
                commands.list(),
                commands.take(stack)
            ),
            Self::StateLocked { stack, .. } => format!(
                "wait for that run to end; if it is certainly dead, {} takes its lock away",
                commands.take(stack)
            ),
            Self::Locked { stack, .. } => format!(
                "wait for that run to end; if it is certainly dead, {} or {} takes its lock away",
                commands.take(stack),
                commands.named("deploy --break-lock")
            ),
            Self::Busy { stack, .. } => format!(
                "wait for that run to end; if it is certainly dead, add `--break-lock` ({})",
                commands.take(stack)
            ),
            Self::ChangedMeanwhile { .. } => {
                "`automock list` shows its end; the next sweep judges it anew".into()
            }
            Self::FolderBusy { .. } => {
                "wait for it to end, or work in another copy of the project".into()
            }
            _ => return None,
        };
        Some(hint)
    }

    /// What to do about a project or settings that can't be deployed.
    fn hint_about_settings(&self) -> Option<String> {
        let hint = match self {
            Self::TtlNeedsFoundation => {
                "write `duration = \"none\"` under `[ttl]`, or leave `--state local` out"
            }
            Self::NoReaperPackage => {
                "build it with `cargo xtask package`, or name its zip with `--reaper-package` \
                 (AUTOMOCK_REAPER_PACKAGE), or write `duration = \"none\"` under `[ttl]` and destroy \
                 the stack yourself"
            }
            Self::ReaperPackage { .. } => {
                "`cargo xtask package` builds one that Lambda starts; name it with \
                 `--reaper-package` (AUTOMOCK_REAPER_PACKAGE)"
            }
            Self::NoEngineImage => {
                "build it with `cargo xtask image` and name its folder with `--engine-image` \
                 (AUTOMOCK_ENGINE_IMAGE), or name an image in a registry in `engine.image`, or write \
                 `kind = \"mockserver\"` under `[engine]`"
            }
            Self::EngineImage { .. } => {
                "`cargo xtask image` writes one; name its folder with `--engine-image` \
                 (AUTOMOCK_ENGINE_IMAGE)"
            }
            Self::ImageUpload { source, .. } if source.is_refused() => {
                "nothing of the stack was changed; the credentials need the right to push to the \
                 repository (docs/engine.md lists the actions)"
            }
            Self::ImageUpload {
                source: UploadError::NotEmulated | UploadError::NoRegistry | UploadError::Address(_),
                ..
            } => "set AUTOMOCK_IMAGE_REGISTRY to the URL of an emulator's registry, or unset it",
            Self::ImageUpload { .. } => {
                "nothing of the stack was changed; check the way to the registry and run the command \
                 again"
            }
            Self::ImageMirror { .. } => {
                "nothing of the stack was changed; check the image's name and the way to its registry, \
                 which has to let anybody pull, or copy the image yourself and leave `mirror` out"
            }
            Self::NoControlToken => {
                "set AUTOMOCK_CONTROL_TOKEN, for instance to the output of `openssl rand -hex 24`"
            }
            _ => return None,
        };
        Some(hint.into())
    }
}

/// Commands in the words of a hint. A stack with local state is only found by those that say so.
#[derive(Clone, Copy)]
struct Commands(StateLocation);

impl Commands {
    fn named(self, verb: &str) -> String {
        match self.0 {
            StateLocation::S3 => format!("`automock {verb}`"),
            StateLocation::Local => format!("`automock {verb} --state local`"),
        }
    }

    fn list(self) -> String {
        self.named("list")
    }

    fn destroy(self, stack: &str) -> String {
        self.named(&format!("destroy {stack}"))
    }

    /// Destroys a stack that somebody seems to work on.
    fn take(self, stack: &str) -> String {
        self.named(&format!("destroy {stack} --break-lock"))
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

fn hint_for_refused(refusal: &crate::Refusal) -> String {
    let mend = "mend the expectations and push again; `automock up` refuses them on this machine for \
                the same reason";
    if refusal.confirmed > 0 || !refusal.restored {
        return format!("{mend}; until then a new task can't get ready");
    }
    mend.to_owned()
}

fn hint_for_deploy(commands: Commands, stack: &str, remains: &Remains) -> String {
    let way_out = if remains.is_empty() {
        "forget the stack"
    } else {
        "remove what exists"
    };
    let destroy = commands.destroy(stack);
    format!("mend the cause and deploy again, or {way_out} with {destroy}")
}

/// Whoever stands in the way has to be waited for before anything is said again.
fn hint_for_destroy(state: StateLocation, stack: &str, source: Option<&Error>) -> Option<String> {
    let locked = source.filter(|source| source.kind() == ErrorKind::Locked);
    locked
        .and_then(|source| source.hint_for(state))
        .or_else(|| {
            let destroy = Commands(state).destroy(stack);
            Some(format!("run {destroy} again; it goes on where it stopped"))
        })
}

fn hint_for_refusal(commands: Commands, stack: &str, refusal: &ExtendRefusal) -> String {
    match refusal {
        ExtendRefusal::TearingDown { .. } => format!(
            "deploy again when it is gone; {} shows how far its teardown is",
            commands.list()
        ),
        ExtendRefusal::Gone { .. } => "deploy again".into(),
        ExtendRefusal::NoEnd => {
            format!("it stays until {} removes it", commands.destroy(stack))
        }
        ExtendRefusal::Past { .. } | ExtendRefusal::Nothing => {
            "name a moment to come (`--until 18:00`) or a length (`--by 2h`)".into()
        }
        ExtendRefusal::Earlier { .. } => format!(
            "name a later moment; {} ends it now",
            commands.destroy(stack)
        ),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stack_with_local_state_is_named_with_its_place() {
        let error = Error::TearingDown {
            stack: "shop-dev".into(),
        };
        let hint = |state| error.hint_for(state).unwrap();
        assert!(hint(StateLocation::S3).contains("`automock destroy shop-dev`"));
        assert!(hint(StateLocation::Local).contains("`automock destroy shop-dev --state local`"));
    }

    #[test]
    fn a_lock_on_the_state_is_not_somebody_who_tears_down() {
        let error = Error::DestroyFailed {
            stack: "shop-dev".into(),
            remains: Box::new(Remains::default()),
            source: Some(Box::new(Error::StateLocked {
                stack: "shop-dev".into(),
                holder: "terraform apply by ana@build-7".into(),
                until: "2026-01-02T13:00:00Z".parse().unwrap(),
            })),
        };
        assert_eq!(error.kind(), ErrorKind::Locked);
        let hint = error.hint().unwrap();
        assert!(
            hint.contains("`automock destroy shop-dev --break-lock` takes its lock"),
            "{hint}"
        );
    }
}
