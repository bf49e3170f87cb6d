//! The official clients of `MockServer`, as they are, drive the engine.
#![allow(clippy::unwrap_used, reason = "a test fails with it")]

#[path = "../common/mod.rs"]
mod common;

use std::path::Path;
use std::process::Output;

use automock_server::book::Selection;
use automock_server::http::ForwardOptions;
use automock_testkit::{Clients, TestkitError};
use common::{Running, serve, serving};

/// What the scripts do, in their order.
const STEPS: [&str; 7] = [
    "creating",
    "verifying",
    "retrieving",
    "clearing",
    "responding",
    "forwarding",
    "resetting",
];

/// The file that the clients for Node download unless their working directory has it, even if they
/// talk without TLS.
const AUTHORITY: &str = "CertificateAuthorityCertificate.pem";

fn script(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/clients")
        .join(name)
}

/// Runs a script against a server and another one that callbacks forward to, and holds it to the
/// steps that it must have taken.
fn check(
    steps: &[&str],
    run: impl FnOnce(&Clients, [&str; 2], &Path) -> Result<Output, TestkitError>,
) {
    let clients = Clients::find().unwrap_or_else(|error| panic!("{error}"));
    let upstream = serving(
        r#"{"httpRequest":{"method":"GET","path":"/upstream","headers":{"x-from":["/forward"]}},
            "httpResponse":{"body":"from /forward"}}"#,
    );
    upstream.create(
        r#"{"httpRequest":{"path":"/upstream","headers":{"x-from":["/both"]}},"httpResponse":{}}"#,
    );
    let server = serve(|options| {
        options.forward = ForwardOptions {
            hosts: vec!["127.0.0.1".to_owned()],
            ..ForwardOptions::default()
        };
    });
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join(AUTHORITY), "").unwrap();
    let port = |running: &Running| running.address.port().to_string();
    let ports = [port(&server), port(&upstream)];
    let output = run(&clients, [&ports[0], &ports[1]], directory.path()).unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    assert!(
        output.status.success(),
        "{}\n{stdout}\n{stderr}",
        output.status
    );
    let taken: Vec<_> = stdout.lines().collect();
    assert_eq!(taken, steps, "{stderr}");
    assert!(server.engine.book().snapshot().entries().is_empty());
    let records = server.engine.records(&Selection::All);
    assert_eq!(records.len(), 1, "the request after the reset");
}

fn check_node(package: &str, steps: &[&str]) {
    check(steps, |clients, [port, upstream], directory| {
        clients.run_node(&script("client.js"), &[package, port, upstream], directory)
    });
}

#[test]
fn the_client_for_node_of_mockserver_5_15() {
    let steps: Vec<_> = STEPS
        .into_iter()
        .filter(|step| *step != "forwarding")
        .collect();
    check_node("mockserver-client-5", &steps);
}

#[test]
fn the_client_for_node_of_mockserver_8() {
    check_node("mockserver-client-8", &STEPS);
}

#[test]
fn the_client_for_python() {
    check(&STEPS, |clients, ports, directory| {
        clients.run_python(&script("client.py"), &ports, directory)
    });
}
