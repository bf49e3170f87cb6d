//! Simulates a ramp and prints its timeline: what happens, and how the fleet fares.
//!
//! ```text
//! cargo run -p automock-forecast --example simulate -- automock.toml 100 3000 600
//! ```
//!
//! The arguments are the project file, the requests per second at the start and at the end of a ramp
//! of ten minutes, and those that one vCPU serves. Without arguments it shows a small project.

use std::error::Error;
use std::{env, fs};

use automock_forecast::{
    Load, PriceBook, Profile, RequestsPerSecond, Scenario, Simulation, simulate,
};
use automock_model::Project;

const RAMP_SECONDS: u32 = 600;
const SECONDS: u32 = 1_800;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let project = match arguments.first() {
        Some(path) => Project::from_toml(&fs::read_to_string(path)?)?,
        None => Project::from_toml("name = \"petstore\"\ntasks = { min = 4, max = 40 }")?,
    };
    let rate = |index: usize, default: f64| -> Result<RequestsPerSecond, Box<dyn Error>> {
        let written = arguments.get(index).map(|text| text.parse::<f64>());
        Ok(RequestsPerSecond::new(
            written.transpose()?.unwrap_or(default),
        )?)
    };
    let profile = Profile::ramp(rate(1, 100.0)?, rate(2, 3_000.0)?, RAMP_SECONDS);
    let scenario = Scenario::new(project, Load::idle(), profile, SECONDS, rate(3, 600.0)?);
    show(&simulate(&scenario, &PriceBook::built_in())?);
    Ok(())
}

/// A line for each minute, below the events of that minute.
#[expect(clippy::print_stdout, reason = "an example talks to its reader")]
fn show(simulation: &Simulation) {
    println!("    time   offered    served   refused  tasks  healthy   busy     cost");
    let mut events = simulation.events.iter().peekable();
    for minute in simulation.samples.chunks(60) {
        let Some(last) = minute.last() else { continue };
        while let Some(event) = events.next_if(|event| event.second <= last.second) {
            println!("{event}");
        }
        println!(
            "{:>6} s  {:>8.0}  {:>8.0}  {:>8.0}  {:>5}  {:>7}  {:>3.0} %  {:>7}",
            last.second,
            last.offered,
            last.served,
            minute.iter().map(|sample| sample.refused).sum::<f64>(),
            last.desired,
            last.healthy,
            last.utilisation,
            last.cost,
        );
    }
    let summary = &simulation.summary;
    println!(
        "{:.0} of {:.0} requests answered, {:.2} % refused, {} tasks at most, {}",
        summary.served,
        summary.offered,
        summary.refused_percent(),
        summary.peak_tasks,
        summary.cost,
    );
}
