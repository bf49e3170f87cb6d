//! Storage of one's own beside AWS: each service has its own endpoint, for AutoMock and for terraform.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

use automock_testkit::Emulator;
use support::{FOUNDATION_BUCKET, Stage};

/// `bootstrap` makes the bucket, and terraform keeps its state there and takes the bucket into it: both
/// have to mean the same S3.
#[test]
fn s3_is_where_its_own_variable_says() {
    let storage = Emulator::start().unwrap();
    let mut stage = Stage::new(Emulator::start().unwrap(), "name = \"shop\"\n");
    stage.set("AWS_ENDPOINT_URL_S3", storage.endpoint());

    let made = stage.json(&["bootstrap", "--yes"]);
    assert_eq!(made["bucket"], FOUNDATION_BUCKET, "{made:#}");
    let elsewhere = storage.census().unwrap();
    assert_eq!(elsewhere.count("s3", "bucket"), 1, "{elsewhere}");
    let here = stage.census();
    assert_eq!(here.count("s3", "bucket"), 0, "{here}");
    assert_eq!(here.count("ecr", "repository"), 1, "{here}");

    // The second run finds bucket and state again, and AutoMock the foundation.
    stage.succeed(&["bootstrap", "--yes"]);
    let listed = stage.json(&["list"]);
    assert_eq!(
        listed["stacks"].as_array().map(Vec::len),
        Some(0),
        "{listed:#}"
    );
}
