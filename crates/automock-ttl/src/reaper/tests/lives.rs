//! Whole lives without faults.

use std::time::Duration;

use super::world::{Earth, STATE, now_or_never, stack, stack_record};
use crate::fixture::{operation, start};
use crate::inventory::Ownership;
use crate::kind::ResourceKind as K;
use crate::reaper::*;
use crate::record::{OperationKind, Phase};
use crate::registry::Registry;
use crate::teardown::{Limits, later};

fn ok(tick: Option<Result<Tick, ReaperError>>) -> Tick {
    tick.expect("nobody dies").expect("nothing fails")
}

#[test]
fn the_futures_can_move_between_threads() {
    fn assert_send<T: Send>(_: &T) {}
    let earth = Earth::new();
    let port = earth.port("a");
    let (reaper, stack) = (port.reaper(), stack());
    let mut ignore = |_| {};
    assert_send(&reaper.tick(&stack, None, &mut ignore));
    let mut ignore = |_| {};
    assert_send(&reaper.begin(&stack, Begin::default(), &mut ignore));
}

#[test]
fn a_tick_ends_a_stack_whose_time_is_up() {
    let earth = Earth::new();
    let Tick::Finished { receipt } = ok(earth.tick("a")) else {
        panic!("not finished: {:?}", earth.leftovers());
    };
    earth.assert_over("one tick");
    let own = K::ALL.len() - 2;
    assert_eq!(receipt.resources.len(), own);
    assert_eq!(receipt.going_last.len(), 2);
    assert_eq!(receipt.left_alone.len(), K::ALL.len() - 2);
    for removed in &receipt.resources {
        let by = if removed.kind.is_wait_only() {
            "AWS, with what it belonged to"
        } else {
            "reaper"
        };
        assert_eq!(removed.deleted_by, by, "{removed}");
    }
    assert_eq!(earth.mails("begun"), 1);
    assert_eq!(earth.mails("nothing of"), 1);
    let state = earth.lock();
    assert!(state.record.is_none());
    assert!(!state.objects.contains_key(&lease_key(&stack())));
    drop(state);
    assert_eq!(ok(earth.tick("b")), Tick::NothingToDo);
}

#[test]
fn a_life_goes_from_idle_over_one_warning_to_the_end() {
    let earth = Earth::new();
    earth.lock().now = start();
    assert!(matches!(ok(earth.tick("a")), Tick::Idle { until: Some(_) }));
    earth.lock().now = later(start(), Duration::from_mins(51));
    assert!(matches!(
        ok(earth.tick("b")),
        Tick::Warned { failure: None, .. }
    ));
    assert!(matches!(ok(earth.tick("c")), Tick::Idle { until: Some(_) }));
    assert_eq!(
        earth.mails("automock extend petstore-dev --by 2h --region us-east-1"),
        1
    );
    earth.lock().now = later(start(), Duration::from_hours(1));
    assert!(matches!(ok(earth.tick("d")), Tick::Finished { .. }));
    earth.assert_over("a life");
}

#[test]
fn a_short_lambda_needs_more_ticks() {
    let earth = Earth::new();
    let port = earth.port("short");
    let reaper = port.reaper();
    let deadline = later(earth.lock().now, Duration::from_mins(3));
    let stack = stack();
    let mut ignore = |_| {};
    let tick = now_or_never(reaper.tick(&stack, Some(deadline), &mut ignore));
    assert!(matches!(ok(tick), Tick::Progressing { .. }));
    let state = earth.lock();
    assert!(state.now <= deadline);
    assert_eq!(state.record.as_ref().unwrap().phase, Phase::TearingDown);
    drop(state);
    earth.ticks();
    earth.assert_over("after a short tick");
}

#[test]
fn a_young_lock_of_a_terraform_stops_the_expiry_and_an_old_one_does_not() {
    let earth = Earth::new();
    let now = earth.lock().now;
    let lock = |created: jiff::Timestamp| {
        format!(
            r#"{{"ID":"7","Operation":"OperationTypeApply","Who":"ana@pc","Created":"{created}"}}"#
        )
    };
    let key = terraform_lock_key(STATE);
    let young = lock(later(start(), Duration::from_mins(30)));
    earth.lock().objects.insert(key.clone(), young.into_bytes());
    let Tick::Busy { holder, until } = ok(earth.tick("a")) else {
        panic!("not busy");
    };
    assert_eq!(holder, "terraform apply by ana@pc");
    assert_eq!(until, later(start(), Duration::from_mins(90)));
    assert_eq!(
        earth.lock().record,
        Some(stack_record()),
        "it can still be extended"
    );
    assert_eq!(earth.lock().now, now);
    earth.lock().now = until;
    assert!(matches!(ok(earth.tick("b")), Tick::Finished { .. }));
    earth.assert_over("an old lock");
}

#[test]
fn a_lock_of_nobody_known_is_waited_for_an_hour_from_the_expiry() {
    let earth = Earth::new();
    earth
        .lock()
        .objects
        .insert(terraform_lock_key(STATE), b"?".to_vec());
    assert!(matches!(ok(earth.tick("a")), Tick::Busy { .. }));
    earth.pass(Duration::from_hours(1));
    assert!(matches!(ok(earth.tick("b")), Tick::Finished { .. }));
}

#[test]
fn what_only_the_state_names_is_found_and_what_lost_its_tag_is_left_alone() {
    let earth = Earth::new();
    let named = |type_: &str, id: &str| {
        format!(
            r#"{{"mode":"managed","type":"{type_}","name":"x","instances":[{{"attributes":{{"id":"{id}"}}}}]}}"#
        )
    };
    let resources = [
        named("aws_vpc", "VPC-0"),
        named("aws_subnet", "subnet-9"),
        named("aws_eip", "eip-nowhere"),
    ];
    let text = format!(r#"{{"version":4,"resources":[{}]}}"#, resources.join(","));
    {
        let mut state = earth.lock();
        state.objects.insert(STATE.to_owned(), text.into_bytes());
        for thing in &mut state.things {
            let id = thing.resource.id.as_str();
            thing.hidden = id == "VPC-0" || id == "subnet-9";
        }
    }
    let Tick::Finished { receipt } = ok(earth.tick("a")) else {
        panic!("not finished");
    };
    earth.assert_over("hidden");
    let vpc = receipt
        .resources
        .iter()
        .find(|it| it.kind == K::Vpc)
        .unwrap();
    assert_eq!(vpc.address.as_deref(), Some("aws_vpc.x"));
    assert!(receipt.left_alone.iter().any(|it| it.id == "subnet-9"));
    assert!(
        receipt.notes[0].contains("aws_eip.x (eip-nowhere)"),
        "{:?}",
        receipt.notes
    );
}

#[test]
fn a_tag_that_is_taken_away_during_the_teardown_saves_the_resource() {
    let earth = Earth::new();
    let port = earth.port("short");
    let reaper = port.reaper();
    let deadline = later(earth.lock().now, Duration::from_mins(2));
    let stack = stack();
    let mut ignore = |_| {};
    ok(now_or_never(reaper.tick(
        &stack,
        Some(deadline),
        &mut ignore,
    )));
    for thing in &mut earth.lock().things {
        if thing.resource.id == "VPC-0" {
            thing.hidden = true;
            thing.resource.ownership = Ownership::Foreign {
                because: "it has no tag".to_owned(),
            };
        }
    }
    earth.ticks();
    assert!(earth.exists("VPC-0"));
    earth.assert_over("a tag is gone");
}

#[test]
fn a_kind_that_nobody_can_see_is_reported_and_never_taken_for_gone() {
    let earth = Earth::new();
    earth.lock().blind = vec![K::NatGateway];
    for tick in 1..=4 {
        let tick_result = ok(earth.tick(&format!("blind-{tick}")));
        assert!(!matches!(tick_result, Tick::Finished { .. }), "{tick}");
        earth.pass(Duration::from_mins(5));
    }
    assert_eq!(earth.mails("is stuck"), 1);
    assert_eq!(
        earth.mails("automock destroy petstore-dev --region us-east-1"),
        2
    );
    assert_eq!(earth.mails("NAT gateway: throttled"), 1);
    earth.lock().blind.clear();
    earth.ticks();
    earth.assert_over("blind for a time");
}

#[test]
fn extending_wins_or_loses_as_a_whole() {
    let earth = Earth::new();
    let mut extended = stack_record();
    extended
        .set_expiry(Some(later(start(), Duration::from_hours(5))), start())
        .unwrap();
    earth.lock().record = Some(extended.clone());
    assert!(matches!(ok(earth.tick("a")), Tick::Idle { .. }));
    assert_eq!(earth.lock().record, Some(extended));
    assert_eq!(earth.lock().removals, []);
}

#[test]
fn a_command_begins_runs_terraform_and_carries_on() {
    let earth = Earth::new();
    earth.lock().now = start();
    let port = earth.port("destroy-1");
    let mut world = port.world();
    world.topic = None;
    let reaper = Reaper::new(world, Actor::new("destroy by ana on build-7", "destroy-1"));
    let (stack, mut ignore) = (stack(), |_| {});
    let refused = now_or_never(reaper.begin(&stack, Begin::default(), &mut ignore)).unwrap();
    assert!(
        matches!(refused, Err(ReaperError::Record(_))),
        "a deploy is recorded"
    );
    let begin = Begin {
        operation: Some(operation(OperationKind::Destroy)),
        replaces: Some(operation(OperationKind::Deploy)),
        ..Begin::default()
    };
    let taken = now_or_never(reaper.begin(&stack, begin, &mut ignore)).unwrap();
    let mut teardown = taken.unwrap();
    assert_eq!(teardown.record().phase, Phase::TearingDown);
    assert_eq!(teardown.journal().open_items().count(), K::ALL.len() - 2);
    assert!(
        matches!(ok(earth.tick("other")), Tick::Busy { .. }),
        "the lease is held"
    );

    now_or_never(teardown.parts().0.update(|record| {
        record.operation.as_mut().unwrap().terraform_pid = Some(7);
        Ok(())
    }))
    .unwrap()
    .unwrap();
    // Terraform takes away the rule, the function and an alarm.
    let by_terraform = ["event-rule-0", "Lambda-function-0", "alarm-0"];
    for thing in &mut earth.lock().things {
        if by_terraform.contains(&thing.resource.id.as_str()) {
            thing.gone_at = Some(start());
        }
    }
    now_or_never(teardown.note_gone("terraform", &mut ignore))
        .unwrap()
        .unwrap();
    let done = teardown.carry_on(Limits::default(), &|| false, &mut ignore);
    let Tick::Finished { receipt } = now_or_never(done).unwrap().unwrap() else {
        panic!("not finished");
    };
    earth.assert_over("a command");
    let by = |by: &str| {
        receipt
            .resources
            .iter()
            .filter(|it| it.deleted_by == by)
            .count()
    };
    assert_eq!(by("terraform"), 3);
    assert_eq!(by("destroy by ana on build-7"), K::ALL.len() - 5);
    assert!(receipt.going_last.is_empty());
    assert!(earth.lock().mails.is_empty());
}

#[test]
fn a_command_that_is_cancelled_leaves_the_rest_to_the_reaper() {
    let earth = Earth::new();
    let port = earth.port("destroy-1");
    let reaper = port.reaper();
    let (stack, mut ignore) = (stack(), |_| {});
    let begin = Begin {
        replaces: Some(operation(OperationKind::Deploy)),
        ..Begin::default()
    };
    let mut teardown = now_or_never(reaper.begin(&stack, begin, &mut ignore))
        .unwrap()
        .unwrap();
    let end = later(earth.lock().now, Duration::from_secs(90));
    let cancelled = || earth.lock().now >= end;
    let tick = now_or_never(teardown.carry_on(Limits::default(), &cancelled, &mut ignore));
    assert!(matches!(ok(tick), Tick::Progressing { .. }));
    assert!(earth.lock().now < later(end, Duration::from_secs(10)));
    now_or_never(teardown.release()).unwrap().unwrap();
    assert!(
        matches!(ok(earth.tick("a")), Tick::Finished { .. }),
        "at once"
    );
    earth.assert_over("a cancelled command");
}

#[test]
fn a_later_stack_of_the_same_name_is_not_taken_for_the_old_one() {
    let earth = Earth::new();
    assert!(matches!(ok(earth.tick("a")), Tick::Finished { .. }));
    let first = earth.journal().unwrap();
    let fresh = Earth::new();
    let mut again = stack_record();
    again.created_at = later(earth.lock().now, Duration::from_hours(9));
    again.expires_at = Some(again.created_at);
    {
        let (old, mut new) = (earth.lock(), fresh.lock());
        new.now = again.created_at;
        new.objects.extend(old.objects.clone());
        new.record = Some(again);
    }
    let Tick::Finished { receipt } = ok(fresh.tick("b")) else {
        panic!("not finished");
    };
    assert_ne!(receipt.epoch, first.epoch);
    assert_eq!(receipt.resources.len(), K::ALL.len() - 2);
    let receipts = |key: &&String| key.starts_with("receipts/");
    assert_eq!(fresh.lock().objects.keys().filter(receipts).count(), 2);
}

#[test]
fn a_record_that_is_done_only_needs_the_last_acts() {
    let earth = Earth::new();
    {
        let mut state = earth.lock();
        state.record.as_mut().unwrap().phase = Phase::Done;
        let kept = |kind: K| kind.is_reaper();
        state
            .things
            .retain(|it| kept(it.resource.kind) && it.resource.belongs_to_stack());
    }
    let Tick::Finished { receipt } = ok(earth.tick("a")) else {
        panic!("not finished");
    };
    assert!(receipt.notes[0].contains("journal"));
    assert!(earth.leftovers().is_empty());
    assert!(earth.lock().record.is_none());
}

#[tokio::test]
async fn without_a_record_nothing_is_touched() {
    let earth = Earth::new();
    earth.lock().record = None;
    assert_eq!(ok(earth.tick("a")), Tick::NothingToDo);
    let port = earth.port("b");
    assert!(Registry::get(&port, &stack()).await.unwrap().is_none());
    let reaper = port.reaper();
    let (stack, mut ignore) = (stack(), |_| {});
    let begun = reaper.begin(&stack, Begin::default(), &mut ignore).await;
    assert!(matches!(begun, Err(ReaperError::NoStack { .. })));
    assert_eq!(earth.lock().removals, []);
    assert!(!earth.lock().objects.contains_key(&lease_key(&stack)));
}
