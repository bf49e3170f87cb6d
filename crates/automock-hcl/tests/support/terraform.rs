//! Runs the real terraform.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Runs terraform in a directory and returns its standard output.
///
/// The binary is `AUTOMOCK_TERRAFORM`, or `terraform` from the path. Nothing of the caller's
/// Terraform environment reaches it.
#[track_caller]
#[expect(
    clippy::disallowed_methods,
    reason = "these tests ask the real terraform"
)]
pub(crate) fn terraform(dir: &Path, args: &[&str]) -> String {
    let binary = env::var_os("AUTOMOCK_TERRAFORM").map_or("terraform".into(), PathBuf::from);
    let mut command = Command::new(&binary);
    for (name, _) in env::vars_os() {
        if name.to_string_lossy().starts_with("TF_") {
            command.env_remove(name);
        }
    }
    let output = command
        .args(args)
        .current_dir(dir)
        .env("TF_IN_AUTOMATION", "1")
        .env("CHECKPOINT_DISABLE", "1")
        .output()
        .unwrap_or_else(|error| {
            panic!(
                "cannot run {}: {error}; install terraform or set AUTOMOCK_TERRAFORM",
                binary.display()
            )
        });
    let stdout = String::from_utf8_lossy(&output.stdout).into_owned();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "terraform {args:?} failed:\n{stdout}{stderr}"
    );
    stdout
}
