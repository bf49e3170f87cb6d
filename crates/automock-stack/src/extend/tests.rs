//! What may be extended, and by how much.

use super::*;
use automock_model::Project;
use automock_ttl::record::{NewStack, StackNames, StateLocation};

const HOUR: u64 = 3600;

fn at(text: &str) -> Timestamp {
    format!("2026-01-02T{text}:00Z").parse().unwrap()
}

/// A stack that was made at noon.
fn record(ttl_seconds: Option<u64>) -> StackRecord {
    let project = Project::new("shop".parse().unwrap());
    let account = "123456789012".parse().unwrap();
    let new = NewStack {
        stack_id: project.stack_id(),
        names: StackNames::of(&project, &account),
        project: project.name,
        environment: project.environment,
        region: project.region.to_string(),
        account,
        ttl_seconds,
        warning_lead_seconds: HOUR,
        state: StateLocation::Local {
            path: "terraform.tfstate".into(),
        },
        operation: None,
        automock_version: "0.1.0".into(),
    };
    StackRecord::new(new, at("12:00"))
}

#[track_caller]
fn moved(record: &StackRecord, by: ExtendBy, now: &str) -> Timestamp {
    new_end(record, by, at(now)).unwrap().1
}

#[track_caller]
fn refused(record: &StackRecord, by: ExtendBy, now: &str) -> String {
    new_end(record, by, at(now)).unwrap_err().to_string()
}

#[test]
fn a_length_counts_from_the_present_end() {
    let by = ExtendBy::Seconds(2 * HOUR);
    assert_eq!(moved(&record(Some(4 * HOUR)), by, "13:00"), at("18:00"));
}

#[test]
fn an_overdue_stack_gets_its_time_from_now() {
    let by = ExtendBy::Seconds(2 * HOUR);
    assert_eq!(moved(&record(Some(HOUR)), by, "13:04"), at("15:04"));
}

#[test]
fn a_moment_is_taken_as_it_is() {
    let by = ExtendBy::Until(at("20:30"));
    assert_eq!(moved(&record(Some(4 * HOUR)), by, "13:00"), at("20:30"));
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let stack = record(Some(4 * HOUR));
    let table = [
        (ExtendBy::Until(at("12:59")), "2026-01-02T12:59:00Z is past"),
        (ExtendBy::Until(at("13:00")), "2026-01-02T13:00:00Z is past"),
        (
            ExtendBy::Until(at("15:00")),
            "the stack lives until 2026-01-02T16:00:00Z already, which is later than 2026-01-02T15:00:00Z",
        ),
        (ExtendBy::Seconds(0), "nothing would change by 0 seconds"),
        (
            ExtendBy::Seconds(Ttl::MAX_SECONDS),
            "the stack would live until 2026-02-01T16:00:00Z; at most 30d from now are allowed",
        ),
    ];
    for (by, words) in table {
        assert_eq!(refused(&stack, by, "13:00"), words, "{by:?}");
    }
    // A length beyond all calendars is one more that is too long.
    let absurd = refused(&stack, ExtendBy::Seconds(u64::MAX), "13:00");
    assert!(absurd.contains("at most 30d"), "{absurd}");
}

#[test]
fn the_longest_length_is_allowed() {
    let stack = record(Some(HOUR));
    let by = ExtendBy::Until(deadline::after(at("12:30"), Ttl::MAX_SECONDS));
    assert!(new_end(&stack, by, at("12:30")).is_ok());
}

#[test]
fn a_stack_without_end_has_nothing_to_extend() {
    let words = refused(&record(None), ExtendBy::Seconds(HOUR), "13:00");
    assert!(words.contains("nothing to extend"), "{words}");
}

#[test]
fn a_teardown_is_never_taken_back() {
    let mut stack = record(Some(HOUR));
    stack.step(Phase::TearingDown, at("13:05")).unwrap();
    assert_eq!(
        refused(&stack, ExtendBy::Seconds(HOUR), "13:06"),
        "the stack is being torn down since 2026-01-02T13:05:00Z; its time can't be extended"
    );
    stack.step(Phase::Done, at("13:20")).unwrap();
    assert!(refused(&stack, ExtendBy::Seconds(HOUR), "13:21").contains("gone"));
}
