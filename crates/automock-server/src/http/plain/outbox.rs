//! Answers that are about to be sent.

use std::io::{self, IoSlice, Write as _};

use http::StatusCode;
use http::header::CONNECTION;
use tokio::io::{AsyncWrite, AsyncWriteExt};

use crate::book::Prepared;

/// A body that is longer is sent from where it is. One that is shorter is copied behind its head, which is
/// cheaper than to have the kernel collect both.
const COPIED: usize = 2 << 10;

/// More is not collected, however many requests a client sends at once.
const MOST: usize = 16 << 10;

/// What becomes of the connection after an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// What the answer says.
    Open,
    /// It is closed, whatever the answer says.
    Closed,
}

/// Answers that are about to be sent.
#[derive(Debug, Default)]
pub(super) struct Outbox(Vec<u8>);

impl Outbox {
    /// Adds an answer, and sends what has become too much to keep.
    pub(super) async fn put<S: AsyncWrite + Unpin>(
        &mut self,
        socket: &mut S,
        response: &Prepared,
        keep: Keep,
    ) -> io::Result<()> {
        self.write_head(response, keep)?;
        if response.body.len() <= COPIED {
            self.0.extend_from_slice(&response.body);
            if self.0.len() < MOST {
                return Ok(());
            }
            return self.send(socket).await;
        }
        send_both(socket, &self.0, &response.body).await?;
        self.0.clear();
        Ok(())
    }

    /// Sends all.
    pub(super) async fn send<S: AsyncWrite + Unpin>(&mut self, socket: &mut S) -> io::Result<()> {
        if !self.0.is_empty() {
            socket.write_all(&self.0).await?;
            self.0.clear();
        }
        socket.flush().await
    }

    /// As hyper writes it: the headers, and then the length.
    fn write_head(&mut self, response: &Prepared, keep: Keep) -> io::Result<()> {
        let Prepared {
            status,
            headers,
            body,
            ..
        } = response;
        let bytes = &mut self.0;
        bytes.extend_from_slice(b"HTTP/1.1 ");
        bytes.extend_from_slice(status.as_str().as_bytes());
        bytes.push(b' ');
        bytes.extend_from_slice(status.canonical_reason().unwrap_or_default().as_bytes());
        bytes.extend_from_slice(b"\r\n");
        for (name, value) in &**headers {
            if keep == Keep::Closed && name == CONNECTION {
                continue;
            }
            bytes.extend_from_slice(name.as_str().as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value.as_bytes());
            bytes.extend_from_slice(b"\r\n");
        }
        if keep == Keep::Closed {
            bytes.extend_from_slice(b"connection: close\r\n");
        }
        if *status == StatusCode::NO_CONTENT {
            bytes.extend_from_slice(b"\r\n");
            return Ok(());
        }
        write!(bytes, "content-length: {}\r\n\r\n", body.len())
    }
}

/// Whether an answer can be sent from here: it has a length and nothing odd.
pub(in crate::http) fn is_plain(response: &Prepared) -> bool {
    let status = response.status;
    let has_length = match status {
        StatusCode::NO_CONTENT => response.body.is_empty(),
        StatusCode::NOT_MODIFIED | StatusCode::RESET_CONTENT => false,
        _ => !status.is_informational(),
    };
    has_length && response.rare.is_none() && status.canonical_reason().is_some()
}

/// Sends two pieces, the second from where it is.
async fn send_both<S: AsyncWrite + Unpin>(
    socket: &mut S,
    head: &[u8],
    body: &[u8],
) -> io::Result<()> {
    let both = [IoSlice::new(head), IoSlice::new(body)];
    let sent = socket.write_vectored(&both).await?;
    if sent == 0 {
        return Err(io::ErrorKind::WriteZero.into());
    }
    socket
        .write_all(head.get(sent..).unwrap_or_default())
        .await?;
    let sent = sent.saturating_sub(head.len());
    socket.write_all(body.get(sent..).unwrap_or_default()).await
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use http::HeaderValue;

    use super::*;
    use crate::definition::HttpResponse;

    fn response(status: u16, body: &str) -> Prepared {
        Prepared::new(HttpResponse {
            status: StatusCode::from_u16(status).unwrap(),
            headers: vec![("x-a".parse().unwrap(), HeaderValue::from_static("1"))],
            body: Bytes::from(body.to_owned()),
            ..HttpResponse::default()
        })
    }

    #[tokio::test]
    async fn answers_are_written_one_after_the_other() {
        let mut sent = Vec::new();
        let mut outbox = Outbox::default();
        outbox
            .put(&mut sent, &response(404, "no"), Keep::Open)
            .await
            .unwrap();
        outbox
            .put(&mut sent, &response(204, ""), Keep::Closed)
            .await
            .unwrap();
        assert!(sent.is_empty());
        outbox.send(&mut sent).await.unwrap();
        let expected = "HTTP/1.1 404 Not Found\r\nx-a: 1\r\nconnection: keep-alive\r\ncontent-length: 2\r\n\r\n\
                        noHTTP/1.1 204 No Content\r\nx-a: 1\r\nconnection: close\r\n\r\n";
        assert_eq!(String::from_utf8(sent).unwrap(), expected);
    }

    #[tokio::test]
    async fn a_long_body_is_sent_whole() {
        let long = "x".repeat(100_000);
        let (mut near, mut far) = tokio::io::duplex(1000);
        let reading = tokio::spawn(async move {
            let mut all = Vec::new();
            tokio::io::AsyncReadExt::read_to_end(&mut far, &mut all)
                .await
                .unwrap();
            all
        });
        let mut outbox = Outbox::default();
        outbox
            .put(&mut near, &response(200, &long), Keep::Open)
            .await
            .unwrap();
        outbox.send(&mut near).await.unwrap();
        drop(near);
        let all = reading.await.unwrap();
        assert!(all.starts_with(b"HTTP/1.1 200 OK\r\n") && all.ends_with(long.as_bytes()));
    }

    #[test]
    fn odd_answers_are_not_for_here() {
        for (status, body, expected) in [
            (200, "a", true),
            (204, "", true),
            (204, "a", false),
            (304, "", false),
            (205, "", false),
            (101, "", false),
            (299, "", false),
        ] {
            assert_eq!(is_plain(&response(status, body)), expected, "{status}");
        }
    }
}
