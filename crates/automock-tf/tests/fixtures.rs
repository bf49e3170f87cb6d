//! The recorded streams of a real terraform, read back.
//!
//! `cargo run -p automock-tf --example record -- crates/automock-tf/tests/fixtures` records them.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use automock_tf::event::{Action, Reason};
use automock_tf::{Cause, Diagnostic, Event, Message, PlanReport};

fn fixtures() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures")
}

fn text(file: &str) -> String {
    fs::read_to_string(fixtures().join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

fn messages(name: &str) -> Vec<Message> {
    text(&format!("{name}.jsonl"))
        .lines()
        .map(Message::parse)
        .collect()
}

fn report(name: &str) -> PlanReport {
    let mut report = PlanReport::default();
    for message in messages(name) {
        report.observe(&message);
    }
    report
}

fn diagnostics(name: &str) -> Vec<Diagnostic> {
    let of = |message: Message| match message.event {
        Event::Diagnostic(diagnostic) => Some(diagnostic),
        _ => None,
    };
    messages(name).into_iter().filter_map(of).collect()
}

fn cause(name: &str) -> Cause {
    Cause::of(&diagnostics(name))
}

#[test]
fn every_recorded_line_is_understood_to_the_last_field() {
    let mut lines = 0;
    for entry in fs::read_dir(fixtures()).unwrap() {
        let path = entry.unwrap().path();
        if path
            .extension()
            .is_none_or(|extension| extension != "jsonl")
        {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let message = Message::parse(line);
            let known = !matches!(message.event, Event::Unknown { .. } | Event::Plain);
            assert!(
                known && message.extra.is_empty(),
                "{}: {message:?}",
                path.display()
            );
            assert!(
                !format!("{message:?}").contains("Unknown("),
                "{}: a new word in {line}",
                path.display()
            );
            assert!(
                !line.contains("hush-hush"),
                "{}: terraform itself leaks the secret",
                path.display()
            );
            lines += 1;
        }
    }
    assert!(lines > 150, "only {lines} lines were read");
}

/// The events of a fixture, one short line each. Concurrent work comes in any order, so the
/// lines are sorted.
fn outline(name: &str) -> String {
    let mut lines: Vec<_> = messages(name)
        .into_iter()
        .map(|message| line(&message.event))
        .collect();
    lines.sort();
    lines.iter().fold(String::new(), |mut text, line| {
        writeln!(text, "{line}").expect("writing to a string can't fail");
        text
    })
}

fn line(event: &Event) -> String {
    match event {
        Event::PlannedChange(change) | Event::ResourceDrift(change) => {
            let name = if matches!(event, Event::PlannedChange(_)) {
                "planned"
            } else {
                "drift"
            };
            let reason = change
                .reason
                .as_ref()
                .map(|reason| format!(" because {reason}"))
                .unwrap_or_default();
            let from = change
                .previous_resource
                .as_ref()
                .map(|r| format!(" from {}", r.addr))
                .unwrap_or_default();
            format!(
                "{name} {} {}{from}{reason}",
                change.action, change.resource.addr
            )
        }
        Event::ApplyStart(hook)
        | Event::ApplyProgress(hook)
        | Event::ApplyComplete(hook)
        | Event::ApplyErrored(hook) => {
            let name = kind(event);
            let action = hook.action.as_ref().map(Action::as_str).unwrap_or_default();
            let has_id = hook.id_value.is_some();
            format!(
                "{name} {action} {} id={has_id} seconds={:?}",
                hook.resource.addr, hook.elapsed_seconds
            )
        }
        Event::ChangeSummary(s) => {
            format!(
                "summary {} add={} change={} remove={} import={}",
                s.operation, s.add, s.change, s.remove, s.import
            )
        }
        Event::Outputs(outputs) => format!(
            "outputs {}",
            serde_json::to_string(outputs).expect("outputs are plain data")
        ),
        Event::Diagnostic(diagnostic) => format!("{} {}", diagnostic.severity, diagnostic.summary),
        Event::ProvisionProgress(provision) => format!(
            "provision {} {:?}",
            provision.resource.addr, provision.output
        ),
        other => kind(other),
    }
}

fn kind(event: &Event) -> String {
    serde_json::json!(event)["type"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

#[test]
fn outlines() {
    for name in [
        "init",
        "plan_create",
        "apply_create",
        "plan_change",
        "apply_change",
        "destroy",
        "apply_slow",
        "plan_drift",
    ] {
        insta::assert_snapshot!(name, outline(name));
    }
}

#[test]
fn a_plan_is_summed_up_from_its_events() {
    let report = report("plan_change");
    let replaced: Vec<_> = report
        .replacements()
        .map(|change| (change.resource.addr.to_string(), change.reason.clone()))
        .collect();
    let reason = Some(Reason::CannotUpdate);
    assert_eq!(replaced.len(), 2, "{replaced:?}");
    assert!(
        replaced
            .iter()
            .all(|(address, why)| address.starts_with("terraform_data.keyed[") && *why == reason)
    );
    let deleted: Vec<_> = report
        .deletions()
        .map(|change| change.reason.clone())
        .collect();
    assert_eq!(deleted, [Some(Reason::DeleteBecauseCountIndex)]);
    let summary = report.summary.as_ref().unwrap();
    assert_eq!((summary.add, summary.change, summary.remove), (2, 1, 3));
    assert!(report.destroys());
    assert!(report.outputs["secret"].sensitive && report.outputs["secret"].value.is_none());
}

#[test]
fn a_plan_without_changes_has_none() {
    let report = report("plan_no_changes");
    assert!(report.changes.is_empty() && report.drift.is_empty() && !report.destroys());
    assert!(report.summary.is_none_or(|summary| summary.is_empty()));
}

#[test]
fn drift_tells_where_a_resource_was() {
    let report = report("plan_drift");
    assert_eq!(report.drift[0].action, Action::Move);
    assert_eq!(
        report.drift[0].previous_resource.as_ref().unwrap().addr,
        "terraform_data.old"
    );
}

#[test]
fn imports_and_forgotten_resources_are_neither_created_nor_deleted() {
    let report = report("plan_forget_and_import");
    let actions: Vec<_> = report
        .changes
        .iter()
        .map(|change| change.action.clone())
        .collect();
    assert!(
        actions.contains(&Action::Forget) && actions.contains(&Action::Import),
        "{actions:?}"
    );
    assert!(!report.destroys());
    assert_eq!(report.summary.unwrap().import, 1);
}

#[test]
fn a_failing_check_is_a_warning_with_its_place() {
    let found = diagnostics("plan_change");
    let check = found
        .iter()
        .find(|d| d.summary == "Check block assertion failed")
        .unwrap();
    assert!(!check.is_error());
    assert_eq!(check.detail, "The word is no longer one.");
    let snippet = check.snippet.as_ref().unwrap();
    assert_eq!(snippet.context.as_deref(), Some("check \"word\""));
    assert_eq!(snippet.values[0].statement, "is \"two\"");
    assert_eq!(check.range.as_ref().unwrap().filename, "main.tf");
}

#[test]
fn a_failed_apply_names_the_resource() {
    let found = diagnostics("apply_failed");
    assert_eq!(
        found[0].address.as_ref().unwrap(),
        &"terraform_data.failing"
    );
    assert!(found[0].detail.contains("exit status 3") && found[0].detail.contains("no luck"));
    assert_eq!(cause("apply_failed"), Cause::Other);
}

#[test]
fn a_locked_state_names_its_holder() {
    let Cause::StateLocked { lock: Some(lock) } = cause("plan_locked") else {
        panic!("{:?}", cause("plan_locked"))
    };
    assert_eq!(lock.who, "user@host");
    assert_eq!(lock.operation, "OperationTypeApply");
    assert_eq!(lock.path, "terraform.tfstate");
    assert_eq!(lock.id.as_str().len(), 36);
    let words = Diagnostic::parse_text(&text("state_rm_locked.txt"));
    assert_eq!(Cause::of(&words), Cause::StateLocked { lock: Some(lock) });
}

#[test]
fn well_known_failures_are_told_apart() {
    assert_eq!(cause("apply_stale"), Cause::PlanStale);
    assert_eq!(cause("init_unsupported_version"), Cause::UnsupportedVersion);
    assert_eq!(cause("init_provider_missing"), Cause::ProviderUnavailable);
    assert_eq!(cause("plan_not_initialised"), Cause::InitRequired);
    assert_eq!(cause("init_invalid_region"), Cause::InvalidRegion);
    assert_eq!(cause("init_no_credentials"), Cause::NoCredentials);
    assert_eq!(cause("init_syntax"), Cause::Other);
    assert_eq!(cause("plan_invalid"), Cause::Other);
}

#[test]
fn words_for_people_give_the_same_cause_as_json() {
    let words = Diagnostic::parse_text(&text("init_no_credentials.txt"));
    assert_eq!(words.len(), 1, "{words:#?}");
    assert_eq!(Cause::of(&words), cause("init_no_credentials"));
    let words = Diagnostic::parse_text(&text("state_rm_unknown.txt"));
    assert_eq!(words[0].summary, "Invalid target address");
}

#[test]
fn an_interrupted_apply_ends_with_errors_and_no_summary_of_the_apply() {
    let seen = messages("apply_interrupted");
    assert!(
        seen.iter()
            .any(|message| message.event == Event::Log
                && message.text.contains("Interrupt received"))
    );
    assert!(
        diagnostics("apply_interrupted")
            .iter()
            .any(|d| d.summary == "execution halted")
    );
    let summaries = seen
        .iter()
        .filter(|message| matches!(message.event, Event::ChangeSummary(_)))
        .count();
    assert_eq!(summaries, 1, "the plan's only");
}
