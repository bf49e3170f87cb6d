//! How a stack ends when nobody destroys it in the usual way: its time is up, its record or its
//! state is lost, its deployer died, there is no terraform. And how it gets more time.

use std::sync::LazyLock;

use automock_testkit::{Census, Emulator};
use serde_json::{Value, json};

use crate::founded;
use crate::run::InProgress;
use crate::support::{FOUNDATION_BUCKET, Stage};

const STACK: &str = "shop-dev";

const PROJECT: &str = r#"name = "shop"

[tasks]
min = 2
max = 4

[network]
mode = "private-single-nat"

[ttl]
duration = "4h"

[domain]
name = "mock.example.com"
zone = "example.com"
"#;

/// A world with a stack, and what there was before. Each case gets a copy.
pub(crate) static DEPLOYED: LazyLock<(Emulator, Census)> = LazyLock::new(|| {
    let mut stage = founded(PROJECT);
    let before = stage.census();
    stage.give_reaper();
    stage.succeed(&["deploy", "--yes"]);
    (stage.world.fork().unwrap(), before)
});

/// A copy of the world with the stack, and an empty folder: the project is somewhere else.
fn copy() -> (Stage, &'static Census) {
    let (world, before) = &*DEPLOYED;
    (
        Stage::new(world.fork().unwrap(), "name = \"another\"\n"),
        before,
    )
}

fn record_path() -> String {
    format!("/{FOUNDATION_BUCKET}/registry/{STACK}.json")
}

fn state_path() -> String {
    format!("/{FOUNDATION_BUCKET}/stacks/{STACK}/terraform.tfstate")
}

/// Makes the stack's time be up since last year.
fn expire(stage: &Stage) {
    let mut record = stage.aws().record(STACK).unwrap();
    record["expires_at"] = json!("2026-01-02T03:04:05Z");
    stage.aws().put(&record_path(), &record.to_string());
}

/// The only stack that a dry run finds; it must change nothing.
#[track_caller]
fn found_by_dry_run(stage: &Stage) -> Value {
    let before = stage.census();
    let found = stage.json(&["sweep", "--region", "us-east-1"]);
    stage.assert_unchanged(&before);
    assert_eq!(found["delete"], false, "{found:#}");
    assert_eq!(found["stacks"].as_array().unwrap().len(), 1, "{found:#}");
    assert!(found["stacks"][0]["outcome"].is_null(), "{found:#}");
    let table = stage.succeed(&["sweep", "--region", "us-east-1"]).stdout;
    assert!(table.contains("`automock sweep --delete`"), "{table}");
    found["stacks"][0].clone()
}

/// Sweeps, and fails unless the one stack is gone.
#[track_caller]
fn sweep(stage: &Stage, before: &Census) -> Value {
    let swept = stage.json(&["sweep", "--region", "us-east-1", "--delete", "--yes"]);
    let outcome = &swept["stacks"][0]["outcome"];
    assert_eq!(outcome["outcome"], "gone", "{swept:#}");
    stage.assert_gone(STACK, before);
    let again = stage.succeed(&["sweep", "--region", "us-east-1"]).stdout;
    assert!(again.starts_with("nothing to sweep"), "{again}");
    outcome["receipt"].clone()
}

pub(crate) fn more_time() {
    let (stage, before) = copy();
    let old = stage.aws().record(STACK).unwrap();
    let extend = ["extend", STACK, "--region", "us-east-1", "--by", "2h"];
    let extended = stage.json(&extend);
    let new = stage.aws().record(STACK).unwrap();
    assert_eq!(extended["from"], old["expires_at"], "{extended:#}");
    assert_eq!(extended["to"], new["expires_at"], "{extended:#}");
    assert_ne!(old["expires_at"], new["expires_at"], "{extended:#}");
    let listed = stage.json(&["list", "--region", "us-east-1"]);
    let row = &listed["stacks"][0];
    assert_eq!(row["phase"], "active", "{listed:#}");
    let left = row["seconds_left"].as_i64().unwrap();
    assert!((5 * 3600..6 * 3600).contains(&left), "{listed:#}");
    assert!(row["age_seconds"].is_i64(), "{listed:#}");

    // Within its time nothing sweeps it.
    let found = stage.json(&["sweep", "--region", "us-east-1", "--delete", "--yes"]);
    assert_eq!(found["stacks"], json!([]), "{found:#}");
    assert_eq!(found["kept"], json!([STACK]), "{found:#}");
    assert!(!stage.census().diff(before).is_empty());
}

pub(crate) fn expired() {
    let (stage, before) = copy();
    expire(&stage);
    let found = found_by_dry_run(&stage);
    assert_eq!(found["reason"], "expired", "{found:#}");
    assert_eq!(found["found"]["NAT gateway"], 1, "{found:#}");
    assert!(found["usd_per_month"].as_f64() > Some(50.0), "{found:#}");
    let receipt = sweep(&stage, before);
    let removed = receipt["resources"].as_array().unwrap();
    assert!(removed.len() > 40, "{receipt:#}");
    assert!(removed.iter().all(|it| it["deleted_at"].is_string()));
}

pub(crate) fn orphaned() {
    let (stage, before) = copy();
    stage.aws().purge(&record_path());
    stage.aws().purge(&state_path());
    assert_eq!(
        stage.json(&["list", "--region", "us-east-1"])["stacks"],
        json!([])
    );
    let found = found_by_dry_run(&stage);
    assert_eq!(found["reason"], "orphaned", "{found:#}");
    sweep(&stage, before);
}

pub(crate) fn half_created() {
    let mut stage = founded(PROJECT);
    stage.give_reaper();
    let before = stage.census();
    let mut deploy = InProgress::start(&stage, STACK, "deploy");
    deploy.wait_for_changes(45);
    deploy.kill_all();
    let found = found_by_dry_run(&stage);
    assert_eq!(found["reason"], "half-created", "{found:#}");
    sweep(&stage, &before);
}

pub(crate) fn lost_state() {
    let (stage, before) = copy();
    stage.aws().purge(&state_path());
    let gone = stage.json(&["destroy", STACK, "--region", "us-east-1", "--yes"]);
    assert_eq!(gone["by_terraform"], 0, "{gone:#}");
    assert!(gone["directly"].as_array().unwrap().len() > 30, "{gone:#}");
    stage.assert_gone(STACK, before);
}

pub(crate) fn no_terraform() {
    let (mut stage, before) = copy();
    stage.set("AUTOMOCK_TERRAFORM", "/nonexistent/terraform");
    let ran = stage.succeed(&["destroy", STACK, "--region", "us-east-1", "--yes"]);
    let words = &ran.stderr;
    assert!(words.contains("going on without terraform"), "{words}");
    assert!(ran.stdout.contains("none left after two scans"), "{ran:#?}");
    stage.assert_gone(STACK, before);
}
