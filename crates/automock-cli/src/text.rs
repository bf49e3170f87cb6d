//! Words and tables for people.

use std::fmt::Write as _;
use std::time::Duration;

use automock_stack::progress::in_words;
use automock_stack::{
    Bootstrapped, Deployment, Destroyed, Diagnosis, Extended, ListedStack, PlannedChange, Pushed,
    StackList, StackPlan, Status, Verdict,
};
use jiff::Timestamp;
use owo_colors::OwoColorize;

mod forecast;
mod sweep;

pub(crate) use forecast::{Told, calibration, cost, forecast};
pub(crate) use sweep::sweep;

/// A plan: counts, then changes by module, replacements with their reasons.
pub(crate) fn plan(plan: &StackPlan) -> String {
    if !plan.has_changes {
        return format!("{}: no changes", plan.stack);
    }
    let mut text = String::new();
    for module in &plan.modules {
        let name = if module.module.is_empty() {
            "root"
        } else {
            &module.module
        };
        let _ = writeln!(text, "{} ({})", name.bold(), module.changes.len());
        for change in &module.changes {
            let _ = writeln!(text, "  {}", planned(change, &module.module));
        }
    }
    if !plan.drift.is_empty() {
        let _ = writeln!(text, "{}", "changed outside of terraform".bold());
        for change in &plan.drift {
            let _ = writeln!(text, "  {} {}", "~".yellow(), change.address);
        }
    }
    let _ = write!(text, "\n{}: {}", plan.stack, counts(plan));
    text
}

fn planned(change: &PlannedChange, module: &str) -> String {
    let sign = match change.action.as_str() {
        "create" => "+".green().to_string(),
        "delete" => "-".red().to_string(),
        "replace" => "±".red().to_string(),
        "import" => "<".cyan().to_string(),
        _ => "~".yellow().to_string(),
    };
    // The module is the heading: its name need not be repeated on each line.
    let prefix = format!("module.{}.", module.replace('-', "_"));
    let address = change
        .address
        .strip_prefix(&prefix)
        .unwrap_or(&change.address);
    let mut line = format!("{sign} {address}");
    if change.action == "replace" || change.action == "delete" {
        if let Some(reason) = &change.reason {
            let _ = write!(line, " ({}: {})", change.action, reason.replace('_', " "));
        } else {
            let _ = write!(line, " ({})", change.action);
        }
        if !change.because_of.is_empty() {
            let _ = write!(line, " because of {}", change.because_of.join(", "));
        }
    }
    line
}

fn counts(plan: &StackPlan) -> String {
    let counts = plan.counts;
    let all = [
        (counts.create, "to create"),
        (counts.update, "to update"),
        (counts.replace, "to replace"),
        (counts.delete, "to delete"),
        (counts.import, "to take over"),
    ];
    all.iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A deployment: what a person needs next.
pub(crate) fn deployment(made: &Deployment, now: Timestamp) -> String {
    let mut rows = vec![("url", made.url.clone())];
    rows.extend(made.control_url.clone().map(|url| ("control", url)));
    rows.extend(made.dashboard_url.clone().map(|url| ("dashboard", url)));
    rows.push(("revision", made.revision.clone()));
    let healthy = made.healthy.map_or_else(
        || "not waited for".to_owned(),
        |healthy| format!("{healthy} healthy"),
    );
    rows.push((
        "tasks",
        format!("{healthy}, {} to {}", made.tasks.min, made.tasks.max),
    ));
    rows.push(("expires", expiry(made.expires_at, now)));
    let took = in_words(Duration::from_secs_f64(made.seconds));
    rows.push(("took", took));
    format!("{} is up\n{}", made.stack.bold(), table(&rows))
}

/// `2026-03-01 12:00 UTC (in 3h 59m)`, `never`.
pub(crate) fn expiry(expires_at: Option<Timestamp>, now: Timestamp) -> String {
    let Some(at) = expires_at else {
        return "never; remove it with `automock destroy`".into();
    };
    let seconds = now.duration_until(at).as_secs();
    format!("{} ({})", at.strftime("%Y-%m-%d %H:%M UTC"), left(seconds))
}

fn left(seconds: i64) -> String {
    let words = in_words(Duration::from_secs(seconds.unsigned_abs()));
    if seconds >= 0 {
        format!("in {words}")
    } else {
        format!("overdue by {words}")
    }
}

/// A stack's new end.
pub(crate) fn extended(extended: &Extended, now: Timestamp) -> String {
    format!(
        "{} ends at {} instead of {}",
        extended.stack.bold(),
        expiry(Some(extended.to), now),
        extended.from.strftime("%Y-%m-%d %H:%M UTC")
    )
}

/// The state of a stack.
pub(crate) fn status(status: &Status, now: Timestamp) -> String {
    let mut rows = vec![
        ("phase", status.phase.to_string()),
        (
            "account",
            format!("{} in {}", status.account, status.region),
        ),
        (
            "url",
            status.url.clone().unwrap_or_else(|| "none yet".into()),
        ),
        ("expires", expiry(status.expires_at, now)),
    ];
    match &status.service {
        Some(service) => rows.push((
            "tasks",
            format!(
                "{} running, {} starting, {} wanted{}",
                service.running,
                service.pending,
                service.desired,
                status.bounds.map_or_else(String::new, |bounds| format!(
                    " (autoscaling {} to {})",
                    bounds.min, bounds.max
                ))
            ),
        )),
        None => rows.push(("tasks", "the service does not exist".into())),
    }
    if let Some(targets) = &status.targets {
        rows.push((
            "targets",
            format!(
                "{} healthy, {} unhealthy, {} new, {} draining",
                targets.healthy,
                targets.unhealthy.len(),
                targets.initial,
                targets.draining
            ),
        ));
    }
    let ringing: Vec<_> = status
        .alarms
        .iter()
        .filter(|alarm| alarm.state == "ALARM")
        .collect();
    rows.push((
        "alarms",
        format!("{} of {} in alarm", ringing.len(), status.alarms.len()),
    ));
    if let Some(failure) = &status.failure {
        rows.push(("failure", failure.clone()));
    }
    let mut text = format!("{}\n{}", status.stack.bold(), table(&rows));
    if let Some(targets) = &status.targets {
        for target in &targets.unhealthy {
            let _ = write!(
                text,
                "\n  {} {}: {} ({})",
                "unhealthy".red(),
                target.target,
                target.description,
                target.reason
            );
        }
    }
    for alarm in ringing {
        let _ = write!(
            text,
            "\n  {} {}: {}",
            "alarm".red(),
            alarm.name,
            alarm.reason
        );
    }
    if !status.scaling.is_empty() {
        let _ = write!(text, "\n\n{}", "scaling activity".bold());
        for activity in &status.scaling {
            let at = activity
                .at
                .map_or_else(String::new, |at| at.strftime("%H:%M:%S ").to_string());
            let _ = write!(
                text,
                "\n  {at}{} ({})",
                activity.description, activity.status
            );
        }
    }
    text
}

/// The stacks of an account and region.
pub(crate) fn list(list: &StackList) -> String {
    let mut text = if list.stacks.is_empty() {
        format!("no stacks in account {}, {}", list.account, list.region)
    } else {
        let mut rows = vec![["STACK", "PHASE", "AGE", "ENDS", "URL"].map(str::to_owned)];
        rows.extend(list.stacks.iter().map(row));
        columns(&rows)
    };
    for entry in &list.unreadable {
        let _ = write!(text, "\n{} {entry}", "unreadable:".red());
    }
    text
}

fn row(stack: &ListedStack) -> [String; 5] {
    let phase = match (&stack.operation, stack.operation_died) {
        (Some(operation), true) => format!("{} ({operation} died)", stack.phase),
        (Some(operation), false) => format!("{} ({operation})", stack.phase),
        (None, _) => stack.phase.to_string(),
    };
    [
        stack.stack.clone(),
        phase,
        in_words(Duration::from_secs(stack.age_seconds.unsigned_abs())),
        stack.seconds_left.map_or_else(|| "never".into(), left),
        stack.url.clone().unwrap_or_default(),
    ]
}

/// What a destroy removed.
pub(crate) fn destroyed(gone: &Destroyed) -> String {
    let took = in_words(Duration::from_secs_f64(gone.seconds));
    let mut text = format!(
        "{} is gone: {} resources removed by terraform, {} directly, none left after two scans; took {took}",
        gone.stack.bold(),
        gone.by_terraform,
        gone.directly.len(),
    );
    for resource in &gone.left_alone {
        let _ = write!(text, "\n  left alone, not the stack's: {resource}");
    }
    text
}

/// What a push did.
pub(crate) fn pushed(pushed: &Pushed) -> String {
    format!(
        "revision {} with {} expectations: {} of {} tasks serve it after {}",
        pushed.revision.bold(),
        pushed.expectations,
        pushed.confirmed,
        pushed.tasks,
        in_words(Duration::from_secs_f64(pushed.seconds))
    )
}

/// What a bootstrap made.
pub(crate) fn bootstrapped(made: &Bootstrapped) -> String {
    let rows = [
        ("account", made.account.clone()),
        ("bucket", made.bucket.clone()),
        ("topic", made.topic_arn.clone()),
        ("images", made.engine_repository.clone()),
        ("reaper role", made.reaper_role_arn.clone()),
    ];
    format!(
        "the foundation in {} is ready\n{}",
        made.region.bold(),
        table(&rows)
    )
}

/// The checks of `doctor`.
pub(crate) fn diagnosis(diagnosis: &Diagnosis) -> String {
    let mut text = String::new();
    for check in &diagnosis.checks {
        let sign = match check.verdict {
            Verdict::Good => "ok  ".green().to_string(),
            Verdict::Note => "note".yellow().to_string(),
            Verdict::Bad => "bad ".red().to_string(),
        };
        let _ = writeln!(text, "{sign} {:<12} {}", check.name, check.finding);
        if let Some(hint) = &check.hint {
            let _ = writeln!(text, "     {:<12} {hint}", "");
        }
    }
    text.trim_end().to_owned()
}

fn table(rows: &[(&str, String)]) -> String {
    let width = rows.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    rows.iter()
        .map(|(name, value)| format!("  {name:<width$}  {value}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn columns<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        rows.iter()
            .map(|row| row[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(&widths);
            let line: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            line.join("  ").trim_end().to_owned()
        })
        .collect::<Vec<_>>()
        .join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use automock_stack::{Counts, ModulePlan};

    fn plain(text: &str) -> String {
        anstream::adapter::strip_str(text).to_string()
    }

    #[test]
    fn a_plan_groups_by_module_and_explains_replacements() {
        let shown = plan(&StackPlan {
            stack: "shop-dev".into(),
            has_changes: true,
            counts: Counts {
                create: 1,
                replace: 1,
                ..Counts::default()
            },
            modules: vec![ModulePlan {
                module: "ecs-service".into(),
                changes: vec![
                    PlannedChange {
                        address: "module.ecs_service.aws_lb.this".into(),
                        action: "create".into(),
                        reason: None,
                        because_of: Vec::new(),
                    },
                    PlannedChange {
                        address: "module.ecs_service.aws_ecs_task_definition.mock".into(),
                        action: "replace".into(),
                        reason: Some("cannot_update".into()),
                        because_of: vec!["cpu".into()],
                    },
                ],
            }],
            drift: Vec::new(),
        });
        insta::assert_snapshot!(plain(&shown));
    }

    #[test]
    fn time_left_reads_like_speech() {
        assert_eq!(left(14_340), "in 3h 59m");
        assert_eq!(left(-61), "overdue by 1m 01s");
    }
}
