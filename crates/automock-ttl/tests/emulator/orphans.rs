//! Stacks that no registry knows.

use automock_model::Region;
use automock_ttl::aws::{AwsOrphans, SystemClock};
use automock_ttl::kind::ResourceKind as K;
use automock_ttl::teardown::{Ending, Limits, remove_all};
use jiff::Timestamp;

use crate::world::{REGION, World, record};
use crate::{network, services};

fn names(stacks: &[automock_ttl::aws::OrphanedStack]) -> Vec<&str> {
    stacks.iter().map(|it| it.stack_id.as_str()).collect()
}

#[tokio::test]
async fn every_stack_is_found_and_can_be_reaped_without_its_record() {
    let world = World::strict().await;
    world.found().await;
    let (mine, other) = (record("petstore"), record("petstore-dev"));
    world.make_stack(&other).await;
    let before = world.census();
    world.make_stack(&mine).await;
    // Things without the tag, and a role of the same names elsewhere, are no stacks.
    let ec2 = aws_sdk_ec2::Client::new(&world.config);
    network::vpc(&ec2, None).await;
    let decoys = world.census();

    let orphans = AwsOrphans::new(&world.config, true).stacks().await;
    assert!(orphans.unreadable.is_empty(), "{:?}", orphans.unreadable);
    assert!(orphans.nameless.is_empty(), "{:?}", orphans.nameless);
    assert_eq!(names(&orphans.stacks), ["petstore-dev", "petstore-dev-dev"]);

    let region = Region::new(REGION).unwrap();
    let now = Timestamp::now();
    let made = orphans.stacks[0]
        .record(&mine.account, &region, now)
        .unwrap();
    assert_eq!(made.names, mine.names);
    assert_eq!(
        (&made.project, &made.stack_id),
        (&mine.project, &mine.stack_id)
    );
    assert!(made.expires_at.is_some_and(|end| end <= now));

    let inventory = world.look(&made).await;
    let limits = Limits {
        patience: std::time::Duration::from_secs(40),
        ..Limits::default()
    };
    let remover = world.remover();
    let report = remove_all(&remover, &SystemClock, inventory, limits, &mut |_| {}).await;
    assert_eq!(report.ending, Ending::Finished, "{:#?}", report.remaining);
    let rest = AwsOrphans::new(&world.config, true).stacks().await;
    assert_eq!(names(&rest.stacks), ["petstore-dev-dev"]);
    assert_eq!(
        world.census().count("ec2", "vpc"),
        decoys.count("ec2", "vpc") - 1
    );
    let diff = world.census().diff(&before);
    let ours: Vec<_> = diff.to_string().lines().map(str::to_owned).collect();
    assert!(ours.iter().all(|line| !line.contains("petstore")), "{diff}");
}

#[tokio::test]
async fn a_half_made_stack_is_found_by_whatever_is_there() {
    let world = World::strict().await;
    world.found().await;
    let mine = record("petstore");
    let group = format!("{}mock", mine.names.log_group_prefix);
    services::log_group(&world.config, &group, Some(&mine)).await;
    let orphans = AwsOrphans::new(&world.config, true).stacks().await;
    assert_eq!(names(&orphans.stacks), ["petstore-dev"]);
    let seen = &orphans.stacks[0].seen;
    assert_eq!((seen.len(), seen[0].kind), (1, K::LogGroup));
}

#[tokio::test]
async fn roles_of_another_region_make_no_stack_here() {
    let world = World::strict().await;
    world.found().await;
    let mine = record("petstore");
    let elsewhere = mine.names.task_role.replace(REGION, "eu-west-1");
    services::role(&world.config, &elsewhere, &mine).await;
    let orphans = AwsOrphans::new(&world.config, true).stacks().await;
    assert!(orphans.stacks.is_empty(), "{:?}", orphans.stacks);
}

#[tokio::test]
async fn what_cannot_be_looked_at_is_named() {
    let config = crate::failures::unreachable().await;
    let orphans = AwsOrphans::new(&config, true).stacks().await;
    assert!(orphans.stacks.is_empty());
    let unseen: Vec<_> = orphans.unreadable.iter().map(|it| it.kind).collect();
    for kind in [
        K::Vpc,
        K::LoadBalancer,
        K::Bucket,
        K::IamRole,
        K::EcsCluster,
    ] {
        assert!(unseen.contains(&kind), "silently taken as absent: {kind}");
    }
}
