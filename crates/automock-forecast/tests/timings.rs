//! How long scaling takes, simulated over every phase of AWS's minute, beside what AWS published.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which may panic as tests do"
)]

use std::fs;

use automock_forecast::{
    Load, PriceBook, Profile, RequestsPerSecond, Resolution, Sample, Scenario, Simulation, simulate,
};
use automock_model::Project;

/// Ten tasks that serve five requests per second each.
const PER_VCPU: f64 = 20.0;
const AUTOMOCK: &str = "engine = { kind = \"automock\", image = \"a/b:1\" }\n";
const MOCKSERVER: &str = "engine = { kind = \"mockserver\" }\n";
/// The default policy.
const STEPS: &str = "";
const TRACKING: &str = "[scaling]\npolicy = \"target-tracking\"\ncpu_percent = 50\n";

/// When the load changes: late enough that each alarm has seen the load before.
const CHANGE: u32 = 300;

#[derive(Debug, Clone, Copy, PartialEq)]
struct Seconds {
    mean: f64,
    least: u32,
    most: u32,
}

/// Seconds from the change of the load until something is so, over the phases of metrics and alarms.
fn seconds_until(
    toml: &str,
    initial_tasks: u32,
    resolution: Resolution,
    [before, after]: [f64; 2],
    is_so: impl Fn(&Sample) -> bool,
) -> Seconds {
    let project = Project::from_toml(&format!("name = \"petstore\"\n{toml}")).unwrap();
    let rate = |percent: f64| {
        RequestsPerSecond::new(f64::from(initial_tasks) * 5.0 * percent / 100.0).unwrap()
    };
    let profile = Profile::steps(&[(0, rate(before)), (CHANGE, rate(after))]);
    let per_vcpu = RequestsPerSecond::new(PER_VCPU).unwrap();
    let mut scenario = Scenario::new(project, Load::idle(), profile, CHANGE + 1_800, per_vcpu);
    scenario.initial_tasks = Some(initial_tasks);
    scenario.resolution = resolution;
    let mut all = Vec::new();
    for metric in (0..60).step_by(4) {
        for evaluation in (0..60).step_by(4) {
            scenario.timings.metric_phase_seconds = metric;
            scenario.timings.evaluation_phase_seconds = evaluation;
            let simulation: Simulation = simulate(&scenario, &PriceBook::built_in()).unwrap();
            let second = simulation.first(|sample| sample.second >= CHANGE && is_so(sample));
            all.push(second.unwrap() - CHANGE);
        }
    }
    let sum: u32 = all.iter().sum();
    Seconds {
        mean: f64::from(sum) / f64::from(u32::try_from(all.len()).unwrap()),
        least: *all.iter().min().unwrap(),
        most: *all.iter().max().unwrap(),
    }
}

fn is_within(percent: f64, expected: f64, seconds: Seconds) -> bool {
    (seconds.mean - expected).abs() <= expected * percent / 100.0
}

/// Until a task more runs, as AWS measured it: from nearly nothing to a tenth above the target.
///
/// AWS's own load is not published. The further beyond the target a load jumps, the sooner a minute's
/// average is beyond it as well: a jump to 90 % takes some 25 seconds less, and is then further from
/// AWS's figure than a fifth.
fn provisioned(resolution: Resolution, after: f64) -> Seconds {
    let toml = format!("{AUTOMOCK}{TRACKING}");
    let is_so = |sample: &Sample| sample.running > 10;
    seconds_until(&toml, 10, resolution, [10.0, after], is_so)
}

/// Until an added task gets requests: from 46 % to 75 % of CPU.
fn up(engine: &str, policy: &str, resolution: Resolution) -> Seconds {
    let toml = format!("tasks = {{ min = 1 }}\n{engine}{policy}");
    let is_so = |sample: &Sample| sample.healthy > 10;
    seconds_until(&toml, 10, resolution, [46.0, 75.0], is_so)
}

/// Until a task is to go: from 48 % to 30 % of CPU.
fn down(policy: &str, resolution: Resolution) -> Seconds {
    let toml = format!("tasks = {{ min = 1 }}\n{AUTOMOCK}{policy}");
    let is_so = |sample: &Sample| sample.desired < 20;
    seconds_until(&toml, 20, resolution, [48.0, 30.0], is_so)
}

/// AWS: 386 seconds with metrics of a minute, 109 with metrics of 20 seconds, of which 363 and 86
/// until the trigger. <https://aws.amazon.com/about-aws/whats-new/2026/06/amazon-ecs-faster-autoscaling/>
#[test]
fn aws_published_times_of_target_tracking_are_reproduced() {
    assert!(is_within(
        20.0,
        386.0,
        provisioned(Resolution::Standard, 55.0)
    ));
    assert!(is_within(20.0, 109.0, provisioned(Resolution::High, 55.0)));
}

/// The seed: "auto-scale up: < 2 minutes", "auto-scale down: < 5 minutes".
#[test]
fn the_seeds_two_and_five_minutes_are_not_kept() {
    for engine in [MOCKSERVER, AUTOMOCK] {
        let stepped = up(engine, STEPS, Resolution::Standard);
        let tracked = up(engine, TRACKING, Resolution::Standard);
        assert!(stepped.least > 120, "{stepped:?}");
        assert!(stepped.mean < tracked.mean, "{stepped:?} {tracked:?}");
    }
    let stepped = down(STEPS, Resolution::Standard);
    assert!(stepped.least > 300, "{stepped:?}");
}

/// The table of `docs/costs.md` has the figures of this simulation: mean, least and most.
#[test]
fn the_document_says_what_is_simulated() {
    let (standard, high) = (Resolution::Standard, Resolution::High);
    let simulated = [
        ("AWS's benchmark, 60 s", provisioned(standard, 55.0)),
        ("AWS's benchmark, 20 s", provisioned(high, 55.0)),
        (
            "The same with a jump to 90 %, 60 s",
            provisioned(standard, 90.0),
        ),
        (
            "The same with a jump to 90 %, 20 s",
            provisioned(high, 90.0),
        ),
        ("Up, step scaling", up(AUTOMOCK, STEPS, standard)),
        (
            "Up, target tracking, 60 s",
            up(AUTOMOCK, TRACKING, standard),
        ),
        ("Up, target tracking, 20 s", up(AUTOMOCK, TRACKING, high)),
        (
            "Up with MockServer, step scaling",
            up(MOCKSERVER, STEPS, standard),
        ),
        (
            "Up with MockServer, target tracking, 60 s",
            up(MOCKSERVER, TRACKING, standard),
        ),
        (
            "Up with MockServer, target tracking, 20 s",
            up(MOCKSERVER, TRACKING, high),
        ),
        ("Down, step scaling", down(STEPS, standard)),
        ("Down, target tracking, 60 s", down(TRACKING, standard)),
        ("Down, target tracking, 20 s", down(TRACKING, high)),
    ];
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/costs.md");
    let document = fs::read_to_string(path).unwrap();
    for (what, seconds) in simulated {
        let Seconds { mean, least, most } = seconds;
        let row = format!("| {what} | {mean:.0} s | {least} to {most} s |");
        assert!(document.contains(&row), "docs/costs.md lacks: {row}");
    }
}
