//! A load at a constant rate, in which every request is counted and none is sent twice.
//!
//! Requests are due at fixed times, whether earlier ones have been answered or not (an *open* load), as long
//! as there are idle connections. Before a connection is used again, the client looks whether the server has
//! closed it, as browsers and HTTP libraries do.

use std::{
    collections::BTreeMap,
    io::{self, BufRead as _, BufReader, ErrorKind, Read as _, Write as _},
    net::{SocketAddr, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use serde::Serialize;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(15);

/// What is sent, and how often.
#[derive(Clone, Debug)]
pub struct Load {
    /// Whom to ask.
    pub address: SocketAddr,
    /// The value of the header `host`.
    pub host: String,
    /// What is asked for, in turn.
    pub paths: Vec<String>,
    /// Requests per second; [`LoadRun::set_rate`] changes it.
    pub rate: u32,
    /// Connections that are used again and again.
    pub kept_connections: usize,
    /// Workers that open a connection for each request.
    pub fresh_connections: usize,
}

/// A load that runs. It ends when dropped, and is stopped by [`LoadRun::stop`].
#[derive(Debug)]
pub struct LoadRun {
    shared: Arc<Shared>,
    workers: Vec<JoinHandle<Tally>>,
    started: Instant,
}

/// What became of all requests.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LoadReport {
    /// Requests that were sent.
    pub sent: u64,
    /// Those that got status 200.
    pub succeeded: u64,
    /// Those that did not, by what happened instead, such as `status 503`.
    pub failed: BTreeMap<String, u64>,
    /// Answers with status 200 by their body, up to a hundred different ones.
    pub bodies: BTreeMap<String, u64>,
    /// Answers by who gave them, as the header `x-served-by` says.
    pub servers: BTreeMap<String, u64>,
    /// For how long requests were sent, in seconds.
    pub seconds: f64,
    /// Time from sending to the whole answer, in milliseconds.
    pub latency_milliseconds: Percentiles,
    /// The first failures, each with the seconds since the start.
    pub first_failures: Vec<String>,
    /// Requests that were sent more than 100 ms after their time, because no connection was idle.
    pub late: u64,
}

/// Percentiles of a distribution.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Half of all are lower.
    pub p50: f64,
    /// 99 % are lower.
    pub p99: f64,
    /// The highest.
    pub max: f64,
}

#[derive(Debug)]
struct Shared {
    load: Load,
    started: Instant,
    /// The number of the next request.
    number: AtomicUsize,
    /// When the next request is due, in nanoseconds since the start.
    due: AtomicU64,
    /// Nanoseconds between two requests.
    interval: AtomicU64,
    done: AtomicU64,
    failed: AtomicU64,
    stop: AtomicBool,
    /// The first failures, each with its time.
    failures: Mutex<Vec<String>>,
}

/// How many failures are kept with their time.
const KEPT_FAILURES: usize = 20;

/// How many different bodies are told apart.
const MOST_BODIES: usize = 100;

const LATE: Duration = Duration::from_millis(100);

#[derive(Debug, Default)]
struct Tally {
    sent: u64,
    succeeded: u64,
    failed: BTreeMap<String, u64>,
    bodies: BTreeMap<String, u64>,
    servers: BTreeMap<String, u64>,
    microseconds: Vec<u32>,
    late: u64,
}

impl Load {
    /// Begins to send.
    #[must_use]
    pub fn start(self) -> LoadRun {
        let started = Instant::now();
        let interval = interval(self.rate);
        let kinds = [
            (true, self.kept_connections),
            (false, self.fresh_connections),
        ];
        let shared = Arc::new(Shared {
            load: self,
            started,
            number: AtomicUsize::new(0),
            due: AtomicU64::new(0),
            interval: AtomicU64::new(interval),
            done: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            stop: AtomicBool::new(false),
            failures: Mutex::default(),
        });
        let mut workers = Vec::new();
        for (keeps, count) in kinds {
            for _ in 0..count {
                let shared = Arc::clone(&shared);
                workers.push(thread::spawn(move || work(&shared, keeps)));
            }
        }
        LoadRun {
            shared,
            workers,
            started,
        }
    }
}

impl LoadRun {
    /// Requests that are over, and how many of them failed.
    #[must_use]
    pub fn so_far(&self) -> (u64, u64) {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        (count(&self.shared.done), count(&self.shared.failed))
    }

    /// Sends more or fewer requests per second from now on.
    pub fn set_rate(&self, rate: u32) {
        self.shared
            .interval
            .store(interval(rate), Ordering::Relaxed);
    }

    /// The first failures, each with the seconds since the start.
    #[must_use]
    pub fn failures(&self) -> Vec<String> {
        let failures = self.shared.failures.lock();
        failures.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Ends the run and gives what became of all requests, the ones in flight included.
    #[must_use]
    pub fn stop(mut self) -> LoadReport {
        self.shared.stop.store(true, Ordering::Relaxed);
        let mut all = Tally::default();
        for worker in self.workers.drain(..) {
            // A worker that panicked has lost its counts, and the sums will not fit.
            all.add(worker.join().unwrap_or_default());
        }
        LoadReport {
            first_failures: self.failures(),
            ..all.report(self.started.elapsed())
        }
    }
}

impl Drop for LoadRun {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
    }
}

impl LoadReport {
    /// How many requests failed.
    #[must_use]
    pub fn failures(&self) -> u64 {
        self.failed.values().sum()
    }
}

/// Nanoseconds between two requests.
fn interval(rate: u32) -> u64 {
    1_000_000_000 / u64::from(rate.max(1))
}

/// What came back for a request.
#[derive(Debug)]
struct Answer {
    status: u16,
    body: String,
    server: Option<String>,
    /// Whether the connection may be used again.
    stays: bool,
}

impl Tally {
    fn succeed(&mut self, answer: Answer) {
        self.succeeded += 1;
        if let Some(server) = answer.server {
            *self.servers.entry(server).or_default() += 1;
        }
        if self.bodies.len() < MOST_BODIES || self.bodies.contains_key(&answer.body) {
            *self.bodies.entry(answer.body).or_default() += 1;
        }
    }

    fn add(&mut self, other: Self) {
        self.sent += other.sent;
        self.succeeded += other.succeeded;
        self.late += other.late;
        for (what, count) in other.failed {
            *self.failed.entry(what).or_default() += count;
        }
        for (body, count) in other.bodies {
            *self.bodies.entry(body).or_default() += count;
        }
        for (server, count) in other.servers {
            *self.servers.entry(server).or_default() += count;
        }
        self.microseconds.extend(other.microseconds);
    }

    fn report(mut self, took: Duration) -> LoadReport {
        self.microseconds.sort_unstable();
        let at = |part: usize| {
            let last = self.microseconds.len().saturating_sub(1);
            let value = self.microseconds.get(last * part / 100);
            value.map_or(0.0, |&value| f64::from(value) / 1000.0)
        };
        LoadReport {
            sent: self.sent,
            succeeded: self.succeeded,
            seconds: took.as_secs_f64(),
            latency_milliseconds: Percentiles {
                p50: at(50),
                p99: at(99),
                max: at(100),
            },
            late: self.late,
            first_failures: Vec::new(),
            failed: self.failed,
            bodies: self.bodies,
            servers: self.servers,
        }
    }
}

fn work(shared: &Shared, keeps: bool) -> Tally {
    let mut tally = Tally::default();
    let mut connection = None;
    while !shared.stop.load(Ordering::Relaxed) {
        let interval = shared.interval.load(Ordering::Relaxed);
        let due = shared.due.fetch_add(interval, Ordering::Relaxed);
        let due: Instant = shared.started + Duration::from_nanos(due);
        let number = shared.number.fetch_add(1, Ordering::Relaxed);
        let now = Instant::now();
        if due > now {
            thread::sleep(due - now);
        } else if now - due > LATE {
            tally.late += 1;
        }
        if shared.stop.load(Ordering::Relaxed) {
            break;
        }
        let path = &shared.load.paths[number % shared.load.paths.len()];
        let sent = Instant::now();
        let answer = exchange(&shared.load, path, &mut connection, keeps);
        let took = sent.elapsed().as_micros();
        tally.sent += 1;
        tally
            .microseconds
            .push(u32::try_from(took).unwrap_or(u32::MAX));
        shared.done.fetch_add(1, Ordering::Relaxed);
        let what = match answer {
            Ok(answer) if answer.status == 200 => {
                tally.succeed(answer);
                continue;
            }
            Ok(answer) => format!("status {}", answer.status),
            Err(error) => format!("no answer: {}", error.kind()),
        };
        shared.failed.fetch_add(1, Ordering::Relaxed);
        let mut kept = shared
            .failures
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if kept.len() < KEPT_FAILURES {
            let at = shared.started.elapsed().as_secs_f64();
            kept.push(format!("{at:.3} s: {what}, new connection: {}", !keeps));
        }
        drop(kept);
        *tally.failed.entry(what).or_default() += 1;
    }
    tally
}

/// One request and its answer.
fn exchange(
    load: &Load,
    path: &str,
    kept: &mut Option<BufReader<TcpStream>>,
    keeps: bool,
) -> io::Result<Answer> {
    let mut connection = if let Some(connection) = kept.take().filter(is_open) {
        connection
    } else {
        let stream = TcpStream::connect_timeout(&load.address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        BufReader::with_capacity(2048, stream)
    };
    let close = if keeps { "" } else { "connection: close\r\n" };
    let request = format!("GET {path} HTTP/1.1\r\nhost: {}\r\n{close}\r\n", load.host);
    connection.get_mut().write_all(request.as_bytes())?;
    let answer = read_answer(&mut connection)?;
    if keeps && answer.stays {
        *kept = Some(connection);
    }
    Ok(answer)
}

/// Whether the server has neither closed a connection nor sent anything on it.
fn is_open(connection: &BufReader<TcpStream>) -> bool {
    let stream = connection.get_ref();
    let peeked = stream
        .set_nonblocking(true)
        .and_then(|()| stream.peek(&mut [0]));
    let open = peeked.is_err_and(|error| error.kind() == ErrorKind::WouldBlock);
    open && stream.set_nonblocking(false).is_ok()
}

fn read_answer(connection: &mut BufReader<TcpStream>) -> io::Result<Answer> {
    let invalid = || io::Error::from(ErrorKind::InvalidData);
    let mut line = String::new();
    connection.read_line(&mut line)?;
    if line.is_empty() {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    let status = line.split(' ').nth(1).and_then(|code| code.parse().ok());
    let status = status.ok_or_else(invalid)?;
    let (mut length, mut stays, mut server) = (None, true, None);
    loop {
        line.clear();
        if connection.read_line(&mut line)? == 0 {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        let header = line.trim_end().to_ascii_lowercase();
        match header.split_once(": ") {
            Some(("content-length", value)) => length = value.parse().ok(),
            Some(("connection", value)) => stays = !value.contains("close"),
            Some(("x-served-by", value)) => server = Some(value.to_owned()),
            _ if header.is_empty() => break,
            _ => {}
        }
    }
    let mut body = Vec::new();
    if let Some(length) = length {
        body.resize(length, 0);
        connection.read_exact(&mut body)?;
    } else {
        connection.read_to_end(&mut body)?;
        stays = false;
    }
    Ok(Answer {
        status,
        body: String::from_utf8_lossy(&body).into_owned(),
        server,
        stays,
    })
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Answers one request of each connection, every fourth with 503, and closes it without a word.
    fn server() -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            for (number, client) in listener.incoming().flatten().enumerate() {
                let mut reader = BufReader::new(client);
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok_and(|read| read > 2) {
                    line.clear();
                }
                let status = if number % 4 == 3 { "503 No" } else { "200 OK" };
                let _ = write!(
                    reader.get_mut(),
                    "HTTP/1.1 {status}\r\nContent-Length: 3\r\n\r\ncat"
                );
            }
        });
        address
    }

    #[test]
    fn every_request_is_counted_and_closed_connections_cost_none() {
        let load = Load {
            address: server(),
            host: "mock".to_owned(),
            paths: vec!["/pet".to_owned()],
            rate: 200,
            kept_connections: 2,
            fresh_connections: 2,
        };
        let run = load.start();
        thread::sleep(Duration::from_secs(1));
        let report = run.stop();
        assert!((150..=210).contains(&report.sent), "{report:?}");
        assert_eq!(report.sent, report.succeeded + report.failures());
        // Each request has a connection of its own here, so a quarter fails, and for no other reason.
        let expected = [("status 503".to_owned(), report.sent / 4)];
        assert_eq!(report.failed, expected.into());
        assert_eq!(report.bodies, [("cat".to_owned(), report.succeeded)].into());
    }
}
