//! How long a teardown takes: one thing after the other, as the reaper does it, and at best.

use std::time::Duration;

use automock_simulator::build::Mode;
use automock_simulator::life::{Life, Outcome, Scene};
use automock_simulator::parallel::each;
use automock_simulator::schedule::{longest_chain, one_by_one};
use automock_simulator::simulation::Settings;
use automock_simulator::time::Moment;
use automock_ttl::reaper::{Receipt, Tick};

/// Worlds of each network mode, each with other delays.
const WORLDS: u64 = 101;

/// How many times the longest chain the reaper may take in the slowest of the worlds.
const SLACK: f64 = 1.10;

/// The three times of one world, and that with proof, receipt, mail and the reaper's own end.
#[derive(Clone, Copy, Debug)]
struct Times {
    one_by_one: Duration,
    reaper: Duration,
    longest_chain: Duration,
    to_the_end: Duration,
}

fn receipt(life: &Life) -> Receipt {
    let runs = life.runs();
    let receipts = runs.iter().filter_map(|run| match &run.outcome {
        Outcome::Returned(Ok(Tick::Finished { receipt })) => Some(receipt.as_ref().clone()),
        _ => None,
    });
    receipts
        .max_by_key(|it| it.finished_at)
        .expect("the teardown comes to its end")
}

fn times(mode: Mode, seed: u64) -> Times {
    let scene = Scene::new(mode);
    let life = scene.open(Settings::calm(seed));
    let (one_by_one, longest_chain) = life
        .simulation
        .with(|world| (one_by_one(world), longest_chain(world)));
    // The rule's tick comes somewhere within its five minutes; from there on the time counts.
    life.wake_by_rule_from(Life::end());
    life.run_for_hours(5);
    assert_eq!(life.problems(), Vec::<String>::new());
    let receipt = receipt(&life);
    let last = receipt.resources.iter().map(|it| it.deleted_at).max();
    let reaper = Life::end().timestamp().duration_until(last.expect("some"));
    Times {
        one_by_one,
        reaper: reaper.unsigned_abs(),
        longest_chain,
        to_the_end: life.duration().unsigned_abs(),
    }
}

fn median(mut of: Vec<f64>) -> f64 {
    of.sort_by(f64::total_cmp);
    of[of.len() / 2]
}

#[test]
fn the_reaper_takes_hardly_longer_than_the_longest_chain() {
    assert_eq!(Moment::default() + Duration::from_hours(1), Life::end());
    let seeds: Vec<u64> = (0..WORLDS).collect();
    println!("medians of {WORLDS} worlds, in seconds");
    println!(
        "network             one by one  reaper  longest chain  ratio  worst  to the very end"
    );
    let mut slowest = Vec::new();
    for mode in Mode::ALL {
        let all = each(&seeds, |seed| times(mode, *seed));
        let of = |pick: fn(&Times) -> f64| all.iter().map(pick).collect::<Vec<_>>();
        let ratio = |it: &Times| it.reaper.as_secs_f64() / it.longest_chain.as_secs_f64();
        let worst = of(ratio).into_iter().fold(0.0, f64::max);
        let ratio = median(of(ratio));
        println!(
            "{:<19} {:>10.0}  {:>6.0}  {:>13.0}  {ratio:>5.3}  {worst:>5.3}  {:>15.0}",
            mode.word(),
            median(of(|it| it.one_by_one.as_secs_f64())),
            median(of(|it| it.reaper.as_secs_f64())),
            median(of(|it| it.longest_chain.as_secs_f64())),
            median(of(|it| it.to_the_end.as_secs_f64())),
        );
        for it in &all {
            assert!(it.longest_chain <= it.reaper, "the limit is none: {it:?}");
            assert!(it.longest_chain <= it.one_by_one, "{it:?}");
        }
        slowest.push((mode, worst));
    }
    for (mode, worst) in slowest {
        assert!(worst <= SLACK, "{}: {worst:.3}", mode.word());
    }
}
