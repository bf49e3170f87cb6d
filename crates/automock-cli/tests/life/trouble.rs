//! Deploys that don't end well while the deployer lives.

use automock_testkit::ServiceFailure;

use crate::founded;
use crate::run::InProgress;
use crate::support::state_lock_path;

const STACK: &str = "shop-dev";

const PROJECT: &str = r#"name = "shop"

[tasks]
min = 2
max = 4

[network]
mode = "public"

[ttl]
duration = "none"
"#;

/// The tasks can't start: the deploy says why, and leaves the stack to be looked at.
pub(crate) fn unhealthy() {
    let stage = founded(PROJECT);
    let before = stage.census();
    let reason =
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): not found";
    let failure = ServiceFailure::TasksStopped {
        reason: reason.into(),
    };
    stage.world.fail_service("automock-*", &failure).unwrap();
    // Somebody's plan was killed and left its lock; the stack has no record yet.
    stage.aws().put(
        &state_lock_path(STACK),
        r#"{"ID":"0d1b7b2e","Operation":"OperationTypePlan","Who":"bo@build-7","Version":"1.11.4","Created":"2026-01-02T03:04:05Z"}"#,
    );
    let ran = stage.run(&["deploy", "--yes", "--wait", "8"]);
    assert_eq!(ran.code, Some(6), "{ran:#?}");

    let ran = stage.run(&["deploy", "--yes", "--wait", "8", "--break-lock"]);
    assert_eq!(ran.code, Some(9), "{ran:#?}");
    let expected = format!("error: the deployment failed: a task stopped: {reason}");
    assert!(ran.stderr.contains(&expected), "{}", ran.stderr);
    assert!(
        ran.stderr.contains("`automock destroy` removes it"),
        "{}",
        ran.stderr
    );

    let listed = stage.json(&["list"]);
    let row = &listed["stacks"][0];
    assert_eq!(row["phase"], "failed", "{listed:#}");
    assert!(
        row["failure"].as_str().unwrap().contains(reason),
        "{listed:#}"
    );
    assert!(row["operation"].is_null(), "{listed:#}");
    let status = stage.succeed(&["status"]).stdout;
    assert!(status.contains("CannotPullContainerError"), "{status}");

    stage.succeed(&["destroy", "--yes"]);
    stage.assert_gone(STACK, &before);
}

/// Ctrl-C in the middle of an apply: terraform stops in good order.
pub(crate) fn control_c() {
    let stage = founded(PROJECT);
    let before = stage.census();
    let mut deploy = InProgress::start(&stage, STACK, "deploy");
    deploy.wait_for_changes(20);
    let (status, stderr) = deploy.interrupt();

    assert_eq!(status.code(), Some(130), "{stderr}");
    assert!(stderr.contains("warning: stopping;"), "{stderr}");
    assert!(stderr.contains("resources are in its state"), "{stderr}");
    assert!(
        stderr.contains("exists: module.networking.aws_vpc"),
        "{stderr}"
    );
    assert!(stderr.contains("`automock destroy shop-dev`"), "{stderr}");
    assert_eq!(stage.aws().state_lock(STACK), None);
    let listed = stage.json(&["list"]);
    assert_eq!(listed["stacks"][0]["phase"], "failed", "{listed:#}");

    stage.succeed(&["destroy", "--yes"]);
    stage.assert_gone(STACK, &before);
}
