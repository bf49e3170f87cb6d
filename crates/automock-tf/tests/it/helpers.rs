//! Work that other tests run in a process of its own, because they kill it or measure it.
//!
//! A helper is an ignored test of this very binary, so it is always built from the same sources.
//! It gets its argument from the environment and answers on standard error; standard output
//! belongs to the test harness.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::PathBuf;
use std::process::Stdio;

use automock_tf::command::ApplyOptions;
use automock_tf::plan::Plan;
use automock_tf::{Cancel, Event, Events};

use crate::common::{environment, terraform};

const ARGUMENT: &str = "AUTOMOCK_TF_TEST_ARGUMENT";

/// A command that runs a helper of this module.
#[expect(
    clippy::disallowed_methods,
    reason = "helpers need a process of their own"
)]
pub(crate) fn helper(name: &str, argument: impl Into<PathBuf>) -> tokio::process::Command {
    let mut command = tokio::process::Command::new(std::env::current_exe().unwrap());
    command
        .args(["--ignored", "--exact", "--nocapture"])
        .arg(format!("helpers::{name}"));
    command
        .env(ARGUMENT, argument.into())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

fn argument() -> PathBuf {
    std::env::var_os(ARGUMENT)
        .expect("a helper is run by another test")
        .into()
}

/// Applies a directory and tells what happens.
#[tokio::test]
#[ignore = "a helper of another test"]
async fn apply() {
    let workspace = terraform(environment()).await.workspace(argument());
    let (events, mut messages) = Events::channel();
    tokio::spawn(async move {
        while let Some(message) = messages.recv().await {
            match message.event {
                Event::Started(started) => eprintln!("process {}", started.pid),
                _ => eprintln!("{}", message.text),
            }
        }
    });
    workspace
        .apply(&ApplyOptions::unseen(), &events, &Cancel::never())
        .await
        .unwrap();
}

/// Reads a plan and tells its counts, and the peak of memory before and after.
#[test]
#[ignore = "a helper of another test"]
fn read_plan() {
    let file = File::open(argument()).unwrap();
    let before = peak_kib();
    let plan = Plan::from_reader(BufReader::new(file)).unwrap();
    let after = peak_kib();
    eprintln!(
        "{}",
        serde_json::json!({"summary": plan.summary(), "before": before, "after": after})
    );
}

/// The largest resident size that this process ever had, as Linux counts it.
fn peak_kib() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    line.trim_end_matches("kB").trim().parse().unwrap()
}
