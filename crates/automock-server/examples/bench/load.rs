//! Clients that keep their connections, on one thread.

use std::cell::{Cell, RefCell};
use std::error::Error;
use std::fs;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::case::EXCHANGES;

/// Connections that are open at the same time.
const CONNECTIONS: u32 = 64;

/// A response must fit with its head.
const BUFFER: usize = 128 << 10;

/// How much is asked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Options {
    seconds: f64,
    requests: u64,
    /// Requests a second; nothing stands for as many as can be.
    rate: Option<f64>,
}

struct Exchange {
    request: Vec<u8>,
    body: Vec<u8>,
    /// The body has been compared once; after that only its length is.
    checked: Cell<bool>,
}

struct Clients {
    address: SocketAddr,
    exchanges: Vec<Exchange>,
    next: Cell<usize>,
    left: Cell<u64>,
    end: Instant,
    pause: Option<Duration>,
    microseconds: RefCell<Vec<u32>>,
}

impl Options {
    /// Reads `seconds=5`, `requests=1000`, `rate=1000`.
    pub(crate) fn read(words: &[&str]) -> Result<Self, Box<dyn Error>> {
        let mut options = Self {
            seconds: 1e6,
            requests: u64::MAX,
            rate: None,
        };
        for word in words {
            match word.split_once('=') {
                Some(("seconds", value)) => options.seconds = value.parse()?,
                Some(("requests", value)) => options.requests = value.parse()?,
                Some(("rate", value)) => options.rate = Some(value.parse()?),
                _ => return Err(format!("{word} is not understood").into()),
            }
        }
        Ok(options)
    }
}

/// Asks for so long, and tells how many answers came and how long they took.
pub(crate) fn run(
    folder: &Path,
    address: SocketAddr,
    options: Options,
) -> Result<Value, Box<dyn Error>> {
    let began = Instant::now();
    let clients = Rc::new(Clients {
        address,
        exchanges: read(folder)?,
        next: Cell::new(0),
        left: Cell::new(options.requests),
        end: began + Duration::from_secs_f64(options.seconds),
        pause: options
            .rate
            .map(|rate| Duration::from_secs_f64(f64::from(CONNECTIONS) / rate)),
        microseconds: RefCell::default(),
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let all = LocalSet::new();
    let tasks: Vec<_> = (0..CONNECTIONS)
        .map(|number| all.spawn_local(Rc::clone(&clients).ask(number)))
        .collect();
    runtime.block_on(all.run_until(async {
        for task in tasks {
            task.await.map_err(io::Error::other)??;
        }
        Ok::<_, io::Error>(())
    }))?;
    let seconds = began.elapsed().as_secs_f64();
    let mut latencies = clients.microseconds.take();
    latencies.sort_unstable();
    let at = |per_mille: usize| latencies.get(latencies.len() * per_mille / 1000).copied();
    Ok(json!({
        "answers": latencies.len(),
        "seconds": seconds,
        "p50_microseconds": at(500),
        "p99_microseconds": at(990),
    }))
}

fn read(folder: &Path) -> Result<Vec<Exchange>, Box<dyn Error>> {
    let exchanges: Value = serde_json::from_slice(&fs::read(folder.join(EXCHANGES))?)?;
    let exchanges = exchanges.as_array().ok_or("no array")?.iter();
    let bytes = |value: &Value| value.as_str().unwrap_or_default().as_bytes().to_vec();
    let exchanges = exchanges.map(|exchange| Exchange {
        request: bytes(&exchange["request"]),
        body: bytes(&exchange["body"]),
        checked: Cell::new(false),
    });
    Ok(exchanges.collect())
}

impl Clients {
    async fn ask(self: Rc<Self>, number: u32) -> io::Result<()> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        let mut buffer = vec![0; BUFFER];
        let mut due = Instant::now() + self.pause.unwrap_or_default() * number / CONNECTIONS;
        while self.left.get() > 0 && Instant::now() < self.end {
            self.left.set(self.left.get() - 1);
            let began = self.wait(&mut due).await;
            let exchange = &self.exchanges[self.next.get()];
            self.next.set((self.next.get() + 1) % self.exchanges.len());
            send(&stream, &exchange.request).await?;
            receive(&stream, &mut buffer, exchange).await?;
            let took = began.elapsed().as_micros();
            self.microseconds
                .borrow_mut()
                .push(u32::try_from(took).unwrap_or(u32::MAX));
        }
        Ok(())
    }

    /// Waits until the next request is due. The time of one that is late runs from when it was due.
    async fn wait(&self, due: &mut Instant) -> Instant {
        let Some(pause) = self.pause else {
            return Instant::now();
        };
        let was_due = *due;
        *due += pause;
        if Instant::now() >= was_due {
            return was_due;
        }
        tokio::time::sleep_until(was_due.into()).await;
        Instant::now()
    }
}

async fn send(stream: &TcpStream, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match stream.try_write(bytes) {
            Ok(count) => bytes = bytes.get(count..).unwrap_or_default(),
            Err(error) if error.kind() == ErrorKind::WouldBlock => stream.writable().await?,
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

async fn receive(stream: &TcpStream, buffer: &mut [u8], exchange: &Exchange) -> io::Result<()> {
    let (mut filled, mut whole) = (0, None);
    while whole.is_none_or(|(_, whole)| filled < whole) {
        stream.readable().await?;
        match stream.try_read(&mut buffer[filled..]) {
            Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => filled += count,
            Err(error) if error.kind() == ErrorKind::WouldBlock => continue,
            Err(error) => return Err(error),
        }
        if whole.is_none() {
            whole = lengths(&buffer[..filled])?;
        }
    }
    let (head, _) = whole.unwrap_or_default();
    exchange.check(&buffer[head..filled])
}

/// The lengths of a response's head, and of head and body, once the head is there.
fn lengths(bytes: &[u8]) -> io::Result<Option<(usize, usize)>> {
    let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&bytes[..end]).map_err(io::Error::other)?;
    let told = head.rsplit("\r\n").find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.parse::<usize>().ok())?
    });
    match told {
        Some(told) if head.starts_with("HTTP/1.1 200 ") => Ok(Some((end + 4, end + 4 + told))),
        _ => Err(io::Error::other(format!("an answer begins with {head}"))),
    }
}

impl Exchange {
    fn check(&self, body: &[u8]) -> io::Result<()> {
        let is_same = if self.checked.replace(true) {
            body.len() == self.body.len()
        } else {
            body == self.body
        };
        if is_same {
            return Ok(());
        }
        Err(io::Error::other("an answer has another body than expected"))
    }
}
