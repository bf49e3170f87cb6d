//! What a sweep found and did.

use std::fmt::Write as _;
use std::time::Duration;

use automock_stack::progress::in_words;
use automock_stack::{Sweep, SweepOutcome, SweptStack};
use owo_colors::OwoColorize;

use super::columns;

/// The stacks that have to go, what became of them, and what nobody could judge.
pub(crate) fn sweep(found: &Sweep) -> String {
    let mut text = incomplete(found) + &stacks(found);
    for stack in &found.stacks {
        if let Some(outcome) = &stack.outcome {
            text.push_str(&outcome_of(stack, outcome));
        }
    }
    if !found.kept.is_empty() {
        let _ = write!(
            text,
            "\nnot due, or somebody is at work: {}",
            found.kept.join(", ")
        );
    }
    for left in &found.left_alone {
        let _ = write!(text, "\n{} {left}", "left to you:".yellow());
    }
    for unread in &found.unreadable {
        let _ = write!(text, "\n{} {unread}", "unreadable:".red());
    }
    let _ = write!(
        text,
        "\nlooked into account {}, {}, and no other region",
        found.account, found.region
    );
    let waits = found.stacks.iter().any(|stack| stack.outcome.is_none());
    if waits && !found.delete {
        text.push_str("\nnothing was touched; `automock sweep --delete` removes them");
    }
    text
}

/// The first line, where there may be more than what follows.
fn incomplete(found: &Sweep) -> String {
    if found.unreadable.is_empty() {
        return String::new();
    }
    format!(
        "{} not everything could be read ({} unreadable), so there may be more\n",
        "incomplete:".red(),
        found.unreadable.len()
    )
}

fn stacks(found: &Sweep) -> String {
    if found.stacks.is_empty() {
        return format!(
            "nothing to sweep in account {}, {}",
            found.account, found.region
        );
    }
    let heading = ["STACK", "AGE", "RESOURCES", "USD/MONTH", "WHY"].map(str::to_owned);
    let rows: Vec<_> = [heading]
        .into_iter()
        .chain(found.stacks.iter().map(row))
        .collect();
    columns(&rows)
}

fn row(stack: &SweptStack) -> [String; 5] {
    let age = stack.age_seconds.map_or_else(
        || "unknown".to_owned(),
        |seconds| in_words(Duration::from_secs(seconds.unsigned_abs())),
    );
    [
        stack.stack.clone(),
        age,
        stack.found.values().sum::<usize>().to_string(),
        format!("{:.2}", stack.usd_per_month),
        stack.because.clone(),
    ]
}

fn outcome_of(stack: &SweptStack, outcome: &SweepOutcome) -> String {
    match outcome {
        SweepOutcome::Gone { receipt } => format!(
            "\n{} {}: {} resources removed, none left after two scans",
            "gone".green(),
            stack.stack,
            receipt.resources.len() + receipt.going_last.len()
        ),
        SweepOutcome::Left {
            because,
            causes,
            details,
            hint,
        } => {
            let mut text = format!("\n{} {}: {because}", "left".red(), stack.stack);
            for cause in causes {
                let _ = write!(text, "\n  {} {cause}", "caused by:".red());
            }
            for detail in details {
                let _ = write!(text, "\n  {detail}");
            }
            if let Some(hint) = hint {
                let _ = write!(text, "\n  {} {hint}", "hint:".green());
            }
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use automock_stack::SweepReason;

    use super::*;

    fn stack(name: &str, outcome: Option<SweepOutcome>) -> SweptStack {
        SweptStack {
            stack: name.into(),
            reason: SweepReason::HalfCreated,
            because: "its first deploy did not finish".into(),
            age_seconds: Some(7_260),
            found: BTreeMap::from([("NAT gateway".into(), 2), ("VPC".into(), 1)]),
            usd_per_month: 65.7,
            outcome,
        }
    }

    fn found(stacks: Vec<SweptStack>, delete: bool) -> Sweep {
        Sweep {
            account: "123456789012".into(),
            region: "us-east-1".into(),
            delete,
            interrupted: false,
            stacks,
            kept: vec!["shop-dev".into()],
            left_alone: vec!["a-b-c: no resource says which project it is of".into()],
            unreadable: vec!["certificate: access denied".into()],
        }
    }

    fn plain(found: &Sweep) -> String {
        anstream::adapter::strip_str(&sweep(found)).to_string()
    }

    #[test]
    fn a_dry_run_says_what_would_go_and_how_to_do_it() {
        insta::assert_snapshot!(plain(&found(vec![stack("pets-dev", None)], false)));
    }

    #[test]
    fn what_could_not_be_removed_is_told_with_its_reasons() {
        let left = SweepOutcome::Left {
            because: "1 resource remains".into(),
            causes: vec!["interrupted while looking for leftovers".into()],
            details: vec!["VPC vpc-1: subnet subnet-2 stands in it".into()],
            hint: Some("run it again".into()),
        };
        insta::assert_snapshot!(plain(&found(vec![stack("pets-dev", Some(left))], true)));
    }

    #[test]
    fn an_empty_account_is_told_in_two_lines() {
        let mut found = found(Vec::new(), false);
        found.kept.clear();
        found.left_alone.clear();
        found.unreadable.clear();
        assert_eq!(
            plain(&found),
            "nothing to sweep in account 123456789012, us-east-1\n\
             looked into account 123456789012, us-east-1, and no other region"
        );
    }
}
