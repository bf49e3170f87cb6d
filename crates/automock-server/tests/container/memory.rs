//! Memory: what clients send never takes a task over its limit.

use std::fmt::Write as _;
use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::sys::signal::Signal;
use tempfile::TempDir;

use super::cgroup::{Group, skip};
use super::program::{Program, connect, read_answer};

const MIB: usize = 1 << 20;

/// The program in a group of its own, or without one where that cannot be had.
struct Task {
    program: Program,
    group: Option<Group>,
    limit: u64,
}

impl Task {
    fn start(source: &Path, limit_mib: u64, processors: Option<f64>, what: &str) -> Self {
        let limit = limit_mib << 20;
        match Group::new(limit, processors) {
            Ok(group) => Self {
                program: Program::start_by(group.command(), source, &[]),
                group: Some(group),
                limit,
            },
            Err(why) => {
                skip(
                    &format!("{what}, with a limit that the kernel enforces"),
                    &why,
                );
                let bodies = (limit_mib / 4).to_string();
                let variables = [("AUTOMOCK_BODY_MEMORY_MIB", bodies.as_str())];
                Self {
                    program: Program::start(source, &variables),
                    group: None,
                    limit,
                }
            }
        }
    }

    /// The most memory that the process has had, in bytes.
    fn peak(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.program.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
        kibibytes.parse::<u64>().unwrap() << 10
    }

    /// It still answers, and has stayed below its limit.
    fn is_well(&mut self) {
        assert!(
            self.program
                .ask("/__automock/ready")
                .starts_with("HTTP/1.1 200")
        );
        let peak = self.peak();
        assert!(peak < self.limit, "{} MiB", peak >> 20);
        if let Some(peak) = self.group.as_ref().and_then(Group::peak) {
            assert!(peak <= self.limit, "{} MiB", peak >> 20);
        }
        self.program.signal(Signal::SIGINT);
        self.program.next("stopped");
        assert!(self.program.wait().success());
    }
}

fn pets() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mock.json");
    let pet = r#"[{"httpRequest":{"path":"/pet"},"httpResponse":{"body":"cat"}}]"#;
    fs::write(&file, pet).unwrap();
    (folder, file)
}

fn head(length: usize) -> String {
    format!("POST /pet HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\n\r\n")
}

/// The status that a client gets which sends a body of zeros.
fn post(address: SocketAddr, length: usize) -> u16 {
    let mut stream = connect(address).unwrap();
    stream.write_all(head(length).as_bytes()).unwrap();
    send_zeros(&mut stream, length);
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    std::str::from_utf8(&status[9..]).unwrap().parse().unwrap()
}

fn send_zeros(stream: &mut TcpStream, mut length: usize) {
    let zeros = vec![0; 64 << 10];
    while length > 0 {
        let count = length.min(zeros.len());
        stream.write_all(&zeros[..count]).unwrap();
        length -= count;
    }
}

#[test]
fn many_large_bodies_at_the_same_time_stay_below_the_limit() {
    let (_folder, file) = pets();
    let mut task = Task::start(&file, 384, None, "64 bodies of 8 MiB in 384 MiB");
    let address = task.program.address;
    let statuses: Vec<_> = thread::scope(|scope| {
        let clients: Vec<_> = (0..64)
            .map(|_| scope.spawn(move || post(address, 8 * MIB)))
            .collect();
        clients
            .into_iter()
            .map(|client| client.join().unwrap())
            .collect()
    });
    assert!(
        statuses.iter().all(|status| matches!(status, 200 | 503)),
        "{statuses:?}"
    );
    assert!(statuses.contains(&200), "some are served");
    // Nothing is left of them, so what fits is served again.
    assert_eq!(post(address, 8 * MIB), 200);
    task.is_well();
}

#[test]
fn many_unfinished_bodies_stay_below_the_limit() {
    let (_folder, file) = pets();
    let mut task = Task::start(&file, 384, None, "44 unfinished bodies of 9 MiB in 384 MiB");
    let address = task.program.address;
    let mut open: Vec<_> = (0..44)
        .map(|_| {
            let mut stream = connect(address).unwrap();
            stream.write_all(head(9 * MIB).as_bytes()).unwrap();
            send_zeros(&mut stream, 9 * MIB - 1);
            stream
        })
        .collect();
    // Those that have their place come to their end.
    let mut served = 0;
    for stream in &mut open {
        let _ = stream.write_all(&[0]);
        let answer = read_answer(stream).unwrap_or_default().0;
        served += u32::from(answer.starts_with("HTTP/1.1 200"));
    }
    assert!(served >= 8, "{served} of 44 are served");
    task.is_well();
}

/// So many bytes of different expectations, of a kibibyte each: an answer with a JSON document.
fn expectations_of(bytes: usize) -> String {
    let tags: Vec<_> = (0..40).map(|number| format!(r#""tag {number}""#)).collect();
    let tags = tags.join(",");
    let mut text = "[".to_owned();
    let mut number = 0;
    while text.len() < bytes {
        write!(
            text,
            r#"{{"id":"pet-{number}","httpRequest":{{"method":"GET","path":"/pets/{number}",
            "queryStringParameters":{{"kind":["k{number}"]}}}},"httpResponse":{{"statusCode":200,
            "headers":{{"content-type":["application/json"]}},"body":{{"type":"JSON","json":{{
            "id":{number},"name":"pet {number}","tags":[{tags}],"notes":"{}"}}}}}}}},"#,
            "n".repeat(256),
        )
        .unwrap();
        number += 1;
    }
    text.push_str(r#"{"httpRequest":{"path":"/pet"},"httpResponse":{"body":"cat"}}]"#);
    text
}

#[test]
fn the_smallest_task_bears_8_mb_of_expectations_2000_connections_and_50_mb_of_bodies() {
    const CONNECTIONS: usize = 2_000;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mock.json");
    fs::write(&file, expectations_of(8_000_000)).unwrap();
    let mut task = Task::start(&file, 512, Some(0.25), "the smallest task");
    let address = task.program.address;
    let mut idle: Vec<_> = (0..CONNECTIONS)
        .map(|_| connect(address).unwrap())
        .collect();
    // 50 MB in memory at the same time: the last byte of each body is missing.
    let length = 50_000_000 / CONNECTIONS;
    for stream in &mut idle {
        stream.write_all(head(length).as_bytes()).unwrap();
        send_zeros(stream, length - 1);
    }
    // The file is replaced meanwhile.
    let next = folder.path().join("mock.json.next");
    let changed = expectations_of(8_000_000).replace("cat", "dog");
    fs::write(&next, changed).unwrap();
    fs::rename(&next, &file).unwrap();
    task.program.next("loaded");
    for stream in &mut idle {
        stream.write_all(&[0]).unwrap();
    }
    for stream in &mut idle {
        let (head, body) = read_answer(stream).unwrap();
        assert!(head.starts_with("HTTP/1.1 200"), "{head}");
        assert_eq!(body, b"dog");
    }
    // And once more in a few large ones.
    thread::scope(|scope| {
        for _ in 0..5 {
            scope.spawn(move || assert_eq!(post(address, 10_000_000), 200));
        }
    });
    thread::sleep(Duration::from_millis(100));
    task.is_well();
}
