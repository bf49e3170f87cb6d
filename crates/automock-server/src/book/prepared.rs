//! A response that is ready to be sent.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use http::{Extensions, HeaderMap, HeaderValue, StatusCode};

use crate::definition::{ConnectionOptions, Delay, HttpResponse};

/// A response that is ready to be sent. All answers share its body.
///
/// Thousands of them do not fit in the caches of a processor, so what few have is elsewhere.
#[derive(Clone, Debug, Default)]
pub struct Prepared {
    /// Its status.
    pub status: StatusCode,
    /// Whether `connection` follows the request, as it does unless the response sets it.
    pub follows_request: bool,
    /// All headers but those that frame the body. Responses with equal ones share them.
    pub headers: Arc<HeaderMap>,
    /// Its body.
    pub body: Bytes,
    /// What few responses have.
    pub rare: Option<Box<Rare>>,
}

/// What few responses have.
#[derive(Clone, Debug, Default)]
pub struct Rare {
    /// Instead of the standard reason.
    pub reason: Option<Bytes>,
    /// The names of headers that its expectation did not write in lower case.
    pub written: Vec<String>,
    /// How the listener sends those, once it knows.
    pub(crate) case: OnceLock<Extensions>,
    /// How long it waits.
    pub delay: Option<Delay>,
    /// What is odd about the connection.
    pub connection: ConnectionOptions,
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
        let mut rare = Rare {
            reason: reason.map(Bytes::from),
            written,
            delay,
            connection,
            ..Rare::default()
        };
        let mut kept = HeaderMap::new();
        for (name, value) in headers {
            if name == TRANSFER_ENCODING {
                rare.connection.chunk_size.get_or_insert(usize::MAX);
            } else if name != CONTENT_LENGTH {
                kept.append(name, value);
            }
        }
        let follows_request = set_connection(&rare.connection, &mut kept);
        Self {
            status,
            follows_request,
            headers: Arc::new(kept),
            body,
            rare: rare.is_any().then(|| Box::new(rare)),
        }
    }

    /// How long it waits.
    #[must_use]
    pub fn delay(&self) -> Option<&Delay> {
        self.rare.as_ref().and_then(|rare| rare.delay.as_ref())
    }

    /// What is odd about the connection, if anything may be.
    #[must_use]
    pub fn connection(&self) -> Option<&ConnectionOptions> {
        self.rare.as_ref().map(|rare| &rare.connection)
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

impl Rare {
    fn is_any(&self) -> bool {
        self.reason.is_some()
            || !self.written.is_empty()
            || self.delay.is_some()
            || self.connection != ConnectionOptions::default()
    }
}

/// Says `connection: keep-alive`, as `MockServer` always does, unless told otherwise. Whether it follows
/// the request.
fn set_connection(options: &ConnectionOptions, headers: &mut HeaderMap) -> bool {
    let keep_alive = HeaderValue::from_static("keep-alive");
    match options.keep_alive {
        _ if options.suppress_connection => {
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
            return true;
        }
    }
    false
}
