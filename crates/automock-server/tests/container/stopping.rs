//! Stopping: nothing that the kernel has accepted is lost.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal;
use serde_json::Value;
use tempfile::TempDir;

use super::program::{Program, connect, read_answer};

const GET: &[u8] = b"GET /pet HTTP/1.1\r\nhost: a\r\n\r\n";

/// A file with an answer at once, and with one that takes as long as its path says.
fn expectations() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mock.json");
    let late = |seconds: u32| {
        format!(
            r#"{{"httpRequest":{{"path":"/late/{seconds}"}},"httpResponse":{{"body":"late",
                "delay":{{"timeUnit":"SECONDS","value":{seconds}}}}}}}"#
        )
    };
    let at_once = r#"{"httpRequest":{"path":"/pet"},"httpResponse":{"body":"cat"}}"#;
    let all = format!("[{at_once},{},{}]", late(2), late(30));
    std::fs::write(&file, all).unwrap();
    (folder, file)
}

fn counts(stopped: &Value) -> [u64; 4] {
    ["requests", "matched", "unmatched", "cut"].map(|name| stopped[name].as_u64().unwrap())
}

/// The values of `connection` in a head.
fn connection_of(head: &str) -> Vec<&str> {
    head.lines()
        .filter_map(|line| line.strip_prefix("connection: "))
        .collect()
}

#[test]
fn what_waits_in_the_accept_queue_is_answered() {
    const REQUESTS: [&[u8]; 5] = [
        GET,
        b"GET /pet HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"POST /pet HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc",
        b"POST /pet HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        b"HEAD /pet HTTP/1.1\r\nhost: a\r\n\r\n",
    ];
    // Both ways: a person does not wait for idle connections, and must lose nothing either.
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let (_folder, file) = expectations();
        let mut program = Program::start(&file, &[("AUTOMOCK_GRACE_SECONDS", "4")]);
        program.signal(Signal::SIGSTOP);
        let mut streams: Vec<_> = (0..50).map(|_| program.connect()).collect();
        for (stream, request) in streams.iter_mut().zip(REQUESTS.iter().cycle()) {
            stream.write_all(request).unwrap();
        }
        program.signal(signal);
        program.signal(Signal::SIGCONT);
        for (stream, request) in streams.iter_mut().zip(REQUESTS.iter().cycle()) {
            let mut answer = String::new();
            let read = stream.read_to_string(&mut answer);
            let request = String::from_utf8_lossy(request);
            read.unwrap_or_else(|error| panic!("{request}: {error}, {answer:?}"));
            assert!(
                answer.starts_with("HTTP/1.1 200 OK\r\n"),
                "{request}: {answer:?}"
            );
            // A worker may answer before it learns of the signal.
            let connection = connection_of(&answer);
            let is_one = matches!(connection[..], ["close" | "keep-alive"]);
            assert!(is_one, "{request}: {answer}");
        }
        assert_eq!(counts(&program.next("stopped")), [50, 50, 0, 0], "{signal}");
        assert!(program.wait().success());
    }
}

#[test]
fn connections_of_http2_in_the_accept_queue_are_answered() {
    let (_folder, file) = expectations();
    let mut program = Program::start(&file, &[("AUTOMOCK_GRACE_SECONDS", "20")]);
    program.signal(Signal::SIGSTOP);
    let mut streams: Vec<_> = (0..10).map(|_| program.connect()).collect();
    for stream in &mut streams {
        // The preface and empty settings, then HEADERS on stream 1: GET, http, /pet, host a.
        let block = b"\x82\x86\x04\x04/pet\x41\x01a";
        let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0".to_vec();
        bytes.extend_from_slice(&[0, 0, block.len().try_into().unwrap(), 1, 5, 0, 0, 0, 1]);
        bytes.extend_from_slice(block);
        stream.write_all(&bytes).unwrap();
    }
    program.signal(Signal::SIGTERM);
    program.signal(Signal::SIGCONT);
    for stream in &mut streams {
        let mut found = Vec::new();
        let mut piece = [0; 512];
        while !found.windows(3).any(|three| three == b"cat") {
            let count = stream.read(&mut piece).unwrap();
            assert!(count > 0, "closed after {found:?}");
            found.extend_from_slice(&piece[..count]);
        }
    }
    drop(streams);
    assert_eq!(counts(&program.next("stopped")), [10, 10, 0, 0]);
}

/// What a client saw: answers, and requests without one.
#[derive(Debug, Default)]
struct Seen {
    answered: u64,
    lost: Vec<String>,
}

/// Asks again and again until nobody listens any more. A connection is kept until an answer says that it is
/// the last one; without a look whether it is still open, so that each close at the wrong instant shows.
fn ask_until_refused(address: SocketAddr, keep: bool, has_ended: &AtomicBool) -> Seen {
    let mut seen = Seen::default();
    let mut kept: Option<TcpStream> = None;
    while !has_ended.load(Ordering::Relaxed) {
        let Ok(mut stream) = kept.take().map_or_else(|| connect(address), Ok) else {
            break;
        };
        let answer = stream
            .write_all(GET)
            .and_then(|()| read_answer(&mut stream));
        match answer {
            Ok((head, body)) => {
                assert_eq!(body, b"cat", "{head}");
                seen.answered += 1;
                let connection = connection_of(&head);
                assert!(matches!(connection[..], ["close" | "keep-alive"]), "{head}");
                if keep && connection == ["keep-alive"] {
                    kept = Some(stream);
                }
            }
            Err(error) => seen.lost.push(error.to_string()),
        }
    }
    seen
}

#[test]
fn nothing_is_lost_while_it_drains_and_stops_under_load() {
    let (_folder, file) = expectations();
    let variables = [
        ("AUTOMOCK_DRAIN_SECONDS", "2"),
        ("AUTOMOCK_GRACE_SECONDS", "5"),
        ("AUTOMOCK_METRICS_NAMESPACE", "AutoMock"),
    ];
    let mut program = Program::start(&file, &variables);
    assert!(program.ask("/__automock/ready").starts_with("HTTP/1.1 200"));
    let address = program.address;
    let has_ended = &AtomicBool::new(false);
    let (seen, stopped) = thread::scope(|scope| {
        let clients: Vec<_> = (0..8)
            .map(|number| {
                scope.spawn(move || ask_until_refused(address, number % 2 == 0, has_ended))
            })
            .collect();
        thread::sleep(Duration::from_millis(500));
        program.signal(Signal::SIGTERM);
        program.next("stopping");
        let told = Instant::now();
        assert!(program.ask("/__automock/ready").starts_with("HTTP/1.1 503"));
        // A connection that was idle all the time gets its answer in the grace.
        let mut idle = program.connect();
        thread::sleep(Duration::from_secs(3));
        idle.write_all(GET).unwrap();
        let (head, _) = read_answer(&mut idle).unwrap();
        assert_eq!(connection_of(&head), ["close"]);
        let stopped = program.next("stopped");
        assert!(
            told.elapsed() > Duration::from_secs(2),
            "it drains before it stops"
        );
        has_ended.store(true, Ordering::Relaxed);
        let seen: Vec<_> = clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect();
        (seen, stopped)
    });
    let lost: Vec<_> = seen.iter().flat_map(|seen| &seen.lost).collect();
    assert!(
        lost.is_empty(),
        "{} lost, such as {:?}",
        lost.len(),
        lost[0]
    );
    let answered = seen.iter().map(|seen| seen.answered).sum::<u64>() + 1;
    assert_eq!(counts(&stopped), [answered, answered, 0, 0]);
    // The metrics have all of them too, those of the last part of a second included.
    let metrics = program
        .passed
        .iter()
        .filter(|line| line["event"] == "metrics");
    let told: u64 = metrics.map(|line| line["Requests"].as_u64().unwrap()).sum();
    assert_eq!(told, answered);
    assert!(program.wait().success());
}

#[test]
fn requests_in_progress_end_and_those_that_the_grace_cuts_are_counted() {
    let (_folder, file) = expectations();
    let mut program = Program::start(&file, &[("AUTOMOCK_GRACE_SECONDS", "4")]);
    let mut streams: Vec<_> = ["/late/2", "/late/30", "/late/30"]
        .map(|path| {
            let mut stream = program.connect();
            write!(stream, "GET {path} HTTP/1.1\r\nhost: a\r\n\r\n").unwrap();
            stream
        })
        .into();
    // The head and a part of the body, of which the rest never comes.
    let mut half = program.connect();
    half.write_all(b"POST /pet HTTP/1.1\r\nhost: a\r\ncontent-length: 90000\r\n\r\nabc")
        .unwrap();
    thread::sleep(Duration::from_millis(500));
    program.signal(Signal::SIGTERM);
    let (head, body) = read_answer(&mut streams[0]).unwrap();
    assert_eq!(
        (&connection_of(&head)[..], &body[..]),
        (&["close"][..], &b"late"[..])
    );
    let cut = program.next("cut");
    assert_eq!(cut["requests"], 3, "{cut}");
    assert!(
        cut["hint"]
            .as_str()
            .unwrap()
            .contains("AUTOMOCK_GRACE_SECONDS")
    );
    assert_eq!(counts(&program.next("stopped")), [3, 3, 0, 3]);
}

#[test]
fn a_second_signal_ends_it_at_once_in_each_phase() {
    for (drain, grace) in [("60", "60"), ("0", "60")] {
        let (_folder, file) = expectations();
        let variables = [
            ("AUTOMOCK_DRAIN_SECONDS", drain),
            ("AUTOMOCK_GRACE_SECONDS", grace),
        ];
        let mut program = Program::start(&file, &variables);
        let mut stream = program.connect();
        stream
            .write_all(b"GET /late/30 HTTP/1.1\r\nhost: a\r\n\r\n")
            .unwrap();
        thread::sleep(Duration::from_millis(300));
        program.signal(Signal::SIGTERM);
        program.next("stopping");
        thread::sleep(Duration::from_millis(300));
        let start = Instant::now();
        program.signal(Signal::SIGTERM);
        assert_eq!(counts(&program.next("stopped")), [1, 1, 0, 1]);
        assert!(program.wait().success());
        assert!(
            start.elapsed() < Duration::from_secs(3),
            "{:?}",
            start.elapsed()
        );
    }
}

#[test]
fn a_person_does_not_wait_for_idle_connections() {
    let (_folder, file) = expectations();
    let variables = [
        ("AUTOMOCK_DRAIN_SECONDS", "60"),
        ("AUTOMOCK_GRACE_SECONDS", "60"),
    ];
    let mut program = Program::start(&file, &variables);
    let mut idle = program.connect();
    idle.write_all(GET).unwrap();
    read_answer(&mut idle).unwrap();
    program.signal(Signal::SIGINT);
    let start = Instant::now();
    program.next("stopped");
    assert!(
        start.elapsed() < Duration::from_secs(3),
        "{:?}",
        start.elapsed()
    );
}
