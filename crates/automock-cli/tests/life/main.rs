//! A stack's life, with the real binary, the real terraform and the real AWS provider in an
//! emulated AWS: five networks, deployers that die, mocks that stay unhealthy, Ctrl-C, local state.
//!
//! The tests mostly wait for sleeps of the AWS provider (a load balancer takes a minute), so each
//! runs its cases at the same time, each in a thread that has the case's name.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![allow(clippy::print_stdout, reason = "cases say how long they took")]

#[path = "../support/mod.rs"]
mod support;

mod deaths;
mod endings;
mod modes;
mod other_ways;
mod run;
mod trouble;

use std::sync::LazyLock;
use std::thread;
use std::time::Instant;

use automock_testkit::Emulator;
use support::Stage;

/// A zone that projects with a domain live under.
const ZONE: &str = "example.com";

/// A world with a foundation. Making one takes a minute, copying it a moment.
static FOUNDED: LazyLock<Emulator> = LazyLock::new(|| {
    let world = Emulator::start().unwrap();
    world.create_hosted_zone(ZONE).unwrap();
    let stage = Stage::new(world.fork().unwrap(), "name = \"shop\"\n");
    stage.succeed(&["bootstrap", "--yes", "--quiet"]);
    stage.world.fork().unwrap()
});

/// A copy of the world with a foundation, and a project in it.
fn founded(project: &str) -> Stage {
    Stage::new(FOUNDED.fork().unwrap(), project).with_registry()
}

/// A case of a test, and the name of the thread that it runs in.
type Case = (&'static str, fn());

/// Runs all cases at the same time, and fails when one of them does.
fn at_once(cases: &[Case]) {
    LazyLock::force(&FOUNDED);
    let start = |&(name, act): &Case| {
        let timed = move || {
            let started = Instant::now();
            act();
            println!("{name}: well after {} s", started.elapsed().as_secs());
        };
        let thread = thread::Builder::new().name(name.to_owned()).spawn(timed);
        (name, thread.unwrap())
    };
    let running: Vec<_> = cases.iter().map(start).collect();
    let mut failed = Vec::new();
    for (name, thread) in running {
        if thread.join().is_err() {
            failed.push(name);
        }
    }
    assert!(failed.is_empty(), "failed: {}", failed.join(", "));
}

#[test]
fn five_networks_come_stay_and_go() {
    at_once(&[
        ("private", || {
            modes::live(&modes::PRIVATE);
        }),
        ("private-single-nat", || {
            modes::live(&modes::PRIVATE_SINGLE_NAT);
        }),
        ("private-endpoints", || {
            modes::live(&modes::PRIVATE_ENDPOINTS);
        }),
        ("public", || {
            modes::live(&modes::PUBLIC);
        }),
        ("existing", || {
            modes::live(&modes::EXISTING);
        }),
    ]);
}

#[test]
fn whatever_dies_is_listed_and_removed() {
    at_once(&[
        ("death at the start", || {
            deaths::deployer(0);
        }),
        ("death after 15 changes", || {
            deaths::deployer(15);
        }),
        ("death after 35 changes", || {
            deaths::deployer(35);
        }),
        ("death after 55 changes", || {
            deaths::deployer(55);
        }),
        ("death after 75 changes", || {
            deaths::deployer(75);
        }),
        ("death of a teardown", deaths::teardown),
        ("death of automock alone", deaths::automock_alone),
    ]);
}

#[test]
fn what_goes_another_way_ends_well_too() {
    at_once(&[
        ("unhealthy", trouble::unhealthy),
        ("ctrl-c", trouble::control_c),
        ("local state", other_ways::local_state),
        ("library", other_ways::library_example),
    ]);
}

#[test]
fn every_end_is_complete() {
    LazyLock::force(&endings::DEPLOYED);
    at_once(&[
        ("more time", endings::more_time),
        ("sweep of the expired", endings::expired),
        ("sweep of an orphan", endings::orphaned),
        ("sweep of the half-created", endings::half_created),
        ("lost state", endings::lost_state),
        ("no terraform", endings::no_terraform),
    ]);
}
