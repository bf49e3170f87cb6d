//! The program, started and observed as a container runtime does it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

/// Longer than anything here takes.
const LONG: Duration = Duration::from_mins(1);

/// A running program. It is killed when it is dropped.
pub(crate) struct Program {
    child: Child,
    lines: Receiver<Value>,
    pub(crate) address: SocketAddr,
    /// All lines that have been passed over.
    pub(crate) passed: Vec<Value>,
}

impl Program {
    /// Starts it with expectations and variables, and waits until it serves.
    #[expect(
        clippy::disallowed_methods,
        reason = "the test starts the program as a container does"
    )]
    pub(crate) fn start(source: &Path, variables: &[(&str, &str)]) -> Self {
        Self::start_by(Command::new(executable()), source, variables)
    }

    /// The same by another command, which ends up as the program.
    pub(crate) fn start_by(mut by: Command, source: &Path, variables: &[(&str, &str)]) -> Self {
        let mut child = by
            .env("AUTOMOCK_SOURCE", source)
            .env("AUTOMOCK_HOST", "127.0.0.1")
            .env("AUTOMOCK_PORT", "0")
            .envs(variables.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let Ok(line) = serde_json::from_str(&line) else {
                    panic!("no JSON: {line}");
                };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut program = Self {
            child,
            lines,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            passed: Vec::new(),
        };
        let serving = program.next("serving");
        program.address = serving["address"].as_str().unwrap().parse().unwrap();
        program
    }

    /// The next line of an event; the lines before it are passed over.
    pub(crate) fn next(&mut self, event: &str) -> Value {
        loop {
            let line = self.lines.recv_timeout(LONG).expect(event);
            self.passed.push(line.clone());
            if line["event"] == event {
                return line;
            }
        }
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.id()), signal).unwrap();
    }

    pub(crate) fn id(&self) -> i32 {
        self.child.id().try_into().unwrap()
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().unwrap()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        connect(self.address).unwrap()
    }

    /// The head and the body of the answer to a request on a connection of its own.
    pub(crate) fn ask(&self, path: &str) -> String {
        let mut stream = self.connect();
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub(crate) fn executable() -> &'static str {
    env!("CARGO_BIN_EXE_automock-server")
}

/// A connection on which nothing takes for ever.
pub(crate) fn connect(address: SocketAddr) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(LONG))?;
    stream.set_write_timeout(Some(LONG))?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// One answer of a connection that may be kept: its head, and its body.
pub(crate) fn read_answer(stream: &mut TcpStream) -> std::io::Result<(String, Vec<u8>)> {
    let mut read = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let end = read.windows(4).position(|four| four == b"\r\n\r\n");
        if let Some(end) = end {
            let head = String::from_utf8_lossy(&read[..end]).into_owned();
            let length = head
                .lines()
                .find_map(|line| line.strip_prefix("content-length: "));
            let length: usize = length.map_or(0, |length| length.parse().unwrap());
            if read.len() >= end + 4 + length {
                return Ok((head, read.split_off(end + 4)));
            }
        }
        match stream.read(&mut piece)? {
            0 => return Err(std::io::ErrorKind::UnexpectedEof.into()),
            count => read.extend_from_slice(&piece[..count]),
        }
    }
}
