//! Inputs in parts, so that parts can be exchanged between inputs.

use automock_server::request::{Protocol, Request, decode, parse_parameters};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method};

/// Between two parts of an input.
const LINE: &[u8] = b"\n---\n";

/// The parts of an input. There is always one.
pub(crate) fn parts(data: &[u8]) -> Vec<&[u8]> {
    let mut parts = Vec::new();
    let mut rest = data;
    while let Some(at) = rest.windows(LINE.len()).position(|window| window == LINE) {
        parts.push(&rest[..at]);
        rest = &rest[at + LINE.len()..];
    }
    parts.push(rest);
    parts
}

/// A request out of any bytes: `METHOD target`, headers, an empty line and a body. What cannot be in a
/// request is left out.
pub(crate) fn request(data: &[u8]) -> Request {
    let (head, body) = split(data, b"\n\n");
    let text = String::from_utf8_lossy(head);
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let (method, target) = first.split_once(' ').unwrap_or(("GET", first));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut headers = HeaderMap::new();
    for (name, value) in lines.filter_map(|line| line.split_once(':')).take(100) {
        let name = HeaderName::from_bytes(name.trim().as_bytes());
        if let (Ok(name), Ok(value)) = (name, HeaderValue::from_str(value.trim())) {
            headers.append(name, value);
        }
    }
    Request {
        method: Method::from_bytes(method.as_bytes()).unwrap_or(Method::POST),
        query: parse_parameters(query),
        secure: headers.contains_key("x-secure"),
        keep_alive: !headers.contains_key("x-close"),
        protocol: if headers.contains_key("x-two") {
            Protocol::Http2
        } else {
            Protocol::Http1
        },
        headers,
        body: Bytes::copy_from_slice(body),
        ..Request::get(decode(path))
    }
}

fn split<'a>(data: &'a [u8], by: &[u8]) -> (&'a [u8], &'a [u8]) {
    match data.windows(by.len()).position(|window| window == by) {
        Some(at) => (&data[..at], &data[at + by.len()..]),
        None => (data, &[]),
    }
}
