//! A registry in which somebody else is a moment faster: it refuses what is sent, and has it then.
//!
//! ECR answers so when two deploys send the same image at once, and when a tag that may not move is
//! taken. A registry that runs here can't be made to.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What the registry has, and whose.
#[derive(Debug)]
pub(super) struct Rival {
    address: SocketAddr,
    /// What was sent and refused: the last part of each path, or its digest.
    refused: Arc<Mutex<HashSet<String>>>,
}

impl Rival {
    /// A registry that has what it refuses, or one that does not.
    pub(super) fn start(manifest_digest: &str, has_it_then: bool) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let refused = Arc::new(Mutex::new(HashSet::new()));
        let (known, digest) = (Arc::clone(&refused), manifest_digest.to_owned());
        // It ends with the test's process; nothing but a socket is lost.
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // A client that goes away in between is the test's affair.
                let _ = answer(stream, &known, &digest, has_it_then);
            }
        });
        Self { address, refused }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn refusals(&self) -> usize {
        self.refused.lock().expect("nobody panics with it").len()
    }
}

fn answer(
    mut stream: TcpStream,
    refused: &Mutex<HashSet<String>>,
    digest: &str,
    has_it_then: bool,
) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut line = String::new();
    reader.read_line(&mut line)?;
    let (method, path) = line.split_once(' ').unwrap_or_default();
    let path = path.split(' ').next().unwrap_or_default();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header)?;
        let header = header.to_ascii_lowercase();
        if let Some(told) = header.strip_prefix("content-length:") {
            length = told.trim().parse().unwrap_or(0);
        }
        if header.trim().is_empty() {
            break;
        }
    }
    reader.take(length).read_to_end(&mut Vec::new())?;
    let decoded = path.replace("%3A", ":");
    let name = decoded.rsplit(['/', '=']).next().unwrap_or_default();
    let is_there = has_it_then
        && refused
            .lock()
            .expect("nobody panics with it")
            .contains(name);
    let head = match method {
        "GET" | "HEAD" if path == "/v2/" => "200 OK\r\n".to_owned(),
        "GET" | "HEAD" if is_there => {
            format!("200 OK\r\ndocker-content-digest: {digest}\r\n")
        }
        "POST" => format!("202 Accepted\r\nlocation: {path}upload\r\n"),
        "PUT" => {
            refused
                .lock()
                .expect("nobody panics with it")
                .insert(name.to_owned());
            "400 Bad Request\r\n".to_owned()
        }
        _ => "404 Not Found\r\n".to_owned(),
    };
    write!(
        stream,
        "HTTP/1.1 {head}content-length: 0\r\nconnection: close\r\n\r\n"
    )
}
