//! What is odd about connections, by expectation and by client.

mod common;

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use common::{read_all, serve, serving};

const GET: &str = "GET /x HTTP/1.1\r\nhost: a\r\n\r\n";
const LAST_GET: &str = "GET /x HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

#[test]
fn a_dropped_connection_gives_nothing() {
    let server = serving(r#"{"httpError":{"dropConnection":true}}"#);
    assert!(server.talk(GET.as_bytes()).is_empty());
    assert_eq!(server.engine.journal().counters().matched(), 1);
}

#[test]
fn raw_bytes_come_as_they_are_and_end_the_connection() {
    let server = serving(r#"{"httpError":{"responseBytes":"bm90IGh0dHA=","dropConnection":true}}"#);
    assert_eq!(server.talk_text(GET), "not http");
}

#[test]
fn an_error_after_responses_leaves_them_whole() {
    let server = serving(
        r#"[{"httpRequest":{"path":"/ok"},"httpResponse":{"body":"fine"}},
            {"httpRequest":{"path":"/x"},"httpError":{"responseBytes":"IQ=="}}]"#,
    );
    let text = server.talk_text(&format!("GET /ok HTTP/1.1\r\nhost: a\r\n\r\n{GET}"));
    assert!(
        text.starts_with("HTTP/1.1 200 OK") && text.ends_with("fine!"),
        "{text}"
    );
}

#[test]
fn a_body_goes_in_chunks() {
    let server =
        serving(r#"{"httpResponse":{"body":"abcdefg","connectionOptions":{"chunkSize":3}}}"#);
    let text = server.talk_text(LAST_GET);
    assert!(text.contains("transfer-encoding: chunked\r\n"), "{text}");
    assert!(
        text.ends_with("\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n1\r\ng\r\n0\r\n\r\n"),
        "{text}"
    );
}

#[test]
fn the_length_can_be_a_lie() {
    let server = serving(
        r#"{"httpResponse":{"body":"abc","connectionOptions":{"contentLengthHeaderOverride":9}}}"#,
    );
    let text = server.talk_text(GET);
    assert!(
        text.contains("content-length: 9\r\n") && text.ends_with("abc"),
        "{text}"
    );
}

#[test]
fn headers_of_the_connection_are_suppressed_and_overridden() {
    let server = serving(
        r#"[{"httpRequest":{"path":"/x"},"httpResponse":{"body":"abc",
             "connectionOptions":{"suppressContentLengthHeader":true,"suppressConnectionHeader":true}}},
            {"httpRequest":{"path":"/y"},"httpResponse":{"connectionOptions":{"keepAliveOverride":false}}}]"#,
    );
    let text = server.talk_text(&format!("{GET}GET /y HTTP/1.1\r\nhost: a\r\n\r\n"));
    let (first, second) = text.split_at(text.rfind("HTTP/1.1").unwrap());
    assert!(
        !first.contains("content-length") && !first.contains("connection:"),
        "{text}"
    );
    assert!(second.contains("connection: close\r\n"), "{text}");
}

#[test]
fn a_closed_socket_is_closed_after_the_answer() {
    let server = serving(
        r#"[{"httpRequest":{"path":"/x"},"httpResponse":{"body":"now","connectionOptions":{"closeSocket":true}}},
            {"httpRequest":{"path":"/late"},"httpResponse":{"body":"late","connectionOptions":
              {"closeSocket":true,"closeSocketDelay":{"timeUnit":"MILLISECONDS","value":300}}}}]"#,
    );
    assert!(server.talk_text(GET).ends_with("now"));
    let start = Instant::now();
    assert!(
        server
            .talk_text("GET /late HTTP/1.1\r\nhost: a\r\n\r\n")
            .ends_with("late")
    );
    assert!(start.elapsed() >= Duration::from_millis(280));
}

#[test]
fn another_reason_is_sent() {
    let server = serving(r#"{"httpResponse":{"statusCode":299,"reasonPhrase":"So So"}}"#);
    assert!(
        server
            .talk_text(LAST_GET)
            .starts_with("HTTP/1.1 299 So So\r\n")
    );
}

#[test]
fn what_is_no_http_is_refused() {
    let server = serve(|_| {});
    for bytes in [
        "\0\0\0\0\r\n\r\n",
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET / HTTP/1.1\r\na b: c\r\n\r\n",
    ] {
        let text = server.talk_text(bytes);
        assert!(
            text.is_empty() || text.starts_with("HTTP/1.1 400"),
            "{bytes:?}: {text}"
        );
    }
    assert_eq!(server.engine.journal().counters().total(), 0);
}

#[test]
fn too_large_heads_are_refused() {
    let server = serve(|options| options.limits.header_bytes = 8 << 10);
    let long = "x".repeat(9 << 10);
    let text = server.talk_text(&format!(
        "GET / HTTP/1.1\r\nhost: a\r\nlong: {long}\r\n\r\n"
    ));
    assert!(text.starts_with("HTTP/1.1 431"), "{text}");
    let many: String = "x: y\r\n".repeat(150);
    let text = server.talk_text(&format!("GET / HTTP/1.1\r\nhost: a\r\n{many}\r\n"));
    assert!(text.starts_with("HTTP/1.1 431"), "{text}");
}

#[test]
fn too_large_bodies_are_refused_announced_or_not() {
    let server = serve(|options| options.limits.body_bytes = 1000);
    let text = server.talk_text("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 1001\r\n\r\n");
    assert!(text.starts_with("HTTP/1.1 413"), "{text}");
    let chunk = format!("3e8\r\n{}\r\n", "x".repeat(1000));
    let head = "POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n";
    let text = server.talk_text(&format!("{head}{chunk}1\r\nx\r\n"));
    assert!(text.starts_with("HTTP/1.1 413"), "{text}");
    let whole = format!(
        "POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\ncontent-length: 1000\r\n\r\n{}",
        "x".repeat(1000)
    );
    assert!(server.talk_text(&whole).starts_with("HTTP/1.1 404"));
}

#[test]
fn slow_heads_and_idle_connections_are_closed_and_slow_answers_are_not() {
    let server = serve(|options| {
        options.limits.header_timeout = Duration::from_millis(500);
        options.limits.idle_timeout = Duration::from_millis(1500);
    });
    server.create(
        r#"{"httpResponse":{"body":"x","delay":{"timeUnit":"MILLISECONDS","value":2500}}}"#,
    );
    let start = Instant::now();
    let mut slow = server.connect();
    slow.write_all(b"GET / HTTP/1.1\r\n").unwrap();
    assert!(read_all(&mut slow).is_empty());
    assert!(
        start.elapsed() < Duration::from_millis(1500),
        "{:?}",
        start.elapsed()
    );
    let mut idle = server.connect();
    assert!(read_all(&mut idle).is_empty());
    assert!(start.elapsed() > Duration::from_millis(1500));
    assert!(server.talk_text(LAST_GET).ends_with('x'));
}

#[test]
fn a_body_may_not_take_for_ever() {
    let server = serve(|options| options.limits.body_timeout = Duration::from_millis(300));
    let text = server.talk_text("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\n\r\nab");
    assert!(text.starts_with("HTTP/1.1 408"), "{text}");
}

#[test]
fn beyond_the_limit_one_answer_is_given_and_then_none() {
    let server = serve(|options| options.limits.connections = 1);
    server.create(
        r#"{"httpRequest":{"path":"/late"},
            "httpResponse":{"delay":{"timeUnit":"SECONDS","value":20}}}"#,
    );
    std::thread::sleep(Duration::from_millis(600));
    let late = b"GET /late HTTP/1.1\r\nhost: a\r\n\r\n";
    let mut first = server.connect();
    first.write_all(late).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let text = server.talk_text(&GET.replace("/x", "/__automock/ready"));
    assert!(text.starts_with("HTTP/1.1 503 "), "{text}");
    assert!(text.contains("connection: close\r\n"), "{text}");
    std::thread::sleep(Duration::from_millis(300));
    let mut second = server.connect();
    second.write_all(late).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    assert!(server.talk(b"").is_empty());
}

#[test]
fn a_new_connection_takes_the_place_of_an_idle_one() {
    let server = serve(|options| {
        options.workers = std::num::NonZeroUsize::new(1);
        options.limits.connections = 2;
    });
    let ask = |stream: &mut std::net::TcpStream| {
        stream.write_all(GET.as_bytes()).unwrap();
        let mut head = [0; 80];
        let count = stream.read(&mut head).unwrap();
        String::from_utf8_lossy(&head[..count]).into_owned()
    };
    let mut longest = server.connect();
    assert!(ask(&mut longest).starts_with("HTTP/1.1 404"));
    std::thread::sleep(Duration::from_millis(600));
    let mut shorter = server.connect();
    assert!(ask(&mut shorter).contains("keep-alive"));
    let mut new = server.connect();
    assert!(ask(&mut new).contains("keep-alive"));
    assert!(read_all(&mut longest).is_empty());
    assert!(ask(&mut shorter).contains("keep-alive"));
}

#[test]
fn http2_is_recognised_by_its_preface() {
    let server = serving(r#"{"httpRequest":{"path":"/x"},"httpResponse":{"body":"two"}}"#);
    let mut stream = server.connect();
    // The preface and empty settings, then HEADERS on stream 1: GET, http, /x, host a.
    stream.write_all(b"PR").unwrap();
    std::thread::sleep(Duration::from_millis(30));
    stream
        .write_all(b"I * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0")
        .unwrap();
    let block = b"\x82\x86\x04\x02/x\x41\x01a";
    let length = u8::try_from(block.len()).unwrap();
    stream.write_all(&[0, 0, length, 1, 5, 0, 0, 0, 1]).unwrap();
    stream.write_all(block).unwrap();
    let mut found = Vec::new();
    let mut piece = [0; 512];
    while !found.windows(3).any(|window| window == b"two") {
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "closed after {found:?}");
        found.extend_from_slice(&piece[..count]);
    }
    let (_, text) = server.put("/mockserver/retrieve", r#"{"path":"/x"}"#);
    assert!(
        text.contains("\"HTTP_2\"") && text.contains("\"host\""),
        "{text}"
    );
}

#[test]
fn a_client_that_ends_after_its_first_letters_is_not_kept() {
    let server = serve(|_| {});
    for letters in ["P", "PRI"] {
        let mut stream = server.connect();
        stream.write_all(letters.as_bytes()).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let start = Instant::now();
        read_all(&mut stream);
        assert!(start.elapsed() < Duration::from_secs(3), "{letters}");
    }
}
