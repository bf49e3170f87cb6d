//! Errors of the SDK, sorted, as they come off the wire.

use automock_ttl::CloudFailure;
use automock_ttl::aws::{AwsInventory, AwsRemover, Classified as _, http_client, s3_client};
use automock_ttl::inventory::{Ownership, Resource};
use automock_ttl::kind::ResourceKind as K;
use automock_ttl::teardown::{Cloud as _, Outcome, Presence};
use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_s3::config::Credentials;

use crate::world::{REGION, World, record};

/// A configuration for an endpoint at which nobody listens.
pub(crate) async fn unreachable() -> SdkConfig {
    // The listener is dropped at once, so the port is closed again.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    drop(listener);
    let keys = Credentials::new("test", "test", None, None, "test");
    aws_config::defaults(BehaviorVersion::latest())
        .http_client(http_client())
        .endpoint_url(format!("http://127.0.0.1:{port}"))
        .retry_config(RetryConfig::disabled())
        .region(Region::new(REGION))
        .credentials_provider(keys)
        .load()
        .await
}

/// Finds credentials neither here nor anywhere.
#[derive(Debug)]
struct Nobody;

impl ProvideCredentials for Nobody {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::ready(Err(CredentialsError::not_loaded("nothing was set")))
    }
}

#[tokio::test]
async fn missing_credentials_are_told_apart_from_a_missing_network() {
    let provider = SharedCredentialsProvider::new(Nobody);
    let config = unreachable()
        .await
        .into_builder()
        .credentials_provider(provider)
        .build();
    let failure = s3_client(&config, true)
        .list_buckets()
        .send()
        .await
        .classified()
        .unwrap_err();
    assert!(
        matches!(failure, CloudFailure::NoCredentials { .. }),
        "{failure:?}"
    );
}

#[tokio::test]
async fn an_endpoint_that_does_not_answer_is_unreachable() {
    let config = unreachable().await;
    let failure = s3_client(&config, true)
        .list_buckets()
        .send()
        .await
        .classified()
        .unwrap_err();
    assert!(
        matches!(failure, CloudFailure::RegionUnreachable { .. }),
        "{failure:?}"
    );
}

#[tokio::test]
async fn a_scan_without_a_network_finds_nothing_and_says_that_it_saw_nothing() {
    let config = unreachable().await;
    let inventory = AwsInventory::new(&config, true)
        .scan(&record("petstore"))
        .await;
    assert!(inventory.found.is_empty());
    assert!(!inventory.is_clean());
    let unseen: Vec<_> = inventory.unreadable.iter().map(|it| it.kind).collect();
    let missing: Vec<_> = K::ALL
        .into_iter()
        .filter(|kind| !unseen.contains(kind))
        .collect();
    assert!(missing.is_empty(), "silently taken as absent: {missing:?}");
}

#[tokio::test]
async fn nothing_is_gone_without_a_network() {
    let config = unreachable().await;
    let remover = AwsRemover::new(&config, true);
    for kind in K::ALL {
        let resource =
            Resource::untagged(kind, "id", REGION, Ownership::Tagged).with_detail("cluster", "c");
        let seen = remover.presence(&resource).await;
        assert!(matches!(seen, Presence::Unknown(_)), "{kind}: {seen:?}");
        let outcome = remover.remove(&resource).await;
        assert!(matches!(outcome, Outcome::Failed(_)), "{kind}: {outcome:?}");
    }
}

#[tokio::test]
async fn what_the_stack_does_not_own_is_not_even_asked_for() {
    let world = World::strict().await;
    let s3 = world.s3();
    s3.create_bucket().bucket("precious").send().await.unwrap();
    let because = "it has no tag".to_owned();
    let bucket = Resource::untagged(
        K::Bucket,
        "precious",
        REGION,
        Ownership::Foreign { because },
    );
    let outcome = world.remover().remove(&bucket).await;
    assert!(matches!(outcome, Outcome::Failed(_)), "{outcome:?}");
    s3.head_bucket()
        .bucket("precious")
        .send()
        .await
        .expect("the bucket is there");
}
