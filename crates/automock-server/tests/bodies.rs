//! Bodies that are too large, alone or together: what the client is told, and that it is told.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod common;

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use bytes::Bytes;
use common::{read_all, serve};
use http_body_util::{BodyExt as _, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};

/// More than the kernel's buffers of a connection take.
const LARGE: usize = 12 << 20;

fn head(length: usize) -> String {
    format!("POST /x HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n")
}

fn chunks(length: usize) -> Vec<u8> {
    let piece = vec![b'x'; 64 << 10];
    let mut bytes = b"POST /x HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    for _ in 0..length.div_ceil(piece.len()) {
        bytes.extend_from_slice(b"10000\r\n");
        bytes.extend_from_slice(&piece);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

/// What a client gets that reads nothing before it has sent everything.
fn send_all_then_read(mut stream: TcpStream, bytes: &[u8]) -> String {
    let timeout = Some(Duration::from_secs(20));
    stream.set_write_timeout(timeout).unwrap();
    stream.write_all(bytes).expect("everything can be sent");
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the answer arrives");
    answer
}

fn announced(length: usize) -> Vec<u8> {
    let mut bytes = head(length).into_bytes();
    bytes.resize(bytes.len() + length, b'x');
    bytes
}

#[test]
fn clients_that_are_still_sending_are_told_that_a_body_is_too_large() {
    let server = serve(|_| {});
    for bytes in [announced(LARGE), chunks(LARGE)] {
        let answer = send_all_then_read(server.connect(), &bytes);
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("connection: close\r\n"), "{answer}");
    }
    // Without the rest of the body, there is nothing to wait for.
    let mut waiting = server.connect();
    let expecting = head(LARGE).replace("\r\n\r\n", "\r\nexpect: 100-continue\r\n\r\n");
    waiting.write_all(expecting.as_bytes()).unwrap();
    let answer = String::from_utf8(read_all(&mut waiting)).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
    assert_eq!(server.engine.journal().counters().refused(), 3);
}

#[test]
fn a_slow_upload_is_told_as_well() {
    let server = serve(|options| {
        options.limits.header_timeout = Duration::from_secs(1);
        options.limits.body_bytes = 1 << 20;
    });
    let mut stream = server.connect();
    stream.write_all(head(4 << 20).as_bytes()).unwrap();
    let piece = vec![b'x'; 1 << 20];
    for _ in 0..4 {
        // Longer than a head may take.
        std::thread::sleep(Duration::from_millis(800));
        stream.write_all(&piece).expect("it is still read");
    }
    let mut answer = String::new();
    stream
        .read_to_string(&mut answer)
        .expect("the answer arrives");
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn nobody_reads_for_ever() {
    let server = serve(|options| options.limits.body_timeout = Duration::from_secs(1));
    let mut stream = server.connect();
    stream
        .set_write_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    stream.write_all(head(1 << 40).as_bytes()).unwrap();
    let piece = vec![b'x'; 64 << 10];
    let mut sent = 0_usize;
    while stream.write_all(&piece).is_ok() {
        sent += piece.len();
        assert!(sent < 1 << 30, "it is read without an end");
    }
}

#[test]
fn bodies_that_do_not_fit_beside_others_may_come_again() {
    const MIB: usize = 1 << 20;
    let server = serve(|options| {
        options.limits.body_bytes = 6 * MIB;
        options.limits.body_memory = 8 * MIB;
    });
    // It begins, and has its place.
    let mut first = server.connect();
    first.write_all(&announced(5 * MIB)[..3 * MIB]).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    for bytes in [announced(4 * MIB), chunks(5 * MIB)] {
        let answer = send_all_then_read(server.connect(), &bytes);
        assert!(answer.starts_with("HTTP/1.1 503 "), "{answer}");
        assert!(answer.contains("retry-after: 1\r\n"), "{answer}");
    }
    // What fits is served meanwhile, and so is the first.
    let small = String::from_utf8(announced(2 * MIB)).unwrap();
    let small = small.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    assert!(server.talk_text(&small).starts_with("HTTP/1.1 404 "));
    first.write_all(&announced(5 * MIB)[3 * MIB..]).unwrap();
    let mut status = [0; 12];
    first.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 404");
    // Its place is free again, and what the journal remembers takes none.
    let again = String::from_utf8(announced(6 * MIB)).unwrap();
    let again = again.replacen("\r\n", "\r\nconnection: close\r\n", 1);
    assert!(server.talk_text(&again).starts_with("HTTP/1.1 404 "));
    // A body that is larger than the memory for all of them never fits.
    let server = serve(|options| options.limits.body_memory = 4 * MIB);
    let answer = send_all_then_read(server.connect(), &announced(5 * MIB));
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn control_bodies_share_the_memory() {
    let server = serve(|options| options.limits.body_memory = 1 << 20);
    let put = head(2 << 20).replace("POST /x", "PUT /mockserver/expectation");
    let mut bytes = put.into_bytes();
    bytes.resize(bytes.len() + (2 << 20), b' ');
    let answer = send_all_then_read(server.connect(), &bytes);
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
}

#[test]
fn clients_of_http2_are_told_as_well_and_keep_their_connection() {
    let server = serve(|_| {});
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let stream = tokio::net::TcpStream::connect(server.address)
            .await
            .unwrap();
        let (mut sender, connection) =
            hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream))
                .await
                .unwrap();
        tokio::spawn(connection);
        for (length, status) in [(LARGE, 413), (1 << 20, 404), (LARGE, 413), (0, 404)] {
            let request = http::Request::post(server.url("/x"));
            let body = Full::new(Bytes::from(vec![b'x'; length]));
            let response = sender
                .send_request(request.body(body).unwrap())
                .await
                .unwrap();
            assert_eq!(response.status(), status, "{length}");
            assert!(response.headers().get("connection").is_none());
            response.into_body().collect().await.unwrap();
        }
    });
}
