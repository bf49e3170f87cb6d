//! Rules that every estimate keeps, whatever the project and the load.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which may panic as tests do"
)]

use automock_forecast::{
    Architecture, Bill, Item, Load, LogLevel, PriceBook, RequestsPerSecond, Usd, Window, bill,
    estimate, suggestions,
};
use automock_model::{Project, Region, strategy};
use proptest::prelude::*;

/// Any project, in a region that has prices.
fn project() -> impl Strategy<Value = Project> {
    strategy::project().prop_map(|mut project| {
        project.region = Region::new("us-east-1").unwrap();
        project
    })
}

fn load() -> impl Strategy<Value = Load> {
    let level = prop_oneof![
        Just(LogLevel::Off),
        Just(LogLevel::Warn),
        Just(LogLevel::Info)
    ];
    let architecture = prop_oneof![Just(Architecture::X86), Just(Architecture::Arm)];
    let traffic = (
        0.0..1e6_f64,
        0..1_000_000_u32,
        0..1_000_000_u32,
        0..1_000_u32,
    );
    let rest = (0..600_u32, 20..200_u32, level, architecture);
    (traffic, rest).prop_map(|((rate, request, response, per_connection), rest)| Load {
        request_bytes: request,
        response_bytes: response,
        requests_per_connection: per_connection,
        connection_seconds: rest.0,
        ephemeral_storage_gb: rest.1,
        log_level: rest.2,
        architecture: rest.3,
        ..Load::new(RequestsPerSecond::new(rate).unwrap())
    })
}

fn bills(project: &Project, load: &Load) -> Vec<Bill> {
    let estimate = estimate(project, load, &PriceBook::built_in()).unwrap();
    let ends = [estimate.session, estimate.worst_case];
    let always = [estimate.hour, estimate.month, estimate.maximum_hour];
    always
        .into_iter()
        .chain(ends.into_iter().flatten())
        .collect()
}

fn cost(project: &Project, load: &Load, window: &Window) -> Usd {
    bill(project, load, &PriceBook::built_in(), window)
        .unwrap()
        .total
}

/// Each line is rounded to a nano-dollar, and its quantity to a billionth. Quantities that follow from
/// the load have the sixteen digits of a floating point number.
fn rounding(whole: Usd) -> Usd {
    Usd::from_nanos(200 + whole.nanos() / 1_000_000_000_000)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn totals_are_exactly_the_sum_of_their_lines(project in project(), load in load()) {
        for bill in bills(&project, &load) {
            let lines: Usd = bill.lines.iter().map(|line| line.amount).sum();
            prop_assert_eq!(bill.total, lines);
            for line in &bill.lines {
                prop_assert_eq!(line.amount, line.quantity * line.unit_price);
                prop_assert!(line.amount >= Usd::ZERO);
                prop_assert!(!line.derivation.contains("NaN"), "{}", line.derivation);
            }
        }
    }

    #[test]
    fn more_load_never_costs_less(project in project(), load in load(), factor in 1.0..10.0_f64) {
        let more = Load {
            requests_per_second: load.requests_per_second.times(factor),
            ..load.clone()
        };
        for (less, more) in bills(&project, &load).iter().zip(&bills(&project, &more)) {
            prop_assert!(less.total <= more.total);
        }
    }

    #[test]
    fn more_tasks_never_cost_less(project in project(), load in load(), tasks in 0..5_000_u32) {
        let with = |tasks| Load { tasks: Some(tasks), ..load.clone() };
        let (fewer, more) = (with(tasks), with(tasks + 1));
        for seconds in [30, 3_600, 100_000] {
            let fewer = cost(&project, &fewer, &Window::running(&project, &fewer, seconds));
            let more = cost(&project, &more, &Window::running(&project, &more, seconds));
            prop_assert!(fewer <= more);
        }
    }

    #[test]
    fn cost_is_additive_over_whole_hours(
        project in project(), load in load(), first in 1..400_u64, second in 1..400_u64,
    ) {
        // Runs of the reaper and looks of the loaders are whole: an interval that does not divide
        // an hour moves one of them from one part to the other.
        let mut project = project;
        project.ttl.check_every_minutes = 5;
        project.engine.reload_every_seconds = 30;
        project.observability.log_retention_days = 3650;
        let hours = |hours: u64| cost(&project, &load, &Window::running(&project, &load, hours * 3_600));
        let (parts, whole) = (hours(first) + hours(second), hours(first + second));
        // Logs are kept from one part into the next, so that line grows faster than the time.
        let storage = |hours: u64| {
            let window = Window::running(&project, &load, hours * 3_600);
            let bill = bill(&project, &load, &PriceBook::built_in(), &window).unwrap();
            bill.amount_of(Item::LogStorageGbMonth)
        };
        let parts = parts - storage(first) - storage(second);
        let whole = whole - storage(first + second);
        let gap = if parts > whole { parts - whole } else { whole - parts };
        prop_assert!(gap <= rounding(whole), "{parts:?} {whole:?}");
    }

    /// What is neither billed by the begun hour nor counted in whole runs and looks adds up over any
    /// two stretches.
    #[test]
    fn cost_is_additive_over_any_time(
        project in project(), load in load(), first in 60..400_000_u64, second in 60..400_000_u64,
    ) {
        const COUNTED_WHOLE: [Item; 10] = [
            Item::LoadBalancerHour,
            Item::NatGatewayHour,
            Item::EndpointHour,
            Item::S3Get,
            Item::LambdaRequest,
            Item::LambdaGbSecond,
            Item::ScheduledRun,
            // The reaper's runs log, and what is kept grows with the time twice.
            Item::LogIngestionGb,
            Item::LogStorageGbMonth,
            Item::Mail,
        ];
        let others = |seconds| {
            let window = Window::running(&project, &load, seconds);
            let bill = bill(&project, &load, &PriceBook::built_in(), &window).unwrap();
            let lines = bill.lines.iter().filter(|line| !COUNTED_WHOLE.contains(&line.item));
            lines.map(|line| line.amount).sum::<Usd>()
        };
        let (parts, whole) = (others(first) + others(second), others(first + second));
        let gap = if parts > whole { parts - whole } else { whole - parts };
        prop_assert!(gap <= rounding(whole), "{parts:?} {whole:?}");
    }

    #[test]
    fn the_worst_case_is_the_worst(project in project(), load in load()) {
        let estimate = estimate(&project, &load, &PriceBook::built_in()).unwrap();
        prop_assert!(estimate.hour.total <= estimate.maximum_hour.total);
        if let (Some(session), Some(worst)) = (estimate.session, estimate.worst_case) {
            prop_assert!(session.total <= worst.total);
        }
    }

    #[test]
    fn suggestions_save_what_they_say(project in project(), load in load()) {
        let prices = PriceBook::built_in();
        let window = Window::hour(&project, &load);
        let before = cost(&project, &load, &window);
        for suggestion in suggestions(&project, &load, &prices, &window).unwrap() {
            let at_worst = suggestion.saving_at_worst;
            let cent = Usd::from_nanos(10_000_000);
            prop_assert!(suggestion.saving >= cent || at_worst >= Some(cent));
            prop_assert!(suggestion.saving + cent >= Usd::ZERO);
            if let Some(saving) = at_worst {
                let worst = |project, load| {
                    let window = Window::worst_case(project, load).unwrap();
                    cost(project, load, &window)
                };
                let after = worst(&suggestion.project, &suggestion.load);
                prop_assert_eq!(worst(&project, &load) - after, saving);
            }
            prop_assert_eq!(suggestion.project.check(), Ok(()));
            let after = cost(&suggestion.project, &suggestion.load, &window);
            prop_assert_eq!(before - after, suggestion.saving);
        }
    }
}

#[test]
fn other_regions_have_no_estimate() {
    let project = Project::from_toml("name = \"petstore\"\nregion = \"eu-west-1\"").unwrap();
    let error = estimate(&project, &Load::idle(), &PriceBook::built_in()).unwrap_err();
    assert!(error.to_string().starts_with("no prices for this region"));
}

#[test]
fn a_task_is_billed_for_a_minute_at_least() {
    let project = Project::from_toml("name = \"petstore\"").unwrap();
    let load = Load {
        ephemeral_storage_gb: 50,
        ..Load::idle()
    };
    let amount = |item, seconds| {
        let window = Window::running(&project, &load, seconds);
        let bill = bill(&project, &load, &PriceBook::built_in(), &window).unwrap();
        bill.amount_of(item)
    };
    for item in [
        Item::FargateX86VcpuHour,
        Item::FargateX86GbHour,
        Item::EphemeralStorageGbHour,
    ] {
        assert_eq!(amount(item, 1), amount(item, 60), "{item}");
        assert!(amount(item, 61) > amount(item, 60), "{item}");
    }
}

/// A gateway goes when the reaper has seen that the time is up, which is after it.
#[test]
fn a_session_of_whole_hours_pays_for_the_hour_in_which_it_is_removed() {
    let project = Project::from_toml("name = \"petstore\"").unwrap();
    let load = Load::idle();
    let session = Window::session(&project, &load).unwrap();
    let middle = Window {
        ends: false,
        ..session
    };
    let gateways = |window: &Window| {
        let bill = bill(&project, &load, &PriceBook::built_in(), window).unwrap();
        bill.amount_of(Item::NatGatewayHour).cents()
    };
    assert_eq!(gateways(&middle), 36);
    assert_eq!(gateways(&session), 45);
}

/// One gateway for two zones: half of the data changes zones, and pays in both of them.
#[test]
fn data_between_zones_pays_twice() {
    let toml = "name = \"petstore\"\nnetwork = { mode = \"private-single-nat\" }";
    let project = Project::from_toml(toml).unwrap();
    let load = Load::idle();
    let session = Window::session(&project, &load).unwrap();
    let bill = bill(&project, &load, &PriceBook::built_in(), &session).unwrap();
    let quantity = |item| {
        let line = bill.lines.iter().find(|line| line.item == item);
        line.unwrap().quantity
    };
    assert_eq!(quantity(Item::CrossZoneGb), quantity(Item::NatGatewayGb));
}
