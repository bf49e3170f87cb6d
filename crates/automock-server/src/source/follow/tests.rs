//! Tests of following sources.

use std::fs;
use std::sync::mpsc as std_mpsc;

use super::*;
use crate::engine::EngineOptions;
use crate::memory::needed_for;

const ONE: &str = r#"{"httpResponse":{"statusCode":204}}"#;
const PATIENCE: Duration = Duration::from_secs(10);

#[test]
fn what_is_saved_is_served_and_what_is_broken_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mock.json");
    fs::write(&path, ONE).unwrap();
    let engine = Arc::new(Engine::default());
    let (sender, reported) = std_mpsc::channel();
    let observe = move |event: &SourceEvent| {
        let _ = sender.send(event.to_string());
    };
    let mut follower = Follower::start(
        Source::named(&path).unwrap(),
        Arc::clone(&engine),
        FollowOptions::default(),
        observe,
    )
    .unwrap();
    let Served { revision, .. } = follower.wait_for_first().unwrap();
    let words = reported.recv_timeout(PATIENCE).unwrap();
    assert!(words.ends_with(": 1 expectations"), "{words}");

    fs::write(&path, "[{").unwrap();
    let words = reported.recv_timeout(PATIENCE).unwrap();
    assert!(words.ends_with("the old expectations stay"), "{words}");
    assert_eq!(engine.revision().as_deref(), Some(revision.as_str()));

    fs::remove_file(&path).unwrap();
    let words = reported.recv_timeout(PATIENCE).unwrap();
    assert!(words.contains("No such file"), "{words}");

    fs::write(&path, format!("[{ONE},{ONE}]")).unwrap();
    let words = reported.recv_timeout(PATIENCE).unwrap();
    assert_eq!(words, "the source can be read again");
    let words = reported.recv_timeout(PATIENCE).unwrap();
    assert!(words.ends_with(": 2 expectations"), "{words}");
    assert_ne!(engine.revision().as_deref(), Some(revision.as_str()));

    drop(follower);
    let end = reported.recv_timeout(PATIENCE);
    assert_eq!(end, Err(std_mpsc::RecvTimeoutError::Disconnected));
}

#[test]
fn what_is_served_fits_beside_itself() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mock.json");
    let some = |count: usize| format!("[{}]", vec![ONE; count].join(","));
    fs::write(&path, some(60)).unwrap();
    let engine = Arc::new(Engine::new(EngineOptions {
        memory: Some(needed_for(&some(100))),
        ..EngineOptions::default()
    }));
    let (sender, reported) = std_mpsc::channel();
    let observe = move |event: &SourceEvent| {
        let _ = sender.send(event.to_string());
    };
    let source = Source::named(&path).unwrap();
    let options = FollowOptions::default();
    let mut follower = Follower::start(source, Arc::clone(&engine), options, observe).unwrap();
    let Served { revision, .. } = follower.wait_for_first().unwrap();
    assert!(
        reported
            .recv_timeout(PATIENCE)
            .unwrap()
            .ends_with(": 60 expectations")
    );
    fs::write(&path, some(61)).unwrap();
    let words = reported.recv_timeout(PATIENCE).unwrap();
    assert!(words.contains("give the process more memory"), "{words}");
    // Back at what is served, which is no news and no refusal.
    fs::write(&path, some(60)).unwrap();
    let silence = reported.recv_timeout(Duration::from_millis(500));
    assert_eq!(silence, Err(std_mpsc::RecvTimeoutError::Timeout));
    fs::write(&path, some(10)).unwrap();
    let words = reported.recv_timeout(PATIENCE).unwrap();
    assert!(words.ends_with(": 10 expectations"), "{words}");
    assert_ne!(engine.revision().as_deref(), Some(revision.as_str()));
}

#[test]
fn an_address_that_is_none_is_told_at_once() {
    #[cfg(feature = "web")]
    let name = "https://ho st/mock.json";
    #[cfg(not(feature = "web"))]
    let name = "https://host/mock.json";
    let source = Source::named(name.as_ref()).unwrap();
    let options = FollowOptions {
        keep_trying: true,
        ..FollowOptions::default()
    };
    assert!(Follower::start(source, Arc::default(), options, |_| {}).is_err());
}

#[test]
fn a_first_failure_is_final_or_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mock.json");
    fs::write(&path, "[{").unwrap();
    let follow = |keep_trying| {
        let options = FollowOptions {
            keep_trying,
            ..FollowOptions::default()
        };
        let source = Source::named(&path).unwrap();
        Follower::start(source, Arc::default(), options, |_| {}).unwrap()
    };
    let error = follow(false).wait_for_first().unwrap_err();
    assert!(matches!(error, SourceError::Syntax { .. }), "{error}");
    let mut patient = follow(true);
    fs::write(&path, ONE).unwrap();
    assert_eq!(patient.wait_for_first().unwrap().expectations, 1);
}

#[test]
fn pauses_grow_with_failures_and_differ() {
    let poll = Duration::from_secs(2);
    let middle = |failures| pause(poll, failures, 0.5);
    let seconds = [2, 2, 4, 8, 15, 15].map(Duration::from_secs);
    for (failures, expected) in (0..).zip(seconds) {
        assert_eq!(middle(failures), expected, "{failures} failures");
    }
    assert_eq!(middle(u32::MAX), LONGEST_PAUSE);
    assert_eq!(pause(poll, 0, 0.0), Duration::from_millis(1600));
    assert_eq!(pause(poll, 0, 1.0), Duration::from_millis(2400));
    let rare = Duration::from_mins(1);
    assert_eq!(pause(rare, 9, 0.5), rare);
}
