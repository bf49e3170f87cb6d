//! What `docs/costs.md` says is what the price book and the estimate say.
//!
//! The document is the expectation: its figures were worked by hand. This test reads its tables, its
//! project files and its loads, so that neither the document nor the crate can change alone.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which may panic as tests do"
)]

use std::collections::BTreeMap;
use std::fs;

use automock_forecast::{
    Bill, Item, Load, LogLevel, PlanRequest, PriceBook, Profile, RegionPrices, RequestsPerSecond,
    Scenario, Usd, Window, bill as bill_of, estimate, plan_for, simulate,
};
use automock_model::{Project, Region};

fn document() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/costs.md");
    fs::read_to_string(path).unwrap()
}

/// The part below a heading, up to the next one of its level or above.
fn section<'d>(text: &'d str, heading: &str) -> &'d str {
    let level = heading.split(' ').next().unwrap().len();
    let start = text.find(&format!("\n{heading}")).unwrap() + 1;
    let body = &text[start..];
    let ends = body.lines().skip(1).find(|line| {
        let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
        (1..=level).contains(&hashes) && line.as_bytes().get(hashes) == Some(&b' ')
    });
    ends.map_or(body, |line| &body[..body.find(line).unwrap()])
}

/// The rows of a section's tables without their heads.
fn rows(section: &str) -> Vec<Vec<&str>> {
    section
        .lines()
        .filter(|line| line.starts_with('|') && !line.starts_with("|---"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// The content of the first fenced block with this info string.
fn block<'s>(section: &'s str, info: &str) -> &'s str {
    let fence = format!("```{info}\n");
    let start = section.find(&fence).unwrap() + fence.len();
    &section[start..start + section[start..].find("```").unwrap()]
}

fn prices() -> RegionPrices {
    let region = Region::new("us-east-1").unwrap();
    PriceBook::built_in().region(&region).unwrap().clone()
}

/// A price in dollars.
#[expect(clippy::cast_precision_loss, reason = "a price has ten digits")]
fn dollars(item: Item) -> f64 {
    prices().unit_price(item).picos() as f64 / 1e12
}

#[expect(clippy::cast_possible_truncation, reason = "some hundred dollars")]
fn usd(dollars: f64) -> Usd {
    Usd::from_nanos((dollars * 1e9).round() as i128)
}

const GB: f64 = 1_073_741_824.0;
const MONTH: f64 = 730.0;

/// What the seed's deployment pays for its alarms, its dashboard and Container Insights.
fn observed(hours: f64) -> f64 {
    let things = 7.0 * dollars(Item::AlarmMonth)
        + dollars(Item::DashboardMonth)
        + 25.0 * dollars(Item::MetricMonth);
    let events = (10.0 * 3.0 + 2.0) * hours * 60.0 * 1_024.0;
    things * hours / MONTH + events / GB * dollars(Item::LogIngestionGb)
}

/// Two images of 180 and 130 MiB for each task through NAT gateways.
fn images(tasks: f64) -> f64 {
    tasks * 310.0 * 1_048_576.0 / GB * dollars(Item::NatGatewayGb)
}

/// The true figures of the seed's table.
fn seed_figures() -> Vec<(&'static str, f64)> {
    let vcpu = dollars(Item::FargateX86VcpuHour);
    let memory = dollars(Item::FargateX86GbHour);
    let (balancer, gateway) = (
        dollars(Item::LoadBalancerHour),
        dollars(Item::NatGatewayHour),
    );
    let address = dollars(Item::PublicIpv4Hour);
    let requests = 4_810.0 * dollars(Item::S3Get) + 30.0 * dollars(Item::S3Put);
    let logs = 3_852e6 / GB * dollars(Item::LogIngestionGb);
    let base = [
        ("Base: Fargate processors", 10.0 * 0.5 * vcpu * 4.0),
        ("Base: Fargate memory", 10.0 * memory * 4.0),
        ("Base: load balancer", 5.0 * balancer),
        ("Base: NAT gateways", 2.0 * 5.0 * gateway),
        ("Base: NAT data", images(10.0)),
        ("Base: public addresses", 4.0 * 4.0 * address),
        ("Base: data out", 0.5 * dollars(Item::DataOutGb)),
        ("Base: alarms, dashboard, Container Insights", observed(4.0)),
        ("Base: S3", requests),
    ];
    let spike = [
        ("Spike: Fargate processors", 200.0 * 0.5 * vcpu),
        ("Spike: Fargate memory", 200.0 * memory),
        ("Spike: NAT data", images(200.0)),
    ];
    let month = [
        ("Month: Fargate", 10.0 * (0.5 * vcpu + memory) * MONTH),
        ("Month: load balancer", balancer * MONTH),
        ("Month: NAT gateways", 2.0 * gateway * MONTH),
        ("Month: public addresses", 4.0 * address * MONTH),
        ("Month: data out", 100.0 * dollars(Item::DataOutGb)),
        (
            "Month: alarms, dashboard, Container Insights",
            observed(MONTH),
        ),
    ];
    let sum = |part: &[(&str, f64)]| part.iter().map(|(_, amount)| amount).sum::<f64>();
    let totals = [
        ("Base: total", sum(&base)),
        ("Base: logs of a million requests", logs),
        ("Spike: total", sum(&spike)),
        ("200 tasks for an hour", sum(&spike[..2])),
        ("Month: total", sum(&month)),
    ];
    [&base[..], &spike, &month, &totals].concat()
}

#[test]
fn the_seeds_table_has_the_true_figures() {
    let document = document();
    let written: BTreeMap<&str, &str> = rows(section(&document, "## The seed's table"))
        .into_iter()
        .filter(|row| row.len() == 4 && row[2].starts_with(['$', '*']))
        .map(|row| (row[0].trim_matches('*'), row[2].trim_matches('*')))
        .collect();
    let true_ones: BTreeMap<&str, String> = seed_figures()
        .into_iter()
        .map(|(what, amount)| (what, usd(amount).to_string()))
        .collect();
    let true_ones: BTreeMap<&str, &str> = true_ones
        .iter()
        .map(|(what, amount)| (*what, amount.as_str()))
        .collect();
    assert_eq!(written, true_ones);
}

/// A load as the document writes it; what it does not name is as in [`Load::new`].
fn load(text: &str) -> Load {
    let table: toml::Table = toml::from_str(text).unwrap();
    let rate = table["requests_per_second"].as_float().unwrap();
    let mut load = Load::new(RequestsPerSecond::new(rate).unwrap());
    for (key, value) in &table {
        let number = || u32::try_from(value.as_integer().unwrap()).unwrap();
        match key.as_str() {
            "requests_per_second" => {}
            "request_bytes" => load.request_bytes = number(),
            "response_bytes" => load.response_bytes = number(),
            "requests_per_connection" => load.requests_per_connection = number(),
            "connection_seconds" => load.connection_seconds = number(),
            "tasks" => load.tasks = Some(number()),
            "log_level" if value.as_str() == Some("info") => load.log_level = LogLevel::Info,
            other => panic!("{other} is not part of a load"),
        }
    }
    load
}

/// A written number without its thousands' commas, its currency and its emphasis.
fn number(text: &str) -> f64 {
    let digits: String = text.chars().filter(|c| !"$,*".contains(*c)).collect();
    digits.parse().unwrap_or_else(|_| panic!("{text:?}"))
}

/// A quantity is written with six decimals.
const HALF_A_DIGIT: f64 = 0.000_000_51;

/// Compares every line: what, quantity, unit price and amount, and the total to the cent.
#[track_caller]
fn check(title: &str, written: &str, bill: &Bill) {
    let mut written = rows(written);
    written.retain(|row| row[0] != "Line");
    let total = written.pop().unwrap();
    assert_eq!(total[0], "**Total**", "{title}");
    let names: Vec<&str> = written.iter().map(|row| row[0]).collect();
    let lines: Vec<&str> = bill.lines.iter().map(|line| line.what).collect();
    assert_eq!(names, lines, "{title}");
    for (row, line) in written.iter().zip(&bill.lines) {
        let what = format!("{title}, {}: {row:?} {line:?}", line.what);
        let gap = (number(row[2]) - line.quantity.as_f64()).abs();
        assert!(gap < HALF_A_DIGIT, "{what}");
        assert_eq!(
            row[3],
            format!("{} per {}", line.unit_price, line.unit),
            "{what}"
        );
        let gap = (number(row[4]) - line.amount.as_f64()).abs();
        assert!(gap < HALF_A_DIGIT, "{what}");
    }
    assert_eq!(
        total[4].trim_matches('*'),
        bill.total.to_string(),
        "{title}"
    );
}

/// Compares a bill that was put together from its hours.
#[track_caller]
fn check_hours(written: &str, hours: &[Usd], total: Usd) {
    let rows = rows(written);
    let (together, parts) = rows[1..].split_last().unwrap();
    assert_eq!(parts.len(), hours.len());
    for (row, amount) in parts.iter().zip(hours) {
        let gap = (number(row[2]) - amount.as_f64()).abs();
        assert!(gap < HALF_A_DIGIT, "{row:?} {amount:?}");
    }
    assert_eq!(together[2].trim_matches('*'), total.to_string());
    // The lines of hours are rounded one by one.
    let gap = (hours.iter().copied().sum::<Usd>() - total).as_f64().abs();
    assert!(gap < HALF_A_DIGIT, "{gap}");
}

fn times(count: u64, amount: Usd) -> Usd {
    Usd::from_nanos(i128::from(count) * amount.nanos())
}

fn check_project(heading: &str) {
    let document = document();
    let part = section(&document, heading);
    let project = Project::from_toml(block(part, "toml automock.toml")).unwrap();
    let load = load(block(part, "toml load"));
    let estimate = estimate(&project, &load, &PriceBook::built_in()).unwrap();
    let bill = |title: &str, bill: &Bill| check(title, section(part, title), bill);
    let part_of = |seconds, starts, ends| {
        let running = Window::running(&project, &load, seconds);
        let window = Window {
            launches: if starts { running.tasks } else { 0 },
            starts,
            ends,
            ..running
        };
        bill_of(&project, &load, &PriceBook::built_in(), &window)
            .unwrap()
            .total
    };
    bill("#### One hour", &estimate.hour);
    if let (Some(session), Some(worst_case)) = (&estimate.session, &estimate.worst_case) {
        bill("#### The session", session);
        bill("#### The worst case", worst_case);
        let last = (session.seconds - 1) % 3_600 + 1;
        let between = (session.seconds - 3_600 - last) / 3_600;
        let mut hours = vec![part_of(3_600, true, false)];
        if between > 0 {
            hours.push(times(between, estimate.hour.total));
        }
        hours.push(part_of(last, false, true));
        check_hours(section(part, "#### Hour by hour"), &hours, session.total);
    } else {
        bill("#### The first month", &estimate.month);
        bill("#### An hour at the maximum", &estimate.maximum_hour);
        let first = part_of(3_600, true, false);
        let others = times(729, estimate.hour.total);
        let kept = |bill: &Bill| bill.amount_of(Item::LogStorageGbMonth);
        let beyond = estimate.month.total - first - others;
        assert!(beyond < kept(&estimate.month), "{beyond}");
        let hours = [first, others, beyond];
        check_hours(
            section(part, "#### Hour by hour"),
            &hours,
            estimate.month.total,
        );
    }
}

#[test]
fn the_default_project_is_as_worked_by_hand() {
    check_project("### 1.");
}

#[test]
fn the_public_spot_project_is_as_worked_by_hand() {
    check_project("### 2.");
}

#[test]
fn the_project_with_endpoints_is_as_worked_by_hand() {
    check_project("### 3.");
}

/// The document's list of prices is the price book's.
#[test]
fn the_prices_are_those_of_the_book() {
    let document = document();
    let written: BTreeMap<&str, &str> = rows(section(&document, "## Where the prices are from"))
        .into_iter()
        .filter(|row| row[1].starts_with('$'))
        .map(|row| (row[0].trim_matches('`'), row[1]))
        .collect();
    let prices = prices();
    let book: Vec<(&str, String)> = Item::ALL
        .iter()
        .map(|item| (item.key(), prices.unit_price(*item).to_string()))
        .collect();
    let mut book: Vec<(&str, &str)> = book
        .iter()
        .map(|(key, price)| (*key, price.as_str()))
        .collect();
    book.sort_unstable();
    assert_eq!(written.into_iter().collect::<Vec<_>>(), book);
}

/// The load that keeps the default fleet going up and down.
#[test]
fn the_idle_fleet_is_as_the_document_says() {
    let document = document();
    let part = section(&document, "## What a simulation looks like");
    let project = Project::from_toml("name = \"petstore\"").unwrap();
    let rate = |rate| RequestsPerSecond::new(rate).unwrap();
    let profile: Profile = "constant:1000".parse().unwrap();
    let scenario = Scenario::new(
        project.clone(),
        Load::idle(),
        profile,
        14_400,
        rate(20_000.0),
    );
    let summary = simulate(&scenario, &PriceBook::built_in()).unwrap().summary;
    for figure in [
        format!("{:.1} tasks on average", summary.average_tasks),
        format!("{} for four hours", summary.cost),
        format!("{:.0} % busy", summary.peak_utilisation),
    ] {
        assert!(part.replace('\n', " ").contains(&figure), "{figure}");
    }
    let request = PlanRequest::new(project, rate(1_000.0), rate(20_000.0));
    let plan = plan_for(&request, &PriceBook::built_in(), |_, _| {}).unwrap();
    assert_eq!(plan.project.tasks.min, 1);
}
