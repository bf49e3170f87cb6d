//! Deployers that die at any moment: the stack is listed, and a destroy takes all of it away.

use serde_json::Value;

use crate::founded;
use crate::run::InProgress;
use crate::support::Stage;

const STACK: &str = "shop-dev";

/// With everything that a stack can have, so that its parts die in all orders.
const PROJECT: &str = r#"name = "shop"

[tasks]
min = 3
max = 20

[ttl]
duration = "4h"

[domain]
name = "mock.example.com"
zone = "example.com"
"#;

/// A stage for one deploy that won't end well.
fn stage() -> Stage {
    let mut stage = founded(PROJECT);
    stage.give_reaper();
    stage
}

/// A deployer that is killed, with terraform and provider, after that many changes.
pub(crate) fn deployer(changes: usize) {
    let stage = stage();
    let before = stage.census();
    let mut deploy = InProgress::start(&stage, STACK, "deploy");
    deploy.wait_for_changes(changes);
    deploy.kill_all();
    let left = stage.census().diff(&before).added.len();
    assert!(
        left * 2 > changes,
        "only {left} things exist after {changes} changes"
    );

    let listed = stage.json(&["list"]);
    let row = &listed["stacks"][0];
    assert_eq!(row["stack"], STACK, "{listed:#}");
    assert_eq!(row["phase"], "creating", "{listed:#}");
    assert_eq!(row["operation_died"], true, "{listed:#}");
    let table = stage.succeed(&["list"]).stdout;
    assert!(table.contains("died"), "{table}");

    destroy(&stage);
    assert_nothing_left(&stage, &before);
}

/// A deployer is killed, and then the destroy that cleans up after it.
pub(crate) fn teardown() {
    let stage = stage();
    let before = stage.census();
    let mut deploy = InProgress::start(&stage, STACK, "deploy");
    deploy.wait_for_changes(60);
    deploy.kill_all();
    let mut teardown = InProgress::start(&stage, STACK, "destroy");
    teardown.wait_for_changes(10);
    teardown.kill_all();

    let listed = stage.json(&["list"]);
    assert_eq!(listed["stacks"][0]["phase"], "tearing-down", "{listed:#}");
    assert_eq!(listed["stacks"][0]["operation_died"], true, "{listed:#}");
    destroy(&stage);
    assert_nothing_left(&stage, &before);
}

/// Only automock is killed: its terraform is waited for.
pub(crate) fn automock_alone() {
    let stage = stage();
    let before = stage.census();
    let mut deploy = InProgress::start(&stage, STACK, "deploy");
    deploy.wait_for_changes(25);
    deploy.kill_alone();

    let ran = stage.succeed(&["destroy", STACK, "--yes"]);
    assert!(
        ran.stderr.contains("waiting for the terraform"),
        "{}",
        ran.stderr
    );
    assert!(ran.stderr.contains("taking over"), "{}", ran.stderr);
    assert_nothing_left(&stage, &before);
}

/// Destroys from another folder: all that is needed is the stack's name.
fn destroy(stage: &Stage) {
    std::fs::create_dir_all(stage.folder().join("elsewhere")).unwrap();
    stage.json(&[
        "--project",
        "elsewhere",
        "destroy",
        STACK,
        "--region",
        "us-east-1",
        "--yes",
    ]);
}

#[track_caller]
fn assert_nothing_left(stage: &Stage, before: &automock_testkit::Census) {
    assert_eq!(stage.aws().state_lock(STACK), None);
    stage.assert_gone(STACK, before);
    assert_eq!(stage.json(&["list"])["stacks"], Value::Array(Vec::new()));
}
