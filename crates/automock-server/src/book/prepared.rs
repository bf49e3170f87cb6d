//! A response that is ready to be sent.

use std::sync::{Arc, OnceLock};

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
    /// All headers but those that frame the body. Responses with equal ones share them.
    pub headers: Arc<HeaderMap>,
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
        let mut kept = HeaderMap::new();
        for (name, value) in headers {
            if name == TRANSFER_ENCODING {
                prepared.connection.chunk_size.get_or_insert(usize::MAX);
            } else if name != CONTENT_LENGTH {
                kept.append(name, value);
            }
        }
        prepared.set_connection(&mut kept);
        prepared.headers = Arc::new(kept);
        prepared
    }

    /// Says `connection: keep-alive`, as `MockServer` always does, unless told otherwise.
    fn set_connection(&mut self, headers: &mut HeaderMap) {
        let keep_alive = HeaderValue::from_static("keep-alive");
        match self.connection.keep_alive {
            _ if self.connection.suppress_connection => {
                headers.remove(CONNECTION);
            }
            Some(true) => {
                headers.insert(CONNECTION, keep_alive);
            }
            Some(false) => {
                headers.insert(CONNECTION, HeaderValue::from_static("close"));
            }
            None if headers.contains_key(CONNECTION) => {}
            None => {
                headers.insert(CONNECTION, keep_alive);
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
