//! Lives in which AWS throttles, fails and loses answers, delays are long, ticks come twice, and
//! processes die, all at random.

use std::time::{Duration, Instant};

use automock_simulator::build::{Mode, StateFile};
use automock_simulator::delays::Delays;
use automock_simulator::faults::Faults;
use automock_simulator::life::{Life, Scene};
use automock_simulator::parallel::each;
use automock_simulator::random::Random;
use automock_simulator::simulation::Settings;

/// Lives of each run; `AUTOMOCK_LIVES` sets another number.
const LIVES: u64 = 20_000;

/// Reproduces one life and shows its calls: `AUTOMOCK_SEED=4711`.
const ONE: &str = "AUTOMOCK_SEED";

/// By then every reaper has come to its end.
const HOURS: u64 = 8;

/// When a person sweeps what the dead could not finish.
const HOURS_WITH_SWEEP: u64 = 10;

/// The scenes that seeds choose from.
struct Scenes(Vec<Scene>);

/// What became of one life.
struct Found {
    problems: Vec<String>,
    calls: u64,
    deaths: u64,
    was_swept: bool,
}

impl Scenes {
    fn new() -> Self {
        let states = [StateFile::Whole, StateFile::Behind, StateFile::Missing];
        let scenes = Mode::ALL
            .into_iter()
            .flat_map(|mode| states.map(|state| Scene::part(mode, usize::MAX, state)));
        Self(scenes.collect())
    }

    fn of(&self, seed: u64) -> &Scene {
        let count = self.0.len() as u64;
        let chosen = Random::of(seed, &["scene"]).below(count);
        &self.0[usize::try_from(chosen).expect("an index")]
    }
}

/// How bad the weather of a seed is: from none to a call in twelve that goes wrong. Processes die
/// in every fourth life.
fn settings(seed: u64, trace: bool) -> Settings {
    let mut random = Random::of(seed, &["faults"]);
    let mut up_to = |most: u64| u32::try_from(random.below(most + 1)).expect("below the most");
    let faults = Faults {
        throttled: up_to(300),
        failed: up_to(300),
        lost: up_to(200),
        dies: if seed.is_multiple_of(4) { up_to(40) } else { 0 },
        buckets: true,
    };
    let delays = if seed.is_multiple_of(2) {
        Delays::with_tail(seed)
    } else {
        Delays::typical(seed)
    };
    Settings {
        seed,
        delays,
        faults,
        crash: None,
        trace,
    }
}

/// Ticks beside those of the rule: EventBridge delivers at least once, and people press buttons.
fn more_ticks(life: &Life, seed: u64) {
    let mut random = Random::of(seed, &["more ticks"]);
    for number in 0..random.below(7) {
        let after = random.between(Duration::ZERO, Duration::from_mins(40));
        life.invoke_at(Life::end() + after, format!("again-{number}"));
    }
}

fn live(scenes: &Scenes, seed: u64, trace: bool) -> (Life, Found) {
    let life = scenes.of(seed).open(settings(seed, trace));
    life.wake_by_rule();
    more_ticks(&life, seed);
    life.run_for_hours(HOURS);
    let deaths = life.simulation.deaths();
    // Whoever dies three times after the rule is gone is called by nobody any more. That is told
    // by `automock list`, and ended by a sweep.
    let was_swept = deaths > 0 && !life.problems().is_empty();
    if was_swept {
        let costly = life
            .simulation
            .with(|world| world.left_besides_reaper().count());
        assert_eq!(costly, 0, "{ONE}={seed}: {:#?}", life.problems());
        life.sweep_from(automock_simulator::time::Moment::at_seconds(HOURS * 3600));
        life.run_for_hours(HOURS_WITH_SWEEP);
    }
    let found = Found {
        problems: life.problems(),
        calls: life.simulation.calls(),
        deaths,
        was_swept,
    };
    (life, found)
}

#[test]
fn every_life_ends_well() {
    let scenes = Scenes::new();
    if let Ok(seed) = std::env::var(ONE) {
        let seed = seed.parse().expect("a seed is a number");
        let (life, found) = live(&scenes, seed, true);
        println!("{}", life.simulation.trace().join("\n"));
        assert_eq!(found.problems, Vec::<String>::new());
        return;
    }
    let lives = std::env::var("AUTOMOCK_LIVES");
    let lives = lives.map_or(LIVES, |text| text.parse().expect("a number of lives"));
    let start = Instant::now();
    let seeds: Vec<u64> = (0..lives).collect();
    let found = each(&seeds, |seed| live(&scenes, *seed, false).1);
    let failures: Vec<_> = seeds
        .iter()
        .zip(&found)
        .filter(|(_, found)| !found.problems.is_empty())
        .collect();
    let swept = found.iter().filter(|it| it.was_swept).count();
    println!(
        "{lives} lives, {} calls, {} deaths, {swept} ended by a sweep, {} failures, {:.1} s",
        found.iter().map(|it| it.calls).sum::<u64>(),
        found.iter().map(|it| it.deaths).sum::<u64>(),
        failures.len(),
        start.elapsed().as_secs_f64()
    );
    for (seed, found) in failures.iter().take(20) {
        println!("{ONE}={seed}: {:#?}", found.problems);
    }
    assert_eq!(failures.len(), 0);
}
