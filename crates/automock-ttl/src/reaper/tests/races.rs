//! Several processes at once.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use jiff::Timestamp;

use super::world::{Earth, Faults, interleave, stack, stack_record};
use crate::fixture::{operation, start};
use crate::reaper::*;
use crate::record::{OperationKind, Phase, StackRecord};
use crate::registry::{Registry, RegistryError};
use crate::teardown::{Limits, later};

/// Races of an extension against the expiry, each with its own order of steps.
const RACES: u64 = 1000;

type Process<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

fn tick<'a>(reaper: &'a Reaper<'_>, deadline: Timestamp) -> Process<'a, bool> {
    Box::pin(async move {
        let mut ignore = |_| {};
        let came_of_it = reaper.tick(&stack(), Some(deadline), &mut ignore).await;
        matches!(came_of_it, Ok(Tick::Finished { .. }))
    })
}

#[test]
fn of_concurrent_ticks_one_works_and_the_others_stay_away() {
    for seed in 0..30 {
        let earth = Earth::new();
        earth.lock().faults = Faults {
            seed,
            per_mille: if seed % 2 == 0 { 0 } else { 80 },
            ..Faults::default()
        };
        let deadline = later(earth.lock().now, Duration::from_mins(15));
        let ports = ["a", "b", "c"].map(|run| earth.yielding(run));
        let reapers = ports.each_ref().map(|port| port.reaper());
        let finished = interleave(
            &earth,
            reapers
                .iter()
                .map(|reaper| tick(reaper, deadline))
                .collect(),
        );
        assert!(
            finished.iter().filter(|it| **it).count() <= 1,
            "seed {seed}"
        );
        earth.ticks();
        earth.assert_over(&format!("seed {seed}"));
    }
}

fn new_end() -> Timestamp {
    later(start(), Duration::from_hours(3))
}

/// Moves the end of the stack as `automock extend` does.
async fn extend(registry: &dyn Registry) -> bool {
    let found = registry.get(&stack()).await.unwrap().unwrap();
    let mut record = found.record;
    if record.set_expiry(Some(new_end()), start()).is_err() {
        return false;
    }
    match registry.update(&record, &found.version).await {
        Ok(_) => true,
        Err(RegistryError::Conflict { .. }) => false,
        Err(error) => panic!("{error}"),
    }
}

#[test]
fn of_an_extension_and_the_expiry_exactly_one_wins() {
    let (mut extended, mut expired) = (0, 0);
    for seed in 0..RACES {
        let earth = Earth::new();
        earth.lock().faults.seed = seed;
        let (port, other) = (earth.yielding("tick"), earth.yielding("extend"));
        let reaper = port.reaper();
        let deadline = later(earth.lock().now, Duration::from_mins(15));
        let extension: Process<'_, bool> = Box::pin(async {
            // Reading the record comes at about the same time as the reaper's writing it.
            for _ in 0..seed % 5 {
                let _ = Registry::get(&other, &stack()).await;
            }
            !extend(&other).await
        });
        let lost = interleave(&earth, vec![tick(&reaper, deadline), extension]);
        let finished = lost.iter().all(|it| *it);
        let record: Option<StackRecord> = earth.lock().record.clone();
        if finished {
            expired += 1;
            earth.assert_over(&format!("seed {seed}"));
        } else {
            extended += 1;
            assert_eq!(earth.lock().removals, [], "seed {seed}");
            let record = record.unwrap();
            assert_ne!(record.phase, Phase::TearingDown, "seed {seed}");
            assert_eq!(record.expires_at, Some(new_end()), "seed {seed}");
        }
    }
    assert_eq!(extended + expired, RACES);
    assert!(extended > 100 && expired > 100, "{extended} to {expired}");
}

#[test]
fn one_warning_goes_out_however_many_ticks_see_the_time() {
    for seed in 0..1000 {
        let earth = Earth::new();
        earth.lock().now = later(start(), Duration::from_mins(51));
        earth.lock().faults = Faults {
            seed,
            per_mille: seed % 100,
            ..Faults::default()
        };
        let deadline = later(earth.lock().now, Duration::from_mins(15));
        let ports = ["a", "b", "c"].map(|run| earth.yielding(run));
        let reapers = ports.each_ref().map(|port| port.reaper());
        interleave(
            &earth,
            reapers
                .iter()
                .map(|reaper| tick(reaper, deadline))
                .collect(),
        );
        assert!(earth.mails("ends at") <= 1, "seed {seed}");
        if seed % 100 == 0 {
            assert_eq!(earth.mails("ends at"), 1);
        }
        assert_eq!(
            earth.lock().record.as_ref().unwrap().stack_id,
            stack_record().stack_id
        );
    }
}

#[test]
fn ticks_and_a_command_take_turns_until_the_end() {
    for seed in 0..30 {
        let earth = Earth::new();
        earth.lock().faults = Faults {
            seed,
            per_mille: 20,
            ..Faults::default()
        };
        let port = earth.yielding("destroy-1");
        let reaper = port.reaper();
        let command: Process<'_, bool> = Box::pin(async {
            let (stack, mut ignore) = (stack(), |_| {});
            let begin = Begin {
                replaces: Some(operation(OperationKind::Deploy)),
                ..Begin::default()
            };
            let Ok(mut teardown) = reaper.begin(&stack, begin, &mut ignore).await else {
                return false;
            };
            let limits = Limits::default();
            let tick = teardown.carry_on(limits, &|| false, &mut ignore).await;
            let _ = teardown.release().await;
            matches!(tick, Ok(Tick::Finished { .. }))
        });
        // Short ticks, which give the lease back soon.
        let deadline = later(earth.lock().now, Duration::from_mins(2));
        let other = earth.yielding("tick");
        let ticking = other.reaper();
        let finished = interleave(&earth, vec![command, tick(&ticking, deadline)]);
        assert!(
            finished.iter().filter(|it| **it).count() <= 1,
            "seed {seed}"
        );
        earth.ticks();
        earth.assert_over(&format!("seed {seed}"));
    }
}
