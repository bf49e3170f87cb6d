//! Opening the registry, and filling in a stack's record.

use automock_model::{AccountId, Foundation, Project, Region, StackId};
use automock_ttl::aws::S3Registry;
use automock_ttl::record::{
    NewStack, Operation, OperationKind, StackNames, StackRecord, StateLocation as RecordedState,
};
use automock_ttl::registry::{LocalRegistry, Registry};
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::aws::Session;
use crate::settings::{Settings, StateLocation};

/// Opens the registry that the settings ask for.
pub(crate) fn open(session: &Session, settings: &Settings, region: &Region) -> Box<dyn Registry> {
    match settings.state {
        StateLocation::Local => Box::new(LocalRegistry::new(settings.local_registry_dir())),
        StateLocation::S3 => {
            let foundation = Foundation::new(session.account_id().clone(), region.clone());
            Box::new(S3Registry::new(session.s3(), foundation.bucket()))
        }
    }
}

/// Where the state of a stack is, as the record remembers it.
pub(crate) fn state_of(
    stack: &StackId,
    account: &AccountId,
    region: &Region,
    settings: &Settings,
) -> RecordedState {
    match settings.state {
        StateLocation::Local => RecordedState::Local {
            path: settings
                .workspace_dir(stack.as_str())
                .join(Settings::local_state_file()),
        },
        StateLocation::S3 => RecordedState::S3 {
            bucket: Foundation::new(account.clone(), region.clone()).bucket(),
            key: Foundation::stack_state_key(stack),
            region: region.to_string(),
        },
    }
}

/// The record of a stack that is about to be created.
pub(crate) fn new_record(
    project: &Project,
    session: &Session,
    settings: &Settings,
    operation: Operation,
    now: Timestamp,
) -> StackRecord {
    let account = session.account_id();
    StackRecord::new(
        NewStack {
            stack_id: project.stack_id(),
            project: project.name.clone(),
            environment: project.environment.clone(),
            region: project.region.to_string(),
            account: account.clone(),
            ttl_seconds: project.ttl.duration.seconds(),
            warning_lead_seconds: project.ttl.warning_seconds,
            state: state_of(&project.stack_id(), account, &project.region, settings),
            operation: Some(operation),
            automock_version: env!("CARGO_PKG_VERSION").to_owned(),
            names: StackNames::of(project, account),
        },
        now,
    )
}

/// An operation of this very process.
pub(crate) fn operation(kind: OperationKind, settings: &Settings, now: Timestamp) -> Operation {
    let user = settings
        .var("USER")
        .or_else(|| settings.var("LOGNAME"))
        .unwrap_or("unknown");
    Operation {
        kind,
        user: user.to_owned(),
        host: this_machine(),
        pid: std::process::id(),
        terraform_pid: None,
        started_at: now,
    }
}

/// This machine in this boot and process namespace: the only place where a process id means
/// something. Two containers may share a name, and a name outlives a boot.
pub(crate) fn this_machine() -> String {
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let namespace = std::fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    let digest = Sha256::digest(format!("{}{}", boot.trim(), namespace.display()));
    format!(
        "{}#{:02x}{:02x}{:02x}{:02x}",
        this_host(),
        digest[0],
        digest[1],
        digest[2],
        digest[3]
    )
}

/// This machine's name, as terraform writes it into its locks.
pub(crate) fn this_host() -> String {
    nix::unistd::gethostname()
        .ok()
        .and_then(|name| name.into_string().ok())
        .unwrap_or_else(|| "unknown".to_owned())
}

/// Whether a process of this machine is still there.
pub(crate) fn is_alive(pid: u32) -> bool {
    let Ok(pid) = i32::try_from(pid) else {
        return false;
    };
    // A zombie has ended; only its parent has not noticed yet.
    let is_zombie = std::fs::read_to_string(format!("/proc/{pid}/stat")).is_ok_and(|stat| {
        stat.rsplit(") ")
            .next()
            .is_some_and(|rest| rest.starts_with('Z'))
    });
    // A signal of 0 only asks; "not permitted" means that the process exists.
    !is_zombie
        && !matches!(
            nix::sys::signal::kill(nix::unistd::Pid::from_raw(pid), None),
            Err(nix::errno::Errno::ESRCH)
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_alive() {
        assert!(is_alive(std::process::id()));
    }

    #[test]
    fn a_number_that_is_no_process_is_not() {
        assert!(!is_alive(u32::MAX));
    }
}
