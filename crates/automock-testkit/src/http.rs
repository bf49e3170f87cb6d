//! A small HTTP/1.1 server: one thread per connection, bodies in memory.
//!
//! It serves clients of this machine's tests, who send well-formed requests with a length or in
//! chunks.

use std::{
    collections::BTreeMap,
    io::{self, BufRead, BufReader, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
};

/// A request as it came in. Names of headers are in lower case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path and query.
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: Vec<u8>,
}

/// An answer. Its length is written along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Response {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: body.into(),
        }
    }

    pub(crate) fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }
}

/// Answers requests; `None` closes the connection without an answer.
pub(crate) type Handler = dyn Fn(Request) -> Option<Response> + Send + Sync;

/// A listening server. It stops when dropped, and closes its connections.
pub(crate) struct Server {
    address: SocketAddr,
    connections: Arc<Connections>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Connections {
    closing: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Server {
    /// Listens on a free port of the loopback interface.
    pub(crate) fn start(handler: Arc<Handler>) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let address = listener.local_addr()?;
        let connections = Arc::<Connections>::default();
        let shared = Arc::clone(&connections);
        let accepting = thread::spawn(move || accept(&listener, &shared, &handler));
        Ok(Self {
            address,
            connections,
            accepting: Some(accepting),
        })
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.connections.closing.store(true, Ordering::SeqCst);
        // Wakes the thread that waits for the next connection.
        drop(TcpStream::connect(self.address));
        if let Some(accepting) = self.accepting.take() {
            drop(accepting.join());
        }
        self.connections.close();
    }
}

impl Connections {
    fn close(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        for stream in open.drain(..) {
            // One that its client has closed needs nothing.
            drop(stream.shutdown(Shutdown::Both));
        }
    }

    fn keep(&self, stream: &TcpStream) {
        if let Ok(stream) = stream.try_clone() {
            let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
            open.push(stream);
        }
    }
}

fn accept(listener: &TcpListener, connections: &Connections, handler: &Arc<Handler>) {
    for stream in listener.incoming() {
        if connections.closing.load(Ordering::SeqCst) {
            return;
        }
        let Ok(stream) = stream else { continue };
        connections.keep(&stream);
        let handler = Arc::clone(handler);
        thread::spawn(move || {
            // Whatever is wrong with a connection, its client sees that it is closed.
            drop(converse(&stream, &*handler));
            drop(stream.shutdown(Shutdown::Both));
        });
    }
}

fn converse(stream: &TcpStream, handler: &Handler) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut reader = BufReader::new(stream);
    while let Some(request) = read_request(&mut reader, stream)? {
        let is_head = request.method == "HEAD";
        let Some(response) = handler(request) else {
            return Ok(());
        };
        write_response(stream, &response, is_head)?;
    }
    Ok(())
}

/// The next request, or nothing at the end of the connection.
fn read_request(reader: &mut impl BufRead, mut answer: impl Write) -> io::Result<Option<Request>> {
    let Some(line) = read_line(reader)? else {
        return Ok(None);
    };
    let mut words = line.split(' ');
    let (Some(method), Some(target)) = (words.next(), words.next()) else {
        return Err(malformed("a request line"));
    };
    let (method, target) = (method.to_owned(), target.to_owned());
    let headers = read_headers(reader)?;
    if headers
        .get("expect")
        .is_some_and(|value| value == "100-continue")
    {
        answer.write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
    }
    let body = read_body(reader, &headers)?;
    Ok(Some(Request {
        method,
        target,
        headers,
        body,
    }))
}

/// Sends a request over a connection of its own.
pub(crate) fn send(address: SocketAddr, request: &Request) -> io::Result<Response> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    let first = format!("{} {} HTTP/1.1", request.method, request.target);
    let kept = request.headers.iter().filter(|(name, _)| !is_framing(name));
    let framing = [
        ("connection", "close".to_owned()),
        ("content-length", request.body.len().to_string()),
    ];
    (&stream).write_all(head(&first, kept, &framing).as_bytes())?;
    (&stream).write_all(&request.body)?;
    read_response(&mut BufReader::new(&stream), request.method == "HEAD")
}

/// A message up to its body.
fn head<'a>(
    first: &str,
    headers: impl Iterator<Item = (&'a String, &'a String)>,
    framing: &[(&str, String)],
) -> String {
    let mut head = vec![first.to_owned()];
    head.extend(headers.map(|(name, value)| format!("{name}: {value}")));
    head.extend(
        framing
            .iter()
            .map(|(name, value)| format!("{name}: {value}")),
    );
    head.join("\r\n") + "\r\n\r\n"
}

/// Whether a header says how the message is framed, and not what it is.
fn is_framing(name: &str) -> bool {
    [
        "connection",
        "content-length",
        "expect",
        "keep-alive",
        "transfer-encoding",
    ]
    .contains(&name)
}

fn read_response(reader: &mut impl BufRead, is_head: bool) -> io::Result<Response> {
    let line = read_line(reader)?.ok_or(io::ErrorKind::UnexpectedEof)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    let status = status.ok_or_else(|| malformed("a status"))?;
    let headers = read_headers(reader)?;
    let body = match headers.contains_key("content-length") {
        _ if is_head => Vec::new(),
        true => read_body(reader, &headers)?,
        false if headers.contains_key("transfer-encoding") => read_chunks(reader)?,
        false => read_to_end(reader)?,
    };
    let is_kept = |name: &str| !is_framing(name) || (is_head && name == "content-length");
    let headers = headers.into_iter().filter(|(name, _)| is_kept(name));
    Ok(Response {
        status,
        headers: headers.collect(),
        body,
    })
}

fn read_to_end(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut rest = Vec::new();
    reader.read_to_end(&mut rest)?;
    Ok(rest)
}

fn read_headers(reader: &mut impl BufRead) -> io::Result<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    loop {
        let line = read_line(reader)?.ok_or_else(|| malformed("the end of the headers"))?;
        if line.is_empty() {
            return Ok(headers);
        }
        let (name, value) = line.split_once(':').ok_or_else(|| malformed("a header"))?;
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
}

fn read_body(reader: &mut impl BufRead, headers: &BTreeMap<String, String>) -> io::Result<Vec<u8>> {
    let is_chunked = headers
        .get("transfer-encoding")
        .is_some_and(|encoding| encoding.eq_ignore_ascii_case("chunked"));
    if is_chunked {
        return read_chunks(reader);
    }
    let length = headers.get("content-length").map_or("0", String::as_str);
    read_exactly(reader, length, 10)
}

fn read_chunks(reader: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(reader)?.ok_or_else(|| malformed("a chunk"))?;
        let length = line.split(';').next().unwrap_or_default();
        let chunk = read_exactly(reader, length.trim(), 16)?;
        if chunk.is_empty() {
            // Trailers end with an empty line, as headers do.
            read_headers(reader)?;
            return Ok(body);
        }
        body.extend(chunk);
        read_line(reader)?;
    }
}

fn read_exactly(reader: &mut impl BufRead, length: &str, radix: u32) -> io::Result<Vec<u8>> {
    let length = usize::from_str_radix(length, radix).map_err(|_| malformed("a length"))?;
    let mut bytes = vec![0; length];
    reader.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn read_line(reader: &mut impl BufRead) -> io::Result<Option<String>> {
    let mut line = String::new();
    if reader.read_line(&mut line)? == 0 {
        return Ok(None);
    }
    line.truncate(line.trim_end_matches(['\r', '\n']).len());
    Ok(Some(line))
}

fn malformed(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("expected {what}"))
}

fn write_response(mut stream: &TcpStream, response: &Response, is_head: bool) -> io::Result<()> {
    let first = format!("HTTP/1.1 {} -", response.status);
    let headers = response.headers.iter().map(|(name, value)| (name, value));
    let length = ("content-length", response.body.len().to_string());
    // The length of what a HEAD asks about is one of its own headers, if it is known.
    let framing = if is_head { &[][..] } else { &[length] };
    stream.write_all(head(&first, headers, framing).as_bytes())?;
    if !is_head {
        stream.write_all(&response.body)?;
    }
    stream.flush()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn echo() -> Server {
        let handler = |request: Request| {
            (request.target != "/silence").then(|| Response::new(201, request.body))
        };
        Server::start(Arc::new(handler)).unwrap()
    }

    fn talk(server: &Server, words: &str) -> String {
        let mut stream = TcpStream::connect(server.address()).unwrap();
        stream.write_all(words.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    #[test]
    fn a_connection_carries_many_requests() {
        let answer = talk(
            &echo(),
            "POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\noneGET /b HTTP/1.1\r\n\r\n",
        );
        assert_eq!(
            answer,
            "HTTP/1.1 201 -\r\ncontent-length: 3\r\n\r\noneHTTP/1.1 201 -\r\ncontent-length: 0\r\n\r\n"
        );
    }

    #[test]
    fn chunks_are_put_together() {
        let answer = talk(
            &echo(),
            "POST /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\none\r\nA;x=y\r\n0123456789\r\n0\r\nx: y\r\n\r\n",
        );
        assert!(answer.ends_with("\r\n\r\none0123456789"), "{answer}");
    }

    #[test]
    fn whoever_expects_a_go_ahead_gets_one() {
        let answer = talk(
            &echo(),
            "PUT /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\nx",
        );
        assert!(answer.starts_with("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201"));
    }

    #[test]
    fn silence_and_nonsense_close_the_connection() {
        for words in [
            "GET /silence HTTP/1.1\r\n\r\n",
            "nonsense\r\n\r\n",
            "GET / HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        ] {
            assert_eq!(talk(&echo(), words), "");
        }
    }

    #[test]
    fn what_is_sent_comes_back() {
        let server = echo();
        let mut request = Request {
            method: "PUT".into(),
            target: "/bucket/key?versionId=1".into(),
            headers: BTreeMap::from([("transfer-encoding".into(), "chunked".into())]),
            body: b"body".into(),
        };
        let answer = send(server.address(), &request).unwrap();
        assert_eq!((answer.status, answer.body.as_slice()), (201, &b"body"[..]));
        request.target = "/silence".into();
        assert!(send(server.address(), &request).is_err());
    }

    #[test]
    fn a_dropped_server_closes_idle_connections() {
        let server = echo();
        let mut idle = TcpStream::connect(server.address()).unwrap();
        idle.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut first = [0; 1];
        idle.read_exact(&mut first).unwrap();
        drop(server);
        assert!(idle.read_to_end(&mut Vec::new()).is_ok());
    }
}
