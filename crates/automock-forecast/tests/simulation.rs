//! Rules that every simulation keeps, and the seed's table.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which may panic as tests do"
)]

use automock_forecast::{
    EventKind, Load, PriceBook, Profile, RequestsPerSecond, Resolution, Scenario, Simulation, Usd,
    Window, bill, simulate,
};
use automock_model::{Project, Region, ScalingPolicy, strategy};
use proptest::prelude::*;

/// A project whose engine starts at once, so that nothing but the load moves the metrics.
const PETSTORE: &str = "name = \"petstore\"\nengine = { kind = \"automock\", image = \"a/b:1\" }\n";

fn rate(rate: f64) -> RequestsPerSecond {
    RequestsPerSecond::new(rate).unwrap()
}

fn scenario(toml: &str, profile: Profile, seconds: u32, per_vcpu: f64) -> Scenario {
    let project = Project::from_toml(&format!("{PETSTORE}{toml}")).unwrap();
    Scenario::new(project, Load::idle(), profile, seconds, rate(per_vcpu))
}

fn simulated(scenario: &Scenario) -> Simulation {
    simulate(scenario, &PriceBook::built_in()).unwrap()
}

/// The first change of the number of tasks: second, from, to.
fn first_change(simulation: &Simulation) -> Option<(u32, u32, u32)> {
    simulation.events.iter().find_map(|event| match event.kind {
        EventKind::ScaleOut { from, to } | EventKind::ScaleIn { from, to } => {
            Some((event.second, from, to))
        }
        _ => None,
    })
}

/// Tasks that serve five requests per second each, so that requests per minute stay below 500.
const SLOW_PER_VCPU: f64 = 20.0;

#[test]
fn cpu_adds_tasks_as_the_seeds_table_says() {
    for (percent, expected) in [(75.0, 15), (85.0, 20), (95.0, 30)] {
        let load = Profile::constant(rate(10.0 * 5.0 * percent / 100.0));
        let simulation = simulated(&scenario("", load, 300, SLOW_PER_VCPU));
        let (_, from, to) = first_change(&simulation).unwrap();
        assert_eq!((from, to), (10, expected), "{percent} %");
    }
}

#[test]
fn requests_add_tasks_as_the_seeds_table_says() {
    for (per_minute, expected) in [(600.0, 15), (1_200.0, 20)] {
        let load = Profile::constant(rate(10.0 * per_minute / 60.0));
        let simulation = simulated(&scenario("", load, 300, 10_000.0));
        let (_, from, to) = first_change(&simulation).unwrap();
        assert_eq!((from, to), (10, expected), "{per_minute} a minute");
    }
}

#[test]
fn five_minutes_of_idleness_remove_a_quarter() {
    let load = Profile::constant(rate(20.0 * 5.0 * 0.3));
    let mut scenario = scenario("", load, 600, SLOW_PER_VCPU);
    scenario.initial_tasks = Some(20);
    let (second, from, to) = first_change(&simulated(&scenario)).unwrap();
    assert_eq!((from, to), (20, 15));
    // Five values of a minute, the last one seen a minute later.
    assert!((360..=450).contains(&second), "{second}");
}

#[test]
fn the_policy_with_the_largest_capacity_wins() {
    // CPU at 75 % asks for 15 tasks, 1,200 requests a minute ask for 20.
    let load = Profile::constant(rate(200.0));
    let simulation = simulated(&scenario("", load, 300, 4.0 * 20.0 / 0.75));
    let (_, from, to) = first_change(&simulation).unwrap();
    assert_eq!((from, to), (10, 20));
}

#[test]
fn a_larger_step_during_the_cooldown_adds_the_difference() {
    let toml = "[scaling]\npolicy = \"steps\"\ncpu = [{ above = 70, add_percent = 50 }, \
                { above = 90, add_percent = 200 }]\nscale_out_cooldown = \"10m\"\n";
    // From 75 % to far above what even fifteen tasks serve.
    let load = Profile::steps(&[(0, rate(37.5)), (120, rate(200.0))]);
    let simulation = simulated(&scenario(toml, load, 600, SLOW_PER_VCPU));
    let changes: Vec<_> = simulation
        .events
        .iter()
        .filter_map(|event| match event.kind {
            EventKind::ScaleOut { from, to } => Some((from, to)),
            _ => None,
        })
        .collect();
    assert_eq!(changes, [(10, 15), (15, 30)]);
}

#[test]
fn a_metric_without_requests_removes_nothing() {
    let toml = "[scaling]\npolicy = \"target-tracking\"\nrequests_per_minute = 600\n";
    let mut quiet = scenario(
        toml,
        Profile::constant(RequestsPerSecond::ZERO),
        3_600,
        100.0,
    );
    quiet.initial_tasks = Some(50);
    assert_eq!(first_change(&simulated(&quiet)), None);
    quiet.profile = Profile::constant(rate(1.0));
    assert!(first_change(&simulated(&quiet)).is_some());
}

#[test]
fn the_meter_and_the_estimate_agree() {
    for network in ["private", "private-single-nat", "public"] {
        let toml =
            format!("tasks = {{ min = 10, max = 10 }}\nnetwork = {{ mode = \"{network}\" }}\n");
        let scenario = scenario(&toml, Profile::constant(rate(100.0)), 7_200, 1_000.0);
        let simulated = simulated(&scenario).summary.cost;
        let load = Load::new(rate(100.0));
        let window = Window::from_start(&scenario.project, &load, 7_200);
        let bill = bill(&scenario.project, &load, &PriceBook::built_in(), &window).unwrap();
        let gap = (simulated - bill.total).as_f64().abs();
        assert!(gap < 0.001, "{network}: {simulated} {}", bill.total);
    }
}

#[test]
fn spot_interruptions_are_the_same_for_the_same_seed() {
    let toml = "tasks = { min = 50, max = 50, capacity = \"spot\" }\n";
    let mut scenario = scenario(toml, Profile::constant(rate(10.0)), 3_600, 1_000.0);
    scenario.spot_interruptions_per_hour = 0.2;
    let one = simulated(&scenario);
    assert_eq!(one, simulated(&scenario));
    let taken: u32 = one
        .events
        .iter()
        .map(|event| match event.kind {
            EventKind::SpotInterruption { tasks } => tasks,
            _ => 0,
        })
        .sum();
    assert!((2..=25).contains(&taken), "{taken}");
    scenario.seed = 1;
    assert_ne!(one.events, simulated(&scenario).events);
}

#[test]
fn a_day_at_full_resolution_holds_together() {
    let csv = "time,rps\n0,10\n8h,50\n12h,900\n13h,100\n20h,400\n24h,10\n";
    let profile = Profile::from_csv(csv).unwrap();
    let simulation = simulated(&scenario("", profile, 86_400, 100.0));
    let summary = simulation.summary;
    let left = simulation.samples.last().unwrap().queued;
    let sum = summary.served + summary.refused + left;
    assert!((summary.offered - sum).abs() < 1.0, "{summary:?}");
    assert!(summary.peak_tasks > 20);
}

/// A scenario beside the worst case of a stack that lives as long.
fn check_worst_case(scenario: &Scenario) -> Result<(), TestCaseError> {
    let cost = simulated(scenario).summary.cost;
    let load = Load {
        peak: Some(rate(scenario.profile.peak())),
        ..scenario.load.clone()
    };
    let project = &scenario.project;
    let window = Window::worst_case_for(project, &load, scenario.seconds.into());
    let worst = bill(project, &load, &PriceBook::built_in(), &window).unwrap();
    prop_assert!(cost <= worst.total, "{cost} {}", worst.total);
    Ok(())
}

fn project() -> impl Strategy<Value = Project> {
    strategy::project().prop_map(|mut project| {
        project.region = Region::new("us-east-1").unwrap();
        project
    })
}

fn profile() -> impl Strategy<Value = Profile> {
    let rates = || (0.0..1e5_f64).prop_map(rate);
    let seconds = || 0..2_000_u32;
    prop_oneof![
        rates().prop_map(Profile::constant),
        (rates(), rates(), seconds()).prop_map(|(from, to, in_)| Profile::ramp(from, to, in_)),
        proptest::collection::vec((seconds(), rates()), 0..6)
            .prop_map(|steps| Profile::steps(&steps)),
        (rates(), rates(), seconds(), seconds())
            .prop_map(|(base, peak, at, for_)| Profile::spike(base, peak, at, for_)),
    ]
}

fn scenarios() -> impl Strategy<Value = Scenario> {
    let numbers = (
        0..2_400_u32,
        0.0..2_000.0_f64,
        0.0..1.0_f64,
        0.0..100.0_f64,
        any::<u64>(),
    );
    let high = any::<bool>();
    (project(), profile(), numbers, high, 0..300_u32).prop_map(
        |(project, profile, numbers, high, initial)| {
            let (seconds, per_vcpu, interruptions, memory_percent, seed) = numbers;
            let base = Scenario::new(project, Load::idle(), profile, seconds, rate(per_vcpu));
            Scenario {
                initial_tasks: Some(initial),
                memory_percent,
                resolution: if high {
                    Resolution::High
                } else {
                    Resolution::Standard
                },
                spot_interruptions_per_hour: interruptions,
                seed,
                ..base
            }
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_simulation_is_sane(scenario in scenarios()) {
        let simulation = simulated(&scenario);
        prop_assert_eq!(simulation.samples.len(), scenario.seconds as usize);
        let tasks = &scenario.project.tasks;
        let mut cost = Usd::ZERO;
        for sample in &simulation.samples {
            let numbers = [sample.offered, sample.served, sample.queued, sample.refused, sample.utilisation];
            prop_assert!(numbers.iter().all(|number| number.is_finite() && *number >= 0.0), "{sample:?}");
            prop_assert!((tasks.min..=tasks.max).contains(&sample.desired), "{sample:?}");
            prop_assert!(sample.healthy <= sample.running && sample.running <= tasks.max, "{sample:?}");
            prop_assert!(sample.utilisation <= 100.0);
            prop_assert!(cost <= sample.cost);
            cost = sample.cost;
        }
        let summary = simulation.summary;
        let left = simulation.samples.last().map_or(0.0, |sample| sample.queued);
        let sum = summary.served + summary.refused + left;
        prop_assert!((summary.offered - sum).abs() <= 1e-6 * summary.offered + 1e-3);
    }

    #[test]
    fn more_load_serves_no_less_and_costs_no_less_at_equal_capacity(
        scenario in scenarios(), factor in 1.0..5.0_f64,
    ) {
        let mut scenario = scenario;
        scenario.project.tasks.max = scenario.project.tasks.min;
        let less = simulated(&scenario).summary;
        scenario.profile = scenario.profile.times(factor);
        let more = simulated(&scenario).summary;
        prop_assert!(less.served <= more.served * (1.0 + 1e-9) + 1e-6, "{less:?} {more:?}");
        prop_assert!(less.cost <= more.cost + Usd::from_nanos(1), "{less:?} {more:?}");
    }

    /// No load up to the peak costs more than the worst case says, however it goes up and down.
    #[test]
    fn nothing_that_is_simulated_costs_more_than_the_worst_case(scenario in scenarios()) {
        let mut scenario = scenario;
        scenario.spot_interruptions_per_hour = 0.0;
        check_worst_case(&scenario)?;
    }

    #[test]
    fn a_load_that_goes_up_and_down_stays_within_the_worst_case(
        up in 30..600_u32, down in 30..600_u32, low in 0.0..1.0_f64, peak in 10.0..3_000.0_f64,
        policy in 0..3_usize,
    ) {
        let policies = [
            "",
            "[scaling]\npolicy = \"steps\"\ncpu = [{ above = 70, add_percent = 100 }]\n",
            "[scaling]\npolicy = \"target-tracking\"\ncpu_percent = 50\nrequests_per_minute = 600\n",
        ];
        let mut steps = Vec::new();
        let mut second = 0;
        while second < 14_400 {
            steps.extend([(second, rate(peak)), (second + up, rate(peak * low))]);
            second += up + down;
        }
        check_worst_case(&scenario(policies[policy], Profile::steps(&steps), 14_400, 600.0))?;
    }

    #[test]
    fn a_longer_simulation_begins_like_a_shorter_one(scenario in scenarios(), more in 1..500_u32) {
        let short = simulated(&scenario);
        let longer = Scenario { seconds: scenario.seconds + more, ..scenario };
        let long = simulated(&longer);
        prop_assert_eq!(&short.samples[..], &long.samples[..short.samples.len()]);
    }

    #[test]
    fn any_text_is_a_profile_or_an_error(text: String) {
        if let Ok(profile) = Profile::from_csv(&text) {
            prop_assert!(profile.rate_at(0).is_finite());
        }
    }

    #[test]
    fn target_tracking_ends_near_its_target(load in 20.0..400.0_f64) {
        let toml = "[scaling]\npolicy = \"target-tracking\"\ncpu_percent = 50\n";
        let mut scenario = scenario(toml, Profile::constant(rate(load)), 7_200, SLOW_PER_VCPU);
        scenario.resolution = Resolution::High;
        prop_assert!(matches!(scenario.project.scaling.policy, ScalingPolicy::TargetTracking(_)));
        let summary = simulated(&scenario).summary;
        let is_at_bound = summary.final_tasks == 10 || summary.final_tasks == 200;
        prop_assert!(is_at_bound || (40.0..=55.0).contains(&summary.final_utilisation), "{summary:?}");
    }
}
