//! What a request gets.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::HeaderMap;
use http::header::{CONNECTION, HeaderValue};

use super::{CallbackOrder, ForwardOrder, Target};
use crate::book::Prepared;

/// What a request gets.
#[derive(Debug)]
#[non_exhaustive]
pub enum Answer {
    /// A response.
    Response(Reply),
    /// No response: the connection breaks.
    Error {
        /// How long it waits before that.
        delay: Duration,
        /// These bytes are sent first.
        bytes: Option<Bytes>,
        /// The connection is dropped. It is closed after bytes in any case, because nobody could
        /// find the start of a next response.
        drop_connection: bool,
    },
    /// The response of another server, which is to be asked.
    Forward(Box<ForwardOrder>),
    /// The response of a client, which is to be asked.
    Callback(Box<CallbackOrder>),
}

/// What becomes of a request that nothing expects.
#[derive(Debug)]
#[non_exhaustive]
pub enum Unexpected {
    /// It gets 404.
    NotFound,
    /// It gets a response all the same.
    Answer(Arc<Prepared>),
    /// Another server is asked.
    Forward(Target),
}

/// A response, which shares all that is known beforehand.
#[derive(Clone, Debug)]
pub struct Reply {
    /// What is sent.
    pub response: Arc<Prepared>,
    /// How long it waits.
    pub delay: Duration,
    /// Whether the request leaves the connection open.
    pub keep_alive: bool,
}

impl Reply {
    /// The headers but those that frame the body.
    #[must_use]
    pub fn headers(&self) -> HeaderMap {
        let mut headers = HeaderMap::clone(&self.response.headers);
        if !self.keep_alive && self.response.follows_request {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        headers
    }
}
