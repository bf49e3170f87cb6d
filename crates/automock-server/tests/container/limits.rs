//! Descriptors and processors: the program knows what it may use.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::cgroup::{Group, skip};
use super::program::{Program, connect, executable, read_answer};

fn pets() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mock.json");
    let pet = r#"[{"httpRequest":{"path":"/pet"},"httpResponse":{"body":"cat"}}]"#;
    std::fs::write(&file, pet).unwrap();
    (folder, file)
}

/// The program after `ulimit`.
#[expect(
    clippy::disallowed_methods,
    reason = "the test starts the program as a container does"
)]
fn limited(ulimit: &str) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", &format!("{ulimit} && exec '{}'", executable())]);
    command
}

#[test]
fn the_soft_limit_of_open_files_is_raised_to_the_hard_one() {
    let (_folder, file) = pets();
    let mut program = Program::start_by(limited("ulimit -Sn 64"), &file, &[]);
    let open: Vec<_> = (0..200).map(|_| program.connect()).collect();
    assert!(program.ask("/pet").ends_with("cat"));
    drop(open);
    let limits = program
        .passed
        .iter()
        .find(|line| line["event"] == "limits")
        .unwrap()
        .clone();
    assert!(limits["files"].as_u64().unwrap() > 64, "{limits}");
    program.signal(nix::sys::signal::Signal::SIGINT);
    program.next("stopped");
}

#[test]
fn idle_connections_beyond_the_open_files_keep_nobody_out() {
    let (_folder, file) = pets();
    let program = Program::start_by(limited("ulimit -n 256"), &file, &[]);
    // Some that have been answered and are kept, some that never say a word, some that begin a head.
    let mut open: Vec<_> = (0..400)
        .map(|number| {
            let mut stream = program.connect();
            let bytes: &[u8] = match number % 3 {
                0 => b"GET /pet HTTP/1.1\r\nhost: a\r\n\r\n",
                1 => b"GET /pet HT",
                _ => b"",
            };
            // The server may have closed it for others.
            let _ = stream.write_all(bytes);
            stream
        })
        .collect();
    // Connections that are a quarter of a second old have been idle for a while.
    thread::sleep(Duration::from_secs(1));
    for _ in 0..20 {
        let start = Instant::now();
        assert!(program.ask("/__automock/ready").starts_with("HTTP/1.1 200"));
        assert!(
            start.elapsed() < Duration::from_secs(2),
            "{:?}",
            start.elapsed()
        );
        open.push(program.connect());
    }
}

/// The description of a task with a quarter of a processor, as Amazon ECS gives it. There is no such endpoint
/// outside of its containers.
fn metadata() -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let endpoint = format!("http://{}/v4/abc", listener.local_addr().unwrap());
    thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 1024]);
            let body = r#"{"TaskARN":"arn:aws:ecs:eu-west-1:1:task/c/0123","Limits":{"CPU":0.25,"Memory":512}}"#;
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n{body}"
            );
        }
    });
    endpoint
}

#[test]
fn the_task_is_known_by_its_metadata() {
    let (_folder, file) = pets();
    let endpoint = metadata();
    let variables = [("ECS_CONTAINER_METADATA_URI_V4", endpoint.as_str())];
    let program = Program::start(&file, &variables);
    let limits = program
        .passed
        .iter()
        .find(|line| line["event"] == "limits")
        .unwrap();
    assert_eq!(limits["task"], "0123");
    assert_eq!(limits["processors"], 0.25);
    assert_eq!(
        (&limits["memory_mib"], &limits["body_memory_mib"]),
        (&512.into(), &128.into())
    );
}

#[test]
fn a_saturated_quarter_of_a_processor_is_fully_used() {
    let (_folder, file) = pets();
    let group = match Group::new(512 << 20, Some(0.25)) {
        Ok(group) => group,
        Err(why) => return skip("the utilization of a quarter of a processor", &why),
    };
    let variables = [("AUTOMOCK_METRICS_NAMESPACE", "AutoMock")];
    let mut program = Program::start_by(group.command(), &file, &variables);
    let address = program.address;
    let has_ended = &AtomicBool::new(false);
    let mut seen = Vec::new();
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(move || {
                let mut stream = connect(address).unwrap();
                let many = b"GET /pet HTTP/1.1\r\nhost: a\r\n\r\n";
                while !has_ended.load(Ordering::Relaxed) {
                    stream.write_all(many).unwrap();
                    read_answer(&mut stream).unwrap();
                }
            });
        }
        // The first second begins before the load does.
        program.next("metrics");
        let before = (Instant::now(), processor_time(&program), group.throttled());
        for _ in 0..6 {
            let line = program.next("metrics");
            seen.push(line["ProcessorUtilization"].as_f64().unwrap());
        }
        let passed = before.0.elapsed().as_secs_f64();
        let used = processor_time(&program) - before.1;
        has_ended.store(true, Ordering::Relaxed);
        // As the kernel counts it, on a busy machine as well.
        let truth = 100.0 * used / (passed * 0.25);
        let mean = seen.iter().sum::<f64>() / 6.0;
        assert!((mean - truth).abs() < 10.0, "{truth}, not {seen:?}");
        // Where nothing but the quota held it back, it was saturated.
        let (periods, throttled) = group.throttled();
        let (periods, throttled) = (periods - before.2.0, throttled - before.2.1);
        if periods > 50 && throttled * 10 >= periods * 9 {
            assert!(mean >= 95.0, "{seen:?}");
        } else {
            eprintln!("the machine was too busy to saturate the task: {seen:?}");
        }
    });
}

/// Seconds of the processor that a program has used. The kernel counts in hundredths.
fn processor_time(program: &Program) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{}/stat", program.id())).unwrap();
    let fields: Vec<_> = stat
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    let hundredths = |index: usize| fields[index].parse::<f64>().unwrap();
    (hundredths(11) + hundredths(12)) / 100.0
}
