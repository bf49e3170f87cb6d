//! Plans hold what they promise, and more load never makes one cheaper.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which may panic as tests do"
)]

use automock_forecast::{
    Plan, PlanError, PlanRequest, PriceBook, Profile, RequestsPerSecond, Scenario, plan_for,
    simulate,
};
use automock_model::{Capacity, NetworkMode, Project};
use proptest::prelude::*;

fn rate(rate: f64) -> RequestsPerSecond {
    RequestsPerSecond::new(rate).unwrap()
}

fn project(toml: &str) -> Project {
    Project::from_toml(&format!("name = \"petstore\"\n{toml}")).unwrap()
}

fn plan(request: &PlanRequest) -> Plan {
    plan_for(request, &PriceBook::built_in(), |_, _| {}).unwrap()
}

/// Two waves with ten quiet minutes between them, slow enough to be followed.
fn waves(peak: f64) -> Profile {
    let low = peak / 8.0;
    let lines = format!("0,{low}\n15m,{peak}\n20m,{peak}\n25m,{low}\n35m,{low}\n50m,{peak}\n");
    Profile::from_csv(&lines).unwrap()
}

/// Simulates a plan at a share of its load and complains when it does not hold.
fn check_holds(request: &PlanRequest, plan: &Plan, share: f64) -> Result<(), TestCaseError> {
    let asked = request.profile.peak();
    let factor = plan.planned_rate / asked.max(f64::MIN_POSITIVE);
    let scenario = Scenario::new(
        plan.project.clone(),
        request.load.clone(),
        request.profile.times(factor * share),
        request.seconds,
        request.per_vcpu,
    );
    let simulation = simulate(&scenario, &PriceBook::built_in()).unwrap();
    if share >= 1.0 {
        prop_assert_eq!(simulation.summary, plan.summary);
    }
    // Nobody chooses in which second of AWS's minute a load begins.
    for metric in (0..60).step_by(15) {
        for evaluation in (0..60).step_by(15) {
            let mut scenario = scenario.clone();
            scenario.timings.metric_phase_seconds = metric;
            scenario.timings.evaluation_phase_seconds = evaluation;
            check_serves(request, &scenario)?;
        }
    }
    Ok(())
}

fn check_serves(request: &PlanRequest, scenario: &Scenario) -> Result<(), TestCaseError> {
    let simulation = simulate(scenario, &PriceBook::built_in()).unwrap();
    let limit = 100.0 - f64::from(request.headroom_percent);
    for sample in &simulation.samples {
        let timings = &scenario.timings;
        prop_assert!(sample.refused <= 0.0, "{sample:?} {timings:?}");
        prop_assert!(sample.queued <= 0.0, "{sample:?} {timings:?}");
        let is_judged = sample.second >= request.ramp_seconds;
        prop_assert!(
            !is_judged || sample.utilisation < limit,
            "{sample:?} {timings:?}"
        );
    }
    Ok(())
}

#[test]
fn a_steady_load_gets_a_fleet_that_stands() {
    let request = PlanRequest::new(project(""), rate(700.0), rate(1_000.0));
    let plan = plan(&request);
    // 700 of 1,000 is exactly the limit, so two vCPU at least, or five quarters of one.
    let vcpu = plan.project.tasks.min * plan.project.tasks.size.cpu_units();
    assert_eq!(vcpu, 1_280, "{:?}", plan.project.tasks);
    assert!(plan.project.tasks.max > plan.project.tasks.min);
    assert_eq!(plan.project.network.mode, NetworkMode::Public);
    check_holds(&request, &plan, 1.0).unwrap();
    assert!(plan.runners_up.is_sorted_by_key(|other| other.cost));
    assert!(plan.runners_up.iter().all(|other| other.cost >= plan.cost));
}

#[test]
fn a_large_fleet_is_cheaper_behind_one_nat_gateway() {
    // The public address of a task costs half a cent an hour. A gateway costs what ten of them do.
    let own = PlanRequest::new(project(""), rate(6_000.0), rate(200.0));
    assert_eq!(
        plan(&own).project.network.mode,
        NetworkMode::PrivateSingleNat
    );
    // MockServer's images are pulled through it, a few cents for each task.
    let mockserver = project("[engine]\nkind = \"mockserver\"");
    let short = PlanRequest::new(mockserver, rate(6_000.0), rate(200.0));
    assert_eq!(plan(&short).project.network.mode, NetworkMode::Public);
}

#[test]
fn a_large_fleet_holds_whenever_the_minute_begins() {
    let request = PlanRequest::new(project(""), rate(20_000.0), rate(600.0));
    check_holds(&request, &plan(&request), 1.0).unwrap();
}

#[test]
fn a_plan_keeps_to_the_targets_that_a_load_balancer_has() {
    let mut request = PlanRequest::new(project(""), rate(50_000.0), rate(60.0));
    let within = plan(&request);
    assert!(
        within.project.tasks.max <= 1_000,
        "{:?}",
        within.project.tasks
    );
    request.max_tasks = 200;
    let PlanError::NothingHolds { rejections, .. } =
        plan_for(&request, &PriceBook::built_in(), |_, _| {}).unwrap_err()
    else {
        panic!("200 tasks of four vCPU serve 48,000 requests per second");
    };
    assert_eq!(rejections.no_room, 12);
}

#[test]
fn a_load_that_comes_and_goes_gets_a_fleet_that_grows() {
    let request = PlanRequest::with_profile(project(""), waves(2_000.0), 3_600, rate(200.0));
    let plan = plan(&request);
    let standing = PlanRequest::with_profile(
        project(""),
        Profile::constant(rate(2_000.0)),
        3_600,
        rate(200.0),
    );
    assert!(plan.summary.average_tasks < f64::from(plan.summary.peak_tasks) * 0.9);
    assert!(plan.cost < self::plan(&standing).cost);
    for share in [1.0, 0.95, 0.7, 0.4, 0.1] {
        check_holds(&request, &plan, share).unwrap();
    }
}

#[test]
fn the_toml_is_ready_to_use() {
    let base = "tasks = { capacity = \"mixed\", on_demand_base = 3, spot_percent = 50 }\n\
                ttl = { duration = \"2h\" }\n";
    let mut request = PlanRequest::new(project(base), rate(100.0), rate(500.0));
    let short = plan(&request);
    let toml = short.to_toml();
    let read = Project::from_toml(&toml).unwrap();
    assert_eq!(read.tasks, short.project.tasks);
    assert_eq!(read.scaling, short.project.scaling);
    assert_eq!(read.network, short.project.network);
    assert!(matches!(
        read.tasks.capacity,
        Capacity::Mixed {
            on_demand_base: 3,
            ..
        }
    ));
    assert_eq!(read.ttl, short.project.ttl);
    let tables = short.tables();
    assert!(tables.starts_with("[tasks]"), "{tables}");
    assert!(!tables.contains("[ttl]"), "{tables}");
    // In the file that they are for, they give the planned project.
    let merged = Project::from_toml(&format!(
        "name = \"petstore\"\nttl = {{ duration = \"2h\" }}\n{tables}"
    ));
    assert_eq!(merged.unwrap(), short.project);
    assert_eq!(short.project.check(), Ok(()));
    assert_eq!(short.project.ttl, request.project.ttl);

    let existing = "[network]\nmode = \"existing\"\nvpc_id = \"vpc-01234567\"\n\
                    load_balancer_subnet_ids = [\"subnet-01234567\", \"subnet-01234568\"]\n\
                    task_subnet_ids = [\"subnet-01234569\"]\n";
    request.project = project(existing);
    let plan = plan(&request);
    assert_eq!(plan.project.network, request.project.network);
    assert!(
        plan.runners_up
            .iter()
            .all(|other| other.project.network == request.project.network)
    );
}

#[test]
fn progress_ends_with_all_candidates() {
    let request = PlanRequest::new(project(""), rate(500.0), rate(100.0));
    let mut seen = Vec::new();
    let plan = plan_for(&request, &PriceBook::built_in(), |done, total| {
        seen.push((done, total));
    })
    .unwrap();
    assert!(seen.windows(2).all(|pair| pair[0].0 < pair[1].0));
    assert_eq!(seen.last(), Some(&(plan.candidates, plan.candidates)));
    let not = plan.rejections;
    let others = not.no_room + not.too_slow + not.too_little_headroom + not.fails_below;
    assert_eq!(
        others + not.dearer + not.pruned,
        plan.candidates - 1,
        "{not:?}"
    );
}

#[test]
fn what_cannot_be_planned_is_said() {
    let prices = PriceBook::built_in();
    let error = |request: &PlanRequest| plan_for(request, &prices, |_, _| {}).unwrap_err();
    let good = PlanRequest::new(project(""), rate(100.0), rate(100.0));
    let request = PlanRequest {
        headroom_percent: 100,
        ..good.clone()
    };
    assert_eq!(error(&request), PlanError::Headroom(100));
    let request = PlanRequest {
        per_vcpu: RequestsPerSecond::ZERO,
        ..good.clone()
    };
    assert_eq!(error(&request), PlanError::NoCapacity);
    let request = PlanRequest {
        seconds: 300,
        ..good
    };
    assert_eq!(error(&request), PlanError::NoTime { ramp_seconds: 300 });

    let narrow = project("network = { cidr = \"10.0.0.0/22\" }\ntasks = { max = 100 }");
    let request = PlanRequest::new(narrow, rate(9_000.0), rate(1.0));
    let PlanError::NothingHolds { rejections, .. } = error(&request) else {
        panic!("{:?}", error(&request));
    };
    assert_eq!(rejections.no_room, 12);

    // The load balancer has had no time to grow.
    let sudden = Profile::constant(rate(50_000.0));
    let request = PlanRequest::with_profile(project(""), sudden, 600, rate(2_500.0));
    let text = error(&request).to_string();
    assert!(
        text.starts_with("nothing holds 50000 requests per second"),
        "{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(6))]

    #[test]
    fn plans_hold_their_load_and_more_is_never_cheaper(
        wanted in 1.0..400.0_f64, factor in 1.0..3.0_f64, headroom in 5..70_u32, changes: bool,
    ) {
        let request = |wanted: f64| {
            let per_vcpu = rate(250.0);
            let base = if changes {
                PlanRequest::with_profile(project(""), waves(wanted), 3_600, per_vcpu)
            } else {
                PlanRequest::new(project(""), rate(wanted), per_vcpu)
            };
            PlanRequest { headroom_percent: headroom, ..base }
        };
        let (less, more) = (request(wanted), request(wanted * factor));
        let (cheaper, dearer) = (plan(&less), plan(&more));
        prop_assert!(cheaper.cost <= dearer.cost, "{} {}", cheaper.cost, dearer.cost);
        prop_assert!(cheaper.summary.cost <= cheaper.cost);
        check_holds(&less, &cheaper, 1.0)?;
        check_holds(&more, &dearer, 1.0)?;
    }
}
