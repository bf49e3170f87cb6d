//! A response that is ready to be sent.

use std::sync::OnceLock;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};

use crate::definition::{ConnectionOptions, Delay, HttpResponse};

/// A response that is ready to be sent. All answers share its body.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// Its status.
    pub status: StatusCode,
    /// Instead of the standard reason.
    pub reason: Option<Bytes>,
    /// All headers but those that frame the body.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// The names of headers that its expectation did not write in lower case.
    pub written: Vec<String>,
    /// How the listener sends those, once it knows.
    pub(crate) case: OnceLock<Extensions>,
    /// How long it waits.
    pub delay: Option<Delay>,
    /// What is odd about the connection.
    pub connection: ConnectionOptions,
    /// Whether `connection` follows the request, as it does unless the response sets it.
    pub follows_request: bool,
}

impl Prepared {
    /// Prepares a response. Headers that frame the body are left out, because they are set to what
    /// is true; `transfer-encoding: chunked` makes it go in chunks.
    #[must_use]
    pub fn new(response: HttpResponse) -> Self {
        let HttpResponse {
            status,
            reason,
            headers,
            written,
            body,
            delay,
            connection,
        } = response;
        let mut prepared = Self {
            status,
            reason: reason.map(Bytes::from),
            written,
            body,
            delay,
            connection,
            ..Self::default()
        };
        for (name, value) in headers {
            if name == TRANSFER_ENCODING {
                prepared.connection.chunk_size.get_or_insert(usize::MAX);
            } else if name != CONTENT_LENGTH {
                prepared.headers.append(name, value);
            }
        }
        prepared.set_connection();
        prepared
    }

    /// Says `connection: keep-alive`, as `MockServer` always does, unless told otherwise.
    fn set_connection(&mut self) {
        let keep_alive = HeaderValue::from_static("keep-alive");
        match self.connection.keep_alive {
            _ if self.connection.suppress_connection => {
                self.headers.remove(CONNECTION);
            }
            Some(true) => {
                self.headers.insert(CONNECTION, keep_alive);
            }
            Some(false) => {
                self.headers
                    .insert(CONNECTION, HeaderValue::from_static("close"));
            }
            None if self.headers.contains_key(CONNECTION) => {}
            None => {
                self.headers.insert(CONNECTION, keep_alive);
                self.follows_request = true;
            }
        }
    }

    /// The answer to a request that nothing expects: 404 without a body.
    #[must_use]
    pub fn not_found() -> Self {
        Self::empty(StatusCode::NOT_FOUND)
    }

    /// An answer without a body.
    #[must_use]
    pub fn empty(status: StatusCode) -> Self {
        Self::new(HttpResponse {
            status,
            ..HttpResponse::default()
        })
    }
}
