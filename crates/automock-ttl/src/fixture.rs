//! A record for tests.

use automock_model::{AccountId, Project};
use jiff::Timestamp;

use crate::record::{NewStack, Operation, OperationKind, StackNames, StackRecord, StateLocation};

/// The moment at which the tests' stack is made.
pub(crate) fn start() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().expect("a literal timestamp")
}

/// A stack with the time to live and a warning lead of ten minutes.
pub(crate) fn record(project: &str, ttl_seconds: Option<u64>) -> StackRecord {
    let project = Project::new(project.parse().expect("a literal project name"));
    let account: AccountId = "123456789012".parse().expect("a literal account");
    StackRecord::new(
        NewStack {
            stack_id: project.stack_id(),
            project: project.name.clone(),
            environment: project.environment.clone(),
            region: project.region.to_string(),
            ttl_seconds,
            warning_lead_seconds: 600,
            state: StateLocation::Local {
                path: "terraform.tfstate".into(),
            },
            operation: Some(operation(OperationKind::Deploy)),
            automock_version: "0.1.0".to_owned(),
            names: StackNames::of(&project, &account),
            account,
        },
        start(),
    )
}

/// An operation by somebody.
pub(crate) fn operation(kind: OperationKind) -> Operation {
    Operation {
        kind,
        user: "ada".to_owned(),
        host: "laptop".to_owned(),
        pid: 4711,
        terraform_pid: None,
        started_at: start(),
    }
}
