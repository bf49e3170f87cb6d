//! What another server is asked, and what is made of its response.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST, HeaderName, TRANSFER_ENCODING};
use http::uri::Authority;
use http::{HeaderMap, HeaderValue, Uri};
use jiff::Timestamp;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use super::library::draw;
use super::modify::{modify_request, modify_response};
use super::override_parts::{override_request, override_response};
use crate::book::{Entry, Prepared};
use crate::definition::{Action, Forward, HttpResponse, OverrideForward};
use crate::node::Node;
use crate::request::Request;

/// Headers that belong to one connection.
const OF_A_CONNECTION: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// What stays as it is in a path.
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@');

/// What stays as it is in a query's names and values.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// A request that another server is to answer.
#[derive(Debug)]
pub struct ForwardOrder {
    pub(super) request: Request,
    pub(super) reason: Reason,
    pub(super) received: Timestamp,
}

/// Why another server is to answer.
#[derive(Debug)]
pub(super) enum Reason {
    /// An expectation wants it.
    Expected(Arc<Entry>),
    /// Nothing expects the request, and it is for that server.
    Named(Target),
}

/// A server to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The host's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether over TLS.
    pub secure: bool,
}

/// A request for another server.
#[derive(Debug)]
pub struct Outgoing {
    /// Whom to ask.
    pub target: Target,
    /// What to ask; its URI is absolute.
    pub request: http::Request<Bytes>,
}

impl ForwardOrder {
    /// How long it waits this time.
    #[must_use]
    pub fn delay(&self) -> Duration {
        match self.action() {
            Some(Action::Forward(forward)) => draw(forward.delay.as_ref()),
            Some(Action::Override(order)) => draw(order.delay.as_ref()),
            _ => Duration::ZERO,
        }
    }

    /// Whether the request leaves the connection open.
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.request.keep_alive
    }

    /// What failures are told by: the expectation's id, or else the request.
    pub(super) fn name(&self) -> Arc<str> {
        match &self.reason {
            Reason::Expected(entry) => Arc::clone(entry.id()),
            Reason::Named(_) => format!("{} {}", self.request.method, self.request.path).into(),
        }
    }

    /// The headers of the request that is forwarded.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        &self.request.headers
    }

    fn action(&self) -> Option<&Action> {
        match &self.reason {
            Reason::Expected(entry) => Some(&entry.expectation().action),
            Reason::Named(_) => None,
        }
    }

    /// What to ask whom.
    ///
    /// # Errors
    /// Why there is nothing to ask, in words.
    pub fn outgoing(&self) -> Result<Outgoing, String> {
        if let Reason::Named(target) = &self.reason {
            return outgoing(self.request.clone(), target.clone());
        }
        match self.action() {
            Some(Action::Forward(forward)) => outgoing(self.request.clone(), Target::from(forward)),
            Some(Action::Override(order)) => overridden(&self.request, order),
            _ => Err("the expectation forwards nothing".to_owned()),
        }
    }

    /// What is made of the response.
    ///
    /// # Errors
    /// Why nothing can be made of it, in words.
    pub fn incoming(&self, response: http::Response<Bytes>) -> Result<Prepared, String> {
        let response = received(response);
        let Some(Action::Override(order)) = self.action() else {
            return Ok(Prepared::new(response));
        };
        let mut response = override_response(response, order.response.as_ref())?;
        modify_response(&mut response, order.response_modifier.as_ref())?;
        Ok(Prepared::new(response))
    }
}

/// Another server's response without what belongs to its connection.
#[must_use]
pub fn received(response: http::Response<Bytes>) -> HttpResponse {
    let (parts, body) = response.into_parts();
    let pairs = parts
        .headers
        .iter()
        .filter(|(name, _)| belongs_to_message(name));
    let headers = pairs
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    HttpResponse {
        status: parts.status,
        headers,
        body,
        ..HttpResponse::default()
    }
}

impl From<&Forward> for Target {
    fn from(forward: &Forward) -> Self {
        let Forward {
            host, port, secure, ..
        } = forward;
        Self {
            host: host.clone(),
            port: *port,
            secure: *secure,
        }
    }
}

impl Target {
    /// The server that a `Host` header names.
    #[must_use]
    pub fn of_host_header(headers: &HeaderMap, secure: bool) -> Option<Self> {
        let host: Authority = headers.get(HOST)?.to_str().ok()?.parse().ok()?;
        Some(Self::of_authority(&host, secure))
    }

    /// The server that a URI names.
    #[must_use]
    pub fn of_authority(authority: &Authority, secure: bool) -> Self {
        let usual = if secure { 443 } else { 80 };
        Self {
            host: authority.host().to_owned(),
            port: authority.port_u16().unwrap_or(usual),
            secure,
        }
    }

    /// The host with its port, as in a URI.
    #[must_use]
    pub fn authority(&self) -> String {
        let Self { host, port, secure } = self;
        let host = if host.contains(':') && !host.starts_with('[') {
            format!("[{host}]")
        } else {
            host.clone()
        };
        match (port, secure) {
            (80, false) | (443, true) => host,
            _ => format!("{host}:{port}"),
        }
    }
}

fn overridden(request: &Request, order: &OverrideForward) -> Result<Outgoing, String> {
    let mut request = override_request(request.clone(), order.request.as_ref())?;
    modify_request(&mut request, order.request_modifier.as_ref())?;
    let is_overridden = order.request.as_ref().and_then(|given| given.get("secure"));
    let target = order
        .target
        .as_ref()
        .map(Target::from)
        .map(|target| Target {
            // The scheme is that of the request in MockServer; a socket address may say more.
            secure: target.secure || is_overridden == Some(&Node::Bool(true)),
            ..target
        });
    let target = target.or_else(|| Target::of_host_header(&request.headers, request.secure));
    outgoing(
        request,
        target.ok_or("neither a socketAddress nor a Host header tells where to")?,
    )
}

/// The request without what belongs to its connection.
pub(super) fn outgoing(request: Request, target: Target) -> Result<Outgoing, String> {
    let uri = uri(&request, &target)?;
    let host = HeaderValue::from_str(&target.authority()).map_err(|error| error.to_string())?;
    let mut outgoing = http::Request::new(request.body);
    *outgoing.method_mut() = request.method;
    *outgoing.uri_mut() = uri;
    let headers = outgoing.headers_mut();
    let pairs = request
        .headers
        .iter()
        .filter(|(name, _)| belongs_to_message(name));
    headers.extend(pairs.map(|(name, value)| (name.clone(), value.clone())));
    headers.insert(HOST, host);
    Ok(Outgoing {
        target,
        request: outgoing,
    })
}

fn belongs_to_message(name: &HeaderName) -> bool {
    *name != CONTENT_LENGTH
        && *name != TRANSFER_ENCODING
        && !OF_A_CONNECTION.contains(&name.as_str())
}

fn uri(request: &Request, target: &Target) -> Result<Uri, String> {
    let path = utf8_percent_encode(&request.path, PATH);
    let encode = |text: &str| utf8_percent_encode(text, QUERY).to_string();
    let pairs = request.query.iter();
    let pairs: Vec<_> = pairs
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)))
        .collect();
    let query = if pairs.is_empty() {
        String::new()
    } else {
        format!("?{}", pairs.join("&"))
    };
    let scheme = if target.secure { "https" } else { "http" };
    let text = format!("{scheme}://{}{path}{query}", target.authority());
    text.parse().map_err(|error| format!("{text}: {error}"))
}
