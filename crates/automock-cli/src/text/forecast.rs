//! What a stack may cost and how it scales, in words.

use std::cmp::Ordering;
use std::fmt::Write as _;

use automock_forecast::{
    Bill, Estimate, Line, Plan, RequestsPerSecond, Simulation, Suggestion, Usd, chart,
};
use automock_model::Project;
use owo_colors::OwoColorize;

use crate::commands::forecast::Calibration;
use crate::cost::Cost;

/// How many events of a simulation are shown; the others are in the JSON.
const SHOWN_EVENTS: usize = 24;

/// The width of a chart: that of a small terminal.
const CHART_WIDTH: usize = 78;

/// Lines of less than a tenth of a cent are shown as one.
const SMALLEST: Usd = Usd::from_nanos(1_000_000);

/// All that there is to tell.
pub(crate) struct Told<'a> {
    pub(crate) project: &'a Project,
    pub(crate) estimate: &'a Estimate,
    pub(crate) suggestions: &'a [Suggestion],
    pub(crate) simulation: Option<&'a Simulation>,
    /// How the project was found, if it was.
    pub(crate) plan: Option<&'a Plan>,
    /// What a processor of this machine serves, where that was measured.
    pub(crate) calibration: Option<&'a Calibration>,
}

/// What a stack may cost, in the line that stands below a plan.
pub(crate) fn cost(cost: &Cost) -> String {
    let until = match cost.until_end_usd {
        Some(usd) => format!("{usd} until its end"),
        None => format!("{} a month", cost.per_month_usd),
    };
    let most = match cost.at_most_usd {
        Some(usd) => format!("{usd} at the most, with {} tasks", cost.max_tasks),
        None => format!(
            "{} an hour with {} tasks, without an end",
            cost.per_hour_at_maximum_usd, cost.max_tasks
        ),
    };
    let traffic = if cost.requests_per_second == RequestsPerSecond::ZERO {
        let usd = cost.million_requests_usd;
        format!("; each million requests {usd} more (--load)")
    } else {
        format!(
            ", with {} requests per second",
            cost.requests_per_second.get()
        )
    };
    format!(
        "costs {} an hour with {} tasks, {until}; {most}{traffic}",
        cost.per_hour_usd.bold(),
        cost.min_tasks
    )
}

/// The whole forecast.
pub(crate) fn forecast(told: &Told<'_>) -> String {
    let project = told.project;
    let mut text = format!(
        "{} in {}\n\n",
        project.stack_id().to_string().bold(),
        project.region
    );
    if let Some(plan) = told.plan {
        text.push_str(&planned(plan));
    }
    text.push_str(&totals(told));
    let _ = writeln!(text, "\n{}", "an hour".bold());
    text.push_str(&lines(&told.estimate.hour));
    text.push_str(&cheaper(told));
    if let Some(measured) = told.calibration {
        let _ = writeln!(text, "\n{}\n{}", "measured".bold(), calibration(measured));
    }
    if let Some(simulation) = told.simulation {
        text.push_str(&simulated(simulation));
        text.push_str(&idle(project, simulation));
    }
    let _ = writeln!(text);
    for note in &told.estimate.notes {
        let _ = writeln!(text, "{}", format!("note: {note}").dimmed());
    }
    text.trim_end().to_owned()
}

/// What would make it cheaper: until its end, and at the most.
fn cheaper(told: &Told<'_>) -> String {
    let mut text = String::new();
    if told.suggestions.is_empty() {
        return text;
    }
    let has_end = told.estimate.worst_case.is_some();
    let when = if has_end {
        "cheaper, until its end and at the most"
    } else {
        "cheaper, a month"
    };
    let _ = writeln!(text, "\n{}", when.bold());
    for suggestion in told.suggestions {
        let saving = change(suggestion.saving);
        let at_worst = suggestion.saving_at_worst.map(change);
        let at_worst = at_worst.map_or_else(String::new, |change| format!(" {change:>9}"));
        let obstacle = suggestion.change.obstacle();
        let obstacle = obstacle.map_or_else(String::new, |words| format!(" ({words})"));
        let _ = writeln!(
            text,
            "{:>12}{}  {}{}",
            saving.green(),
            at_worst.green(),
            suggestion.change.words(),
            obstacle.dimmed()
        );
    }
    text
}

/// A saving as the change of a bill.
fn change(saving: Usd) -> String {
    match saving.cmp(&Usd::ZERO) {
        Ordering::Greater => format!("-{saving}"),
        Ordering::Less => format!("+{}", Usd::ZERO - saving),
        Ordering::Equal => String::new(),
    }
}

/// What was measured of one server.
pub(crate) fn calibration(measured: &Calibration) -> String {
    let how = if measured.is_processor_time_measured {
        "of processor time"
    } else {
        "of processor time, if all its processors were busy"
    };
    format!(
        "  {:.0} requests per second by one processor of this machine, by {}\n  {} requests in {:.1} s, \
         {:.2} s {how}\n  a vCPU of Fargate is one thread of a core, and may be half as fast: \
         --per-vcpu {:.0}",
        measured.per_processor.get().bold(),
        measured.server,
        measured.requests,
        measured.seconds,
        measured.processor_seconds,
        measured.per_vcpu.get(),
    )
}

/// The project that holds the load, and the best of the others.
fn planned(plan: &Plan) -> String {
    let mut text = format!(
        "{}\n{}\n",
        format!(
            "the cheapest of {} that holds {} requests per second: put these tables into automock.toml, in \
             place of its own",
            plan.candidates, plan.planned_rate
        )
        .bold(),
        plan.tables().trim_end()
    );
    let _ = writeln!(text, "\n{:>12}  in the simulated time", plan.cost);
    for other in &plan.runners_up {
        let tasks = &other.project.tasks;
        let what = format!(
            "with {} to {} tasks {} in a {} network",
            tasks.min,
            tasks.max,
            tasks.size,
            other.project.network.mode.as_str()
        );
        let _ = writeln!(text, "{:>12}  {}", other.cost, what.dimmed());
    }
    text.push('\n');
    text
}

fn totals(told: &Told<'_>) -> String {
    let estimate = told.estimate;
    let mut text = String::new();
    let mut row = |amount: Usd, what: String| {
        let _ = writeln!(text, "{amount:>12}  {what}");
    };
    let hour = &estimate.hour;
    row(hour.total, format!("an hour with {}", busy(hour)));
    if let Some(session) = &estimate.session {
        row(
            session.total,
            format!("until its end after {}", hours(session)),
        );
    }
    row(
        estimate.month.total,
        "a month, if nothing ends it".to_owned(),
    );
    let most = &estimate.maximum_hour;
    row(most.total, format!("an hour with {}, the most", busy(most)));
    if let Some(worst) = &estimate.worst_case {
        let what = format!("at the most: {} for {}", busy(worst), hours(worst));
        row(worst.total, what);
    }
    row(
        estimate.million_requests,
        "a million requests more".to_owned(),
    );
    text
}

/// `10 tasks, 250 requests per second`.
fn busy(bill: &Bill) -> String {
    let tasks = match bill.tasks {
        1 => "1 task".to_owned(),
        tasks => format!("{tasks} tasks"),
    };
    let rate = bill.requests_per_second.get();
    if rate > 0.0 {
        format!("{tasks} and {} requests per second", rounded(rate))
    } else {
        format!("{tasks} that nobody calls")
    }
}

/// Three digits of a small number, all of a large one.
fn rounded(rate: f64) -> String {
    if rate < 100.0 {
        format!("{}", (rate * 100.0).round() / 100.0)
    } else {
        format!("{rate:.0}")
    }
}

fn hours(bill: &Bill) -> String {
    let (hours, minutes) = (bill.seconds / 3600, bill.seconds % 3600 / 60);
    match minutes {
        0 => format!("{hours} h"),
        _ => format!("{hours} h {minutes} min"),
    }
}

/// The lines, the largest first; those that come to next to nothing together.
fn lines(bill: &Bill) -> String {
    let mut lines: Vec<&Line> = bill.lines.iter().collect();
    lines.sort_by_key(|line| std::cmp::Reverse(line.amount));
    let mut text = String::new();
    let (shown, small): (Vec<&Line>, _) =
        lines.into_iter().partition(|line| line.amount >= SMALLEST);
    for line in shown {
        let _ = writeln!(text, "{}", bill_line(line));
    }
    if !small.is_empty() {
        let names: Vec<_> = small.iter().map(|line| line.what).collect();
        let total: Usd = small.iter().map(|line| line.amount).sum();
        let _ = writeln!(text, "{total:>12}  {}", names.join(", ").dimmed());
    }
    text
}

fn bill_line(line: &Line) -> String {
    let how = format!(
        "{} × {} per {}: {}",
        line.quantity, line.unit_price, line.unit, line.derivation
    );
    format!("{:>12}  {:<32} {}", line.amount, line.what, how.dimmed())
}

/// What to say of a fleet that grows although its tasks have next to nothing to do.
fn idle(project: &Project, simulation: &Simulation) -> String {
    const IDLE_PERCENT: f64 = 30.0;
    let summary = &simulation.summary;
    if summary.peak_utilisation >= IDLE_PERCENT || summary.peak_tasks <= project.tasks.min {
        return String::new();
    }
    let peak = simulation.samples.iter().map(|sample| sample.offered);
    format!(
        "\n{} the tasks were never more than {:.0} % busy, and scaling added some all the same: its \
         thresholds are too low. `--rps {:.0}` finds some that fit\n",
        "note:".yellow().bold(),
        summary.peak_utilisation,
        peak.fold(0.0, f64::max)
    )
}

fn simulated(simulation: &Simulation) -> String {
    let summary = &simulation.summary;
    let mut text = format!("\n{}\n", format!("simulated, {} s", summary.seconds).bold());
    let _ = writeln!(
        text,
        "  {:.0} requests came, {:.0} were answered, {:.0} refused ({:.2} %) in {} s of it",
        summary.offered,
        summary.served,
        summary.refused,
        summary.refused_percent(),
        summary.seconds_with_refusals
    );
    let _ = writeln!(
        text,
        "  {:.1} tasks on average, {} at the most; {:.0} % busy at the most; {}",
        summary.average_tasks, summary.peak_tasks, summary.peak_utilisation, summary.cost
    );
    let _ = writeln!(
        text,
        "\n{}",
        chart::text(simulation, CHART_WIDTH).trim_end()
    );
    for event in simulation.events.iter().take(SHOWN_EVENTS) {
        let _ = writeln!(text, "  {event}");
    }
    let more = simulation.events.len().saturating_sub(SHOWN_EVENTS);
    if more > 0 {
        let _ = writeln!(text, "  and {more} more: --output json has them all");
    }
    text
}
