//! Worlds start empty, their forks go separate ways, and they end when they should.

mod support;

use std::time::{Duration, Instant};

use automock_testkit::{Emulator, fresh_world};
use support::Aws;

#[test]
fn an_untouched_world_counts_nothing() {
    let world = fresh_world();
    // Looking around makes the defaults of a region appear: a VPC and its children.
    let vpcs = Aws(&world).ec2("Action=DescribeVpcs").ok();
    assert!(vpcs.contains("<isDefault>true</isDefault>"), "{vpcs}");
    let census = world.census().unwrap();
    assert!(census.is_empty(), "{census}");
}

#[test]
fn forks_share_the_past_and_not_the_future() {
    let origin = fresh_world();
    Aws(&origin).s3("PUT", "/shared", &[], "").ok();
    Aws(&origin).s3("PUT", "/shared/key", &[], "before").ok();

    let fork = origin.fork().unwrap();
    Aws(&fork).s3("PUT", "/only-in-fork", &[], "").ok();
    Aws(&fork).s3("PUT", "/shared/key", &[], "in the fork").ok();
    Aws(&origin)
        .ec2("Action=CreateVpc&CidrBlock=10.0.0.0/16")
        .ok();

    assert_eq!(
        Aws(&origin).s3("GET", "/shared/key", &[], "").ok(),
        "before"
    );
    assert_eq!(
        Aws(&fork).s3("GET", "/shared/key", &[], "").ok(),
        "in the fork"
    );
    let (of_origin, of_fork) = (origin.census().unwrap(), fork.census().unwrap());
    assert_eq!(of_fork.names("s3", "bucket"), ["only-in-fork", "shared"]);
    assert_eq!(of_fork.count("ec2", "vpc"), 0);
    assert_eq!(of_origin.names("s3", "bucket"), ["shared"]);
    let diff = of_origin.diff(&of_fork);
    assert_eq!((diff.added.len(), diff.removed.len()), (1, 1), "{diff}");
}

#[test]
fn a_fork_of_a_fork_outlives_it() {
    let first = fresh_world().fork().unwrap();
    let second = first.fork().unwrap();
    let endpoint_of_first = first.endpoint();
    drop(first);
    assert!(second.census().unwrap().is_empty());
    eventually("the dropped fork is gone", || {
        ureq::get(&endpoint_of_first)
            .call()
            .is_err_and(|error| matches!(error, ureq::Error::Io(_)))
    });
}

#[test]
fn a_world_ends_with_its_last_fork() {
    let origin = Emulator::start().unwrap();
    let endpoint = origin.endpoint();
    let fork = origin.fork().unwrap();
    drop(origin);
    assert!(
        fork.census().unwrap().is_empty(),
        "the fork keeps the process"
    );
    let endpoint_of_fork = fork.endpoint();
    drop(fork);
    for url in [endpoint, endpoint_of_fork] {
        eventually("the process is gone", || {
            ureq::get(&url)
                .call()
                .is_err_and(|error| matches!(error, ureq::Error::Io(_)))
        });
    }
}

#[test]
fn a_refused_control_request_says_why() {
    let world = fresh_world();
    let error = world.fail_service("", &automock_testkit::ServiceFailure::LoaderSilent);
    assert!(error.is_ok());
    let reply = Aws(&world).send(
        "POST",
        "s3",
        "/automock-emulator/settings",
        &[],
        r#"{"no_such": 1}"#,
    );
    assert_eq!(reply.status, 400);
    assert!(
        reply.body.contains("unknown setting 'no_such'"),
        "{}",
        reply.body
    );
}

#[track_caller]
fn eventually(what: &str, mut check: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(10);
    while !check() {
        assert!(Instant::now() < deadline, "not within 10 seconds: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
