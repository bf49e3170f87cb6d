//! The report: one page with the picture, the bill and what both assume.

use std::fmt::{self, Write};

use automock_model::{Capacity, EngineKind, ScalingPolicy};

use super::svg::{NARROW, WIDE, picture};
use super::theme;
use super::xml::escape;
use crate::estimate::{Bill, span};
use crate::simulation::{Event, EventKind, Resolution, Scenario, Simulation, Summary};

/// Events that are shown; a day of a fleet that goes up and down has more than anybody reads.
const MOST_EVENTS: usize = 500;

/// Events that are shown without being asked for.
const FEW_EVENTS: usize = 12;

/// Something that a report says in two words: what, and how much.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fact {
    /// What it is about.
    pub what: String,
    /// What is so.
    pub value: String,
}

impl Fact {
    /// A fact.
    pub fn new(what: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            value: value.into(),
        }
    }
}

/// What a report is made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Report<'r> {
    /// The title of the page.
    pub title: &'r str,
    /// The simulation.
    pub simulation: &'r Simulation,
    /// The bill whose lines are shown, if any.
    pub bill: Option<&'r Bill>,
    /// What the figures follow from; see [`assumptions`].
    pub assumptions: Vec<Fact>,
    /// What the figures leave out.
    pub notes: &'r [&'r str],
}

/// What a scenario assumes, in words.
#[must_use]
pub fn assumptions(scenario: &Scenario) -> Vec<Fact> {
    let (project, timings) = (&scenario.project, &scenario.timings);
    let tasks = &project.tasks;
    let engine = match project.engine.kind {
        EngineKind::AutoMock => "the embedded engine",
        EngineKind::MockServer => "MockServer",
    };
    let seconds = |seconds: u32| format!("{seconds} s");
    let mut facts = vec![
        Fact::new("Region", project.region.to_string()),
        Fact::new("Task size", tasks.size.to_string()),
        Fact::new("Tasks", format!("{} to {}", tasks.min, tasks.max)),
        Fact::new("Capacity", tasks.capacity.as_str()),
        Fact::new("Network", project.network.mode.as_str()),
        Fact::new("Scaling policy", project.scaling.policy.as_str()),
        Fact::new("Mock server", engine),
        Fact::new(
            "A vCPU serves",
            format!("{:.0} requests per second", scenario.per_vcpu.get()),
        ),
        Fact::new(
            "A task serves",
            format!("{:.0} requests per second", scenario.per_task()),
        ),
        Fact::new(
            "A request",
            format!(
                "{} bytes in, {} bytes out",
                scenario.load.request_bytes, scenario.load.response_bytes
            ),
        ),
        Fact::new(
            "From launch to containers",
            seconds(timings.provision_seconds),
        ),
        Fact::new("From containers to answers", seconds(timings.boot_seconds)),
        Fact::new(
            "Health checks before requests",
            format!(
                "{} every {} s",
                timings.healthy_threshold, timings.health_interval_seconds
            ),
        ),
        Fact::new(
            "Launches",
            format!(
                "{} at once, then {} a second",
                timings.launch_burst, timings.launch_per_second
            ),
        ),
        Fact::new(
            "A new load balancer takes",
            format!(
                "{:.0} requests per second and zone, × {} in five minutes",
                timings.balancer_initial_rps_per_zone, timings.balancer_growth_in_five_minutes
            ),
        ),
        Fact::new(
            "A client gives up after",
            format!("{} s", timings.patience_seconds),
        ),
    ];
    if matches!(project.scaling.policy, ScalingPolicy::TargetTracking(_)) {
        let resolution = match scenario.resolution {
            Resolution::Standard => "every 60 s",
            Resolution::High => "every 20 s",
        };
        facts.push(Fact::new("Metrics of target tracking", resolution));
    }
    if scenario.project.tasks.capacity != Capacity::OnDemand {
        let percent = scenario.spot_interruptions_per_hour * 100.0;
        let taken = if percent > 0.0 {
            format!("{percent:.1} % of the Spot tasks in an hour")
        } else {
            "none".to_owned()
        };
        facts.push(Fact::new("Spot interruptions", taken));
    }
    facts
}

/// A report as one HTML page: no scripts, and nothing that is loaded from elsewhere.
///
/// The page is well-formed XML as well. It has a picture for wide windows and one for narrow ones,
/// and follows the reader's choice of dark or light.
///
/// ```
/// use automock_forecast::{
///     Load, PriceBook, Profile, RequestsPerSecond, Scenario, Window, bill, chart, simulate,
/// };
/// use automock_model::Project;
///
/// let rate = RequestsPerSecond::new(300.0).unwrap();
/// let (load, prices) = (Load::new(rate), PriceBook::built_in());
/// let project = Project::from_toml("name = \"petstore\"").unwrap();
/// let bill = bill(&project, &load, &prices, &Window::hour(&project, &load)).unwrap();
/// let scenario = Scenario::new(project, load, Profile::constant(rate), 600, rate);
/// let page = chart::html(&chart::Report {
///     title: "petstore <dev>",
///     simulation: &simulate(&scenario, &prices).unwrap(),
///     bill: Some(&bill),
///     assumptions: chart::assumptions(&scenario),
///     notes: &["taxes are not counted"],
/// });
/// assert!(page.starts_with("<!DOCTYPE html>"));
/// assert!(page.contains("<h1>petstore &lt;dev&gt;</h1>"));
/// ```
#[must_use]
#[expect(clippy::missing_panics_doc, reason = "writing to a string cannot fail")]
pub fn html(report: &Report<'_>) -> String {
    let mut page = String::new();
    write_page(&mut page, report).expect("writing to a string cannot fail");
    page
}

fn write_page(page: &mut String, report: &Report<'_>) -> fmt::Result {
    let title = escape(report.title);
    writeln!(
        page,
        "<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n\
         <meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n\
         <title>{title}</title>\n<style>{}{}</style>\n</head>\n<body>\n<h1>{title}</h1>",
        theme::PAGE,
        theme::following(),
    )?;
    cards(page, &report.simulation.summary)?;
    page.push_str(&picture(report.simulation, WIDE, "wide", ""));
    page.push_str(&picture(report.simulation, NARROW, "narrow", ""));
    if let Some(bill) = report.bill {
        write_bill(page, bill)?;
    }
    events(page, &report.simulation.events)?;
    facts(page, "Assumptions", &report.assumptions)?;
    if !report.notes.is_empty() {
        writeln!(page, "<h2>Not in these figures</h2>\n<ul>")?;
        for note in report.notes {
            writeln!(page, "<li>{}</li>", escape(note))?;
        }
        writeln!(page, "</ul>")?;
    }
    writeln!(page, "</body>\n</html>")
}

fn cards(page: &mut String, summary: &Summary) -> fmt::Result {
    let percent = |share: f64| {
        // Not a single refused request and hardly any are different things.
        if share > 0.0 && share < 0.01 {
            "< 0.01 %".to_owned()
        } else {
            format!("{share:.2} %")
        }
    };
    let cards = [
        ("Simulated", span(u64::from(summary.seconds))),
        ("Cost", summary.cost.to_string()),
        ("Offered", thousands(summary.offered)),
        ("Served", thousands(summary.served)),
        ("Refused", thousands(summary.refused)),
        ("Refused of offered", percent(summary.refused_percent())),
        ("Tasks on average", format!("{:.1}", summary.average_tasks)),
        ("Most tasks", summary.peak_tasks.to_string()),
        (
            "Highest utilisation",
            format!("{:.0} %", summary.peak_utilisation),
        ),
        (
            "Final utilisation",
            format!("{:.0} %", summary.final_utilisation),
        ),
    ];
    writeln!(page, "<dl class=\"cards\">")?;
    for (what, value) in cards {
        let value = escape(&value);
        writeln!(page, "<div><dt>{what}</dt><dd>{value}</dd></div>")?;
    }
    writeln!(page, "</dl>")
}

fn write_bill(page: &mut String, bill: &Bill) -> fmt::Result {
    let time = span(bill.seconds);
    let (tasks, rate) = (bill.tasks, thousands(bill.requests_per_second.get()));
    writeln!(
        page,
        "<h2>Bill for {time}</h2>\n<p>With {tasks} tasks and {rate} requests per second on average.</p>\n\
         <table>"
    )?;
    for line in &bill.lines {
        writeln!(
            page,
            "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td></tr>\n\
             <tr class=\"more\"><td colspan=\"2\"><small>{} × {} per {}</small>\
             <small>{}</small></td></tr>",
            escape(line.what),
            line.amount,
            line.quantity,
            line.unit_price,
            escape(line.unit),
            escape(&line.derivation),
        )?;
    }
    writeln!(
        page,
        "<tr class=\"sum\"><th scope=\"row\">Total</th><td class=\"n\">{}</td></tr>\n</table>",
        bill.total
    )
}

fn events(page: &mut String, events: &[Event]) -> fmt::Result {
    writeln!(page, "<h2>Events</h2>")?;
    if events.is_empty() {
        return writeln!(page, "<p>Nothing happens.</p>");
    }
    let count = |is_so: fn(&EventKind) -> bool| {
        let those = events.iter().filter(|event| is_so(&event.kind));
        those.count()
    };
    let added = count(|kind| matches!(kind, EventKind::ScaleOut { .. }));
    let removed = count(|kind| matches!(kind, EventKind::ScaleIn { .. }));
    let open = if events.len() <= FEW_EVENTS {
        " open=\"open\""
    } else {
        ""
    };
    writeln!(
        page,
        "<details{open}><summary>{} in all; tasks were added {added} times and removed {removed} \
         times</summary>\n<table>",
        events.len()
    )?;
    for event in events.iter().take(MOST_EVENTS) {
        let (time, words) = (clock(event.second), event.kind.to_string());
        let words = escape(&words);
        writeln!(page, "<tr><td class=\"s\">{time}</td><td>{words}</td></tr>")?;
    }
    writeln!(page, "</table>")?;
    if let Some(more) = events.len().checked_sub(MOST_EVENTS + 1) {
        writeln!(page, "<p>and {} more</p>", more + 1)?;
    }
    writeln!(page, "</details>")
}

fn facts(page: &mut String, title: &str, facts: &[Fact]) -> fmt::Result {
    if facts.is_empty() {
        return Ok(());
    }
    writeln!(page, "<h2>{title}</h2>\n<table class=\"facts\">")?;
    for fact in facts {
        let (what, value) = (escape(&fact.what), escape(&fact.value));
        writeln!(
            page,
            "<tr><th scope=\"row\">{what}</th><td>{value}</td></tr>"
        )?;
    }
    writeln!(page, "</table>")
}

/// Hours, minutes and seconds since the start.
fn clock(second: u32) -> String {
    let (hours, minutes) = (second / 3_600, second % 3_600 / 60);
    format!("{hours}:{minutes:02}:{:02}", second % 60)
}

/// A number with its thousands apart; from a billion on in billions, which a phone has room for.
fn thousands(number: f64) -> String {
    if number >= 1e9 {
        return format!("{} billion", thousands(number / 1e9));
    }
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_readable() {
        assert_eq!(thousands(0.0), "0");
        assert_eq!(thousands(1_234_567.4), "1\u{202f}234\u{202f}567");
        assert_eq!(thousands(123.0), "123");
        assert_eq!(thousands(7_778_926_768_129.0), "7\u{202f}779 billion");
        assert_eq!(clock(86_399), "23:59:59");
    }
}
