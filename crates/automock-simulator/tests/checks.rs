//! The check of a finished life fails where it should.

use automock_model::Foundation;
use automock_simulator::build::Mode;
use automock_simulator::cloud::balancing;
use automock_simulator::life::{Life, Scene};
use automock_simulator::simulation::Settings;
use automock_simulator::state::State;
use automock_simulator::thing::Truth;
use automock_ttl::kind::ResourceKind as K;

/// A stack that came to its end.
fn gone() -> Life {
    let life = Scene::new(Mode::Private).open(Settings::calm(1));
    life.wake_by_rule();
    life.run_for_hours(5);
    assert_eq!(life.problems(), Vec::<String>::new());
    life
}

/// The only problem after something was done to the world.
#[track_caller]
fn problem_after(harm: impl FnOnce(&mut State)) -> String {
    let life = gone();
    life.simulation.with(harm);
    let problems = life.problems();
    assert_eq!(problems.len(), 1, "{problems:#?}");
    problems[0].clone()
}

#[test]
fn a_stack_nobody_touched_is_left() {
    let life = Scene::new(Mode::Private).open(Settings::calm(1));
    let problems = life.problems();
    assert!(
        problems.iter().any(|it| it.contains("VPC")),
        "{problems:#?}"
    );
    assert!(problems.iter().any(|it| it == "0 receipts"));
}

#[test]
fn a_foreign_thing_that_was_removed_is_noticed() {
    let harm = |world: &mut State| {
        let foreign = |it: &&automock_simulator::thing::Thing| {
            it.truth == Truth::Foreign && it.kind == K::ElasticIp && it.name == "free"
        };
        let id = world.things.iter().find(foreign).unwrap().id.clone();
        world.things.retain(|it| it.id != id);
    };
    assert!(problem_after(harm).contains("elastic IP"));
}

#[test]
fn a_call_that_changes_a_foreign_thing_is_noticed() {
    let life = gone();
    life.simulation.with(|world| {
        let foreign = world.existing(K::TargetGroup).next();
        let id = foreign.unwrap().id.clone();
        balancing::hurry(world, &id).unwrap();
    });
    let problems = life.problems();
    let call = problems.iter().any(|it| it.contains("touched the foreign"));
    assert!(call, "{problems:#?}");
}

#[test]
fn a_second_mail_is_noticed() {
    let harm = |world: &mut State| {
        let finish = world.mails.last().unwrap().clone();
        world.mails.push(finish);
    };
    assert_eq!(problem_after(harm), "2 mails of the finish");
}

#[test]
fn a_missing_receipt_and_a_state_that_is_left_are_noticed() {
    let stack = gone().stack;
    let prefix = Foundation::receipt_prefix(&stack);
    let lost = problem_after(|world| world.objects.retain(|key, _| !key.starts_with(&prefix)));
    assert_eq!(lost, "0 receipts");
    let key = Foundation::stack_state_key(&stack);
    let left = problem_after(|world| world.put_object(key.clone(), "{}"));
    assert_eq!(left, format!("{key} is left"));
}

#[test]
fn a_receipt_that_forgets_something_is_noticed() {
    let stack = gone().stack;
    let prefix = Foundation::receipt_prefix(&stack);
    let forgot = problem_after(|world| {
        let mut receipts = world.objects.iter_mut();
        let (_, bytes) = receipts.find(|(key, _)| key.starts_with(&prefix)).unwrap();
        let mut receipt: serde_json::Value = serde_json::from_slice(bytes).unwrap();
        let resources = receipt["resources"].as_array_mut().unwrap();
        resources.retain(|it| it["kind"] != "vpc");
        *bytes = serde_json::to_vec(&receipt).unwrap();
    });
    assert!(
        forgot.starts_with("the receipt does not list VPC"),
        "{forgot}"
    );
}

#[test]
fn a_foreign_object_that_changed_is_noticed() {
    let life = gone();
    let mine = format!("/{}/", life.stack);
    let harm = |world: &mut State| {
        let mut foreign = world.objects.iter_mut();
        let (_, bytes) = foreign
            .find(|(key, _)| !key.contains(&mine) && !key.contains("registry/petstore-dev.json"))
            .unwrap();
        bytes.push(b' ');
    };
    assert!(problem_after(harm).contains("foreign object"));
}
