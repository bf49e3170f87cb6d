//! The server as its clients see it.

mod common;

use std::io::{Read, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use common::{agent, read_all, serve, serving};

#[test]
fn an_expectation_is_created_answers_and_is_verified() {
    let server = serving(
        r#"{"httpRequest":{"method":"GET","path":"/hello"},
            "httpResponse":{"statusCode":200,"headers":{"x-a":["1","2"]},"body":"hi"}}"#,
    );
    let mut response = agent().get(server.url("/hello")).call().unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "hi");
    let headers = response.headers();
    assert_eq!(headers.get_all("x-a").iter().count(), 2);
    assert_eq!(headers["content-length"], "2");
    assert_eq!(headers["connection"], "keep-alive");
    assert!(
        !headers.contains_key("version"),
        "only control responses have it"
    );
    assert_eq!(
        server
            .put("/mockserver/verify", r#"{"httpRequest":{"path":"/hello"}}"#)
            .0,
        202
    );
    let (_, text) = server.put("/mockserver/retrieve?type=REQUEST_RESPONSES", "");
    assert!(text.contains("\"statusCode\" : 200"), "{text}");
}

#[test]
fn what_nothing_expects_is_404_without_a_body() {
    let server = serve(|_| {});
    let text = server.talk_text("GET /none HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    assert!(text.starts_with("HTTP/1.1 404 Not Found\r\n"), "{text}");
    assert!(text.contains("content-length: 0\r\n"), "{text}");
    assert!(text.contains("connection: close\r\n"), "{text}");
    assert!(text.ends_with("\r\n\r\n"), "{text}");
    assert_eq!(
        server.get("/mockserver/status").0,
        404,
        "GET is ordinary traffic"
    );
}

#[test]
fn requests_in_a_pipeline_are_answered_in_order() {
    let server = serving(
        r#"[{"httpRequest":{"path":"/1"},"httpResponse":{"body":"one","delay":{"timeUnit":"MILLISECONDS","value":50}}},
            {"httpRequest":{"path":"/2"},"httpResponse":{"body":"two"}}]"#,
    );
    let text = server.talk_text(
        "GET /1 HTTP/1.1\r\nhost: a\r\n\r\nGET /2 HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
    );
    let (one, two) = (text.find("one").unwrap(), text.find("two").unwrap());
    assert!(one < two, "{text}");
}

#[test]
fn a_request_in_single_bytes_is_answered() {
    let server = serving(r#"{"httpRequest":{"path":"/slow"},"httpResponse":{"body":"there"}}"#);
    let mut stream = server.connect();
    for byte in
        b"POST /slow HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 3\r\n\r\nabc"
    {
        stream.write_all(&[*byte]).unwrap();
        stream.flush().unwrap();
    }
    let text = String::from_utf8(read_all(&mut stream)).unwrap();
    assert!(text.ends_with("there"), "{text}");
}

#[test]
fn times_hold_over_all_connections_and_counters_are_exact() {
    let server = serving(
        r#"{"id":"t","httpRequest":{"path":"/t"},"httpResponse":{"body":"x"},"times":{"remainingTimes":1000}}"#,
    );
    let (answered, missed) = (AtomicU64::new(0), AtomicU64::new(0));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let agent = agent();
                for _ in 0..200 {
                    let mut response = agent.get(server.url("/t")).call().unwrap();
                    response.body_mut().read_to_vec().unwrap();
                    let counter = if response.status() == 200 {
                        &answered
                    } else {
                        &missed
                    };
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!((answered.into_inner(), missed.into_inner()), (1000, 600));
    let counters = server.engine.journal().counters();
    assert_eq!((counters.matched(), counters.unmatched()), (1000, 600));
    let exact = r#"{"expectationId":{"id":"t"},"times":{"atLeast":1000,"atMost":1000}}"#;
    assert_eq!(server.put("/mockserver/verify", exact).0, 202);
}

#[test]
fn a_reload_under_load_fails_nothing() {
    let server = serve(|_| {});
    let load = |revision: &str| {
        let text =
            format!(r#"{{"httpRequest":{{"path":"/r"}},"httpResponse":{{"body":"{revision}"}}}}"#);
        let node = automock_server::node::Node::parse(&text).unwrap();
        let expectations = automock_server::definition::read_expectations(node).unwrap();
        server.engine.load(revision, expectations).unwrap();
    };
    load("r0");
    assert_eq!(server.get("/__automock/ready").0, 200);
    thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let agent = agent();
                    for _ in 0..200 {
                        let mut response = agent.get(server.url("/r")).call().unwrap();
                        let text = response.body_mut().read_to_string().unwrap();
                        assert!(response.status() == 200 && text.starts_with('r'), "{text}");
                    }
                })
            })
            .collect();
        let mut number = 0;
        while !clients.iter().all(thread::ScopedJoinHandle::is_finished) {
            number += 1;
            load(&format!("r{number}"));
            thread::sleep(Duration::from_millis(2));
        }
    });
}

#[test]
fn delays_do_not_hold_up_others() {
    let server = serving(
        r#"[{"httpRequest":{"path":"/late"},"httpResponse":{"delay":{"timeUnit":"MILLISECONDS","value":400}}},
            {"httpRequest":{"path":"/soon"},"httpResponse":{}}]"#,
    );
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| assert_eq!(server.get("/late").0, 200));
        }
    });
    assert!(start.elapsed() >= Duration::from_millis(400));
    assert!(
        start.elapsed() < Duration::from_millis(1600),
        "they wait at the same time"
    );
}

#[test]
fn a_graceful_stop_lets_requests_end() {
    let server = serving(
        r#"{"httpRequest":{"path":"/late"},
            "httpResponse":{"body":"done","delay":{"timeUnit":"MILLISECONDS","value":500}}}"#,
    );
    let mut idle = server.connect();
    let url = server.url("/late");
    let client = thread::spawn(move || {
        let mut response = agent().get(url).call().unwrap();
        response.body_mut().read_to_string().unwrap()
    });
    thread::sleep(Duration::from_millis(150));
    let start = Instant::now();
    server.server.stop(Duration::from_secs(5));
    assert!(
        start.elapsed() < Duration::from_secs(4),
        "idle connections are not waited for"
    );
    assert_eq!(client.join().unwrap(), "done");
    assert_eq!(idle.read(&mut [0; 1]).unwrap_or(0), 0);
}

#[test]
fn a_stop_does_not_wait_longer_than_it_may() {
    let server = serving(r#"{"httpResponse":{"delay":{"timeUnit":"SECONDS","value":30}}}"#);
    let mut stream = server.connect();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .unwrap();
    thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    server.server.stop(Duration::from_millis(200));
    assert!(start.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_client_may_stop_the_server() {
    let server = serve(|options| options.grace = Duration::from_secs(1));
    assert_eq!(server.put("/mockserver/stop", "").0, 200);
    server.server.wait();
}

#[test]
fn a_client_may_bind_more_ports() {
    let server = serving(r#"{"httpRequest":{"path":"/p"},"httpResponse":{"body":"x"}}"#);
    let (status, text) = server.put("/mockserver/bind", r#"{"ports":[0]}"#);
    assert_eq!(status, 200, "{text}");
    let node = automock_server::node::Node::parse(&text).unwrap();
    let port = node.get("ports").unwrap().as_array().unwrap()[0]
        .as_i64()
        .unwrap();
    let mut response = agent()
        .get(format!("http://127.0.0.1:{port}/p"))
        .call()
        .unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), "x");
    let (status, _) = server.put("/mockserver/bind", &format!(r#"{{"ports":[{port}]}}"#));
    assert_eq!(status, 400, "it is taken");
    assert_eq!(server.server.ports().len(), 2);
}

#[test]
fn a_port_that_is_taken_is_refused() {
    let server = serve(|_| {});
    let options = automock_server::http::ServerOptions::new(server.address);
    let engine = std::sync::Arc::new(automock_server::engine::Engine::default());
    assert!(automock_server::http::Server::start(engine, options).is_err());
}

#[test]
fn names_of_headers_are_sent_as_they_are_written_where_that_is_wanted() {
    let expectation = r#"{"httpResponse":{"headers":{"X-Own":["1","2"],"x-low":["3"],
        "ETag":["4"],"Connection":["close"],"Content-Type":["a/b"]},"body":"x"}}"#;
    let get = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    let server = serve(|options| options.written_case = true);
    server.create(expectation);
    for _ in 0..2 {
        let text = server.talk_text(get);
        let names = [
            "X-Own: 1",
            "X-Own: 2",
            "x-low: 3",
            "ETag: 4",
            "Content-Type: a/b",
        ];
        for line in names {
            assert!(text.contains(&format!("\r\n{line}\r\n")), "{line}: {text}");
        }
        assert!(text.contains("\r\nConnection: close\r\n"), "{text}");
        assert!(text.contains("\r\ncontent-length: 1\r\n"), "{text}");
    }
    let text = serving(expectation).talk_text(get);
    assert!(text.contains("\r\nx-own: 1\r\n"), "{text}");
}
