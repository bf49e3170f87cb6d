//! The reaper is killed at its requests, one point of the teardown at a time, and another process
//! goes on.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use automock_testkit::{Ending, Gate, LambdaFunction, Moment};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use crate::ending;
use crate::stage::{FUNCTION, LAMBDA_LIMIT, Stage, object};

/// Points of the teardown at which it is killed, unless `AUTOMOCK_CRASH_STRIDE` sets the distance
/// between two points.
const POINTS: usize = 20;

/// The last acts are the most delicate part, so of so many requests at the end every other one is
/// a point.
const LAST_ACTS: usize = 24;

/// Processes that run at the same time. Most of the time each waits for its second look.
const AT_ONCE: usize = 8;

/// Calls in which a teardown has to end: the lease of the dead lasts a quarter of an hour.
const MOST_CALLS: usize = 6;

/// A stage whose time is up.
fn expired() -> Stage {
    let stage = Stage::deployed(0.2);
    stage.expire_in(SignedDuration::from_mins(-1));
    stage
}

/// Starts the reaper behind a gate.
fn reaper(stage: &Stage, gate: &Gate) -> LambdaFunction {
    let mut command = stage.bootstrap();
    gate.prepare(&mut command);
    LambdaFunction::start(FUNCTION, command).unwrap()
}

/// A whole teardown without a death: what it asked for, in this order.
fn clean_run(stage: &Stage) -> Vec<String> {
    let stage = stage.fork();
    let gate = Gate::open(&stage.world).unwrap();
    let mut reaper = reaper(&stage, &gate);
    let end = reaper.invoke(&json!({}), LAMBDA_LIMIT).response();
    assert_eq!(end["outcome"], "finished", "{}", reaper.log());
    stage.assert_gone();
    ending::assert_told_once(&stage);
    gate.calls()
}

/// One death.
#[derive(Debug, Clone, Copy)]
struct Death {
    request: usize,
    moment: Moment,
}

impl Death {
    /// Lets the reaper die in a copy of the world, and others finish; says how many it took.
    ///
    /// Which request is the n-th differs a little from run to run, for many are under way at once.
    /// So one that was to die at the very end may get through, which takes nobody else.
    fn happen(self, stage: &Stage) -> usize {
        let stage = stage.fork();
        let gate = Gate::open(&stage.world).unwrap();
        gate.shut_at(self.request, self.moment);
        let mut victim = reaper(&stage, &gate);
        let process = victim.process();
        let is_over = AtomicBool::new(false);
        let ending = thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::SeqCst) {
                    if gate.is_shut(Duration::from_millis(100)) {
                        process.kill();
                    }
                }
            });
            let ending = victim.invoke_as("first", &json!({}), LAMBDA_LIMIT);
            is_over.store(true, Ordering::SeqCst);
            ending
        });
        let others = match ending {
            Ending::Died(_) => self.go_on(&stage),
            Ending::Replied { .. } => 0,
            ending => panic!("{self:?}: {ending:?}"),
        };
        stage.assert_ended();
        ending::assert_told_at_most_once(&stage);
        others
    }

    /// Calls the function as Lambda does: the event whose process died once more after a minute,
    /// and then an event of the rule every five minutes, as long as there are rule and function.
    fn go_on(self, stage: &Stage) -> usize {
        let mut next = stage.try_reaper();
        let mut id = "first".to_owned();
        let mut passes = Duration::from_mins(1);
        for calls in 0..MOST_CALLS {
            // A function that is gone is called by nobody.
            let Some(next) = next.as_mut() else {
                return calls;
            };
            let_time_pass(stage, passes);
            let tick = next.invoke_as(&id, &json!({}), LAMBDA_LIMIT).response();
            match tick["outcome"].as_str() {
                Some("finished" | "nothing-to-do") => return calls + 1,
                Some("busy" | "progressing") => {}
                _ => panic!("{self:?}: {tick:#}\n{}", next.log()),
            }
            assert!(
                stage.has_rule(),
                "{self:?}: nobody calls it again: {tick:#}"
            );
            id = format!("event-{calls}");
            passes = Duration::from_mins(5);
        }
        panic!("{self:?}: no end in sight");
    }
}

/// Time passes for the lease of the dead, which ends at a time of the real clock.
fn let_time_pass(stage: &Stage, time: Duration) {
    let path = object("journals/shop-dev/lease.json");
    let Some(mut lease) = stage.aws().get_json(&path) else {
        return;
    };
    for member in ["taken_at", "until"] {
        let at: Timestamp = lease[member].as_str().unwrap().parse().unwrap();
        lease[member] = json!(at - SignedDuration::try_from(time).unwrap());
    }
    stage.aws().put(&path, &lease.to_string());
}

/// The deaths of a teardown with so many requests.
fn deaths(requests: usize) -> Vec<Death> {
    let stride = std::env::var("AUTOMOCK_CRASH_STRIDE").ok();
    let stride = stride.map(|text| text.parse().expect("AUTOMOCK_CRASH_STRIDE is a number"));
    let death = |request, moment| Death { request, moment };
    if stride == Some(1) {
        let both = |request| [Moment::Before, Moment::After].map(|moment| death(request, moment));
        return (1..=requests).flat_map(both).collect();
    }
    let stride = stride.unwrap_or((requests / POINTS).max(1));
    let mut points: BTreeSet<usize> = (1..=requests).step_by(stride).collect();
    points.extend((1..=requests).rev().take(LAST_ACTS).step_by(2));
    let moments = [Moment::Before, Moment::After].into_iter().cycle();
    let deaths = points.into_iter().zip(moments);
    deaths
        .map(|(request, moment)| death(request, moment))
        .collect()
}

#[test]
fn whichever_request_it_dies_at_another_one_finishes() {
    let stage = expired();
    let calls = clean_run(&stage);
    let deaths = deaths(calls.len());
    let started = Instant::now();
    let (next, others_called) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let failures = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                while let Some(death) = deaths.get(next.fetch_add(1, Ordering::SeqCst)) {
                    let run = std::panic::AssertUnwindSafe(|| death.happen(&stage));
                    let call = &calls[death.request - 1];
                    match std::panic::catch_unwind(run) {
                        Ok(others) => {
                            others_called.fetch_add(others, Ordering::SeqCst);
                        }
                        Err(_) => failures.lock().unwrap().push(format!("{death:?} ({call})")),
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().unwrap();
    println!(
        "{} requests in a clean teardown, {} deaths, {} calls after them, {} s, {} failures",
        calls.len(),
        deaths.len(),
        others_called.into_inner(),
        started.elapsed().as_secs(),
        failures.len()
    );
    assert!(failures.is_empty(), "{failures:#?}");
}

/// While a process lives, another one keeps its hands off.
#[test]
fn a_lease_keeps_others_away() {
    let stage = expired();
    let gate = Gate::open(&stage.world).unwrap();
    let mut first = reaper(&stage, &gate);
    let process = first.process();
    thread::scope(|scope| {
        scope.spawn(|| first.invoke_as("first", &json!({}), LAMBDA_LIMIT));
        let lease = object("journals/shop-dev/lease.json");
        let patience = Instant::now() + Duration::from_mins(1);
        while stage.aws().get(&lease).is_none() {
            assert!(Instant::now() < patience, "nobody took a lease");
        }
        let mut second = stage.reaper();
        let tick = second
            .invoke_as("second", &json!({}), LAMBDA_LIMIT)
            .response();
        process.kill();
        assert_eq!(tick["outcome"], "busy", "{tick:#}");
        assert!(
            tick["holder"].as_str().unwrap().contains("reaper"),
            "{tick:#}"
        );
    });
}
