//! `automock forecast`, with the real binary: no account, no network but 127.0.0.1.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::process::{Command, Output};

use insta::assert_snapshot;
use serde_json::Value;
use tempfile::TempDir;

const EXPECTATIONS: &str =
    r#"[{"httpRequest": {"path": "/hello"}, "httpResponse": {"body": "hello"}}]"#;

fn folder(project: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("automock.toml"), project).unwrap();
    fs::write(folder.path().join("expectations.json"), EXPECTATIONS).unwrap();
    folder
}

#[expect(
    clippy::disallowed_methods,
    reason = "end-to-end tests start the binary as a person does"
)]
fn forecast(folder: &TempDir, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_automock"))
        .arg("forecast")
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default())
        .output()
        .unwrap()
}

#[track_caller]
fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[track_caller]
fn json(output: &Output) -> Value {
    serde_json::from_str(&text(output)).unwrap()
}

#[test]
fn the_default_project_is_told_line_by_line() {
    let folder = folder("name = \"shop\"\n");
    assert_snapshot!(text(&forecast(&folder, &["--load", "100"])));
}

#[test]
fn the_lines_of_a_bill_add_up() {
    let folder = folder("name = \"shop\"\n");
    let told = json(&forecast(&folder, &["--load", "250", "--output", "json"]));
    for bill in ["hour", "session", "month", "maximum_hour", "worst_case"] {
        let amount = |value: &Value| value.as_str().unwrap().parse::<f64>().unwrap();
        let lines = told[bill]["lines"].as_array().unwrap();
        let sum: f64 = lines.iter().map(|line| amount(&line["amount"])).sum();
        let total = amount(&told[bill]["total"]);
        assert!((sum - total).abs() < 1e-6, "{bill}: {sum} is not {total}");
    }
}

#[test]
fn a_load_over_time_is_simulated() {
    let folder = folder("name = \"shop\"\n[tasks]\nmin = 2\nmax = 20\n");
    fs::write(
        folder.path().join("load.csv"),
        "0,100\n300,5000\n900,5000\n",
    )
    .unwrap();
    let simulate = |more: &[&str]| {
        let arguments = ["--profile", "load.csv", "--output", "json"];
        forecast(&folder, &[&arguments, more].concat())
    };
    let told = json(&simulate(&["--per-vcpu", "2000", "--seconds", "900"]));
    let summary = &told["simulation"]["summary"];
    assert_eq!(summary["seconds"], 900);
    assert!(summary["peak_tasks"].as_u64() > Some(2), "{summary:#}");

    let unknown = simulate(&[]);
    assert_eq!(unknown.status.code(), Some(3));
    let words = String::from_utf8(unknown.stderr).unwrap();
    assert!(words.contains("--calibrate"), "{words}");

    fs::write(folder.path().join("load.csv"), "0,100\n10,many\n").unwrap();
    let broken = simulate(&["--per-vcpu", "2000"]);
    assert_eq!(broken.status.code(), Some(3));
    let words = String::from_utf8(broken.stderr).unwrap();
    assert!(words.contains("load.csv is no load over time"), "{words}");
}

#[test]
fn a_project_is_found_that_holds_a_rate() {
    let folder = folder("name = \"shop\"\n");
    let told = text(&forecast(
        &folder,
        &[
            "--rps",
            "5000",
            "--per-vcpu",
            "4000",
            "--html",
            "report.html",
            "--svg",
            "load.svg",
        ],
    ));
    assert!(told.contains("holds 5000 requests per second"), "{told}");
    for (file, beginning) in [("report.html", "<!doctype html>"), ("load.svg", "<svg ")] {
        let drawn = fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(drawn.to_lowercase().starts_with(beginning), "{file}");
    }

    let planned = json(&forecast(
        &folder,
        &["--rps", "5000", "--per-vcpu", "4000", "--output", "json"],
    ));
    assert_eq!(planned["simulation"]["summary"]["refused"], 0.0);
    let project = planned["plan"]["project"].as_str().unwrap();
    fs::write(folder.path().join("automock.toml"), project).unwrap();
    let again = json(&forecast(&folder, &["--load", "5000", "--output", "json"]));
    assert_eq!(again["hour"]["total"], planned["hour"]["total"]);

    let nothing = forecast(&folder, &["--html", "report.html"]);
    assert_eq!(nothing.status.code(), Some(3), "{nothing:?}");
}

#[test]
fn this_machine_is_measured() {
    let folder = folder("name = \"shop\"\n");
    let told = json(&forecast(&folder, &["--calibrate", "--output", "json"]));
    let measured = &told["calibration"];
    let number = |name: &str| measured[name].as_f64().unwrap();
    assert!(number("requests") > 100.0, "{measured:#}");
    assert!(number("processor_seconds") > 0.0, "{measured:#}");
    let rate = number("requests") / number("processor_seconds");
    assert!(
        (number("per_vcpu") / rate - 1.0).abs() < 0.01,
        "{measured:#}"
    );
}

#[test]
fn prices_of_ones_own_are_used_and_checked() {
    let folder = folder("name = \"shop\"\nregion = \"eu-west-1\"\n");
    let unknown = forecast(&folder, &[]);
    assert_eq!(unknown.status.code(), Some(3));
    let words = String::from_utf8(unknown.stderr).unwrap();
    assert!(words.contains("--print-prices"), "{words}");

    let prices = text(&forecast(&folder, &["--print-prices"]));
    let prices = prices.replace("us-east-1", "eu-west-1");
    fs::write(folder.path().join("prices.toml"), &prices).unwrap();
    let told = text(&forecast(&folder, &["--prices", "prices.toml"]));
    assert!(told.contains("in eu-west-1"), "{told}");

    fs::write(
        folder.path().join("prices.toml"),
        prices.replacen("value = ", "usd = ", 1),
    )
    .unwrap();
    let broken = forecast(&folder, &["--prices", "prices.toml"]);
    assert_eq!(broken.status.code(), Some(3), "{broken:?}");
}

#[test]
fn a_pipeline_fails_on_cost() {
    let folder = folder("name = \"shop\"\n");
    let within = forecast(&folder, &["--max-usd", "1000"]);
    assert!(within.status.success(), "{within:?}");
    let beyond = forecast(&folder, &["--max-usd", "$1"]);
    assert_eq!(beyond.status.code(), Some(3));
    let words = String::from_utf8(beyond.stderr).unwrap();
    assert!(words.contains("which is more than $1.00"), "{words}");
}
