//! The real terraform with the real AWS provider: apply, no change, destroy, nothing left.
//!
//! Most of its two minutes are fixed waits inside the provider, a minute of them for the
//! load balancer. So everything is tried in one run.

mod support;

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    time::Duration,
};

use automock_testkit::{Emulator, Tooling, fresh_world};
use support::Aws;

/// Exit status of `terraform plan -detailed-exitcode` when nothing is to be done.
const NO_CHANGES: i32 = 0;

/// A working directory of terraform that talks to one world.
struct Terraform<'a> {
    program: PathBuf,
    directory: &'a Path,
    config: PathBuf,
    world: &'a Emulator,
}

impl Terraform<'_> {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test kit's own test of terraform"
    )]
    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        self.world.prepare(&mut command);
        command
            .args(arguments)
            .args(["-input=false", "-no-color"])
            .current_dir(self.directory)
            .env("TF_CLI_CONFIG_FILE", &self.config)
            .env("TF_IN_AUTOMATION", "1")
            .env_remove("TF_CLI_ARGS")
            .env_remove("TF_WORKSPACE")
            .output()
            .expect("terraform starts")
    }

    #[track_caller]
    fn succeed(&self, arguments: &[&str]) {
        let output = self.run(arguments);
        assert!(
            output.status.success(),
            "terraform {}:\n{}",
            arguments.join(" "),
            self.account(&output)
        );
    }

    /// What terraform said and what the emulator could not do.
    fn account(&self, output: &Output) -> String {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        format!(
            "{}\n{}\nemulator:\n{}",
            text(&output.stdout),
            text(&output.stderr),
            self.world.log()
        )
    }
}

#[test]
fn terraform_applies_changes_nothing_and_destroys() {
    let world = fresh_world();
    let aws = Aws(&world);
    aws.s3("PUT", "/states", &[], "").ok();
    let directory = tempfile::tempdir().unwrap();
    fs::write(
        directory.path().join("main.tf"),
        include_str!("fixtures/smoke/main.tf"),
    )
    .unwrap();
    let terraform = Terraform {
        program: Tooling::terraform().unwrap(),
        directory: directory.path(),
        config: Tooling::provider_cli_config(directory.path())
            .unwrap()
            .config()
            .to_owned(),
        world: &world,
    };
    terraform.succeed(&["init"]);
    terraform.succeed(&["apply", "-auto-approve"]);

    let applied = world.census().unwrap();
    assert_eq!(
        applied.count("ecs", "task"),
        3,
        "the scalable target's minimum holds: {applied}"
    );
    assert_eq!(applied.count("ec2", "nat_gateway"), 1);
    assert_eq!(
        applied.count("route53", "record"),
        2,
        "NS and SOA are not counted"
    );
    world.advance(Duration::from_mins(1)).unwrap();
    let acks = aws
        .s3(
            "GET",
            "/smoke-config?list-type=2&prefix=acks/0123456789abcdef/",
            &[],
            "",
        )
        .ok();
    assert_eq!(acks.matches("<Key>").count(), 3, "{acks}");

    let plan = terraform.run(&["plan", "-detailed-exitcode"]);
    assert_eq!(
        plan.status.code(),
        Some(NO_CHANGES),
        "{}",
        terraform.account(&plan)
    );

    aws.s3(
        "PUT",
        "/states/smoke/terraform.tfstate.tflock",
        &[("If-None-Match", "*")],
        "{}",
    )
    .ok();
    let locked = terraform.run(&["plan"]);
    assert!(!locked.status.success(), "somebody else holds the lock");
    assert!(
        terraform
            .account(&locked)
            .contains("Error acquiring the state lock"),
        "{}",
        terraform.account(&locked)
    );
    aws.s3("DELETE", "/states/smoke/terraform.tfstate.tflock", &[], "")
        .ok();

    let fork = world.fork().unwrap();
    terraform.succeed(&["destroy", "-auto-approve"]);
    assert!(world.census().unwrap().names("s3", "bucket") == ["states"]);
    aws.s3("DELETE", "/states/smoke/terraform.tfstate", &[], "")
        .ok();
    aws.s3("DELETE", "/states", &[], "").ok();
    let left = world.census().unwrap();
    assert!(left.is_empty(), "{left}");
    assert_eq!(
        fork.census().unwrap().count("ecs", "service"),
        1,
        "the fork still has it all"
    );
    assert!(!world.log().contains("unsupported"), "{}", world.log());
}
