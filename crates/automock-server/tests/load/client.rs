//! A client that keeps its connection and sends requests in batches.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// A connection that stays open.
pub struct Client {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// Where the next response begins.
    start: usize,
}

/// A response.
pub struct Response<'b> {
    pub status: u16,
    head: &'b str,
    pub body: &'b str,
}

impl Client {
    pub fn connect(address: SocketAddr) -> Result<Self, String> {
        let stream = TcpStream::connect(address).map_err(said("connect"))?;
        let limit = Some(Duration::from_secs(30));
        stream.set_read_timeout(limit).map_err(said("set up"))?;
        stream.set_nodelay(true).map_err(said("set up"))?;
        Ok(Self {
            stream,
            buffer: Vec::new(),
            start: 0,
        })
    }

    /// Sends requests in one piece and takes a response for each, in their order.
    pub fn batch(
        &mut self,
        requests: &[u8],
        count: usize,
        mut take: impl FnMut(usize, &Response<'_>) -> Result<(), String>,
    ) -> Result<(), String> {
        self.stream.write_all(requests).map_err(said("send"))?;
        for number in 0..count {
            let (head, end) = self.next()?;
            let response = Response::read(&self.buffer[self.start..end], head - self.start)?;
            take(number, &response)?;
            self.start = end;
        }
        Ok(())
    }

    /// Where the head of the next response ends, and where all of it does.
    fn next(&mut self) -> Result<(usize, usize), String> {
        loop {
            let rest = &self.buffer[self.start..];
            if let Some(at) = find(rest, b"\r\n\r\n") {
                let head = at + 4;
                let length = length(&rest[..head])?;
                if rest.len() >= head + length {
                    return Ok((self.start + head, self.start + head + length));
                }
            }
            self.more()?;
        }
    }

    fn more(&mut self) -> Result<(), String> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let mut piece = [0; 16 << 10];
        let count = self.stream.read(&mut piece).map_err(said("receive"))?;
        if count == 0 {
            return Err("the server closed the connection".to_owned());
        }
        self.buffer.extend_from_slice(&piece[..count]);
        Ok(())
    }
}

impl<'b> Response<'b> {
    fn read(bytes: &'b [u8], head: usize) -> Result<Self, String> {
        let text = std::str::from_utf8(bytes).map_err(said("read"))?;
        let (head, body) = text.split_at(head);
        let status = head.get(9..12).and_then(|digits| digits.parse().ok());
        let status = status.ok_or_else(|| format!("{head:?} has no status"))?;
        Ok(Self { status, head, body })
    }

    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&'b str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .find(|(found, _)| *found == name)
            .map(|(_, value)| value)
    }
}

fn length(head: &[u8]) -> Result<usize, String> {
    let name = b"content-length: ";
    let at = find(head, name).ok_or("a response without a length")? + name.len();
    let digits = head[at..].iter().take_while(|byte| byte.is_ascii_digit());
    Ok(digits.fold(0, |length, digit| length * 10 + usize::from(digit - b'0')))
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

/// Says what could not be done, and why.
pub fn said<E: std::fmt::Display>(what: &str) -> impl Fn(E) -> String {
    move |error| format!("cannot {what}: {error}")
}
