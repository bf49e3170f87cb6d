//! The real terraform accepts what is rendered.

mod support;
#[path = "support/terraform.rs"]
mod terraform;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use automock_hcl::{
    EXPECTATIONS_FILE, TeardownOptions, Workspace, render, render_foundation, render_teardown,
};
use automock_model::{Project, strategy};
use proptest::strategy::{Strategy as _, ValueTree as _};
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use support::{cases, deployment, foundation, petstore};
use terraform::terraform;

/// Initialises a workspace from the local provider mirror, without its backend.
fn init(dir: &Path) {
    let mirror = env::var_os("AUTOMOCK_TF_PLUGIN_DIR")
        .map_or_else(|| PathBuf::from("/opt/tf-plugins"), PathBuf::from);
    assert!(
        mirror.join("registry.terraform.io/hashicorp/aws").is_dir(),
        "no AWS provider in {}; set AUTOMOCK_TF_PLUGIN_DIR to a mirror made by `terraform providers mirror`",
        mirror.display()
    );
    let plugin_dir = format!("-plugin-dir={}", mirror.display());
    terraform(
        dir,
        &[
            "init",
            "-backend=false",
            "-input=false",
            "-no-color",
            &plugin_dir,
        ],
    );
}

fn write(workspace: &Workspace, dir: &Path) {
    workspace.write_to(dir).expect("the directory is writable");
    fs::write(dir.join(EXPECTATIONS_FILE), "[]").expect("the directory is writable");
}

fn teardown() -> TeardownOptions {
    let options = deployment();
    TeardownOptions {
        backend: options.backend,
        region: petstore().region,
        account_id: options.account_id.expect("a deployment knows its account"),
        path_style: false,
    }
}

/// Rewriting values needs no new `init`, as long as no module is new.
fn validate(name: &str, dir: &Path) {
    let json = terraform(dir, &["validate", "-json"]);
    let answer: serde_json::Value = serde_json::from_str(&json).expect("validate answers JSON");
    let diagnostics = answer["diagnostics"].as_array().expect("a list");
    assert!(diagnostics.is_empty(), "{name}: {json}");
}

/// A workspace in which every module is known to terraform, so that one `init` serves all stacks.
fn stack_dir() -> TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let cases = cases();
    let widest = cases
        .iter()
        .find(|case| case.name == "everything")
        .expect("it is a case");
    write(&render(&widest.project, &widest.options), dir.path());
    init(dir.path());
    dir
}

#[test]
fn every_stack_is_valid() {
    let dir = stack_dir();
    for case in cases() {
        write(&render(&case.project, &case.options), dir.path());
        validate(case.name, dir.path());
    }
}

/// The model and the modules agree on what is valid: no module refuses a project that the model
/// lets through.
#[test]
fn generated_stacks_are_valid() {
    let dir = stack_dir();
    for project in generated_projects().take(4) {
        write(&render(&project, &deployment()), dir.path());
        validate(&project.to_toml(), dir.path());
    }
}

/// Valid projects, the same in each run.
fn generated_projects() -> impl Iterator<Item = Project> {
    let mut runner = TestRunner::deterministic();
    let strategy = strategy::project();
    std::iter::repeat_with(move || {
        strategy
            .new_tree(&mut runner)
            .expect("the strategy rejects nothing")
            .current()
    })
}

#[test]
fn the_foundation_is_valid() {
    let dir = tempfile::tempdir().unwrap();
    write(&render_foundation(&foundation()), dir.path());
    init(dir.path());
    validate("foundation", dir.path());
}

#[test]
fn a_teardown_is_valid() {
    let dir = tempfile::tempdir().unwrap();
    write(&render_teardown(&teardown()), dir.path());
    init(dir.path());
    validate("teardown", dir.path());
}

#[test]
fn every_root_is_formatted() {
    let dir = tempfile::tempdir().unwrap();
    for case in cases() {
        let case_dir = dir.path().join(case.name);
        write(&render(&case.project, &case.options), &case_dir);
    }
    for (number, project) in generated_projects().take(100).enumerate() {
        let workspace = render(&project, &deployment());
        write(&workspace, &dir.path().join(number.to_string()));
    }
    write(
        &render_foundation(&foundation()),
        &dir.path().join("foundation"),
    );
    write(&render_teardown(&teardown()), &dir.path().join("teardown"));
    terraform(
        dir.path(),
        &["fmt", "-check", "-diff", "-recursive", "-no-color"],
    );
}

/// Tags that would be code if anyone let them. A valid project cannot have them; a render does
/// not rely on that.
fn nasty_project() -> Project {
    let mut project = petstore();
    let texts = [
        "${path.cwd}",
        "${a}%${file(\"/etc/hostname\")}$%{if true}x%{endif}",
        "\"} } output \"x\" { value = 1 # ",
        "line\nfeed\\",
        "größe 名前",
    ];
    project.tags = texts
        .iter()
        .map(|text| (format!("k {text}"), (*text).to_owned()))
        .collect();
    project
}

#[test]
fn text_of_a_project_never_becomes_code() {
    let project = nasty_project();
    let workspace = render(&project, &deployment());
    let providers = workspace
        .text("providers.tf")
        .expect("a root has a provider");

    // The tags as an output, because terraform prints those without an account.
    let start = providers
        .find("tags = {")
        .expect("the provider has default tags");
    let end = providers
        .rfind("\n  }\n}")
        .expect("default_tags ends the provider");
    let tags = providers[start..end]
        .strip_prefix("tags")
        .expect("found above");
    let dir = tempfile::tempdir().unwrap();
    let output = format!("output \"tags\" {{\n  value {tags}\n}}\n");
    fs::write(dir.path().join("main.tf"), output).unwrap();
    terraform(dir.path(), &["apply", "-auto-approve", "-no-color"]);
    let json = terraform(dir.path(), &["output", "-json", "tags"]);
    let read: std::collections::BTreeMap<String, String> = serde_json::from_str(&json).unwrap();
    assert_eq!(read, project.all_tags());
}
