//! Members of forwarded messages that an expectation replaces.

use http::Method;
use http::header::{CONTENT_TYPE, SET_COOKIE};

use super::modify::{Pairs, replace, set_cookies, to_headers, to_pairs};
use super::render::join;
use crate::definition::{HttpResponse, Place};
use crate::node::Node;
use crate::request::Request;

/// Replaces the members of a request that are given.
pub(super) fn override_request(
    mut request: Request,
    given: Option<&Node>,
) -> Result<Request, String> {
    let Some(given) = given else {
        return Ok(request);
    };
    if let Some(method) = text_of(given, "method") {
        request.method = Method::try_from(method).map_err(|error| error.to_string())?;
    }
    if let Some(path) = text_of(given, "path") {
        path.clone_into(&mut request.path);
    }
    if let Some(secure) = given.get("secure").and_then(Node::as_bool) {
        request.secure = secure;
    }
    for (name, values) in named_values(given.get("queryStringParameters")) {
        replace(&mut request.query, &name, &values, str::eq);
    }
    override_headers(&mut request, given)?;
    override_body(&mut request, given)?;
    Ok(request)
}

fn override_headers(request: &mut Request, given: &Node) -> Result<(), String> {
    let mut headers = to_pairs(&request.headers);
    for (name, values) in named_values(given.get("headers")) {
        replace(&mut headers, &name, &values, str::eq_ignore_ascii_case);
    }
    request.headers = to_headers(&headers)?;
    let given_cookies = named_values(given.get("cookies"));
    if given_cookies.is_empty() {
        return Ok(());
    }
    let cookies = request
        .cookies()
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let mut cookies: Pairs = cookies.collect();
    for (name, values) in given_cookies {
        replace(&mut cookies, &name, &values, str::eq);
    }
    set_cookies(request, &cookies)
}

/// A body means the same in a request as in a response.
fn override_body(request: &mut Request, given: &Node) -> Result<(), String> {
    let Some(body) = given.get("body") else {
        return Ok(());
    };
    let response = read_response(&Node::from([("body", body.clone())]))?;
    request.body = response.body;
    for (name, value) in response.headers {
        if name == CONTENT_TYPE {
            request.headers.entry(CONTENT_TYPE).or_insert(value);
        }
    }
    Ok(())
}

/// Replaces the members of a response that are given.
pub(super) fn override_response(
    mut response: HttpResponse,
    given: Option<&Node>,
) -> Result<HttpResponse, String> {
    let Some(given) = given else {
        return Ok(response);
    };
    let other = read_response(given)?;
    if given.get("statusCode").is_some() {
        response.status = other.status;
    }
    response.reason = other.reason.or(response.reason);
    let replaces = |name: &http::HeaderName| {
        *name != SET_COOKIE && other.headers.iter().any(|(other, _)| other == name)
    };
    response.headers.retain(|(name, _)| !replaces(name));
    response.headers.extend(other.headers);
    response.written.extend(other.written);
    if given.get("body").is_some() {
        response.body = other.body;
    }
    response.delay = other.delay.or(response.delay);
    response.connection = other.connection;
    Ok(response)
}

fn read_response(node: &Node) -> Result<HttpResponse, String> {
    HttpResponse::read(node, &Place::root()).map_err(|refusals| join(&refusals))
}

fn text_of<'a>(node: &'a Node, name: &str) -> Option<&'a str> {
    node.get(name).and_then(Node::as_str)
}

/// Reads `{"n": ["v"]}`, `{"n": "v"}` and `[{"name": "n", "values": ["v"]}]`.
fn named_values(node: Option<&Node>) -> Vec<(String, Vec<String>)> {
    match node {
        Some(Node::Object(members)) => members
            .iter()
            .map(|(name, values)| (name.clone(), texts(values)))
            .collect(),
        Some(Node::Array(items)) => items.iter().filter_map(named_item).collect(),
        _ => Vec::new(),
    }
}

fn named_item(item: &Node) -> Option<(String, Vec<String>)> {
    let name = text_of(item, "name")?.to_owned();
    let values = item.get("values").or_else(|| item.get("value"))?;
    Some((name, texts(values)))
}

fn texts(node: &Node) -> Vec<String> {
    match node {
        Node::Array(items) => items.iter().flat_map(texts).collect(),
        Node::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}
