//! A record for tests.

use automock_model::{Environment, ProjectName, StackId};
use jiff::Timestamp;

use crate::record::{NewStack, Operation, OperationKind, StackNames, StackRecord, StateLocation};

/// The moment at which the tests' stack is made.
pub(crate) fn start() -> Timestamp {
    "2026-01-02T03:04:05Z".parse().expect("a literal timestamp")
}

/// A stack with the time to live and a warning lead of ten minutes.
pub(crate) fn record(project: &str, ttl_seconds: Option<u64>) -> StackRecord {
    let project: ProjectName = project.parse().expect("a literal project name");
    let environment: Environment = "dev".parse().expect("a literal environment");
    let stack_id = StackId::new(&project, &environment);
    StackRecord::new(
        NewStack {
            names: names(stack_id.as_str()),
            stack_id,
            project,
            environment,
            region: "us-east-1".to_owned(),
            account: "123456789012".parse().expect("a literal account"),
            ttl_seconds,
            warning_lead_seconds: 600,
            state: StateLocation::Local {
                path: "terraform.tfstate".into(),
            },
            operation: Some(operation(OperationKind::Deploy)),
            automock_version: "0.1.0".to_owned(),
        },
        start(),
    )
}

fn names(stack: &str) -> StackNames {
    let prefix = format!("automock-{stack}");
    StackNames {
        iam_path: format!("/automock/{stack}/"),
        execution_role: format!("{prefix}-us-east-1-execution"),
        task_role: format!("{prefix}-us-east-1-task"),
        log_group_prefix: format!("/automock/{stack}/"),
        config_bucket: format!("{prefix}-us-east-1-123456789012"),
        load_balancer: prefix.clone(),
        target_group: format!("{prefix}-mock"),
        cluster: prefix.clone(),
        service: prefix.clone(),
        task_family: prefix.clone(),
        dashboard: prefix.clone(),
        reaper_function: format!("{prefix}-reaper"),
        reaper_rule: format!("{prefix}-reaper"),
        domain: None,
        prefix,
    }
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
