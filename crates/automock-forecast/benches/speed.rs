//! How fast the simulation is: 24 hours at one second, and 1,000 scenarios of half an hour. How fast
//! plans are: more than 1,000 candidates for a steady load and for one that changes.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people"
)]

use std::time::Instant;

use automock_forecast::{
    Load, PlanRequest, PriceBook, Profile, RequestsPerSecond, Scenario, plan_for, run, simulate,
};
use automock_model::Project;

fn main() {
    let rate = |rate| RequestsPerSecond::new(rate).unwrap();
    let project = Project::from_toml("name = \"petstore\"").unwrap();
    let day = Profile::from_csv("0,10\n8h,500\n12h,9000\n13h,1000\n20h,4000\n24h,10\n").unwrap();
    let scenario = Scenario::new(project, Load::idle(), day, 86_400, rate(600.0));
    let prices = PriceBook::built_in();
    let start = Instant::now();
    let simulation = simulate(&scenario, &prices).unwrap();
    let events = simulation.events.len();
    println!("24 h at 1 s, {events} events: {:?}", start.elapsed());

    let mut scenario = scenario;
    scenario.seconds = 1_800;
    let start = Instant::now();
    for step in 0..1_000 {
        scenario.profile = Profile::ramp(rate(10.0), rate(f64::from(step)), 600);
        run(&scenario, &prices, |_| {}).unwrap();
    }
    println!("1,000 scenarios of 30 min: {:?}", start.elapsed());

    let waves = "0,100\n20m,2500\n40m,300\n70m,4000\n100m,500\n2h,100\n";
    let waves = Profile::from_csv(waves).unwrap();
    let project = Project::from_toml("name = \"petstore\"").unwrap();
    let steady = PlanRequest::new(project.clone(), rate(4_000.0), rate(600.0));
    let changing = PlanRequest::with_profile(project, waves, 7_200, rate(600.0));
    for (words, request) in [("steady 1 h", steady), ("waves of 2 h", changing)] {
        let start = Instant::now();
        let plan = plan_for(&request, &prices, |_, _| {}).unwrap();
        let (candidates, seconds) = (plan.candidates, start.elapsed());
        println!("plan, {words}, {candidates} candidates: {seconds:?}");
        println!(
            "  {} {:?} {:?}",
            plan.cost, plan.project.tasks, plan.rejections
        );
    }
}
