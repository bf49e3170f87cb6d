//! Teardowns in virtual time: order, failures, limits.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::*;

use super::fake::{Thing, World, owned};
use super::item::later;
use super::{Ending, Event, Hold, Limits, Outcome, Presence, Report, remove_all};
use crate::failure::CloudFailure;
use crate::fixture::start;
use crate::inventory::{Inventory, Ownership, Resource, Unreadable};
use crate::kind::ResourceKind as K;

fn inventory(found: &[Resource]) -> Inventory {
    Inventory {
        found: found.to_vec(),
        unreadable: Vec::new(),
    }
}

fn teardown(world: &World, inventory: Inventory, limits: Limits) -> (Report, Vec<Event>) {
    let mut events = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let report = runtime.block_on(remove_all(world, world, inventory, limits, &mut |event| {
        events.push(event);
    }));
    (report, events)
}

fn run(world: &World, found: &[Resource]) -> Report {
    teardown(world, inventory(found), Limits::default()).0
}

fn denied() -> CloudFailure {
    CloudFailure::AccessDenied {
        code: "UnauthorizedOperation".to_owned(),
        message: String::new(),
    }
}

fn throttled() -> CloudFailure {
    CloudFailure::Throttled {
        code: "RequestLimitExceeded".to_owned(),
        message: String::new(),
    }
}

fn taking(seconds: u64) -> Thing {
    Thing {
        takes: Duration::from_secs(seconds),
        ..Thing::default()
    }
}

fn answering(removals: impl IntoIterator<Item = Outcome>) -> Thing {
    Thing {
        removals: removals.into_iter().collect(),
        ..Thing::default()
    }
}

/// The kinds of a stack with one resource each, slow where AWS is slow, and with the interfaces
/// and tasks going some time after their owners.
fn whole_stack(world: &World) -> Vec<Resource> {
    let resources: Vec<_> = K::ALL.into_iter().map(|kind| owned(kind, 1)).collect();
    for resource in &resources {
        let mut thing = match resource.kind {
            K::EcsService => taking(160),
            K::NatGateway => taking(60),
            K::EcsTask => taking(30),
            K::NetworkInterface => taking(300),
            _ => taking(1),
        };
        thing.owner = match resource.kind {
            K::EcsTask => Some(owned(K::EcsService, 1).id),
            K::NetworkInterface => Some(owned(K::LoadBalancer, 1).id),
            _ => None,
        };
        world.put(resource, thing);
    }
    resources
}

fn assert_order(world: &World, resources: &[Resource]) {
    for resource in resources {
        let Some(asked) = world.first_asked(&resource.id) else {
            continue;
        };
        for needed in resource.kind.dependencies() {
            for other in resources.iter().filter(|other| other.kind == needed.after) {
                let gone = world.gone_at(&other.id);
                assert!(
                    gone.is_some_and(|gone| gone <= asked),
                    "{resource} was touched before {other} was gone"
                );
            }
        }
    }
}

#[test]
fn a_whole_stack_goes_in_order_and_well_within_a_lambda() {
    let world = World::default();
    let resources = whole_stack(&world);
    let limits = Limits::until(later(start(), Duration::from_mins(15)));
    let (report, events) = teardown(&world, inventory(&resources), limits);
    assert_eq!(report.ending, Ending::Finished, "{:#?}", report.remaining);
    assert!(report.is_clean());
    assert_eq!(report.removed.len(), K::ALL.len());
    assert_order(&world, &resources);
    let gone = events
        .iter()
        .filter(|event| matches!(event, Event::Gone(_)))
        .count();
    assert_eq!(gone, K::ALL.len());
    let last = world.asked().pop().unwrap();
    assert_eq!(last, owned(K::LambdaFunction, 1).id);
    let end = world.gone_at(&last).unwrap();
    assert!(
        end < later(start(), Duration::from_mins(8)),
        "took until {end}"
    );
}

#[test]
fn what_is_slow_starts_in_the_same_moment() {
    let world = World::default();
    let resources = whole_stack(&world);
    run(&world, &resources);
    for kind in [
        K::NatGateway,
        K::VpcEndpoint,
        K::DnsRecord,
        K::ScalableTarget,
    ] {
        assert_eq!(
            world.first_asked(&owned(kind, 1).id),
            Some(start()),
            "{kind}"
        );
    }
}

#[test]
fn already_gone_is_a_success() {
    let world = World::default();
    let report = run(&world, &[owned(K::Vpc, 1), owned(K::Subnet, 1)]);
    assert_eq!(report.ending, Ending::Finished);
    assert_eq!(report.removed.len(), 2);
}

#[test]
fn a_foreign_resource_is_never_touched_and_does_not_hold_up_the_rest() {
    let world = World::default();
    let mut foreign = owned(K::Subnet, 9);
    foreign.ownership = Ownership::Foreign {
        because: "it has no tag".to_owned(),
    };
    let mine = owned(K::Subnet, 1);
    for subnet in [&foreign, &mine] {
        world.put(subnet, taking(0));
    }
    let (report, events) = teardown(
        &world,
        inventory(&[foreign.clone(), mine.clone()]),
        Limits::default(),
    );
    assert_eq!(report.ending, Ending::Finished);
    assert_eq!(report.foreign, [foreign.clone()]);
    assert_eq!(world.asked(), [mine.id]);
    assert!(events.contains(&Event::LeftAlone(foreign)));
}

#[test]
fn what_an_unseen_resource_could_hold_up_stays_and_says_why() {
    let world = World::default();
    let (role, bucket, alarm) = (
        owned(K::IamRole, 1),
        owned(K::Bucket, 1),
        owned(K::Alarm, 1),
    );
    for resource in [&role, &bucket, &alarm] {
        world.put(resource, taking(0));
    }
    let mut seen = inventory(&[role.clone(), bucket, alarm.clone()]);
    seen.unreadable.push(Unreadable {
        kind: K::EcsService,
        reason: denied(),
    });
    let (report, _) = teardown(&world, seen, Limits::default());
    assert_eq!(report.ending, Ending::Stuck);
    assert_eq!(
        world.asked(),
        [alarm.id],
        "only what needs no service to be gone"
    );
    assert_eq!(report.remaining.len(), 2);
    let hold = Hold::Unreadable {
        kind: K::EcsService,
        reason: denied(),
    };
    assert_eq!(report.remaining[0].hold, hold);
    assert!(!report.is_clean());
}

#[test]
fn too_early_is_tried_again_until_it_is_time() {
    let world = World::default();
    let (group, lambda) = (owned(K::SecurityGroup, 1), owned(K::LambdaFunction, 1));
    let hidden = owned(K::NetworkInterface, 7);
    world.put(
        &hidden,
        Thing {
            owner: Some(lambda.id.clone()),
            ..taking(0)
        },
    );
    world.put(
        &group,
        answering((0..6).map(|_| Outcome::TooEarly("InUse".to_owned()))),
    );
    let report = run(&world, std::slice::from_ref(&group));
    assert_eq!(report.ending, Ending::Finished);
    assert_eq!(world.asked().len(), 7);
    // Pauses of 1, 2, 4, 5, 5 and 5 seconds.
    assert_eq!(
        world.gone_at(&group.id),
        Some(later(start(), Duration::from_secs(22)))
    );
}

#[test]
fn too_early_for_ever_ends_with_awss_reason() {
    let world = World::default();
    let vpc = owned(K::Vpc, 1);
    let stranger = owned(K::Subnet, 9);
    world.put(&stranger, taking(0));
    world.put(
        &vpc,
        Thing {
            held_by: vec![stranger.id.clone()],
            ..taking(0)
        },
    );
    let report = run(&world, &[vpc]);
    assert_eq!(report.ending, Ending::Stuck);
    let reason = format!("DependencyViolation: {}", stranger.id);
    assert_eq!(report.remaining[0].hold, Hold::TooEarly(reason));
}

#[test]
fn one_refusal_stops_what_depends_on_it_and_nothing_else() {
    let world = World::default();
    let service = owned(K::EcsService, 1);
    let cluster = owned(K::EcsCluster, 1);
    let (nat, address) = (owned(K::NatGateway, 1), owned(K::ElasticIp, 1));
    world.put(&service, answering(vec![Outcome::Failed(denied()); 9]));
    for resource in [&cluster, &nat, &address] {
        world.put(resource, taking(5));
    }
    let report = run(
        &world,
        &[
            service.clone(),
            cluster.clone(),
            nat.clone(),
            address.clone(),
        ],
    );
    assert_eq!(report.ending, Ending::Stuck);
    assert_eq!(report.removed, [nat, address]);
    assert!(world.first_asked(&cluster.id).is_none());
    assert_eq!(report.remaining[0].hold, Hold::Failed(denied()));
    let because = "AWS refuses to delete a cluster with services";
    assert_eq!(
        report.remaining[1].hold,
        Hold::Blocked {
            by: service.to_string(),
            because
        }
    );
    let tries = world.asked().iter().filter(|id| **id == service.id).count();
    assert_eq!(tries, 3, "a refusal is not repeated for ever");
}

#[test]
fn throttling_is_outlasted() {
    let world = World::default();
    let alarm = owned(K::Alarm, 1);
    world.put(&alarm, answering(vec![Outcome::Failed(throttled()); 20]));
    assert_eq!(run(&world, &[alarm]).ending, Ending::Finished);
}

#[test]
fn what_was_throttled_together_does_not_come_back_together() {
    let world = World::default();
    let alarms: Vec<_> = (0..20).map(|number| owned(K::Alarm, number)).collect();
    for alarm in &alarms {
        world.put(alarm, answering(vec![Outcome::Failed(throttled()); 4]));
    }
    run(&world, &alarms);
    let ends: std::collections::BTreeSet<_> = alarms
        .iter()
        .map(|alarm| world.gone_at(&alarm.id))
        .collect();
    assert!(ends.len() > 10, "they went in {} moments", ends.len());
}

#[test]
fn hundreds_of_interfaces_are_not_all_looked_at_every_few_seconds() {
    let world = World::default();
    let service = owned(K::EcsService, 1);
    world.put(&service, taking(1));
    let mut found = vec![service.clone()];
    for number in 0..400 {
        let interface = owned(K::NetworkInterface, number);
        let owner = Some(service.id.clone());
        world.put(
            &interface,
            Thing {
                owner,
                ..taking(300)
            },
        );
        found.push(interface);
    }
    assert_eq!(run(&world, &found).ending, Ending::Finished);
    let looks = world.looks();
    assert!(looks < 300 * 20, "{looks} looks in 300 seconds");
}

#[test]
fn what_waits_for_something_is_tried_in_the_moment_in_which_that_goes() {
    let world = World::default();
    let (balancer, gateway) = (owned(K::LoadBalancer, 1), owned(K::InternetGateway, 1));
    world.put(&balancer, taking(100));
    // It was tried too early once already, by a scan that did not show the load balancer.
    world.put(
        &gateway,
        answering([Outcome::TooEarly("mapped public address".to_owned())]),
    );
    run(&world, &[balancer.clone(), gateway.clone()]);
    let freed = world.gone_at(&balancer.id).unwrap();
    let tried = world.first_asked(&gateway.id).unwrap();
    let late = Duration::try_from(freed.duration_until(tried)).unwrap();
    assert!(late <= Duration::from_secs(5), "{late:?}");
}

#[test]
fn a_teardown_takes_hardly_longer_than_its_longest_chain() {
    let world = World::default();
    let resources = whole_stack(&world);
    run(&world, &resources);
    // The load balancer, its interfaces, and then one second each for what stands in the way of
    // the VPC, the VPC, the rule and the function.
    let chain = Duration::from_secs(1 + 300 + 4);
    let last = world.gone_at(&owned(K::LambdaFunction, 1).id).unwrap();
    let limit = later(start(), chain + chain / 10);
    assert!(last <= limit, "took until {last}, the limit is {limit}");
}

#[test]
fn a_lost_answer_is_noticed_and_the_removal_asked_for_again() {
    let world = World::default();
    let nat = owned(K::NatGateway, 1);
    // Accepted according to the answer, but nothing ever happened.
    world.put(&nat, answering([Outcome::Started]));
    let report = run(&world, std::slice::from_ref(&nat));
    assert_eq!(report.ending, Ending::Finished);
    assert_eq!(world.asked(), [nat.id.clone(), nat.id.clone()]);
    assert!(world.gone_at(&nat.id).unwrap() >= later(start(), Duration::from_mins(1)));
}

#[test]
fn not_being_able_to_look_is_not_the_same_as_gone() {
    let world = World::default();
    let (nat, address) = (owned(K::NatGateway, 1), owned(K::ElasticIp, 1));
    let looks = VecDeque::from(vec![Presence::Unknown(throttled()); 5]);
    world.put(&nat, Thing { looks, ..taking(3) });
    world.put(&address, taking(0));
    let (report, events) = teardown(
        &world,
        inventory(&[nat.clone(), address.clone()]),
        Limits::default(),
    );
    assert_eq!(report.ending, Ending::Finished);
    assert_order(&world, &[nat, address]);
    let unseen = events
        .iter()
        .filter(|event| matches!(event, Event::Unseen { .. }))
        .count();
    assert_eq!(unseen, 5);
}

#[test]
fn a_denied_look_gives_up_instead_of_claiming_success() {
    let world = World::default();
    let nat = owned(K::NatGateway, 1);
    let looks = VecDeque::from(vec![Presence::Unknown(denied()); 50]);
    world.put(&nat, Thing { looks, ..taking(3) });
    let report = run(&world, &[nat]);
    assert_eq!(report.ending, Ending::Stuck);
    assert_eq!(report.remaining[0].hold, Hold::Failed(denied()));
    assert_eq!(world.asked().len(), 1);
}

#[test]
fn a_removal_that_is_accepted_and_never_happens_ends_after_the_patience() {
    let world = World::default();
    let nat = owned(K::NatGateway, 1);
    world.put(&nat, answering(vec![Outcome::Started; 1000]));
    let report = run(&world, &[nat]);
    assert_eq!(report.ending, Ending::Stuck);
    assert_eq!(report.remaining[0].hold, Hold::Leaving);
    assert!(world.asked().len() > 10, "it was asked for again and again");
}

#[test]
fn the_deadline_is_kept_and_the_next_run_goes_on() {
    let world = World::default();
    let resources = whole_stack(&world);
    let deadline = later(start(), Duration::from_mins(3));
    let (report, _) = teardown(&world, inventory(&resources), Limits::until(deadline));
    assert_eq!(report.ending, Ending::OutOfTime);
    assert!(!report.remaining.is_empty());
    for id in world.asked() {
        let asked = world.first_asked(&id).unwrap();
        assert!(
            asked < later(start(), Duration::from_mins(2)),
            "{id} begun at {asked}"
        );
    }
    let left: Vec<_> = report
        .remaining
        .into_iter()
        .map(|left| left.resource)
        .collect();
    assert_eq!(run(&world, &left).ending, Ending::Finished);
    assert_order(&world, &resources);
}

#[test]
fn nothing_is_begun_without_time_for_it() {
    let world = World::default();
    let vpc = owned(K::Vpc, 1);
    world.put(&vpc, taking(0));
    let deadline = later(start(), Duration::from_secs(59));
    let (report, _) = teardown(&world, inventory(&[vpc]), Limits::until(deadline));
    assert_eq!(report.ending, Ending::OutOfTime);
    assert_eq!(report.remaining[0].hold, Hold::Untried);
    assert!(world.asked().is_empty());
}

fn any_answer() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        Just(Outcome::TooEarly("DependencyViolation".to_owned())),
        Just(Outcome::Failed(throttled())),
        Just(Outcome::Started),
    ]
}

fn any_thing() -> impl Strategy<Value = Thing> {
    (0..400_u64, prop::collection::vec(any_answer(), 0..4)).prop_map(|(seconds, answers)| Thing {
        takes: Duration::from_secs(seconds),
        removals: answers.into(),
        ..Thing::default()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whatever_passes_by_itself_only_delays(
        things in prop::collection::vec((prop::sample::select(&K::ALL[..]), any_thing()), 0..30),
    ) {
        let world = World::default();
        let mut resources = Vec::new();
        for (number, (kind, thing)) in (0..).zip(things) {
            let resource = owned(kind, number);
            // What is only waited for has to end by itself.
            let owner = kind.is_wait_only().then(|| "nobody".to_owned());
            if owner.is_none() {
                world.put(&resource, thing);
            }
            resources.push(resource);
        }
        let (report, _) = teardown(&world, inventory(&resources), Limits::default());
        prop_assert_eq!(report.ending, Ending::Finished, "{:?}", report.remaining);
        let watched: Vec<_> =
            resources.into_iter().filter(|resource| !resource.kind.is_wait_only()).collect();
        assert_order(&world, &watched);
    }

    #[test]
    fn every_resource_is_accounted_for_once(
        kinds in prop::collection::vec((prop::sample::select(&K::ALL[..]), 0..3_u8), 0..30),
    ) {
        let world = World::default();
        let mut resources = Vec::new();
        for (number, (kind, fate)) in (0..).zip(&kinds) {
            let mut resource = owned(*kind, number);
            match fate {
                0 => world.put(&resource, taking(1)),
                1 => world.put(&resource, answering(vec![Outcome::Failed(denied()); 99])),
                _ => resource.ownership = Ownership::Foreign { because: String::new() },
            }
            resources.push(resource);
        }
        let (report, _) = teardown(&world, inventory(&resources), Limits::default());
        let accounted = report.removed.len() + report.remaining.len() + report.foreign.len();
        prop_assert_eq!(accounted, resources.len());
        for gone in &report.removed {
            prop_assert!(world.gone_at(&gone.id).is_some(), "{} is not gone", gone);
        }
    }
}
