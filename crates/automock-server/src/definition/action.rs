//! What an expectation does.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, StatusCode};

use super::Delay;

/// What an expectation does.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Action {
    /// `httpResponse`
    Response(HttpResponse),
    /// `httpResponseTemplate`
    Template(TemplateAction),
    /// `httpForward`
    Forward(Forward),
    /// `httpOverrideForwardedRequest`
    Override(Box<OverrideForward>),
    /// `httpError`
    Error(ErrorAction),
    /// `httpResponseObjectCallback`, `httpForwardObjectCallback`
    Callback(Callback),
}

/// A response that is known beforehand.
#[derive(Clone, Debug, Default)]
pub struct HttpResponse {
    /// 200 by default.
    pub status: StatusCode,
    /// Instead of the standard one.
    pub reason: Option<String>,
    /// In their order; several of a name are several lines. The content type that belongs to a
    /// typed body and the lines of cookies are among them.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// Those of the names that are not written in lower case.
    pub written: Vec<String>,
    /// What is sent.
    pub body: Body,
    /// How long it waits before that.
    pub delay: Option<Delay>,
    /// What is odd about the connection.
    pub connection: ConnectionOptions,
}

/// The bytes of a response, which all answers share.
pub type Body = Bytes;

/// `connectionOptions`
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConnectionOptions {
    /// No `content-length`.
    pub suppress_content_length: bool,
    /// This in place of the true length.
    pub content_length: Option<u64>,
    /// No `connection`.
    pub suppress_connection: bool,
    /// This in `connection`, whatever happens to it.
    pub keep_alive: Option<bool>,
    /// The connection is closed after the answer.
    pub close_socket: bool,
    /// So late.
    pub close_socket_delay: Option<Delay>,
    /// The body goes in chunks of so many bytes.
    pub chunk_size: Option<usize>,
}

/// A template's language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TemplateKind {
    /// Apache Velocity.
    Velocity,
    /// Mustache.
    Mustache,
}

/// `httpResponseTemplate`
#[derive(Clone, Debug)]
pub struct TemplateAction {
    /// The compiled template. It renders the JSON of an `httpResponse`.
    pub template: crate::template::Template,
    /// How long the answer waits.
    pub delay: Option<Delay>,
}

/// `httpForward`
#[derive(Clone, Debug, PartialEq)]
pub struct Forward {
    /// The host's name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// Whether over TLS.
    pub secure: bool,
    /// How long it waits before that.
    pub delay: Option<Delay>,
}

/// `httpOverrideForwardedRequest`
#[derive(Clone, Debug, Default)]
pub struct OverrideForward {
    /// Where to, unless the `Host` header tells.
    pub target: Option<Forward>,
    /// Members of the request that are replaced, as a client wrote them.
    pub request: Option<crate::node::Node>,
    /// How the request is changed.
    pub request_modifier: Option<Modifier>,
    /// Members of the response that are replaced, as a client wrote them.
    pub response: Option<crate::node::Node>,
    /// How the response is changed.
    pub response_modifier: Option<Modifier>,
    /// How long it waits before that.
    pub delay: Option<Delay>,
}

/// How a message is changed on its way.
#[derive(Clone, Debug, Default)]
pub struct Modifier {
    /// The path.
    pub path: Option<PathModifier>,
    /// The query.
    pub query: PairsModifier,
    /// The headers.
    pub headers: PairsModifier,
    /// The cookies.
    pub cookies: PairsModifier,
}

/// How a path is changed.
#[derive(Clone, Debug)]
pub struct PathModifier {
    /// Which part.
    pub regex: fancy_regex::Regex,
    /// What takes its place; `$1` is the first group.
    pub substitution: String,
}

/// How names with values are changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PairsModifier {
    /// Added, whatever is there.
    pub add: Vec<(String, Vec<String>)>,
    /// Replaced where there is one.
    pub replace: Vec<(String, Vec<String>)>,
    /// Removed.
    pub remove: Vec<String>,
}

/// `httpResponseObjectCallback`, `httpForwardObjectCallback`: a client is asked over its WebSocket.
#[derive(Clone, Debug, PartialEq)]
pub struct Callback {
    /// What the client is called by.
    pub client_id: String,
    /// What it is asked for.
    pub kind: CallbackKind,
    /// How long it waits before that.
    pub delay: Option<Delay>,
}

/// What a client is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallbackKind {
    /// The response.
    Response,
    /// The request for another server.
    Forward {
        /// Whether it is asked for the response too, once it is there.
        sees_response: bool,
    },
}

/// `httpError`
#[derive(Clone, Debug, PartialEq)]
pub struct ErrorAction {
    /// The connection is dropped.
    pub drop_connection: bool,
    /// These bytes are sent first, instead of a response.
    pub bytes: Option<Bytes>,
    /// How long it waits before that.
    pub delay: Option<Delay>,
}
