//! How fast the simulation is: 24 hours at one second, and 1,000 scenarios of half an hour.

#![expect(
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for people"
)]

use std::time::Instant;

use automock_forecast::{Load, PriceBook, Profile, RequestsPerSecond, Scenario, run, simulate};
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
}
