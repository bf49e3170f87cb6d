//! Names that were given away between the scan and the deletion, and other surprises.

use automock_ttl::CloudFailure;
use automock_ttl::inventory::Resource;
use automock_ttl::kind::ResourceKind as K;
use automock_ttl::teardown::{Cloud as _, Outcome};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use futures::stream::{self, StreamExt as _};

use crate::world::{World, record};
use crate::{network, services};

async fn found(world: &World, kind: K) -> Resource {
    let inventory = world.inventory().scan(&record("petstore")).await;
    let mut of_kind = inventory.found.into_iter().filter(|it| it.kind == kind);
    let found = of_kind.next().unwrap_or_else(|| panic!("no {kind}"));
    assert!(found.may_be_deleted(), "{found}");
    found
}

fn assert_not_owned(outcome: &Outcome) {
    let Outcome::Failed(CloudFailure::Other { code, .. }) = outcome else {
        panic!("{outcome:?}")
    };
    assert_eq!(code, "NotOwned");
}

#[tokio::test]
async fn a_log_group_that_somebody_made_anew_is_left_alone() {
    let world = World::strict().await;
    let mine = record("petstore");
    let name = format!("{}mock", mine.names.log_group_prefix);
    services::log_group(&world.config, &name, Some(&mine)).await;
    let group = found(&world, K::LogGroup).await;
    let logs = aws_sdk_cloudwatchlogs::Client::new(&world.config);
    let call = logs.delete_log_group().log_group_name(&name);
    call.send().await.unwrap();
    assert_eq!(world.remover().remove(&group).await, Outcome::Gone);

    services::log_group(&world.config, &name, Some(&record("shop"))).await;
    assert_not_owned(&world.remover().remove(&group).await);
    assert_eq!(world.census().names("logs", "log_group"), [name.as_str()]);
}

#[tokio::test]
async fn an_alarm_and_a_bucket_of_another_stack_with_the_same_name_are_left_alone() {
    let world = World::strict().await;
    let (mine, mut other) = (record("petstore"), record("shop"));
    let name = format!("{}-cpu-high", mine.names.prefix);
    services::alarm(&world.config, &name, Some(&mine)).await;
    services::bucket(&world.config, &mine).await;
    let (alarm, bucket) = (
        found(&world, K::Alarm).await,
        found(&world, K::Bucket).await,
    );

    assert_eq!(world.remover().remove(&alarm).await, Outcome::Started);
    assert_eq!(world.remover().remove(&bucket).await, Outcome::Started);
    services::alarm(&world.config, &name, Some(&other)).await;
    other.names.config_bucket.clone_from(&bucket.id);
    services::bucket(&world.config, &other).await;
    assert_not_owned(&world.remover().remove(&alarm).await);
    assert_not_owned(&world.remover().remove(&bucket).await);
    let still = world.s3().head_bucket().bucket(&bucket.id).send().await;
    still.expect("the bucket is there");
}

#[tokio::test]
async fn a_dashboard_that_shows_something_else_by_now_is_left_alone() {
    let world = World::strict().await;
    let mine = record("petstore");
    services::dashboard(&world.config, &mine).await;
    let dashboard = found(&world, K::Dashboard).await;
    let cloudwatch = aws_sdk_cloudwatch::Client::new(&world.config);
    let call = cloudwatch.put_dashboard().dashboard_name(&dashboard.id);
    let call = call.dashboard_body(r#"{"widgets": []}"#);
    call.send().await.unwrap();
    assert_not_owned(&world.remover().remove(&dashboard).await);
}

/// How many writes run at once.
const PARALLEL: usize = 16;

#[tokio::test]
async fn a_bucket_with_a_long_history_is_emptied() {
    let world = World::strict().await;
    let mine = record("petstore");
    services::bucket(&world.config, &mine).await;
    let (s3, bucket) = (world.s3(), mine.names.config_bucket.as_str());
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
    let call = s3.put_bucket_versioning().bucket(bucket);
    call.versioning_configuration(on.build())
        .send()
        .await
        .unwrap();
    // 2,500 versions and 500 markers, most of them of a few keys.
    let writes = (0..3000).map(|number| {
        let (s3, key) = (s3.clone(), format!("key {}", number % 10));
        async move {
            if number % 6 == 5 {
                let call = s3.delete_object().bucket(bucket).key(key);
                call.send().await.map(drop).unwrap();
            } else {
                let call = s3.put_object().bucket(bucket).key(key);
                call.send().await.map(drop).unwrap();
            }
        }
    });
    stream::iter(writes)
        .buffer_unordered(PARALLEL)
        .collect::<Vec<_>>()
        .await;
    for number in 0..5 {
        let call = s3.create_multipart_upload().bucket(bucket);
        let call = call.key(format!("half {number}"));
        call.send().await.unwrap();
    }
    let resource = found(&world, K::Bucket).await;
    assert_eq!(world.remover().remove(&resource).await, Outcome::Started);
    assert!(world.remover().is_gone(&resource).await);
    assert_eq!(world.census().count("s3", "bucket"), 0);
}

#[tokio::test]
async fn deletion_protection_is_switched_off() {
    use aws_sdk_elasticloadbalancingv2::types::LoadBalancerAttribute;
    let world = World::strict().await;
    let mine = record("petstore");
    let network = network::make(&world.config, &mine).await;
    services::load_balancer(&world.config, &mine, &network).await;
    let balancer = found(&world, K::LoadBalancer).await;
    let elb = aws_sdk_elasticloadbalancingv2::Client::new(&world.config);
    let protection = LoadBalancerAttribute::builder()
        .key("deletion_protection.enabled")
        .value("true");
    let call = elb.modify_load_balancer_attributes();
    let call = call.load_balancer_arn(&balancer.id);
    call.attributes(protection.build()).send().await.unwrap();
    assert_eq!(world.remover().remove(&balancer).await, Outcome::Started);
    assert!(world.remover().is_gone(&balancer).await);
}
