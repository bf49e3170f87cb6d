//! One recorded request.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::Method;
use jiff::Timestamp;

use super::Head;
use crate::arrival::Arrival;
use crate::book::{Entry, Prepared};
use crate::request::{Protocol, Request};

/// What became of a request.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Nothing expected it.
    Unmatched,
    /// The expectation's own response was sent.
    Answered(Arc<Entry>),
    /// The expectation made this response.
    Rendered(Arc<Entry>, Arc<Prepared>),
    /// It was forwarded, and this came back.
    Forwarded(Arc<Entry>, Arc<Prepared>),
    /// Nothing expected it; it was forwarded to the server that it named, and this came back.
    Proxied(Arc<Prepared>),
    /// Nothing expected it, and this was sent.
    Unexpected(Arc<Prepared>),
    /// The expectation broke the connection.
    Broken(Arc<Entry>),
}

/// One recorded request.
#[derive(Clone, Debug)]
pub struct Record {
    method: Method,
    query: Vec<(String, String)>,
    head: Head,
    body: Bytes,
    secure: bool,
    keep_alive: bool,
    protocol: Protocol,
    remote: Option<SocketAddr>,
    received: Timestamp,
    outcome: Outcome,
}

impl Record {
    /// Records a request. Its body is shared, its path and its headers are packed.
    #[must_use]
    pub fn new(request: Request, received: Timestamp, outcome: Outcome) -> Self {
        Self::of(request.into(), received, outcome)
    }

    /// Records a request whose headers may not have been read yet.
    #[must_use]
    pub fn of(arrival: Arrival<'_>, received: Timestamp, outcome: Outcome) -> Self {
        let (request, unread) = arrival.into_parts();
        let head = Head::new(&request.path, &request.headers, unread);
        let Request {
            method,
            query,
            body,
            secure,
            keep_alive,
            protocol,
            remote,
            ..
        } = request;
        Self {
            method,
            query,
            head,
            body,
            secure,
            keep_alive,
            protocol,
            remote,
            received,
            outcome,
        }
    }

    /// The request as matchers see it.
    #[must_use]
    pub fn request(&self) -> Request {
        Request {
            method: self.method.clone(),
            path: self.head.path().to_owned(),
            query: self.query.clone(),
            headers: self.head.to_map(),
            body: self.body.clone(),
            secure: self.secure,
            keep_alive: self.keep_alive,
            protocol: self.protocol,
            remote: self.remote,
        }
    }

    /// Its method.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// Its path, decoded.
    #[must_use]
    pub fn path(&self) -> &str {
        self.head.path()
    }

    /// The parameters of its query.
    #[must_use]
    pub fn query(&self) -> &[(String, String)] {
        &self.query
    }

    /// When it came.
    #[must_use]
    pub fn received(&self) -> Timestamp {
        self.received
    }

    /// What became of it.
    #[must_use]
    pub fn outcome(&self) -> &Outcome {
        &self.outcome
    }

    /// The expectation that was for it.
    #[must_use]
    pub fn entry(&self) -> Option<&Arc<Entry>> {
        match &self.outcome {
            Outcome::Unmatched | Outcome::Proxied(_) | Outcome::Unexpected(_) => None,
            Outcome::Answered(entry)
            | Outcome::Rendered(entry, _)
            | Outcome::Forwarded(entry, _)
            | Outcome::Broken(entry) => Some(entry),
        }
    }

    /// The response that was sent, unless the connection was broken or nothing expected it.
    #[must_use]
    pub fn response(&self) -> Option<&Arc<Prepared>> {
        match &self.outcome {
            Outcome::Unmatched | Outcome::Broken(_) => None,
            Outcome::Answered(entry) => entry.prepared(),
            Outcome::Rendered(_, response)
            | Outcome::Forwarded(_, response)
            | Outcome::Proxied(response)
            | Outcome::Unexpected(response) => Some(response),
        }
    }

    /// The memory that it keeps, in bytes. A response that an expectation has anyway counts once,
    /// because the record may outlive the expectation.
    pub(super) fn weight(&self) -> usize {
        let query = self.query.iter();
        let query: usize = query
            .map(|(name, value)| name.len() + value.len() + PAIR)
            .sum();
        let response = match &self.outcome {
            Outcome::Unmatched | Outcome::Broken(_) => 0,
            Outcome::Answered(entry) => entry.weigh_once(),
            Outcome::Rendered(_, response)
            | Outcome::Forwarded(_, response)
            | Outcome::Proxied(response)
            | Outcome::Unexpected(response) => response.body.len() + OWN_RESPONSE,
        };
        size_of::<Self>() + query + self.head.len() + self.body.len() + response
    }
}

/// Two empty strings.
const PAIR: usize = 48;

/// About what a response with a few headers takes besides its body.
const OWN_RESPONSE: usize = 1024;
