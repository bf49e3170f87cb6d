//! Every call of one teardown, in virtual time: `cargo run -p automock-simulator --example
//! teardown -- private 7`, with a network mode and a seed.

#![expect(clippy::print_stdout, reason = "that is what an example is for")]

use automock_simulator::build::Mode;
use automock_simulator::life::Scene;
use automock_simulator::simulation::Settings;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let mode = arguments.next().unwrap_or_else(|| "private".to_owned());
    let Some(mode) = Mode::called(&mode) else {
        let known = Mode::ALL.map(Mode::word).join(", ");
        println!("{mode} is none of {known}");
        return;
    };
    let seed = arguments.next().and_then(|text| text.parse().ok());
    let settings = Settings {
        trace: true,
        ..Settings::calm(seed.unwrap_or(7))
    };
    let life = Scene::new(mode).open(settings);
    life.wake_by_rule();
    life.run_for_hours(3);
    for call in life.simulation.trace() {
        // A run's end has its whole receipt in it.
        let short: String = call.chars().take(160).collect();
        println!("{short}");
    }
    println!("gone {:#} after its time was up", life.duration());
    for problem in life.problems() {
        println!("problem: {problem}");
    }
}
