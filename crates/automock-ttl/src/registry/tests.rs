//! Behaviour that every registry has to show, on the local one.

use std::fs;

use super::{LocalRegistry, Registry, RegistryError};
use crate::fixture::{record, start};
use crate::record::{Phase, RecordError};

fn registry() -> (tempfile::TempDir, LocalRegistry) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    // A directory that does not exist yet: the first record makes it.
    let registry = LocalRegistry::new(directory.path().join("registry"));
    (directory, registry)
}

#[tokio::test]
async fn an_empty_registry_answers() {
    let (_directory, registry) = registry();
    let stack = record("petstore", None).stack_id;
    assert!(registry.get(&stack).await.unwrap().is_none());
    assert!(registry.list().await.unwrap().stacks.is_empty());
}

#[tokio::test]
async fn a_record_is_created_once_and_read_back() {
    let (_directory, registry) = registry();
    let made = record("petstore", Some(3600));
    let version = registry.create(&made).await.unwrap();
    let read = registry.get(&made.stack_id).await.unwrap().unwrap();
    assert_eq!((read.record, read.version), (made.clone(), version));
    let again = registry.create(&made).await.unwrap_err();
    assert!(
        matches!(again, RegistryError::AlreadyExists { .. }),
        "{again}"
    );
}

#[tokio::test]
async fn of_two_writers_one_wins() {
    let (_directory, registry) = registry();
    let mut made = record("petstore", Some(3600));
    let version = registry.create(&made).await.unwrap();

    let mut torn_down = made.clone();
    torn_down.step(Phase::TearingDown, start()).unwrap();
    registry.update(&torn_down, &version).await.unwrap();

    made.set_expiry(None, start()).unwrap();
    let lost = registry.update(&made, &version).await.unwrap_err();
    assert!(matches!(lost, RegistryError::Conflict { .. }), "{lost}");
    let kept = registry.get(&made.stack_id).await.unwrap().unwrap();
    assert_eq!(kept.record.phase, Phase::TearingDown);
}

#[tokio::test(flavor = "multi_thread")]
async fn racing_writers_never_both_succeed() {
    let (_directory, registry) = registry();
    let made = record("petstore", Some(3600));
    let version = registry.create(&made).await.unwrap();
    let mut attempts = tokio::task::JoinSet::new();
    for seconds in 0..8 {
        let (registry, version, mut mine) = (registry.clone(), version.clone(), made.clone());
        mine.warning_lead_seconds = seconds;
        attempts.spawn(async move { registry.update(&mine, &version).await.is_ok() });
    }
    let winners = attempts
        .join_all()
        .await
        .into_iter()
        .filter(|won| *won)
        .count();
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn a_stale_version_deletes_nothing() {
    let (_directory, registry) = registry();
    let mut made = record("petstore", Some(3600));
    let old = registry.create(&made).await.unwrap();
    made.mark_warned(start());
    let new = registry.update(&made, &old).await.unwrap();

    let refused = registry.delete(&made.stack_id, &old).await.unwrap_err();
    assert!(
        matches!(refused, RegistryError::Conflict { .. }),
        "{refused}"
    );
    registry.delete(&made.stack_id, &new).await.unwrap();
    registry
        .delete(&made.stack_id, &new)
        .await
        .expect("already deleted is a success");
    let gone = registry.update(&made, &new).await.unwrap_err();
    assert!(matches!(gone, RegistryError::Conflict { .. }), "{gone}");
}

#[tokio::test]
async fn the_list_is_ordered_and_names_what_it_cannot_read() {
    let (directory, registry) = registry();
    for project in ["zebra", "ant"] {
        registry.create(&record(project, None)).await.unwrap();
    }
    let root = directory.path().join("registry");
    fs::write(root.join("broken.json"), "{").unwrap();
    fs::write(root.join("future.json"), r#"{"schema_version": 99}"#).unwrap();

    let listing = registry.list().await.unwrap();
    let stacks: Vec<_> = listing
        .stacks
        .iter()
        .map(|s| s.record.stack_id.as_str())
        .collect();
    assert_eq!(stacks, ["ant-dev", "zebra-dev"]);
    assert_eq!(listing.unreadable.len(), 2);
    assert!(listing.unreadable[0].key.ends_with("broken.json"));
    assert!(matches!(
        listing.unreadable[1].error,
        RecordError::NewerSchema { found: 99, .. }
    ));
}

#[tokio::test]
async fn a_leftover_of_a_crashed_writer_does_not_harm() {
    let (directory, registry) = registry();
    let made = record("petstore", None);
    fs::create_dir_all(directory.path().join("registry")).unwrap();
    fs::write(
        registry.path(&made.stack_id).with_extension("json.tmp"),
        "{ half",
    )
    .unwrap();
    registry.create(&made).await.unwrap();
    assert_eq!(registry.list().await.unwrap().stacks.len(), 1);
    assert!(registry.list().await.unwrap().unreadable.is_empty());
}
