//! A stack with local state needs no foundation, and a program needs no binary: the library's
//! example deploys as well.

use std::path::{Path, PathBuf};

use automock_testkit::fresh_world;
use serde_json::Value;

use crate::founded;
use crate::support::{EXPECTATIONS, Stage, program, run};

const PROJECT: &str = r#"name = "tiny"

[tasks]
min = 1
max = 2

[network]
mode = "public"

[ttl]
duration = "none"

# Without a foundation there is no repository for the engine's image.
[engine]
kind = "mockserver"
"#;

pub(crate) fn local_state() {
    let stage = Stage::new(fresh_world(), PROJECT);
    let before = stage.census();
    let local = |verb: &[&'static str]| [verb, &["--state", "local"]].concat();

    let made = stage.json(&local(&["deploy", "--yes"]));
    assert_eq!(made["healthy"], 1, "{made:#}");
    assert!(
        stage
            .folder()
            .join(".automock/tiny-dev/terraform.tfstate")
            .exists()
    );
    let status = stage.json(&local(&["status"]));
    assert_eq!(status["phase"], "active", "{status:#}");

    stage.write(
        "expectations.json",
        &EXPECTATIONS.replacen("hello", "good day", 1),
    );
    let pushed = stage.json(&local(&["push"]));
    assert_ne!(pushed["revision"], made["revision"], "{pushed:#}");
    assert_eq!(pushed["confirmed"], 1, "{pushed:#}");
    let plan = stage.json(&local(&["plan"]));
    assert_eq!(plan["has_changes"], Value::Bool(false), "{plan:#}");

    stage.json(&local(&["destroy", "--yes"]));
    stage.assert_unchanged(&before);
    let ran = stage.run(&local(&["status"]));
    assert_eq!(ran.code, Some(5), "{ran:#?}");
}

pub(crate) fn library_example() {
    let stage = founded(PROJECT);
    let before = stage.census();
    let mut example = program(example());
    example.arg(".");
    stage.furnish(&mut example);
    let ran = run(&mut example);
    assert_eq!(ran.code, Some(0), "{}", stage.story(&["example"], &ran));
    assert!(ran.stdout.contains("answers until None"), "{ran:#?}");
    assert!(ran.stdout.contains("none left"), "{ran:#?}");
    stage.assert_gone("tiny-dev", &before);
}

/// The example's binary. A test of the whole workspace has built it; a test of this package alone
/// has not, and builds it here.
fn example() -> PathBuf {
    let binaries = Path::new(env!("CARGO_BIN_EXE_automock")).parent().unwrap();
    let example = binaries.join("examples/deploy_and_destroy");
    if !example.exists() {
        let mut cargo = program(env!("CARGO"));
        cargo
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .args(["build", "--package", "automock-stack"])
            .args(["--example", "deploy_and_destroy", "--target-dir"])
            .arg(binaries.parent().unwrap());
        let ran = run(&mut cargo);
        assert!(example.exists(), "{ran:#?}");
    }
    example
}
