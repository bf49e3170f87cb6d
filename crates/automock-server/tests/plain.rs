//! The plainest requests are answered by a shorter way, where everything must be as on the long one.

mod common;

use std::io::{Read, Write};
use std::time::Duration;

use automock_server::http::CorsOptions;
use common::{Running, read_all, serve, serving};

const EXPECTATIONS: &str = r#"[
    {"id": "text", "httpRequest": {"path": "/text"},
     "httpResponse": {"headers": {"x-a": ["1", "2"], "set-cookie": ["a=b"]}, "body": "text"}},
    {"id": "long", "httpRequest": {"path": "/long"}, "httpResponse": {"body": "LONG"}},
    {"id": "header", "httpRequest": {"path": "/header", "headers": {"X-Kind": ["f.*"]}},
     "httpResponse": {"body": "header"}},
    {"id": "cookie", "httpRequest": {"path": "/cookie", "cookies": {"a": "b"}}, "httpResponse": {"body": "cookie"}},
    {"id": "query", "httpRequest": {"path": "/query", "queryStringParameters": {"q": ["a b"]}},
     "httpResponse": {"statusCode": 418}},
    {"id": "json", "httpRequest": {"method": "POST", "path": "/json", "body": {"a": 1}},
     "httpResponse": {"statusCode": 201, "body": {"made": true}}},
    {"id": "template", "httpRequest": {"path": "/template/.*"}, "httpResponseTemplate": {"templateType": "VELOCITY",
     "template": "{\"statusCode\": 200, \"body\": \"$request.headers['x-kind'][0]\"}"}},
    {"id": "empty", "httpRequest": {"path": "/empty"}, "httpResponse": {"statusCode": 204}},
    {"id": "same", "httpRequest": {"path": "/same"}, "httpResponse": {"statusCode": 304}},
    {"id": "strange", "httpRequest": {"path": "/strange"}, "httpResponse": {"statusCode": 299, "body": "x"}},
    {"id": "late", "httpRequest": {"path": "/late"},
     "httpResponse": {"body": "late", "delay": {"timeUnit": "MILLISECONDS", "value": 20}}},
    {"id": "pieces", "httpRequest": {"path": "/pieces"},
     "httpResponse": {"body": "abcdef", "connectionOptions": {"chunkSize": 4}}},
    {"id": "reason", "httpRequest": {"path": "/reason"}, "httpResponse": {"reasonPhrase": "So What"}}]"#;

fn server() -> Running {
    let long = "long".repeat(10_000);
    serving(&EXPECTATIONS.replace("LONG", &long))
}

/// A request with a header that is or is not unusual.
fn request(line: &str, header: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{line} HTTP/1.1\r\nHost: mock.test\r\nX-Kind: ferry\r\nCookie: a=b\r\n{header}\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

const LAST: &str = "GET /text HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

/// Requests with their bodies.
const REQUESTS: [(&str, &str); 19] = [
    ("GET /text", ""),
    ("GET /TEXT", ""),
    ("GET /te%78t", ""),
    ("GET /text?a=b", ""),
    ("GET /long", ""),
    ("GET /header", ""),
    ("GET /cookie", ""),
    ("GET /query?q=a+b", ""),
    ("GET /query?q=a%20b&q2", ""),
    ("GET /query", ""),
    ("POST /json", r#"{"a":1}"#),
    ("POST /json", r#"{"a":2}"#),
    ("GET /template/x", ""),
    ("DELETE /empty", ""),
    ("GET /same", ""),
    ("GET /strange", ""),
    ("GET /late", ""),
    ("GET /pieces", ""),
    ("GET /reason", ""),
];

#[test]
fn both_ways_give_the_same_answers_and_the_same_records() {
    let server = server();
    for (line, body) in REQUESTS {
        let both = ["connection: keep-alive", "connection: keep-alive, x"].map(|header| {
            server.engine.reset();
            let long = "long".repeat(10_000);
            server.create(&EXPECTATIONS.replace("LONG", &long));
            let text = server.talk_text(&(request(line, header, body) + LAST));
            let records = server.engine.journal().records();
            let mut asked = records[0].record.request();
            asked.headers.remove("connection");
            asked.remote = None;
            let id = records[0].record.entry().map(|entry| entry.id().clone());
            (text, format!("{asked:?}"), id)
        });
        assert_eq!(both[0], both[1], "{line} {body}");
        assert!(both[0].0.ends_with("text"), "{line}: {}", both[0].0);
    }
}

#[test]
fn requests_sent_at_once_are_answered_in_their_order() {
    let server = server();
    let all = REQUESTS.iter().chain(REQUESTS.iter().rev());
    let texts = all.enumerate().map(|(number, (line, body))| {
        // From some place on the connection goes the long way.
        let header = if number == 10 {
            "te: trailers, x\r\nexpect: 100-continue"
        } else {
            "a: b"
        };
        request(line, header, body)
    });
    let sent: String = texts.collect();
    let found = server.talk_text(&(sent + LAST));
    let heads = found.matches("HTTP/1.1 ").count();
    let continued = found.matches("HTTP/1.1 100 ").count();
    assert_eq!(heads - continued, 2 * REQUESTS.len() + 1);
    let counters = server.engine.journal().counters();
    assert_eq!(counters.total(), 2 * REQUESTS.len() as u64 + 1);
}

#[test]
fn a_request_in_pieces_is_answered() {
    let server = server();
    let mut stream = server.connect();
    let text = request("POST /json", "connection: keep-alive", r#"{"a":1}"#);
    for piece in text.as_bytes().chunks(7) {
        stream.write_all(piece).unwrap();
        std::thread::sleep(Duration::from_millis(1));
    }
    stream.write_all(LAST.as_bytes()).unwrap();
    let found = String::from_utf8(read_all(&mut stream)).unwrap();
    assert!(found.starts_with("HTTP/1.1 201 Created\r\n"), "{found}");
    assert!(found.ends_with("text"), "{found}");
}

#[test]
fn many_requests_at_once_are_all_answered_to_a_slow_reader() {
    const COUNT: usize = 300;
    let server = server();
    let mut stream = server.connect();
    let mut writer = stream.try_clone().unwrap();
    let sending = std::thread::spawn(move || {
        let long = "GET /long HTTP/1.1\r\nhost: a\r\n\r\n".repeat(COUNT);
        writer.write_all((long + LAST).as_bytes()).unwrap();
    });
    std::thread::sleep(Duration::from_millis(200));
    let found = String::from_utf8(read_all(&mut stream)).unwrap();
    sending.join().unwrap();
    assert_eq!(found.matches("content-length: 40000\r\n").count(), COUNT);
    assert!(found.ends_with("text"));
}

#[test]
fn a_rest_ends_when_the_server_stops() {
    let server = server();
    let mut stream = server.connect();
    stream
        .write_all(b"GET /empty HTTP/1.1\r\nhost: a\r\n\r\n")
        .unwrap();
    let mut first = [0; 12];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"HTTP/1.1 204");
    let Running { server, .. } = server;
    server.stop(Duration::from_secs(5));
    read_all(&mut stream);
}

#[test]
fn where_all_answers_get_something_else_none_is_plain() {
    let server = serve(|options| {
        options.cors = CorsOptions {
            all: true,
            ..CorsOptions::default()
        };
    });
    server.create(r#"{"httpResponse":{"body":"x"}}"#);
    let found =
        server.talk_text("GET / HTTP/1.1\r\nhost: a\r\norigin: b\r\nconnection: close\r\n\r\n");
    assert!(found.contains("access-control-allow-origin"), "{found}");
    let found =
        server.talk_text(&("GET / HTTP/1.1\r\nhost: a\r\norigin: b\r\n\r\n".to_owned() + LAST));
    assert_eq!(
        found.matches("access-control-allow-origin").count(),
        2,
        "{found}"
    );
}
