//! Requests and responses as `MockServer` writes them in JSON.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue};

use crate::book::Prepared;
use crate::node::Node;
use crate::request::Request;

/// A recorded request.
#[must_use]
pub fn request_to_node(request: &Request) -> Node {
    let mut members = vec![
        member("method", request.method.as_str().into()),
        member("path", request.path.as_str().into()),
    ];
    let query = request
        .query
        .iter()
        .map(|(name, value)| (name.as_str(), value.clone()));
    push_object(&mut members, "queryStringParameters", group(query));
    push_object(&mut members, "headers", headers(&request.headers));
    let cookies = request
        .cookies()
        .map(|(name, value)| member(name, value.into()));
    push_object(&mut members, "cookies", cookies.collect());
    members.push(member("keepAlive", request.keep_alive.into()));
    members.push(member("secure", request.secure.into()));
    members.push(member("protocol", request.protocol.word().into()));
    if let Some(remote) = request.remote {
        members.push(member("remoteAddress", remote.to_string().into()));
    }
    if let Some(body) = body(&request.headers, &request.body) {
        members.push(member("body", body));
    }
    Node::Object(members)
}

/// A response that was sent.
#[must_use]
pub fn response_to_node(response: &Prepared) -> Node {
    let status = i64::from(response.status.as_u16());
    let mut members = vec![member("statusCode", status.into())];
    let standard = response.status.canonical_reason().unwrap_or_default();
    let reason = response.rare.as_ref().and_then(|rare| rare.reason.as_ref());
    let reason = reason.map_or(standard.into(), |reason| String::from_utf8_lossy(reason));
    members.push(member("reasonPhrase", reason.into_owned().into()));
    push_object(&mut members, "headers", headers(&response.headers));
    if let Some(body) = body(&response.headers, &response.body) {
        members.push(member("body", body));
    }
    Node::Object(members)
}

fn member(name: &str, value: Node) -> (String, Node) {
    (name.to_owned(), value)
}

/// Empty objects are left out, as `MockServer` does.
fn push_object(members: &mut Vec<(String, Node)>, name: &str, object: Vec<(String, Node)>) {
    if !object.is_empty() {
        members.push(member(name, Node::Object(object)));
    }
}

fn headers(headers: &HeaderMap) -> Vec<(String, Node)> {
    let text = |value: &HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
    group(
        headers
            .iter()
            .map(|(name, value)| (name.as_str(), text(value))),
    )
}

/// The values of each name, in the order of their first.
fn group<'a>(pairs: impl Iterator<Item = (&'a str, String)>) -> Vec<(String, Node)> {
    let mut groups: Vec<(String, Node)> = Vec::new();
    for (name, value) in pairs {
        match groups.iter_mut().find(|(known, _)| known == name) {
            Some((_, Node::Array(values))) => values.push(value.into()),
            _ => groups.push(member(name, Node::Array(vec![value.into()]))),
        }
    }
    groups
}

/// A body by its type: JSON and XML as such, other text as a string, the rest in base64.
fn body(headers: &HeaderMap, bytes: &Bytes) -> Option<Node> {
    if bytes.is_empty() {
        return None;
    }
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = content_type
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    let essence = essence.trim().to_ascii_lowercase();
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Some(binary_body(content_type, bytes));
    };
    if is_json(&essence)
        && let Ok(json) = serde_json::from_str(text)
    {
        return Some(typed("JSON", "json", json, content_type, bytes));
    }
    if essence.ends_with("/xml") || essence.ends_with("+xml") {
        return Some(typed("XML", "xml", text.into(), content_type, bytes));
    }
    if content_type.is_none() {
        return Some(text.into());
    }
    Some(typed("STRING", "string", text.into(), content_type, bytes))
}

fn is_json(essence: &str) -> bool {
    essence.ends_with("/json") || essence.ends_with("+json")
}

fn typed(kind: &str, name: &str, value: Node, content_type: Option<&str>, bytes: &Bytes) -> Node {
    let mut members = vec![member("type", kind.into()), member(name, value)];
    members.push(member("rawBytes", STANDARD.encode(bytes).into()));
    members.extend(content_type.map(|text| member("contentType", text.into())));
    Node::Object(members)
}

fn binary_body(content_type: Option<&str>, bytes: &Bytes) -> Node {
    let encoded = STANDARD.encode(bytes).into();
    let mut members = vec![
        member("type", "BINARY".into()),
        member("base64Bytes", encoded),
    ];
    members.extend(content_type.map(|text| member("contentType", text.into())));
    Node::Object(members)
}
