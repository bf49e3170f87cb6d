//! A client that sees everything on the wire.

use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::case::FullAsk;

/// What came back.
#[derive(Debug, Default)]
pub struct Seen {
    /// Absent if the connection broke before there was one.
    pub status: Option<u16>,
    pub reason: String,
    /// With names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    pub took: Duration,
    connection: Option<BufReader<TcpStream>>,
}

/// Sends a request and reads what comes back.
pub fn ask(address: SocketAddr, ask: &FullAsk) -> Seen {
    let start = Instant::now();
    let mut stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .unwrap();
    stream.write_all(&bytes(ask)).unwrap();
    let mut seen = read(BufReader::new(stream));
    seen.took = start.elapsed();
    seen
}

impl Seen {
    /// All values of a header.
    pub fn values(&self, name: &str) -> Vec<String> {
        let name = name.to_ascii_lowercase();
        let all = self.headers.iter().filter(|(found, _)| *found == name);
        all.map(|(_, value)| value.clone()).collect()
    }

    /// Whether the server closes the connection, without being asked to.
    pub fn is_closed(&mut self) -> bool {
        let Some(connection) = &mut self.connection else {
            return true;
        };
        let soon = Some(Duration::from_millis(500));
        connection.get_ref().set_read_timeout(soon).unwrap();
        matches!(connection.fill_buf(), Ok([]))
    }
}

fn bytes(ask: &FullAsk) -> Vec<u8> {
    let mut head = format!("{} HTTP/1.1\r\n", ask.line);
    if !ask
        .headers
        .keys()
        .any(|name| name.eq_ignore_ascii_case("host"))
    {
        head.push_str("host: mock.test\r\n");
    }
    for (name, values) in &ask.headers {
        for value in values.list() {
            let _ = write!(head, "{name}: {value}\r\n");
        }
    }
    let body = match (&ask.body, &ask.json, &ask.base64) {
        (Some(text), None, None) => text.clone().into_bytes(),
        (None, Some(json), None) => json.to_string().into_bytes(),
        (None, None, Some(text)) => STANDARD.decode(text).unwrap(),
        (None, None, None) => Vec::new(),
        _ => panic!("{ask:?} has two bodies"),
    };
    if !body.is_empty() {
        let _ = write!(head, "content-length: {}\r\n", body.len());
    }
    head.push_str("\r\n");
    [head.into_bytes(), body].concat()
}

fn read(mut reader: BufReader<TcpStream>) -> Seen {
    let mut first = Vec::new();
    let ended = reader.read_until(b'\n', &mut first).is_err();
    if ended || !first.starts_with(b"HTTP/1.1 ") {
        let _ = reader.read_to_end(&mut first);
        return Seen {
            body: first,
            ..Seen::default()
        };
    }
    let first = String::from_utf8(first).unwrap();
    let (status, reason) = first["HTTP/1.1 ".len()..].trim_end().split_at(3);
    let mut seen = Seen {
        status: status.parse().ok(),
        reason: reason.trim_start().to_owned(),
        ..Seen::default()
    };
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim_end().split_once(':') else {
            break;
        };
        let pair = (name.to_ascii_lowercase(), value.trim().to_owned());
        seen.headers.push(pair);
    }
    read_body(&mut reader, &mut seen);
    seen.connection = Some(reader);
    seen
}

/// A body that ends before its length ends with the connection.
fn read_body(reader: &mut BufReader<TcpStream>, seen: &mut Seen) {
    if seen.values("transfer-encoding") == ["chunked"] {
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            let size = u64::from_str_radix(line.trim_end(), 16).unwrap();
            let mut chunk = reader.take(size + 2);
            let before = seen.body.len();
            chunk.read_to_end(&mut seen.body).unwrap();
            seen.body.truncate(before + usize::try_from(size).unwrap());
            if size == 0 {
                return;
            }
        }
    }
    let length = seen.values("content-length");
    match length.first() {
        Some(length) => {
            let mut rest = reader.take(length.parse().unwrap());
            let _ = rest.read_to_end(&mut seen.body);
        }
        None if matches!(seen.status, Some(204 | 304)) => {}
        None => {
            let _ = reader.read_to_end(&mut seen.body);
        }
    }
}
