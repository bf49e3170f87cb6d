//! `automock forecast --calibrate`: what one processor of this machine serves.
//!
//! The engine runs in a process of its own, so that its processor time can be told from that of the
//! clients, which live in this one.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use automock_forecast::RequestsPerSecond;
use nix::sys::resource::{Usage, UsageWho, getrusage};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::args::GlobalArgs;
use crate::failure::Failure;
use crate::printer::Printer;

/// Clients, each with a connection that it keeps: enough that the engine always has something to do.
const CLIENTS: usize = 16;

/// Room for a response's head; its body is read and dropped.
const BUFFER: usize = 64 << 10;

/// What was measured.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Calibration {
    /// Requests that were answered.
    pub(super) requests: u64,
    /// How long it took.
    pub(super) seconds: f64,
    /// Processor time of the engine.
    pub(super) processor_seconds: f64,
    /// Requests per second that one processor serves.
    pub(super) per_vcpu: RequestsPerSecond,
}

/// What `automock up` prints.
#[derive(Deserialize)]
struct Up {
    url: String,
    example: Option<Example>,
}

/// A request that the mock answers.
#[derive(Deserialize)]
struct Example {
    method: String,
    target: String,
}

/// Serves the project's expectations with one process of the engine, asks for the example that `up`
/// shows, as fast as it answers, and compares the answers with the engine's processor time.
///
/// # Errors
///
/// When the engine can't be started, or no expectation is met by a plain request.
pub(super) async fn calibrate(
    seconds: u32,
    global: &GlobalArgs,
    printer: Printer,
) -> Result<Calibration, Failure> {
    let before = children_seconds();
    let (engine, up) = start(global)?;
    let outcome = drive(&up, seconds, printer).await;
    drop(engine);
    let (requests, took) = outcome?;
    let processor_seconds = children_seconds() - before;
    let rate = precise(requests) / processor_seconds.max(f64::MIN_POSITIVE);
    let per_vcpu = RequestsPerSecond::new(rate).map_err(|error| measured_nothing(&error))?;
    Ok(Calibration {
        requests,
        seconds: took,
        processor_seconds,
        per_vcpu,
    })
}

/// The engine's process, which ends with this.
struct Running(Child);

fn start(global: &GlobalArgs) -> Result<(Running, Up), Failure> {
    let failed = |source| Failure::io("start the engine", source);
    let program = std::env::current_exe().map_err(failed)?;
    #[expect(
        clippy::disallowed_methods,
        reason = "the engine is this program itself, whose processor time has to be told apart"
    )]
    let mut child = Command::new(program)
        .args(["up", "--port", "0", "--output", "json", "--quiet"])
        .arg("--project")
        .arg(&global.project)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(failed)?;
    let output = child.stdout.take().expect("standard output is piped");
    let running = Running(child);
    let mut text = String::new();
    for line in BufReader::new(output).lines() {
        let line = line.map_err(failed)?;
        text.push_str(&line);
        // The document is printed with indentation, and nothing follows it.
        if line == "}" {
            break;
        }
    }
    if let Ok(up) = serde_json::from_str(&text) {
        return Ok((running, up));
    }
    // It has said why on standard error, which is this program's.
    Err(Failure::io(
        "serve the project's expectations",
        std::io::Error::other("the engine ended before it listened"),
    ))
}

impl Drop for Running {
    fn drop(&mut self) {
        // One that has ended already is as good as stopped.
        if let Ok(id) = self.0.id().try_into() {
            let _ = kill(Pid::from_raw(id), Signal::SIGTERM);
        }
        let _ = self.0.wait();
    }
}

async fn drive(up: &Up, seconds: u32, printer: Printer) -> Result<(u64, f64), Failure> {
    let Some(example) = &up.example else {
        return Err(Failure::io(
            "measure the engine",
            std::io::Error::other("no expectation is met by a request without headers and body"),
        ));
    };
    let address = address(&up.url)?;
    printer.step(format_args!(
        "asking for {} {} for {seconds} s",
        example.method, example.target
    ));
    let request = format!(
        "{} {} HTTP/1.1\r\nhost: {address}\r\n\r\n",
        example.method, example.target
    );
    let began = Instant::now();
    let end = began + Duration::from_secs(seconds.into());
    let clients = (0..CLIENTS).map(|_| tokio::spawn(ask(address, request.clone(), end)));
    let mut answers = 0;
    for client in clients.collect::<Vec<_>>() {
        let asked = client.await.map_err(std::io::Error::other).flatten();
        answers += asked.map_err(|source| Failure::io("ask the engine", source))?;
    }
    Ok((answers, began.elapsed().as_secs_f64()))
}

fn address(url: &str) -> Result<SocketAddr, Failure> {
    let host = url.trim_start_matches("http://");
    host.parse()
        .map_err(|error| Failure::io("find the engine", std::io::Error::other(error)))
}

/// Asks until the time is over; the answer is how many answers came.
async fn ask(address: SocketAddr, request: String, end: Instant) -> std::io::Result<u64> {
    let mut stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let mut buffer = vec![0; BUFFER];
    let mut answers = 0;
    while Instant::now() < end {
        stream.write_all(request.as_bytes()).await?;
        receive(&mut stream, &mut buffer).await?;
        answers += 1;
    }
    Ok(answers)
}

async fn receive(stream: &mut TcpStream, buffer: &mut [u8]) -> std::io::Result<()> {
    let mut filled = 0;
    let mut left = loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        filled += read;
        if let Some((head, body)) = lengths(&buffer[..filled]) {
            if !buffer.starts_with(b"HTTP/1.1 ") || is_error(&buffer[..filled]) {
                return Err(std::io::Error::other("an answer is an error"));
            }
            break (head + body).saturating_sub(filled);
        }
    };
    while left > 0 {
        let room = left.min(buffer.len());
        let read = stream.read(&mut buffer[..room]).await?;
        if read == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        left -= read;
    }
    Ok(())
}

/// Whether a response is what the engine says when it can't answer; an expectation may say that too, and
/// then there is little to measure.
fn is_error(response: &[u8]) -> bool {
    let status = response.get(9..12).unwrap_or_default();
    matches!(status, b"400" | b"404" | b"503")
}

/// The lengths of a response's head and body, once the head is there. The engine tells every length.
fn lengths(bytes: &[u8]) -> Option<(usize, usize)> {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]);
    let told = head.split("\r\n").find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse().ok())?
    });
    Some((end + 4, told.unwrap_or(0)))
}

/// Processor time of the children that have ended.
fn children_seconds() -> f64 {
    getrusage(UsageWho::RUSAGE_CHILDREN).map_or(0.0, |usage: Usage| {
        let parts = [usage.user_time(), usage.system_time()];
        parts
            .iter()
            .map(|time| precise_signed(time.tv_sec()) + precise_signed(time.tv_usec()) / 1e6)
            .sum()
    })
}

fn measured_nothing(error: &dyn std::error::Error) -> Failure {
    Failure::io(
        "measure the engine",
        std::io::Error::other(error.to_string()),
    )
}

#[expect(clippy::cast_precision_loss, reason = "counts of some seconds")]
fn precise(count: u64) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "times of some minutes")]
fn precise_signed(time: i64) -> f64 {
    time as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_once_the_head_is_there() {
        assert_eq!(lengths(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"), None);
        let whole = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe";
        assert_eq!(lengths(whole), Some((whole.len() - 2, 5)));
        assert_eq!(lengths(b"HTTP/1.1 204 No Content\r\n\r\n"), Some((27, 0)));
    }
}
