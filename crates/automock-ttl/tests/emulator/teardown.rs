//! A whole stack among decoys: found completely, removed completely, and nothing else.

use std::collections::BTreeSet;
use std::time::Duration;

use automock_ttl::aws::SystemClock;
use automock_ttl::inventory::{Inventory, Ownership};
use automock_ttl::kind::ResourceKind as K;
use automock_ttl::record::StackRecord;
use automock_ttl::teardown::{Cloud as _, Ending, Event, Limits, Outcome, Report, remove_all};
use aws_sdk_route53::types::{ResourceRecord, ResourceRecordSet, RrType};

use crate::world::{World, record};
use crate::{network, services};

async fn remove(world: &World, inventory: Inventory) -> (Report, Vec<Event>) {
    let mut events = Vec::new();
    let limits = Limits {
        patience: Duration::from_secs(40),
        ..Limits::default()
    };
    let report = remove_all(
        &world.remover(),
        &SystemClock,
        inventory,
        limits,
        &mut |event| {
            events.push(event);
        },
    )
    .await;
    (report, events)
}

async fn scan(world: &World, record: &StackRecord) -> Inventory {
    let inventory = world.look(record).await;
    assert!(
        inventory.unreadable.is_empty(),
        "{:#?}",
        inventory.unreadable
    );
    inventory
}

/// Things that lie near a stack and are not its own.
async fn decoys(world: &World, record: &StackRecord) {
    let ec2 = aws_sdk_ec2::Client::new(&world.config);
    network::address(&ec2, None).await;
    let vpc = network::vpc(&ec2, None).await;
    network::subnet(&ec2, &vpc, 1, None).await;
    services::alarm(
        &world.config,
        &format!("{}-mine", record.names.prefix),
        None,
    )
    .await;
    let group = format!("{}mine", record.names.log_group_prefix);
    services::log_group(&world.config, &group, None).await;
    // The same stack in another region has its roles on the same path with the same tags.
    let elsewhere = record.names.task_role.replace("us-east-1", "eu-west-1");
    services::role(&world.config, &elsewhere, record).await;
}

#[tokio::test]
async fn a_stack_among_decoys_is_removed_and_nothing_else() {
    let world = World::strict().await;
    world.found().await;
    let mine = record("petstore");
    // A whole stack whose every name begins like the doomed one's.
    world.make_stack(&record("petstore-dev")).await;
    decoys(&world, &mine).await;
    let before = world.census();
    world.make_stack(&mine).await;

    let inventory = scan(&world, &mine).await;
    let kinds: BTreeSet<_> = inventory.of_stack().map(|resource| resource.kind).collect();
    let missing: Vec<_> = K::ALL.iter().filter(|kind| !kinds.contains(kind)).collect();
    assert!(missing.is_empty(), "not found: {missing:?}");

    let (report, events) = remove(&world, inventory).await;
    assert_eq!(
        report.ending,
        Ending::Finished,
        "{:#?}\n{events:#?}",
        report.remaining
    );
    let diff = world.census().diff(&before);
    assert!(diff.is_empty(), "{diff}");
    assert!(scan(&world, &mine).await.is_clean());
}

#[tokio::test]
async fn what_lies_in_the_way_is_named_and_left_alone() {
    let world = World::strict().await;
    world.found().await;
    let mine = record("petstore");
    let network = network::make(&world.config, &mine).await;
    let ec2 = aws_sdk_ec2::Client::new(&world.config);
    let stranger = network::subnet(&ec2, &network.vpc, 9, None).await;

    let inventory = scan(&world, &mine).await;
    let foreign: Vec<_> = inventory
        .foreign()
        .map(|resource| resource.id.clone())
        .collect();
    assert_eq!(foreign, [stranger.as_str()]);
    let limits = Limits {
        patience: Duration::from_secs(3),
        ..Limits::default()
    };
    let report = remove_all(
        &world.remover(),
        &SystemClock,
        inventory,
        limits,
        &mut |_| {},
    )
    .await;
    assert_eq!(report.ending, Ending::Stuck);
    let left: Vec<_> = report
        .remaining
        .iter()
        .map(|left| left.resource.kind)
        .collect();
    assert_eq!(left, [K::Vpc], "{:#?}", report.remaining);
    assert!(
        report.remaining[0]
            .hold
            .to_string()
            .contains("DependencyViolation")
    );
    assert_eq!(world.census().names("ec2", "subnet"), [stranger.as_str()]);
}

#[tokio::test]
async fn removing_twice_and_looking_for_nothing_succeed() {
    let world = World::strict().await;
    world.found().await;
    let mine = record("petstore");
    assert!(scan(&world, &mine).await.is_clean());
    world.make_stack(&mine).await;
    let inventory = scan(&world, &mine).await;
    let (first, _) = remove(&world, inventory.clone()).await;
    assert!(first.is_clean(), "{:#?}", first.remaining);
    // As another machine would that still holds the old inventory.
    let (second, events) = remove(&world, inventory).await;
    assert!(second.is_clean(), "{:#?}\n{events:#?}", second.remaining);
}

#[tokio::test]
async fn a_record_that_points_elsewhere_is_not_the_stacks() {
    let world = World::strict().await;
    world.found().await;
    let mine = record("petstore");
    world.make_stack(&mine).await;
    let found_before = scan(&world, &mine).await;

    let name = &mine.names.domain.as_ref().unwrap().name;
    let value = ResourceRecord::builder()
        .value("192.0.2.7")
        .build()
        .unwrap();
    let moved = ResourceRecordSet::builder()
        .name(name)
        .r#type(RrType::A)
        .ttl(60);
    services::put_record(
        &world.config,
        moved.resource_records(value).build().unwrap(),
    )
    .await;

    let now = scan(&world, &mine).await;
    let alias = now
        .found
        .iter()
        .find(|it| it.kind == K::DnsRecord && it.name.starts_with("A "));
    let ownership = &alias.expect("the record is found").ownership;
    assert!(
        matches!(ownership, Ownership::Foreign { .. }),
        "{ownership:?}"
    );
    // Not even an inventory from before the change deletes it.
    let alias = found_before
        .found
        .iter()
        .find(|it| it.name.starts_with("A "))
        .unwrap();
    assert!(alias.may_be_deleted());
    let outcome = world.remover().remove(alias).await;
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
}

#[tokio::test]
async fn a_bucket_without_the_tag_is_not_emptied() {
    let world = World::strict().await;
    let mine = record("petstore");
    let s3 = world.s3();
    let bucket = mine.names.config_bucket.as_str();
    s3.create_bucket().bucket(bucket).send().await.unwrap();
    s3.put_object()
        .bucket(bucket)
        .key("precious")
        .send()
        .await
        .unwrap();
    let inventory = scan(&world, &mine).await;
    assert_eq!(inventory.foreign().count(), 1);
    let (report, _) = remove(&world, inventory).await;
    assert_eq!(report.ending, Ending::Finished);
    s3.head_object()
        .bucket(bucket)
        .key("precious")
        .send()
        .await
        .expect("the object is there");
}
