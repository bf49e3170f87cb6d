//! What goes wrong before anything was changed: the exit code, the words, the hint, and an AWS that
//! is as it was.
//!
//! Each snapshot holds all that a person or a script sees.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod support;

#[path = "errors/fake.rs"]
mod fake;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use automock_model::Project;
use automock_testkit::{Emulator, fresh_world};
use automock_ttl::record::{
    NewStack, Operation, OperationKind, Phase, StackNames, StackRecord, StateLocation,
};
use insta::assert_snapshot;

use fake::FakeAws;
use support::{ACCOUNT, FOUNDATION_BUCKET, Ran, Stage, run};

/// A project without a time to live and with an image that anybody may pull: it needs neither reaper
/// nor repository.
const PROJECT: &str = r#"name = "shop"

[ttl]
duration = "none"

[engine]
kind = "mockserver"
"#;

/// A project with nothing but the engine's image to ask for.
const ENGINE: &str = "name = \"shop\"\nttl.duration = \"none\"\n";

/// The lock of somebody else, as terraform writes it.
const FOREIGN_LOCK: &str = r#"{"ID":"0d1b7b2e-5c4f-4c5e-9f7a-2f1b7c0d9e11","Operation":"OperationTypeApply","Info":"","Who":"bo@build-7","Version":"1.11.4","Created":"2026-01-02T03:04:05.678Z","Path":"automock-123456789012-us-east-1/stacks/shop-dev/terraform.tfstate"}"#;

/// A world with all of the foundation that these tests come to use.
fn founded_world() -> Emulator {
    let world = fresh_world();
    let aws = support::Aws(&world);
    aws.put(&format!("/{FOUNDATION_BUCKET}"), "");
    aws.put(
        &format!("/{FOUNDATION_BUCKET}/foundation/terraform.tfstate"),
        "{}",
    );
    world
}

/// Runs a command that must fail and change nothing; returns what is seen, without what differs
/// from run to run.
#[track_caller]
fn fail(stage: &Stage, command: &mut Command) -> String {
    let before = stage.census();
    let ran = run(command);
    stage.assert_unchanged(&before);
    seen(stage, &ran)
}

#[track_caller]
fn fail_in(world: Emulator, project: &str, arguments: &[&str]) -> String {
    let stage = Stage::new(world, project);
    let mut command = stage.automock(arguments);
    fail(&stage, &mut command)
}

fn seen(stage: &Stage, ran: &Ran) -> String {
    let text = format!(
        "exit code: {}\n--- stdout\n{}--- stderr\n{}",
        ran.code.map_or("none".to_owned(), |code| code.to_string()),
        ran.stdout,
        ran.stderr
    );
    let folder = stage.folder().display().to_string();
    let text = text.replace(&folder, "[folder]");
    without_request_ids(&text.replace(&stage.world.endpoint(), "[endpoint]"))
}

/// AWS gives each request an identifier of its own.
fn without_request_ids(text: &str) -> String {
    const LABEL: &str = "RequestID: ";
    text.split_inclusive(' ')
        .fold((String::new(), false), |(mut out, is_id), word| {
            let rest = word.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '-');
            out.push_str(if is_id { "[id]" } else { "" });
            out.push_str(if is_id { rest } else { word });
            let follows = out.ends_with(LABEL);
            (out, follows)
        })
        .0
}

/// The record of a stack that is up, with an operation of another machine or none.
fn put_record(stage: &Stage, operation: Option<Operation>) {
    let project = Project::from_toml(PROJECT).unwrap();
    let account = ACCOUNT.parse().unwrap();
    let stack_id = project.stack_id();
    let mut record = StackRecord::new(
        NewStack {
            state: StateLocation::S3 {
                bucket: FOUNDATION_BUCKET.into(),
                key: format!("stacks/{stack_id}/terraform.tfstate"),
                region: project.region.to_string(),
            },
            names: StackNames::of(&project, &account),
            stack_id,
            project: project.name,
            environment: project.environment,
            region: project.region.to_string(),
            account,
            ttl_seconds: None,
            warning_lead_seconds: 0,
            operation,
            automock_version: env!("CARGO_PKG_VERSION").into(),
        },
        "2026-01-02T03:04:05Z".parse().unwrap(),
    );
    if record.operation.is_none() {
        record.phase = Phase::Active;
    }
    stage.aws().put(
        &format!("/{FOUNDATION_BUCKET}/registry/shop-dev.json"),
        &serde_json::to_string(&record).unwrap(),
    );
}

#[test]
fn a_lock_of_another_host_says_who_and_since_when() {
    let stage = Stage::new(founded_world(), PROJECT);
    stage
        .aws()
        .put(&support::state_lock_path("shop-dev"), FOREIGN_LOCK);
    // Terraform itself meets the lock of a stack that the registry does not know.
    let plan = fail(&stage, &mut stage.automock(&["plan", "--quiet"]));
    assert_snapshot!("locked_plan", plan);
    put_record(&stage, None);
    for verb in ["deploy", "destroy"] {
        let seen = fail(&stage, &mut stage.automock(&[verb, "--yes", "--quiet"]));
        assert_snapshot!(format!("locked_{verb}"), seen);
    }
}

#[test]
fn a_run_of_another_host_is_left_alone() {
    let stage = Stage::new(founded_world(), PROJECT);
    put_record(
        &stage,
        Some(Operation {
            kind: OperationKind::Deploy,
            user: "bo".into(),
            host: "build-7".into(),
            pid: 4711,
            terraform_pid: Some(4712),
            started_at: "2026-01-02T03:04:05Z".parse().unwrap(),
        }),
    );
    for verb in ["deploy", "destroy"] {
        let seen = fail(&stage, &mut stage.automock(&[verb, "--yes"]));
        assert_snapshot!(format!("busy_{verb}"), seen);
    }
}

#[test]
fn missing_credentials() {
    let stage = Stage::new(founded_world(), PROJECT);
    let mut command = stage.automock(&["deploy", "--yes"]);
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null");
    assert_snapshot!(fail(&stage, &mut command));
}

#[test]
fn an_expired_session() {
    let aws = FakeAws::start(FakeAws::EXPIRED);
    let stage = Stage::new(founded_world(), PROJECT);
    let mut command = stage.automock(&["deploy", "--yes"]);
    command.env("AWS_ENDPOINT_URL", aws.endpoint());
    assert_snapshot!(fail(&stage, &mut command));
}

#[test]
fn a_foundation_bucket_of_somebody_else() {
    let aws = FakeAws::start(FakeAws::FOREIGN_BUCKET);
    let stage = Stage::new(founded_world(), PROJECT);
    for verb in ["deploy", "bootstrap"] {
        let mut command = stage.automock(&[verb, "--yes"]);
        command.env("AWS_ENDPOINT_URL", aws.endpoint());
        assert_snapshot!(format!("foreign_bucket_{verb}"), fail(&stage, &mut command));
    }
}

#[test]
fn no_terraform_where_it_was_named() {
    assert_snapshot!(fail_in(
        founded_world(),
        PROJECT,
        &["deploy", "--yes", "--terraform", "/nonexistent/terraform"],
    ));
}

#[test]
fn no_terraform_on_the_path() {
    let stage = Stage::new(founded_world(), PROJECT);
    let mut command = stage.automock(&["deploy", "--yes"]);
    command
        .env_remove("AUTOMOCK_TERRAFORM")
        .env("PATH", "/nonexistent");
    assert_snapshot!(fail(&stage, &mut command));
}

#[test]
fn a_terraform_that_is_too_old() {
    let stage = Stage::new(founded_world(), PROJECT);
    stage.write(
        "old-terraform",
        "#!/bin/sh\necho 'Terraform v1.5.7'\necho 'on linux_amd64'\n",
    );
    let path = stage.folder().join("old-terraform");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let mut command = stage.automock(&["deploy", "--yes"]);
    command.env("AUTOMOCK_TERRAFORM", path);
    assert_snapshot!(fail(&stage, &mut command));
}

#[test]
fn a_region_that_does_not_exist() {
    assert_snapshot!(fail_in(
        founded_world(),
        "name = \"shop\"\nregion = \"eu-wset-1\"\n",
        &["deploy", "--yes"],
    ));
}

#[test]
fn no_foundation() {
    for (verb, arguments) in [
        ("deploy", &["deploy", "--yes"][..]),
        ("plan", &["plan"]),
        ("destroy", &["destroy", "--yes"]),
        ("list", &["list"]),
    ] {
        let seen = fail_in(fresh_world(), PROJECT, arguments);
        assert_snapshot!(format!("no_foundation_{verb}"), seen);
    }
}

#[test]
fn a_bucket_alone_is_no_foundation() {
    let world = fresh_world();
    support::Aws(&world).put(&format!("/{FOUNDATION_BUCKET}"), "");
    assert_snapshot!(fail_in(world, PROJECT, &["deploy", "--yes"]));
}

#[test]
fn no_such_stack() {
    assert_snapshot!(fail_in(
        founded_world(),
        PROJECT,
        &["destroy", "absent-dev", "--yes"],
    ));
}

#[test]
fn a_time_to_live_needs_a_foundation() {
    assert_snapshot!(fail_in(
        fresh_world(),
        "name = \"shop\"\n",
        &["deploy", "--yes", "--state", "local"],
    ));
}

#[test]
fn a_time_to_live_needs_the_reaper() {
    assert_snapshot!(fail_in(
        founded_world(),
        "name = \"shop\"\n",
        &["deploy", "--yes"],
    ));
}

#[test]
fn a_package_that_lambda_would_not_start() {
    let stage = Stage::new(founded_world(), "name = \"shop\"\n");
    stage.write("reaper.zip", "no zip at all");
    let mut command = stage.automock(&["deploy", "--yes", "--reaper-package", "reaper.zip"]);
    assert_snapshot!(fail(&stage, &mut command));
}

#[test]
fn the_engine_needs_its_image() {
    let stage = Stage::new(founded_world(), ENGINE);
    let mut command = stage.automock(&["deploy", "--yes"]);
    command.env_remove("AUTOMOCK_ENGINE_IMAGE");
    assert_snapshot!(fail(&stage, &mut command));
}

#[test]
fn an_image_that_is_damaged() {
    let stage = Stage::new(founded_world(), ENGINE);
    stage.write(
        "engine/index.json",
        "{\"schemaVersion\": 2, \"manifests\": []}",
    );
    let mut command = stage.automock(&["plan"]);
    assert_snapshot!(fail(&stage, &mut command));
}

#[test]
fn the_image_needs_a_repository() {
    assert_snapshot!(fail_in(founded_world(), ENGINE, &["deploy", "--yes"]));
}

#[test]
fn a_registry_that_does_not_answer_costs_nothing() {
    let world = founded_world();
    let name = "{\"repositoryName\": \"automock-engine\"}";
    support::Aws(&world).ecr("CreateRepository", name);
    let stage = Stage::new(world, ENGINE);
    let mut command = stage.automock(&["deploy", "--yes"]);
    command.env("AUTOMOCK_IMAGE_REGISTRY", "http://127.0.0.1:9");
    let seen = fail(&stage, &mut command);
    let (_, last_step) = seen.rsplit_once("==> ").expect("steps are shown");
    assert_snapshot!(last_step);
}

#[test]
fn a_zone_of_somebody_else() {
    let project =
        format!("{PROJECT}\n[domain]\nname = \"mock.example.com\"\nzone = \"example.com\"\n");
    assert_snapshot!(fail_in(founded_world(), &project, &["deploy", "--yes"]));
}

#[test]
fn subnets_that_do_not_exist() {
    let project = format!(
        "{PROJECT}\n[network]\nmode = \"existing\"\nvpc_id = \"vpc-0123456789abcdef0\"\n\
         load_balancer_subnet_ids = [\"subnet-00000001\", \"subnet-00000002\"]\n\
         task_subnet_ids = [\"subnet-00000003\"]\n"
    );
    assert_snapshot!(fail_in(founded_world(), &project, &["deploy", "--yes"]));
}

#[test]
fn a_stack_that_could_cost_too_much() {
    let arguments = ["deploy", "--yes", "--max-usd", "5"];
    assert_snapshot!(fail_in(founded_world(), "name = \"shop\"\n", &arguments));
}

#[test]
fn a_limit_needs_prices_and_an_end() {
    let elsewhere = "name = \"shop\"\nregion = \"eu-west-1\"\n";
    let arguments = ["plan", "--max-usd", "20"];
    assert_snapshot!(
        "a_limit_needs_prices",
        fail_in(founded_world(), elsewhere, &arguments)
    );
    assert_snapshot!(
        "a_limit_needs_an_end",
        fail_in(founded_world(), PROJECT, &arguments)
    );
}

/// A record of a stack with an end, in any phase.
fn put_mortal(stage: &Stage, phase: Phase) {
    put_ending(stage, phase, "2099-01-02T03:04:05Z");
}

fn put_ending(stage: &Stage, phase: Phase, end: &str) {
    put_record(stage, None);
    let mut record = stage.aws().record("shop-dev").unwrap();
    record["expires_at"] = end.into();
    record["phase"] = serde_json::to_value(phase).unwrap();
    stage.aws().put(
        &format!("/{FOUNDATION_BUCKET}/registry/shop-dev.json"),
        &record.to_string(),
    );
}

#[test]
fn a_teardown_is_not_extended() {
    let stage = Stage::new(founded_world(), PROJECT);
    put_mortal(&stage, Phase::TearingDown);
    let mut command = stage.automock(&["extend", "--by", "2h"]);
    assert_snapshot!(fail(&stage, &mut command));
}

#[test]
fn nothing_is_extended_without_reason() {
    let stage = Stage::new(founded_world(), PROJECT);
    put_record(&stage, None);
    let endless = fail(&stage, &mut stage.automock(&["extend", "--by", "2h"]));
    put_mortal(&stage, Phase::Active);
    let until = |moment: &str| fail(&stage, &mut stage.automock(&["extend", "--until", moment]));
    let refusals = [
        endless,
        until("2026-01-02T03:04:05Z"),
        until("2098-01-01T00:00:00Z"),
        until("2100-01-01T00:00:00Z"),
        fail(&stage, &mut stage.automock(&["extend", "--by", "2"])),
        fail(&stage, &mut stage.automock(&["extend"])),
        fail(
            &stage,
            &mut stage.automock(&[
                "extend",
                "absent-dev",
                "--region",
                "us-east-1",
                "--by",
                "2h",
            ]),
        ),
    ];
    assert_snapshot!(refusals.join("\n"));
}

/// A limit is one of the whole life: since the record was made, and until the new end.
#[test]
fn a_stack_that_would_cost_too_much_is_not_extended() {
    let stage = Stage::new(founded_world(), PROJECT);
    let end = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(1);
    put_ending(&stage, Phase::Active, &end.to_string());
    let before = stage.aws().record("shop-dev");
    let extend = |more: &[&str]| {
        let arguments = [&["extend", "--by", "2h"], more].concat();
        fail(&stage, &mut stage.automock(&arguments))
    };
    let other = ["absent-dev", "--region", "us-east-1", "--max-usd", "50"];
    let refused = extend(&["--max-usd", "50"]);
    assert!(refused.contains("exit code: 3\n"), "{refused}");
    assert!(refused.contains("which is more than $50.00"), "{refused}");
    assert_snapshot!(extend(&other));
    assert_eq!(stage.aws().record("shop-dev"), before);

    let within = stage.automock(&["extend", "--by", "2h", "--max-usd", "1000000"]);
    assert!({ within }.output().unwrap().status.success());
    assert_ne!(stage.aws().record("shop-dev"), before);
}

/// A document of the stack's teardown in the foundation's bucket.
fn put_journal(stage: &Stage, name: &str, text: &str) {
    let path = format!("/{FOUNDATION_BUCKET}/journals/shop-dev/{name}.json");
    stage.aws().put(&path, text);
}

#[test]
fn one_broken_document_blinds_nothing() {
    let stage = Stage::new(founded_world(), PROJECT);
    put_mortal(&stage, Phase::TearingDown);
    put_journal(&stage, "journal", "half a jour");
    put_journal(&stage, "lease", "{\"schema_version\": 99}");
    let listed = run(&mut stage.automock(&["list"]));
    assert_eq!(listed.code, Some(0), "{listed:?}");
    assert!(listed.stdout.contains("shop-dev"), "{listed:?}");
    let swept = fail(
        &stage,
        &mut stage.automock(&["sweep", "--delete", "--yes", "--quiet"]),
    );
    assert_snapshot!("unreadable_lease", swept);
    let json = run(&mut stage.automock(&["sweep", "--output", "json", "--quiet"]));
    assert_eq!(json.code, Some(1), "{json:?}");
    assert_eq!(json.json()["kept"][0], "shop-dev");
    put_journal(&stage, "lease", "half a lea");
    let found = run(&mut stage.automock(&["sweep"]));
    assert_eq!(found.code, Some(0), "{found:?}");
    assert!(found.stdout.contains("its teardown has begun"), "{found:?}");
}

#[test]
fn a_sweep_says_whose_lock_it_met() {
    let stage = Stage::new(founded_world(), PROJECT);
    put_mortal(&stage, Phase::TearingDown);
    let lock = FOREIGN_LOCK.replace(
        "2026-01-02T03:04:05.678Z",
        &jiff::Timestamp::now().to_string(),
    );
    stage
        .aws()
        .put(&support::state_lock_path("shop-dev"), &lock);
    let arguments = ["sweep", "--delete", "--yes", "--output", "json"];
    let ran = run(&mut stage.automock(&arguments));
    assert_eq!(ran.code, Some(1), "{ran:?}");
    let outcome = &ran.json()["stacks"][0]["outcome"];
    assert_eq!(outcome["outcome"], "left", "{outcome:#}");
    let cause = outcome["causes"][0].as_str().unwrap();
    assert!(
        cause.starts_with("terraform apply by bo@build-7 holds the lock on the state"),
        "{outcome:#}"
    );
    let hint = outcome["hint"].as_str().unwrap();
    assert!(hint.contains("--break-lock"), "{outcome:#}");
    assert!(stage.aws().state_lock("shop-dev").is_some());
}

/// The engine looks twice, half a minute apart, so this one takes its time.
#[test]
fn a_lock_is_broken_without_terraform() {
    let stage = Stage::new(founded_world(), PROJECT);
    put_record(&stage, None);
    let path = support::state_lock_path("shop-dev");
    let now = jiff::Timestamp::now().to_string();
    let lock = FOREIGN_LOCK.replace("2026-01-02T03:04:05.678Z", &now);
    stage.aws().put(&path, &lock);
    let ran = run(stage
        .automock(&["destroy", "--yes", "--break-lock"])
        .env("AUTOMOCK_TERRAFORM", "/nonexistent/terraform"));
    assert_eq!(ran.code, Some(0), "{ran:?}");
    assert!(ran.stderr.contains("removing the state lock"), "{ran:?}");
    assert!(stage.aws().state_lock("shop-dev").is_none());
}

#[test]
fn open_control_needs_a_token() {
    let project = format!("{PROJECT}\n[access]\ncontrol = [\"10.0.0.0/8\"]\n");
    assert_snapshot!(fail_in(founded_world(), &project, &["deploy", "--yes"]));
}

#[test]
fn a_short_token_is_no_token() {
    let project = format!("{PROJECT}\n[access]\ncontrol = [\"10.0.0.0/8\"]\n");
    let stage = Stage::new(founded_world(), &project);
    let mut command = stage.automock(&["deploy", "--yes"]);
    command.env("AUTOMOCK_CONTROL_TOKEN", "hunter2");
    let seen = fail(&stage, &mut command);
    assert!(!seen.contains("hunter2"), "{seen}");
    assert_snapshot!(seen);
}

#[test]
fn nobody_to_ask() {
    for verb in ["deploy", "destroy", "bootstrap"] {
        let seen = fail_in(founded_world(), PROJECT, &[verb]);
        assert_snapshot!(format!("nobody_to_ask_{verb}"), seen);
    }
}

#[test]
fn failures_are_data_too() {
    assert_snapshot!(fail_in(
        fresh_world(),
        PROJECT,
        &["deploy", "--yes", "--output", "json"],
    ));
}
