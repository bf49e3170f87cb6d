//! Responses of the control API.

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, StatusCode};

use super::handler::Response;
use crate::definition::Refusal;
use crate::node::Node;
use crate::pretty::{pretty_answer, pretty_in_lines};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const JAVA: HeaderValue = HeaderValue::from_static("application/java; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

/// A response without a body.
pub(super) fn empty(status: StatusCode) -> Response {
    let mut response = http::Response::new(Bytes::new());
    *response.status_mut() = status;
    response
}

/// A response in words.
pub(crate) fn text(status: StatusCode, text: impl Into<String>) -> Response {
    with_body(status, TEXT, text.into())
}

/// A response in JSON, indented for people.
pub(super) fn json(status: StatusCode, node: &Node) -> Response {
    with_body(status, JSON, pretty_answer(node))
}

/// Entries of the log.
pub(super) fn log_entries(node: &Node) -> Response {
    let body = match node.as_array() {
        Some([]) => "[]".to_owned(),
        _ => pretty_in_lines(node),
    };
    with_body(StatusCode::OK, JSON, body)
}

/// A response in Java.
pub(super) fn java(code: String) -> Response {
    with_body(StatusCode::OK, JAVA, code)
}

/// What a client sent is refused.
pub(super) fn bad(reason: impl Into<String>) -> Response {
    text(StatusCode::BAD_REQUEST, reason)
}

/// Refusals, each in a line.
pub(super) fn in_lines(refusals: &[Refusal]) -> String {
    let lines: Vec<String> = refusals.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

fn with_body(status: StatusCode, kind: HeaderValue, body: String) -> Response {
    let mut response = empty(status);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    *response.body_mut() = body.into();
    response
}
