//! What a record keeps, and what it refuses.

use serde_json::{Value, json};

use super::StackRecord;
use crate::deadline;
use crate::fixture::{operation, record, start};
use crate::record::{OperationKind, Phase, RecordError};

/// A record whose deploy finished.
fn active() -> StackRecord {
    let mut stack = record("petstore", Some(3600));
    stack.url = Some("http://mock".to_owned());
    stack
        .finish(Phase::Active, start())
        .expect("a deploy can finish");
    stack
}

fn as_value(stack: &StackRecord) -> Value {
    serde_json::from_slice(&stack.to_json().expect("a record is JSON")).expect("JSON reads back")
}

#[test]
fn a_new_record_expires_even_if_its_deploy_never_finishes() {
    let stack = record("petstore", Some(3600));
    assert_eq!(stack.phase, Phase::Creating);
    assert_eq!(stack.expires_at, Some(deadline::after(start(), 3600)));
}

#[test]
fn the_layout_is_the_one_that_other_versions_read() {
    let value = as_value(&record("petstore", Some(3600)));
    assert_eq!(value["schema_version"], 1);
    assert_eq!(value["stack_id"], "petstore-dev");
    assert_eq!(value["phase"], "creating");
    assert_eq!(value["expires_at"], "2026-01-02T04:04:05Z");
    assert_eq!(
        value["state"],
        json!({"kind": "local", "path": "terraform.tfstate"})
    );
    assert_eq!(value["operation"]["kind"], "deploy");
    assert_eq!(value["names"]["iam_path"], "/automock/petstore-dev/");
    assert_eq!(
        value["names"]["log_group_prefix"],
        "/automock/petstore-dev/"
    );
}

#[test]
fn fields_of_a_later_version_survive_a_change() {
    let mut value = as_value(&record("petstore", None));
    value["color"] = json!({"deep": [1, 2]});
    let mut stack = StackRecord::from_json(value.to_string().as_bytes()).unwrap();
    stack.mark_warned(start());
    assert_eq!(as_value(&stack)["color"], json!({"deep": [1, 2]}));
}

#[test]
fn a_newer_schema_is_refused_with_the_way_out() {
    let mut value = as_value(&record("petstore", None));
    value["schema_version"] = json!(2);
    let error = StackRecord::from_json(value.to_string().as_bytes()).unwrap_err();
    assert!(matches!(
        error,
        RecordError::NewerSchema { found: 2, known: 1 }
    ));
    assert!(error.to_string().contains("use a newer automock"));
}

#[test]
fn an_unknown_phase_or_nested_field_is_refused() {
    for (pointer, value) in [("/phase", json!("melting")), ("/names", json!({"odd": 1}))] {
        let mut record = as_value(&record("petstore", None));
        *record.pointer_mut(pointer).unwrap() = value;
        let read = StackRecord::from_json(record.to_string().as_bytes());
        assert!(matches!(read, Err(RecordError::Malformed(_))), "{pointer}");
    }
}

#[test]
fn a_second_operation_is_told_who_holds_the_stack() {
    let mut stack = record("petstore", None);
    let error = stack
        .begin(operation(OperationKind::Destroy), start())
        .unwrap_err();
    assert_eq!(
        error.to_string(),
        "deploy by ada on laptop (process 4711) is running since 2026-01-02T03:04:05Z"
    );
}

#[test]
fn a_dead_deploy_leaves_a_failed_stack_that_can_be_deployed_again() {
    let mut stack = record("petstore", None);
    assert_eq!(stack.abandon_operation(start()).unwrap().pid, 4711);
    assert_eq!(stack.phase, Phase::Failed);
    assert!(stack.abandon_operation(start()).is_none());
    stack
        .begin(operation(OperationKind::Deploy), start())
        .unwrap();
    assert_eq!(stack.phase, Phase::Creating);
}

#[test]
fn operations_move_through_their_phases() {
    let mut stack = active();
    stack
        .begin(operation(OperationKind::Push), start())
        .unwrap();
    assert_eq!(stack.phase, Phase::Active);
    stack.finish(Phase::Active, start()).unwrap();
    stack
        .begin(operation(OperationKind::Deploy), start())
        .unwrap();
    assert_eq!(stack.phase, Phase::Updating);
    stack.finish(Phase::Failed, start()).unwrap();
    assert!(
        stack
            .begin(operation(OperationKind::Push), start())
            .is_err()
    );
    stack
        .begin(operation(OperationKind::Destroy), start())
        .unwrap();
    stack
        .finish(Phase::TearingDown, start())
        .expect("an unfinished teardown is taken up later");
    stack
        .begin(operation(OperationKind::Destroy), start())
        .unwrap();
    stack.finish(Phase::Done, start()).unwrap();
    assert!(
        stack
            .begin(operation(OperationKind::Deploy), start())
            .is_err()
    );
}

#[test]
fn a_refused_operation_changes_nothing() {
    let mut stack = active();
    stack
        .begin(operation(OperationKind::Destroy), start())
        .unwrap();
    stack.operation = None;
    let before = stack.clone();
    assert!(
        stack
            .begin(
                operation(OperationKind::Deploy),
                deadline::after(start(), 9)
            )
            .is_err()
    );
    assert_eq!(stack, before);
}

#[test]
fn a_teardown_cannot_be_extended_away() {
    let mut stack = active();
    stack.step(Phase::TearingDown, start()).unwrap();
    let error = stack.set_expiry(None, start()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the stack is tearing down; its time cannot be extended"
    );
    assert!(stack.expires_at.is_some());
}

#[test]
fn a_claimed_warning_names_the_run_until_it_is_given_back_or_the_end_is_moved() {
    let mut stack = active();
    stack.claim_warning("run-1", start());
    assert_eq!(
        (stack.warned_at, stack.warned_by.as_deref()),
        (Some(start()), Some("run-1"))
    );
    let mut other = active();
    other.claim_warning("run-2", start());
    assert_ne!(
        stack, other,
        "two runs at the same moment write different records"
    );
    stack.unclaim_warning(start());
    assert_eq!((stack.warned_at, stack.warned_by), (None, None));
    other.set_expiry(None, start()).unwrap();
    assert_eq!((other.warned_at, other.warned_by), (None, None));
}

#[test]
fn a_record_of_an_older_version_has_no_run_that_warned() {
    let mut value = as_value(&active());
    assert!(value.get("warned_by").is_none());
    value["warned_at"] = json!("2026-01-02T03:04:05Z");
    let stack = StackRecord::from_json(value.to_string().as_bytes()).unwrap();
    assert_eq!(stack.warned_by, None);
}
