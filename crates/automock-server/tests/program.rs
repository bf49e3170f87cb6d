//! The program for containers, as a container runs it: variables in, lines of JSON out, a signal at the
//! end.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::io::{BufRead as _, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

struct Program {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Program {
    #[expect(
        clippy::disallowed_methods,
        reason = "the test starts the program as a container does"
    )]
    fn start(source: &Path) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_automock-server"))
            .env("AUTOMOCK_SOURCE", source)
            .env("AUTOMOCK_HOST", "127.0.0.1")
            .env("AUTOMOCK_PORT", "0")
            .env("AUTOMOCK_METRICS_NAMESPACE", "AutoMock")
            .env("AUTOMOCK_METRICS_DIMENSIONS", "Stack=pets")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        Self { child, lines }
    }

    /// The next line of an event; the lines before it are passed over.
    fn next(&mut self, event: &str) -> Value {
        loop {
            let line = self.lines.next().expect(event).unwrap();
            let line: Value = serde_json::from_str(&line).unwrap();
            if line["event"] == event {
                return line;
            }
        }
    }
}

/// A failed test must not leave a server behind.
impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn answer(body: &str) -> String {
    format!(r#"[{{"httpRequest": {{"path": "/pet"}}, "httpResponse": {{"body": "{body}"}}}}]"#)
}

fn ask(method: &str, url: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into();
    let request = ureq::http::Request::builder().method(method).uri(url);
    let mut response = agent.run(request.body(()).unwrap()).unwrap();
    let body = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), body)
}

#[test]
fn it_serves_reloads_and_stops_when_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("expectations.json");
    fs::write(&file, answer("cat")).unwrap();
    let mut program = Program::start(&file);
    let loaded = program.next("loaded");
    assert_eq!(loaded["expectations"], 1);
    let serving = program.next("serving");
    let url = format!("http://{}", serving["address"].as_str().unwrap());
    assert_eq!(ask("GET", &format!("{url}/pet")), (200, "cat".into()));

    let metrics = std::iter::from_fn(|| Some(program.next("metrics")));
    let asked = metrics.take(5).find(|line| line["Requests"] == 1).unwrap();
    assert_eq!(asked["Stack"], "pets");
    let directive = &asked["_aws"]["CloudWatchMetrics"][0];
    assert_eq!(directive["Metrics"][0]["Name"], "Requests");
    assert!(asked["_aws"]["Timestamp"].as_i64().unwrap() > 1_700_000_000_000);

    // Nobody was named who may control it, so this is ordinary traffic.
    let control = ask("PUT", &format!("{url}/mockserver/reset"));
    assert_eq!(control.0, 404);
    assert_eq!(program.next("miss")["path"], "/mockserver/reset");

    // As the loader does it: another file takes the name.
    let next = folder.path().join("expectations.json.next");
    fs::write(&next, "[{").unwrap();
    fs::rename(&next, &file).unwrap();
    let refused = program.next("refused");
    let reason = refused["reason"].as_str().unwrap();
    assert!(reason.contains("line 1, column 2"), "{reason}");
    assert_eq!(ask("GET", &format!("{url}/pet")), (200, "cat".into()));
    fs::write(&next, answer("dog")).unwrap();
    fs::rename(&next, &file).unwrap();
    assert_ne!(program.next("loaded")["revision"], loaded["revision"]);
    assert_eq!(ask("GET", &format!("{url}/pet")), (200, "dog".into()));

    let id = Pid::from_raw(program.child.id().try_into().unwrap());
    kill(id, Signal::SIGTERM).unwrap();
    assert_eq!(program.next("stopping")["reason"], "terminated");
    program.next("stopped");
    assert!(program.child.wait().unwrap().success());
}

#[test]
fn what_cannot_be_served_is_told_and_ends_it() {
    let folder = tempfile::tempdir().unwrap();
    let mut program = Program::start(&folder.path().join("absent.json"));
    let reason = program.next("failed")["reason"].to_string();
    assert!(reason.contains("No such file"), "{reason}");
    assert_eq!(program.child.wait().unwrap().code(), Some(1));
}
