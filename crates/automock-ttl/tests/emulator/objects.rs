//! Conditional writes and the purge, in a versioned bucket as the foundation's is.

use automock_ttl::CloudFailure;
use automock_ttl::aws::S3Objects;
use automock_ttl::reaper::{Condition, ObjectVersion, Objects as _, Written};
use aws_sdk_s3::types::{BucketVersioningStatus, VersioningConfiguration};
use futures::future::join_all;

use crate::world::World;

const BUCKET: &str = "automock-123456789012-us-east-1";
const KEY: &str = "journals/petstore-dev/journal.json";

/// How many writers want the same object at once.
const WRITERS: usize = 12;

async fn objects() -> (World, S3Objects) {
    let world = World::strict().await;
    let s3 = world.s3();
    s3.create_bucket()
        .bucket(BUCKET)
        .send()
        .await
        .expect("a bucket");
    let on = VersioningConfiguration::builder().status(BucketVersioningStatus::Enabled);
    let call = s3.put_bucket_versioning().bucket(BUCKET);
    call.versioning_configuration(on.build())
        .send()
        .await
        .expect("versioning");
    (world, S3Objects::new(s3, BUCKET))
}

fn version(written: Written) -> ObjectVersion {
    match written {
        Written::Stored(version) => version,
        Written::Refused => panic!("it was refused"),
    }
}

async fn write(objects: &S3Objects, text: &str, condition: Condition) -> Written {
    let bytes = text.as_bytes().to_vec();
    objects.put(KEY, bytes, condition).await.expect("an answer")
}

#[tokio::test]
async fn an_object_changes_only_from_the_version_that_was_read() {
    let (_world, objects) = objects().await;
    assert_eq!(objects.get(KEY).await.unwrap(), None);
    let first = version(write(&objects, "one", Condition::Absent).await);
    let taken = write(&objects, "other", Condition::Absent).await;
    assert_eq!(taken, Written::Refused);

    let second = version(write(&objects, "two", Condition::Unchanged(first.clone())).await);
    assert_ne!(first, second);
    let stale = write(&objects, "late", Condition::Unchanged(first)).await;
    assert_eq!(stale, Written::Refused);
    let kept = objects.get(KEY).await.unwrap().unwrap();
    assert_eq!((kept.bytes.as_slice(), kept.version), (&b"two"[..], second));
}

#[tokio::test]
async fn repeating_a_write_whose_answer_was_lost_is_a_success() {
    let (_world, objects) = objects().await;
    let first = version(write(&objects, "one", Condition::Absent).await);
    assert_eq!(
        version(write(&objects, "one", Condition::Absent).await),
        first
    );
    let change = Condition::Unchanged(first);
    let second = version(write(&objects, "two", change.clone()).await);
    assert_eq!(version(write(&objects, "two", change).await), second);
}

#[tokio::test]
async fn an_object_that_is_gone_does_not_come_back() {
    let (_world, objects) = objects().await;
    let version = version(write(&objects, "one", Condition::Absent).await);
    objects.purge(KEY).await.unwrap();
    let late = write(&objects, "two", Condition::Unchanged(version)).await;
    assert_eq!(late, Written::Refused);
    assert_eq!(objects.get(KEY).await.unwrap(), None);
}

#[tokio::test]
async fn of_many_writers_one_wins() {
    let (_world, objects) = objects().await;
    let race = |condition: Condition, round: &'static str| {
        let objects = &objects;
        let writers = (0..WRITERS).map(move |writer| {
            let (text, condition) = (format!("{round} {writer}"), condition.clone());
            async move { write(objects, &text, condition).await }
        });
        join_all(writers)
    };
    let made = race(Condition::Absent, "make").await;
    let mut winners = made.into_iter().filter(|it| *it != Written::Refused);
    let won = version(winners.next().expect("somebody wins"));
    assert_eq!(winners.next(), None, "two have made it");

    let changed = race(Condition::Unchanged(won), "change").await;
    let winners = changed.iter().filter(|it| **it != Written::Refused).count();
    assert_eq!(winners, 1);
}

/// Keys and whether they are markers, the history included.
async fn history(world: &World) -> Vec<(String, bool)> {
    let call = world.s3().list_object_versions().bucket(BUCKET);
    let page = call.send().await.expect("a page");
    let text = |key: Option<&str>| key.expect("a key").to_owned();
    let versions = page.versions().iter().map(|it| (text(it.key()), false));
    let markers = page
        .delete_markers()
        .iter()
        .map(|it| (text(it.key()), true));
    versions.chain(markers).collect()
}

#[tokio::test]
async fn a_purge_leaves_no_history_and_takes_nothing_else() {
    let (world, objects) = objects().await;
    let s3 = world.s3();
    let neighbours = [format!("{KEY}.tflock"), format!("{KEY}/below")];
    for key in &neighbours {
        s3.put_object()
            .bucket(BUCKET)
            .key(key)
            .send()
            .await
            .unwrap();
    }
    for round in 0..7 {
        let call = s3.put_object().bucket(BUCKET).key(KEY);
        let text = format!("{round}").into_bytes();
        call.body(text.into()).send().await.unwrap();
        if round % 3 == 0 {
            let call = s3.delete_object().bucket(BUCKET).key(KEY);
            call.send().await.unwrap();
        }
    }
    objects.purge(KEY).await.unwrap();
    let mut left = history(&world).await;
    left.sort();
    assert_eq!(left, neighbours.map(|key| (key, false)));
    objects.purge(KEY).await.expect("gone already");
}

#[tokio::test]
async fn a_purge_ends_an_object_whose_last_version_lives() {
    let (world, objects) = objects().await;
    let first = version(write(&objects, "one", Condition::Absent).await);
    write(&objects, "two", Condition::Unchanged(first)).await;
    objects.purge(KEY).await.unwrap();
    assert_eq!(history(&world).await, []);
}

#[tokio::test]
async fn a_missing_bucket_is_not_a_missing_object() {
    let world = World::strict().await;
    let objects = S3Objects::new(world.s3(), BUCKET);
    for failure in [
        objects.get(KEY).await.unwrap_err(),
        objects.purge(KEY).await.unwrap_err(),
        objects
            .put(KEY, Vec::new(), Condition::Absent)
            .await
            .unwrap_err(),
    ] {
        assert!(
            matches!(failure, CloudFailure::NotFound { .. }),
            "{failure:?}"
        );
    }
}
