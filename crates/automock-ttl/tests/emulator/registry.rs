//! The registry in S3, with two writers.

use automock_ttl::aws::S3Registry;
use automock_ttl::record::Phase;
use automock_ttl::registry::{Registry as _, RegistryError};

use crate::world::{World, record};

const BUCKET: &str = "automock-123456789012-us-east-1";

async fn registry() -> (World, S3Registry) {
    let world = World::strict().await;
    let s3 = world.s3();
    s3.create_bucket()
        .bucket(BUCKET)
        .send()
        .await
        .expect("a bucket");
    (world, S3Registry::new(s3, BUCKET))
}

#[tokio::test]
async fn a_record_is_created_once_and_read_back() {
    let (_world, registry) = registry().await;
    let made = record("petstore");
    assert!(registry.get(&made.stack_id).await.unwrap().is_none());
    let version = registry.create(&made).await.unwrap();
    let read = registry.get(&made.stack_id).await.unwrap().unwrap();
    assert_eq!((read.record, read.version), (made.clone(), version));
    let mut other = made.clone();
    other.automock_version = "9.9.9".to_owned();
    let refused = registry.create(&other).await.unwrap_err();
    assert!(
        matches!(refused, RegistryError::AlreadyExists { .. }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn of_two_writers_one_wins() {
    let (_world, registry) = registry().await;
    let made = record("petstore");
    let version = registry.create(&made).await.unwrap();
    let mut torn_down = made.clone();
    torn_down.step(Phase::TearingDown, made.created_at).unwrap();
    let newer = registry.update(&torn_down, &version).await.unwrap();
    assert_ne!(newer, version);

    let mut extended = made.clone();
    extended.set_expiry(None, made.created_at).unwrap();
    let lost = registry.update(&extended, &version).await.unwrap_err();
    assert!(matches!(lost, RegistryError::Conflict { .. }), "{lost:?}");
    let kept = registry.get(&made.stack_id).await.unwrap().unwrap();
    assert_eq!(kept.record.phase, Phase::TearingDown);
}

#[tokio::test]
async fn repeating_a_write_whose_answer_was_lost_succeeds() {
    let (_world, registry) = registry().await;
    let mut made = record("petstore");
    let version = registry.create(&made).await.unwrap();
    assert_eq!(registry.create(&made).await.unwrap(), version);
    made.mark_warned(made.created_at);
    let newer = registry.update(&made, &version).await.unwrap();
    assert_eq!(registry.update(&made, &version).await.unwrap(), newer);
}

#[tokio::test]
async fn a_stale_version_deletes_nothing_and_nothing_comes_back() {
    let (_world, registry) = registry().await;
    let mut made = record("petstore");
    let old = registry.create(&made).await.unwrap();
    made.mark_warned(made.created_at);
    let new = registry.update(&made, &old).await.unwrap();
    let refused = registry.delete(&made.stack_id, &old).await.unwrap_err();
    assert!(
        matches!(refused, RegistryError::Conflict { .. }),
        "{refused:?}"
    );
    registry.delete(&made.stack_id, &new).await.unwrap();
    registry
        .delete(&made.stack_id, &new)
        .await
        .expect("already deleted is a success");
    let gone = registry.update(&made, &new).await.unwrap_err();
    assert!(matches!(gone, RegistryError::Conflict { .. }), "{gone:?}");
    assert!(registry.get(&made.stack_id).await.unwrap().is_none());
}

#[tokio::test]
async fn the_list_names_what_it_cannot_read() {
    let (world, registry) = registry().await;
    for project in ["zebra", "ant"] {
        registry.create(&record(project)).await.unwrap();
    }
    let call = world
        .s3()
        .put_object()
        .bucket(BUCKET)
        .key("registry/broken.json");
    call.send().await.unwrap();
    let listing = registry.list().await.unwrap();
    let stacks: Vec<_> = listing
        .stacks
        .iter()
        .map(|it| it.record.stack_id.as_str())
        .collect();
    assert_eq!(stacks, ["ant-dev", "zebra-dev"]);
    assert_eq!(listing.unreadable[0].key, "registry/broken.json");
}

#[tokio::test]
async fn a_registry_without_a_bucket_is_not_an_empty_one() {
    let world = World::strict().await;
    let registry = S3Registry::new(world.s3(), BUCKET);
    let made = record("petstore");
    for error in [
        registry.get(&made.stack_id).await.unwrap_err(),
        registry.list().await.unwrap_err(),
        registry.create(&made).await.unwrap_err(),
    ] {
        assert!(matches!(error, RegistryError::Cloud { .. }), "{error:?}");
    }
}

#[tokio::test]
async fn a_deleted_record_leaves_no_history() {
    let (world, registry) = registry().await;
    let versioning = aws_sdk_s3::types::VersioningConfiguration::builder()
        .status(aws_sdk_s3::types::BucketVersioningStatus::Enabled)
        .build();
    let call = world.s3().put_bucket_versioning().bucket(BUCKET);
    let enabled = call.versioning_configuration(versioning).send().await;
    enabled.expect("versioning");
    let before = world.census();
    let mut made = record("petstore");
    let mut version = registry.create(&made).await.unwrap();
    for lead in 0..3 {
        made.warning_lead_seconds = lead;
        version = registry.update(&made, &version).await.unwrap();
    }
    registry.delete(&made.stack_id, &version).await.unwrap();
    let diff = world.census().diff(&before);
    assert!(diff.is_empty(), "{diff}");
}
