//! The program for containers with its expectations in S3: against the AWS emulator, and against versitygw,
//! which knows nothing but S3.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod program;
mod store;
mod wire;

use std::thread;
use std::time::{Duration, Instant};

use automock_model::Revision;
use automock_testkit::Fault;
use serde_json::Value;

use program::Program;
use store::Store;
use wire::{Trouble, Wire};

const OBJECT: &str = "team/pets.json";
const BUCKET: &str = "mocks";
const PATIENCE: Duration = Duration::from_secs(30);

fn pet(name: &str) -> String {
    format!(r#"[{{"httpRequest":{{"path":"/pet"}},"httpResponse":{{"body":"{name}"}}}}]"#)
}

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let started = Instant::now();
    while !is_so() {
        assert!(started.elapsed() < PATIENCE, "never: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

/// Begins a trouble.
type Begin<'a> = Box<dyn Fn() + 'a>;

/// Both S3 servers.
fn stores() -> impl Iterator<Item = Store> {
    [Some(Store::emulator()), Store::versitygw()]
        .into_iter()
        .flatten()
}

#[test]
fn each_revision_is_served_whole_and_confirmed_or_refused_with_the_engines_words() {
    for store in stores() {
        let revision = Revision::of(pet("cat").as_bytes());
        let program = Program::start(&store.url());
        // Nothing is there yet: the program lives, and is not ready.
        program.waits_for("unreadable");
        assert_eq!(program.ready(), None);

        store.put(OBJECT, &pet("cat"));
        wait_until("the cat", || {
            program.ready().as_deref() == Some(revision.as_str())
        });
        let confirmed = format!("acks/{revision}/task-1");
        wait_until("a confirmation", || store.get(&confirmed).is_some());
        let body: Value = serde_json::from_str(&store.get(&confirmed).unwrap()).unwrap();
        assert_eq!(body["status"], "serving");
        assert_eq!(body["expectations"], 1);

        store.put(
            OBJECT,
            "[{\"httpRequest\": {\"pth\": \"/\"}, \"httpResponse\": {}}]",
        );
        let refused = |store: &Store| {
            let names = store.list("acks/");
            names.into_iter().find(|name| name.contains("/refused/"))
        };
        wait_until("a refusal", || refused(&store).is_some());
        let body = store.get(&refused(&store).unwrap()).unwrap();
        let body: Value = serde_json::from_str(&body).unwrap();
        let reason = body["reason"].as_str().unwrap();
        assert!(reason.contains("[0].httpRequest"), "{reason}");
        assert!(reason.contains("pth"), "{reason}");
        assert_eq!(program.ready().as_deref(), Some(revision.as_str()));

        // Back at what is served all along: that is confirmed as well.
        store.delete(&confirmed);
        store.put(OBJECT, &pet("cat"));
        wait_until("a confirmation", || store.get(&confirmed).is_some());
        assert_eq!(program.get("/pet"), (200, "cat".to_owned()));
    }
}

#[test]
fn whatever_fails_in_s3_the_last_revision_is_served() {
    let store = Store::emulator();
    store.put(OBJECT, &pet("0"));
    let wire = Wire::to(store.address());
    let program = Program::start(&wire.url());
    wait_until("the first", || program.get("/pet").1 == "0");
    let throttle = Fault::error("s3", "GetObject", "503 Slow Down", "SlowDown").times(5);
    let failure = Fault::error(
        "s3",
        "GetObject",
        "500 Internal Server Error",
        "InternalError",
    );
    let denial = Fault::error("s3", "GetObject", "403 Forbidden", "AccessDenied");
    let troubles: [(&str, Begin<'_>); 6] = [
        ("throttled", Box::new(|| store.fault(&throttle))),
        ("500", Box::new(|| store.fault(&failure.clone().times(5)))),
        ("denied", Box::new(|| store.fault(&denial.clone().times(5)))),
        (
            "cut off in the middle",
            Box::new(|| wire.has(Trouble::CutAfter(700))),
        ),
        ("silent", Box::new(|| wire.has(Trouble::Silent))),
        ("gone", Box::new(|| wire.has(Trouble::Refused))),
    ];
    for (number, (trouble, begin)) in (1..).zip(&troubles) {
        begin();
        // Far larger than what arrives before the cut.
        let large = format!("{}{}", pet(&number.to_string()), " ".repeat(200_000));
        store.put(OBJECT, &large);
        let started = Instant::now();
        while started.elapsed() < Duration::from_secs(3) {
            let (status, body) = program.get("/pet");
            assert_eq!(status, 200, "{trouble}");
            let before = (number - 1).to_string();
            assert!(
                body == before || body == number.to_string(),
                "{trouble}: {body}"
            );
            assert!(program.ready().is_some(), "{trouble}");
            thread::sleep(Duration::from_millis(20));
        }
        wire.has(Trouble::None);
        store.clear_faults();
        wait_until(trouble, || program.get("/pet").1 == number.to_string());
    }
}

/// The emulator checks no signature, so it is told which key to refuse.
#[test]
fn credentials_come_from_the_tasks_endpoint_and_refused_ones_are_asked_for_again() {
    let store = Store::emulator();
    store.put(OBJECT, &pet("cat"));
    let refusal = Fault::error("s3", "GetObject", "403 Forbidden", "InvalidAccessKeyId");
    store.fault(&refusal.of("OLD").times(1_000));
    let endpoint = program::TaskEndpoint::start("OLD");
    let program = Program::in_a_task(&store, &endpoint);
    let words = program.waits_for("unreadable");
    assert!(words.contains("InvalidAccessKeyId"), "{words}");
    assert_eq!(program.ready(), None);
    endpoint.hands_out("NEW");
    wait_until("the cat", || program.get("/pet").1 == "cat");
    wait_until("a confirmation", || !store.list("acks/").is_empty());
    let names = store.list("acks/");
    assert!(names[0].ends_with("/task-of-the-metadata"), "{names:?}");
}

#[test]
fn a_wrong_secret_is_reported_and_nothing_is_ready() {
    let Some(store) = Store::versitygw() else {
        return;
    };
    store.put(OBJECT, &pet("cat"));
    let program = Program::with_secret(&store.url(), "wrong");
    let words = program.waits_for("unreadable");
    assert!(words.contains("SignatureDoesNotMatch"), "{words}");
    assert_eq!(program.ready(), None);
}
