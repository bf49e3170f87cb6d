//! A process that dies at every call, and a world in which calls fail.

use std::time::Duration;

use super::world::{Death, Earth, Faults, now_or_never, stack};
use crate::fixture::{operation, start};
use crate::reaper::{Begin, ReaperError, Tick};
use crate::record::OperationKind;
use crate::teardown::{Limits, later};

/// Calls that one undisturbed teardown makes.
fn calls() -> usize {
    let earth = Earth::new();
    let finished = earth.tick("clean").expect("nobody dies");
    assert!(matches!(finished, Ok(Tick::Finished { .. })));
    earth.lock().calls
}

#[test]
fn dying_at_any_call_leaves_nothing_behind_in_the_end() {
    let calls = calls();
    assert!(calls > 100, "only {calls} calls");
    for call in 1..=calls {
        for death in [Death::Before, Death::After] {
            let earth = Earth::new();
            earth.lock().faults.dies_at = Some((call, death));
            earth.ticks();
            earth.assert_over(&format!("dying {death:?} call {call}"));
        }
    }
}

#[test]
fn failing_calls_only_delay() {
    for seed in 0..60 {
        let earth = Earth::new();
        earth.lock().faults = Faults {
            per_mille: 30 + seed * 7 % 170,
            seed,
            ..Faults::default()
        };
        earth.ticks();
        earth.assert_over(&format!("seed {seed}"));
    }
}

#[test]
fn failing_calls_and_a_death_only_delay() {
    for seed in 0..60_u64 {
        let earth = Earth::new();
        let at = 1 + usize::try_from(seed * 7 % 400).expect("a small number");
        earth.lock().faults = Faults {
            per_mille: 60,
            seed,
            dies_at: Some((at, Death::After)),
            ..Faults::default()
        };
        earth.ticks();
        earth.assert_over(&format!("seed {seed}, dying after call {at}"));
    }
}

/// A command that tears the stack down; `None` means that its process died.
fn command(earth: &Earth) -> Option<Result<Tick, ReaperError>> {
    let port = earth.port("destroy-1");
    let reaper = port.reaper();
    let (stack, mut ignore) = (stack(), |_| {});
    let begin = Begin {
        operation: Some(operation(OperationKind::Destroy)),
        replaces: Some(operation(OperationKind::Deploy)),
        ..Begin::default()
    };
    now_or_never(async {
        let mut teardown = reaper.begin(&stack, begin, &mut ignore).await?;
        let limits = Limits::default();
        let tick = teardown.carry_on(limits, &|| false, &mut ignore).await;
        teardown.release().await?;
        tick
    })
}

#[test]
fn a_command_that_dies_at_any_call_is_taken_over_by_the_reaper() {
    let earth = Earth::new();
    let finished = command(&earth).expect("nobody dies");
    assert!(matches!(finished, Ok(Tick::Finished { .. })));
    let calls = earth.lock().calls;
    for call in (1..=calls).step_by(3) {
        for death in [Death::Before, Death::After] {
            let earth = Earth::new();
            earth.lock().faults.dies_at = Some((call, death));
            command(&earth);
            earth.pass(Duration::from_mins(2));
            earth.ticks();
            earth.assert_over(&format!("a command dying {death:?} call {call}"));
        }
    }
}

#[test]
fn dying_while_warning_warns_at_most_once() {
    for call in 1..=6 {
        for death in [Death::Before, Death::After] {
            let earth = Earth::new();
            earth.lock().now = later(start(), Duration::from_mins(51));
            earth.lock().faults.dies_at = Some((call, death));
            for tick in 0..3 {
                earth.tick(&format!("tick-{tick}"));
            }
            assert!(earth.mails("ends at") <= 1, "dying {death:?} call {call}");
            earth.ticks();
            earth.assert_over(&format!("dying {death:?} call {call}"));
        }
    }
}
