//! Requests that another server answers.

mod common;

use automock_server::http::ForwardOptions;
use common::{serve, serving};

fn allowing(host: &str) -> ForwardOptions {
    ForwardOptions {
        hosts: vec![host.to_owned()],
        ..ForwardOptions::default()
    }
}

#[test]
fn a_request_is_forwarded_to_an_allowed_host() {
    let upstream = serving(
        r#"{"httpRequest":{"method":"POST","path":"/a b","body":"ping"},
            "httpResponse":{"statusCode":201,"headers":{"x-up":["1"]},"body":"pong"}}"#,
    );
    let server = serve(|options| options.forward = allowing("127.0.0.1"));
    let port = upstream.address.port();
    server.create(&format!(
        r#"{{"httpForward":{{"host":"127.0.0.1","port":{port}}}}}"#
    ));
    let mut response = common::agent()
        .post(server.url("/a%20b?q=1"))
        .send("ping")
        .unwrap();
    assert_eq!(response.status(), 201);
    assert_eq!(response.headers()["x-up"], "1");
    assert_eq!(response.body_mut().read_to_string().unwrap(), "pong");
    let (_, text) = server.put("/mockserver/retrieve?type=RECORDED_EXPECTATIONS", "");
    assert!(text.contains("\"x-up\""), "{text}");
    let (_, text) = upstream.put("/mockserver/retrieve", "");
    assert!(
        text.contains(&format!("\"127.0.0.1:{port}\"")),
        "the host is the target's: {text}"
    );
}

#[test]
fn a_forwarded_request_is_changed_on_its_way() {
    let upstream = serving(r#"{"httpRequest":{"path":"/new"},"httpResponse":{"body":"up"}}"#);
    let server = serve(|options| options.forward = allowing("*"));
    let port = upstream.address.port();
    server.create(&format!(
        r#"{{"httpOverrideForwardedRequest":{{
            "requestOverride":{{"path":"/new","headers":{{"host":["127.0.0.1:{port}"]}}}},
            "responseOverride":{{"headers":{{"x-mock":["1"]}}}}}}}}"#
    ));
    let mut response = common::agent().get(server.url("/old")).call().unwrap();
    assert_eq!(response.headers()["x-mock"], "1");
    assert_eq!(response.body_mut().read_to_string().unwrap(), "up");
}

#[test]
fn what_cannot_be_forwarded_is_502_with_the_reason() {
    let server = serve(|_| {});
    server.create(r#"{"httpForward":{"host":"127.0.0.1","port":1}}"#);
    let (status, text) = server.get("/");
    assert_eq!(
        (status, text.as_str()),
        (502, "forwarding to 127.0.0.1:1 is not allowed")
    );
    let server = serve(|options| options.forward = allowing("127.0.0.1:1"));
    server.create(r#"{"httpForward":{"host":"127.0.0.1","port":1}}"#);
    let (status, text) = server.get("/");
    assert!(status == 502 && text.starts_with("127.0.0.1:1: "), "{text}");
}

#[test]
fn connections_to_another_server_are_used_again() {
    let upstream = serving(r#"{"httpResponse":{"body":"up"}}"#);
    let server = serve(|options| options.forward = allowing("127.0.0.1"));
    let port = upstream.address.port();
    server.create(&format!(
        r#"{{"httpForward":{{"host":"127.0.0.1","port":{port}}}}}"#
    ));
    // One connection stays with one worker, which has connections of its own.
    let agent = common::agent();
    for _ in 0..5 {
        let mut response = agent.get(server.url("/")).call().unwrap();
        assert_eq!(response.body_mut().read_to_string().unwrap(), "up");
    }
    let records = upstream.engine.journal().records();
    let from = records
        .iter()
        .map(|recorded| recorded.record.request().remote);
    let from: std::collections::HashSet<_> = from.collect();
    assert_eq!((records.len(), from.len()), (5, 1));
}
