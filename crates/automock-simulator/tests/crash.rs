//! A process that dies at every single call of a whole life end, before it and after it.

use std::time::Instant;

use automock_simulator::build::Mode;
use automock_simulator::faults::{Crash, Side};
use automock_simulator::life::{Outcome, Scene};
use automock_simulator::parallel::each;
use automock_simulator::simulation::Settings;
use automock_ttl::reaper::Tick;

/// Reproduces one case: `AUTOMOCK_CRASH=private/123/before`.
const ONE: &str = "AUTOMOCK_CRASH";

/// One process, dying at one call.
#[derive(Clone, Copy, Debug)]
struct Case {
    mode: Mode,
    crash: Crash,
}

fn settings(mode: Mode, crash: Option<Crash>) -> Settings {
    let seed = 11 + mode.word().len() as u64;
    Settings {
        crash,
        ..Settings::calm(seed)
    }
}

/// The calls of one undisturbed end of a life, from the warning on.
fn calls(mode: Mode) -> u64 {
    let life = Scene::new(mode).open(settings(mode, None));
    life.wake_by_rule();
    life.run_for_hours(5);
    assert_eq!(life.problems(), Vec::<String>::new(), "{}", mode.word());
    assert_eq!(life.traces(), Vec::<String>::new(), "{}", mode.word());
    for mail in ["ends at", "has begun", "nothing of"] {
        assert_eq!(life.mails(mail), 1, "{mail}");
    }
    let finished = life
        .runs()
        .iter()
        .any(|run| matches!(&run.outcome, Outcome::Returned(Ok(Tick::Finished { .. }))));
    assert!(finished, "{:?}", life.runs());
    life.simulation.calls()
}

/// What is wrong after a life with one death in it.
fn problems(scene: &Scene, case: Case) -> Vec<String> {
    let life = scene.open(settings(case.mode, Some(case.crash)));
    life.wake_by_rule();
    life.run_for_hours(5);
    let mut problems = life.problems();
    if life.simulation.deaths() != 1 {
        problems.push(format!("{} deaths", life.simulation.deaths()));
    }
    problems
}

fn word(side: Side) -> &'static str {
    match side {
        Side::Before => "before",
        Side::After => "after",
    }
}

fn cases(mode: Mode, calls: u64) -> Vec<Case> {
    let both = [Side::Before, Side::After];
    let crashes = (1..=calls).flat_map(|call| both.map(|side| Crash { call, side }));
    crashes.map(|crash| Case { mode, crash }).collect()
}

#[expect(clippy::print_stdout, reason = "the numbers are what the test is for")]
fn dies_everywhere(mode: Mode) {
    if std::env::var(ONE).is_ok() {
        return;
    }
    let start = Instant::now();
    let calls = calls(mode);
    let scene = Scene::new(mode);
    let cases = cases(mode, calls);
    let found = each(&cases, |case| problems(&scene, *case));
    let failures: Vec<_> = cases
        .iter()
        .zip(found)
        .filter(|(_, problems)| !problems.is_empty())
        .collect();
    println!(
        "{}: N = {calls} calls, {} runs, {} failures, {:.1} s",
        mode.word(),
        cases.len(),
        failures.len(),
        start.elapsed().as_secs_f64()
    );
    for (Case { crash, .. }, problems) in failures.iter().take(20) {
        let side = word(crash.side);
        println!("{ONE}={}/{}/{side}: {problems:#?}", mode.word(), crash.call);
    }
    assert_eq!(failures.len(), 0);
}

#[test]
fn private() {
    dies_everywhere(Mode::Private);
}

#[test]
fn private_single_nat() {
    dies_everywhere(Mode::PrivateSingleNat);
}

#[test]
fn private_endpoints() {
    dies_everywhere(Mode::PrivateEndpoints);
}

#[test]
fn public() {
    dies_everywhere(Mode::Public);
}

#[test]
fn existing() {
    dies_everywhere(Mode::Existing);
}

/// Shows every call of one case, for somebody who looks for the reason of a failure.
#[test]
fn one_case() {
    let Ok(text) = std::env::var(ONE) else {
        return;
    };
    let parts: Vec<_> = text.split('/').collect();
    let [mode, call, side] = parts[..] else {
        panic!("{ONE} is mode/call/side");
    };
    let mode = Mode::called(mode).expect("a network mode");
    let crash = (call != "0").then(|| Crash {
        call: call.parse().expect("a number"),
        side: if side == "before" {
            Side::Before
        } else {
            Side::After
        },
    });
    let settings = Settings {
        trace: true,
        ..settings(mode, crash)
    };
    let life = Scene::new(mode).open(settings);
    life.wake_by_rule();
    life.run_for_hours(5);
    println!("{}", life.simulation.trace().join("\n"));
    assert_eq!(life.problems(), Vec::<String>::new());
}
