//! Single resources as Terraform's state names them: ours, somebody's, or gone.

use std::collections::BTreeSet;

use automock_ttl::inventory::{Inventory, Ownership, Resource};
use automock_ttl::kind::ResourceKind as K;
use automock_ttl::reaper::{NamedByState, Scanner as _};
use automock_ttl::record::StackRecord;

use crate::world::{World, record};
use crate::{network, services};

/// What the provider writes into the state for a resource.
fn named(resource: &Resource) -> NamedByState {
    let detail = |key: &str| resource.details[key].as_str();
    let id = match resource.kind {
        K::DnsRecord => {
            let [zone, name, rr_type] = ["zone_id", "record_name", "record_type"].map(detail);
            // ACM gives the names of its records with a last dot, and the provider keeps it.
            let dot = if rr_type == "CNAME" { "." } else { "" };
            format!("{zone}_{name}{dot}_{rr_type}")
        }
        K::TaskDefinition => {
            let (family, _revision) = resource.name.split_once(':').expect("a revision");
            family.to_owned()
        }
        _ => resource.id.clone(),
    };
    NamedByState {
        kind: resource.kind,
        address: format!("module.x.{}", resource.kind),
        id,
        arn: resource.arn.clone(),
        name: Some(resource.name.clone()),
    }
}

/// Everything that a state can name.
fn nameable(inventory: &Inventory) -> Vec<&Resource> {
    let found = inventory.found.iter();
    found.filter(|it| !it.kind.is_wait_only()).collect()
}

async fn examine(world: &World, record: &StackRecord, resource: &Resource) -> Option<Resource> {
    let named = named(resource);
    let seen = world.inventory().examine(record, &named).await;
    seen.unwrap_or_else(|failure| panic!("{named:?}: {failure}"))
}

#[tokio::test]
async fn what_a_scan_finds_is_found_by_the_ids_of_the_state() {
    let world = World::strict().await;
    world.found().await;
    let mine = record("petstore");
    world.make_stack(&mine).await;
    let inventory = world.inventory().scan(&mine).await;
    let resources = nameable(&inventory);
    let kinds: BTreeSet<_> = resources.iter().map(|it| it.kind).collect();
    let missing: Vec<_> = K::ALL
        .iter()
        .filter(|kind| !kind.is_wait_only() && !kinds.contains(kind))
        .collect();
    assert!(missing.is_empty(), "not examined: {missing:?}");
    for resource in resources {
        let seen = examine(&world, &mine, resource).await;
        assert_eq!(seen.as_ref(), Some(resource), "{resource}");
        let is_claimed = matches!(resource.ownership, Ownership::Claimed { .. });
        assert_eq!(
            is_claimed,
            resource.name.starts_with("CNAME "),
            "{resource}"
        );
        assert!(is_claimed || resource.may_be_deleted(), "{resource}");
    }
}

#[tokio::test]
async fn what_another_stack_owns_stays_its_own_whatever_the_state_says() {
    let world = World::strict().await;
    world.found().await;
    let (mine, other) = (record("petstore"), record("petstore-dev"));
    world.make_stack(&other).await;
    let inventory = world.inventory().scan(&other).await;
    for resource in nameable(&inventory) {
        let seen = examine(&world, &mine, resource).await;
        let seen = seen.unwrap_or_else(|| panic!("{resource} was not found"));
        assert!(
            matches!(seen.ownership, Ownership::Foreign { .. }),
            "{seen}: {:?}",
            seen.ownership
        );
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_there() {
    let world = World::strict().await;
    world.found().await;
    let mine = record("petstore");
    let elsewhere = World::strict().await;
    elsewhere.found().await;
    elsewhere.make_stack(&mine).await;
    let inventory = elsewhere.inventory().scan(&mine).await;
    for resource in nameable(&inventory) {
        let seen = examine(&world, &mine, resource).await;
        assert_eq!(seen, None, "{resource}");
    }
}

#[tokio::test]
async fn without_the_tag_a_name_proves_nothing() {
    let world = World::strict().await;
    let mine = record("petstore");
    let ec2 = aws_sdk_ec2::Client::new(&world.config);
    let group = format!("{}mock", mine.names.log_group_prefix);
    services::log_group(&world.config, &group, None).await;
    let alarm = format!("{}-cpu-high", mine.names.prefix);
    services::alarm(&world.config, &alarm, None).await;
    let bucket = mine.names.config_bucket.clone();
    let call = world.s3().create_bucket().bucket(&bucket);
    call.send().await.unwrap();
    let untagged = [
        (K::Vpc, network::vpc(&ec2, None).await),
        (K::ElasticIp, network::address(&ec2, None).await),
        (K::LogGroup, group),
        (K::Alarm, alarm),
        (K::Bucket, bucket),
    ];
    for (kind, id) in untagged {
        let found = Resource::untagged(kind, id, "us-east-1", Ownership::Tagged);
        let seen = examine(&world, &mine, &found).await.expect("it is there");
        let because = "it has no tag automock:stack".to_owned();
        assert_eq!(seen.ownership, Ownership::Foreign { because }, "{seen}");
    }
}

#[tokio::test]
async fn the_roles_of_the_same_stack_in_another_region_are_foreign() {
    let world = World::strict().await;
    world.found().await;
    let mine = record("petstore");
    let elsewhere = mine.names.task_role.replace("us-east-1", "eu-west-1");
    services::role(&world.config, &elsewhere, &mine).await;
    let found = Resource::untagged(K::IamRole, elsewhere, "global", Ownership::Tagged);
    let seen = examine(&world, &mine, &found).await.expect("it is there");
    assert!(!seen.belongs_to_stack(), "{:?}", seen.ownership);
}
