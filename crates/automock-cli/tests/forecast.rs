//! `automock forecast`, with the real binary: no account, no network but 127.0.0.1.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Output, Stdio};

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
fn automock(folder: &TempDir) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_automock"));
    command
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command
}

fn command(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = automock(folder);
    command.arg("forecast").args(arguments);
    command
}

fn forecast(folder: &TempDir, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

/// The project's mock on a port of its own; its address is the first that it prints.
fn start(folder: &TempDir) -> Child {
    let mut up = automock(folder);
    up.args(["up", "--port", "0", "--output", "json"]);
    up.stdout(Stdio::piped()).spawn().unwrap()
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

    let shape = forecast(
        &folder,
        &[
            "--profile",
            "spike:100:5000:5m:10m",
            "--per-vcpu",
            "2000",
            "--output",
            "json",
        ],
    );
    let peak = &json(&shape)["simulation"]["summary"]["peak_tasks"];
    assert!(peak.as_u64() > Some(2), "{peak}");
    let slip = forecast(
        &folder,
        &["--profile", "spike:100:5000", "--per-vcpu", "2000"],
    );
    assert_eq!(slip.status.code(), Some(2));
    let words = String::from_utf8(slip.stderr).unwrap();
    assert!(words.contains("spike:BASE:PEAK:TIME:DURATION"), "{words}");

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
            "--png",
            "load.png",
        ],
    ));
    assert!(told.contains("holds 5000 requests per second"), "{told}");
    for (file, beginning) in [("report.html", "<!doctype html>"), ("load.svg", "<svg ")] {
        let drawn = fs::read_to_string(folder.path().join(file)).unwrap();
        assert!(drawn.to_lowercase().starts_with(beginning), "{file}");
    }

    let image = fs::read(folder.path().join("load.png")).unwrap();
    assert!(image.starts_with(b"\x89PNG"));

    let planned = json(&forecast(
        &folder,
        &["--rps", "5000", "--per-vcpu", "4000", "--output", "json"],
    ));
    assert_eq!(planned["simulation"]["summary"]["refused"], 0.0);
    let project = planned["plan"]["project"].as_str().unwrap();
    fs::write(folder.path().join("automock.toml"), project).unwrap();
    let mean = planned["load"]["requests_per_second"].to_string();
    let tasks = planned["load"]["tasks"].to_string();
    let again = ["--load", &mean, "--tasks", &tasks, "--output", "json"];
    let again = json(&forecast(&folder, &again));
    assert_eq!(again["hour"]["total"], planned["hour"]["total"]);

    // The bill is for the fleet that was planned and the load that it holds, ramp and all.
    let mean = planned["load"]["requests_per_second"].as_f64().unwrap();
    assert!((4_700.0..5_000.0).contains(&mean), "{mean}");
    assert_eq!(planned["load"]["peak"], 5_000.0);

    let nothing = forecast(&folder, &["--html", "report.html"]);
    assert_eq!(nothing.status.code(), Some(2), "{nothing:?}");
}

/// What is billed until the end is the load that is simulated, and a limit holds for it.
#[test]
fn the_simulated_load_is_what_is_billed() {
    let folder = folder("name = \"shop\"\n");
    let constant = ["--profile", "constant:9000", "--per-vcpu", "600"];
    let told = json(&forecast(
        &folder,
        &[&constant[..], &["--output", "json"]].concat(),
    ));
    let rate = told["load"]["requests_per_second"].as_f64().unwrap();
    assert!((8_000.0..9_000.0).contains(&rate), "{rate}");
    assert_eq!(told["worst_case"]["requests_per_second"], 9_000.0);
    // An hour of it, in minutes.
    assert_eq!(
        told["simulation"]["samples"].as_array().map(Vec::len),
        Some(60)
    );
    let beyond = forecast(&folder, &[&constant[..], &["--max-usd", "30"]].concat());
    assert_eq!(beyond.status.code(), Some(3));

    let many = forecast(&folder, &["--tasks", "500"]);
    assert_eq!(many.status.code(), Some(3));
    let words = String::from_utf8(many.stderr).unwrap();
    assert!(words.contains("the project has 200 at the most"), "{words}");
}

/// The preset's thresholds are far below what the engine serves.
#[test]
fn a_fleet_that_grows_for_nothing_is_told() {
    let folder = folder("name = \"shop\"\n");
    let constant = ["--profile", "constant:1000", "--per-vcpu", "20000"];
    let told = text(&forecast(&folder, &constant));
    assert!(told.contains("`--rps 1000` finds some that fit"), "{told}");
    let busy = ["--profile", "constant:1000", "--per-vcpu", "200"];
    let told = text(&forecast(&folder, &busy));
    assert!(!told.contains("finds some that fit"), "{told}");
}

/// A load of a day is simulated whole, and what is cut off is said.
#[test]
fn a_long_load_is_not_cut_off_in_silence() {
    let folder = folder("name = \"shop\"\n[tasks]\nmin = 2\nmax = 20\ncapacity = \"spot\"\n");
    let day = [
        "--profile",
        "steps:0=10,12h=900,24h=10",
        "--per-vcpu",
        "600",
    ];
    let json_of = |more: &[&str]| {
        json(&forecast(
            &folder,
            &[&day[..], &["--output", "json"], more].concat(),
        ))
    };
    let whole = json_of(&[]);
    assert_eq!(whole["simulation"]["summary"]["seconds"], 86_401);
    assert!(whole["simulation"]["summary"]["peak_tasks"].as_u64() > Some(2));
    let taken = json_of(&["--spot-interruptions", "50", "--seconds", "86401"]);
    let events = taken["simulation"]["events"].as_array().unwrap();
    let is_taken = |event: &Value| event["event"] == "spot-interruption";
    assert!(events.iter().any(is_taken));

    let part = forecast(&folder, &[&day[..], &["--seconds", "3600"]].concat());
    assert!(part.status.success());
    let words = String::from_utf8(part.stderr).unwrap();
    assert!(words.contains("the load goes on until 86400 s"), "{words}");
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
        (number("per_processor") / rate - 1.0).abs() < 0.01,
        "{measured:#}"
    );
}

/// A server of its own, with the same expectations: `--server` needs no more than its address.
#[test]
fn a_server_that_runs_is_measured() {
    let (folder, servers) = (folder("name = \"shop\"\n"), folder("name = \"shop\"\n"));
    let mut server = start(&servers);
    let mut said = BufReader::new(server.stdout.take().unwrap()).lines();
    let url = said.find_map(|line| Some(line.unwrap().split_once("\"url\": \"")?.1.to_owned()));
    let url = url.unwrap();
    let url = url.split('"').next().unwrap();
    let calibrate = |more: &[&str]| {
        let arguments = [
            "calibrate",
            "--seconds",
            "1",
            "--warm-up",
            "0",
            "--output",
            "json",
        ];
        forecast(&folder, &[&arguments, more].concat())
    };
    let pid = server.id().to_string();
    let measured = json(&calibrate(&["--server", url, "--pid", &pid]));
    assert_eq!(measured["is_processor_time_measured"], true);
    assert!(measured["requests"].as_u64() > Some(100), "{measured:#}");

    let taken = json(&calibrate(&["--server", url, "--cpus", "2"]));
    let number = |name: &str| taken[name].as_f64().unwrap();
    assert!(
        (number("processor_seconds") / number("seconds") - 2.0).abs() < 0.01,
        "{taken:#}"
    );

    // Without one of the two, nobody knows how much of the machine it has.
    assert_eq!(calibrate(&["--server", url]).status.code(), Some(2));
    let elsewhere = calibrate(&["--server", "http://192.0.2.1", "--cpus", "1"]);
    assert_eq!(elsewhere.status.code(), Some(2));

    let other = fs::write(
        folder.path().join("expectations.json"),
        EXPECTATIONS.replace("hello", "bye"),
    );
    other.unwrap();
    let differs = calibrate(&["--server", url, "--cpus", "1"]);
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(differs.status.code(), Some(1));
    let words = String::from_utf8(differs.stderr).unwrap();
    assert!(words.contains("GET /bye is answered with 404"), "{words}");
}

/// Whoever is told to stop leaves no engine behind.
#[cfg(target_os = "linux")]
#[test]
fn a_measurement_that_is_stopped_leaves_nothing() {
    let folder = folder("name = \"shop\"\n");
    let place = folder.path().display().to_string();
    let mut calibrate = command(
        &folder,
        &["calibrate", "--seconds", "30", "--project", &place],
    );
    let mut running = calibrate.stderr(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(running.stderr.take().unwrap()).lines();
    assert!(said.any(|line| line.unwrap().contains("asking the engine")));
    let of_this_project = || {
        let all = fs::read_dir("/proc").unwrap().flatten();
        let lines = all.filter_map(|process| fs::read(process.path().join("cmdline")).ok());
        lines
            .filter(|line| String::from_utf8_lossy(line).contains(&place))
            .count()
    };
    assert_eq!(of_this_project(), 2);
    let id = running.id().to_string();
    let signal = nix::sys::signal::Signal::SIGTERM;
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(id.parse().unwrap()), signal).unwrap();
    assert_eq!(running.wait().unwrap().code(), Some(130));
    assert_eq!(of_this_project(), 0);
}

/// What can't be measured is said, and why.
#[test]
fn what_is_no_measurement_is_none() {
    let folder = folder("name = \"shop\"\n");
    let refusal = |expectations: &str| {
        fs::write(folder.path().join("expectations.json"), expectations).unwrap();
        let ended = forecast(
            &folder,
            &["calibrate", "--seconds", "1", "--output", "json"],
        );
        (
            ended.status.code(),
            serde_json::from_slice::<Value>(&ended.stdout).unwrap(),
        )
    };
    let delayed = r#"[{"httpResponse": {"delay": {"timeUnit": "SECONDS", "value": 1}}}]"#;
    let (code, told) = refusal(delayed);
    assert_eq!(code, Some(1));
    let causes = told["causes"].to_string();
    assert!(causes.contains("answered at once"), "{causes}");
    let (code, told) = refusal("[{");
    assert_eq!(code, Some(3));
    let error = told["error"].to_string();
    assert!(error.contains("EOF while parsing"), "{error}");
}

/// A load that is planned for has no profile's options.
#[test]
fn what_does_not_belong_together_is_refused() {
    let folder = folder("name = \"shop\"\n");
    let plan = ["--rps", "5000", "--per-vcpu", "2000"];
    for more in [
        &["--seconds", "60"][..],
        &["--high-resolution"],
        &["--spot-interruptions", "5"],
    ] {
        let refused = forecast(&folder, &[&plan[..], more].concat());
        assert_eq!(refused.status.code(), Some(2), "{more:?}");
    }
    let unknown = forecast(&folder, &["--profile", "wave:1:2", "--per-vcpu", "2000"]);
    assert_eq!(unknown.status.code(), Some(2));
    let words = String::from_utf8(unknown.stderr).unwrap();
    assert!(words.contains("ramp:FROM:TO:DURATION"), "{words}");
}

/// The program that is called `java` here is the engine: it speaks MockServer's control API.
#[test]
fn a_mock_server_is_started_and_measured() {
    let folder = folder("name = \"shop\"\nengine = { kind = \"mockserver\" }\n");
    let unnamed = forecast(&folder, &["calibrate"]);
    assert_eq!(unnamed.status.code(), Some(3));
    let words = String::from_utf8(unnamed.stderr).unwrap();
    assert!(words.contains("--mockserver"), "{words}");

    let missing = forecast(&folder, &["calibrate", "--mockserver", "server.jar"]);
    assert_eq!(missing.status.code(), Some(1));
    fs::write(folder.path().join("server.jar"), "").unwrap();

    let java = folder.path().join("java");
    let other = folder.path().join("other.json");
    fs::write(&other, EXPECTATIONS.replace("hello", "other")).unwrap();
    let script = format!(
        "#!/bin/sh\n[ \"$1 $2 $3\" = \"-jar server.jar -serverPort\" ] || exit 64\n\
         exec {} up {} --port \"$4\"\n",
        env!("CARGO_BIN_EXE_automock"),
        other.display()
    );
    fs::write(&java, script).unwrap();
    fs::set_permissions(&java, fs::Permissions::from_mode(0o755)).unwrap();
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", folder.path().display());
    let calibrate = [
        "calibrate",
        "--mockserver",
        "server.jar",
        "--seconds",
        "1",
        "--warm-up",
        "0",
    ];
    let measured = command(&folder, &[&calibrate[..], &["--output", "json"]].concat())
        .env("PATH", &path)
        .output()
        .unwrap();
    let measured = json(&measured);
    assert_eq!(measured["server"], "MockServer");
    assert!(measured["per_vcpu"].as_f64() > Some(100.0), "{measured:#}");

    fs::write(&java, "#!/bin/sh\necho it has no room >&2\nexit 7\n").unwrap();
    let ended = command(&folder, &calibrate)
        .env("PATH", &path)
        .output()
        .unwrap();
    assert_eq!(ended.status.code(), Some(1));
    let words = String::from_utf8(ended.stderr).unwrap();
    assert!(
        words.contains("exit status: 7") && words.contains("it has no room"),
        "{words}"
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
