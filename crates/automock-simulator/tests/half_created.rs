//! Stacks whose deployer died: after every single step of their creation, with all that was made
//! in Terraform's state, without the last of it, and without any state.

use std::time::Instant;

use automock_simulator::build::{Mode, StateFile};
use automock_simulator::life::{Life, Scene};
use automock_simulator::parallel::each;
use automock_simulator::simulation::Settings;
use automock_simulator::state::State;
use automock_simulator::thing::{Body, Tags, Thing, Truth};
use automock_simulator::time::Moment;
use automock_ttl::kind::ResourceKind as K;

/// Steps after which the function, the rule and what joins them exist. Before that nothing wakes
/// the reaper, and a person sweeps.
const REAPER: usize = 2;

const STATES: [StateFile; 3] = [StateFile::Whole, StateFile::Behind, StateFile::Missing];

fn problems(mode: Mode, steps: usize, state: StateFile) -> Vec<String> {
    let scene = Scene::half_created(mode, steps, state);
    let life = scene.open(Settings::calm(steps as u64));
    if steps < REAPER {
        life.sweep_from(Life::end());
    } else {
        life.wake_by_rule();
    }
    life.run_for_hours(6);
    life.problems()
}

#[test]
fn every_first_part_of_a_stack_is_reaped() {
    let start = Instant::now();
    let cases: Vec<_> = Mode::ALL
        .into_iter()
        .flat_map(|mode| (0..=Scene::new(mode).steps).map(move |steps| (mode, steps)))
        .flat_map(|(mode, steps)| STATES.map(|state| (mode, steps, state)))
        .collect();
    let found = each(&cases, |(mode, steps, state)| {
        problems(*mode, *steps, *state)
    });
    let failures: Vec<_> = cases
        .iter()
        .zip(found)
        .filter(|(_, problems)| !problems.is_empty())
        .collect();
    println!(
        "{} half-created stacks, {} failures, {:.1} s",
        cases.len(),
        failures.len(),
        start.elapsed().as_secs_f64()
    );
    for failure in failures.iter().take(20) {
        println!("{failure:#?}");
    }
    assert_eq!(failures.len(), 0);
}

/// The record that somebody else's certificate for the same name has, which made the deploy fail.
fn validation_of_somebody_else(world: &State) -> Option<Thing> {
    let own = |kind| {
        let mut own = world.things.iter();
        own.find(move |it| it.kind == kind && it.truth == Truth::Stack)
    };
    let certificate = own(K::Certificate)?;
    let Body::Certificate {
        validation: (name, rr_type, value),
    } = &certificate.body
    else {
        return None;
    };
    if own(K::DnsRecord).is_some() {
        return None;
    }
    let zone = "Z0SIMULATED".to_owned();
    Some(Thing {
        kind: K::DnsRecord,
        id: format!("{zone}/{name}/{rr_type}"),
        arn: None,
        name: format!("{rr_type} {name}"),
        tags: Tags::new(),
        body: Body::Record {
            zone,
            rr_type: rr_type.clone(),
            value: value.clone(),
        },
        truth: Truth::Foreign,
        born: Moment::default(),
        seen_from: Moment::default(),
        end: None,
    })
}

#[test]
fn a_validation_record_of_somebody_else_stays() {
    let steps = Scene::new(Mode::Private).steps;
    for state in STATES {
        let mut scenes = (0..=steps).map(|made| Scene::half_created(Mode::Private, made, state));
        let (mut scene, record) = scenes
            .find_map(|scene| validation_of_somebody_else(&scene.world).map(|it| (scene, it)))
            .expect("there is a step between certificate and record");
        scene.world.things.push(record);
        let life = scene.open(Settings::calm(1));
        life.wake_by_rule();
        life.run_for_hours(6);
        assert_eq!(life.problems(), Vec::<String>::new(), "{state:?}");
    }
}
