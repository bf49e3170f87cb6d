//! Requests.

use super::body::expected;
use super::code::{Code, literal};
use super::pairs::{Class, call, identifier};
use super::text::Text;
use crate::node::Node;

/// Each request as a statement.
pub(crate) fn requests(nodes: &[Node]) -> String {
    let mut code = Code::default();
    for node in nodes {
        request(&mut code, 0, node);
        code.more(";\n");
    }
    code.finish()
}

/// A request, or a description of requests.
pub(super) fn request(code: &mut Code, level: usize, node: &Node) {
    if let Some(document) = node.get("specUrlOrPayload") {
        return open_api(code, level, node, document);
    }
    code.line(level, "request()");
    let level = level + 1;
    for (name, method) in [("method", "withMethod"), ("path", "withPath")] {
        if let Some(text) = node.get(name).filter(|text| !is_blank(text)) {
            code.call(level, method, &Text::of(text).into_argument());
        }
    }
    for (name, method, class) in [
        ("headers", "withHeaders", Class::Header),
        ("cookies", "withCookies", Class::Cookie),
        ("pathParameters", "withPathParameters", Class::Parameter),
        (
            "queryStringParameters",
            "withQueryStringParameters",
            Class::Parameter,
        ),
    ] {
        call(code, level, method, class, node.get(name));
    }
    for (name, method) in [("secure", "withSecure"), ("keepAlive", "withKeepAlive")] {
        if let Some(flag) = node.get(name).and_then(Node::as_bool) {
            code.call(level, method, if flag { "true" } else { "false" });
        }
    }
    if let Some(protocol) = node.get("protocol").and_then(Node::as_str) {
        let protocol = format!("Protocol.{}", identifier(protocol));
        code.call(level, "withProtocol", &protocol);
    }
    if let Some(address) = node.get("socketAddress") {
        socket_address(code, level, address);
    }
    if let Some(body) = node.get("body").and_then(expected) {
        code.call(level, "withBody", &body);
    }
}

fn is_blank(node: &Node) -> bool {
    node.as_str().is_some_and(|text| text.trim().is_empty())
}

fn open_api(code: &mut Code, level: usize, node: &Node, document: &Node) {
    let document = document
        .as_str()
        .map_or_else(|| document.to_string(), str::to_owned);
    code.line(level, "openAPI(");
    let operation = node.get("operationId").and_then(Node::as_str);
    let mut arguments = vec![literal(&document)];
    arguments.extend(operation.map(literal));
    code.list(level + 1, &arguments);
    code.line(level, ")");
}

fn socket_address(code: &mut Code, level: usize, node: &Node) {
    code.call_lines(level, "withSocketAddress", |code, level| {
        code.line(level, "new SocketAddress()");
        if let Some(host) = node.get("host").and_then(Node::as_str) {
            code.call(level + 1, "withHost", &literal(host));
        }
        if let Some(port) = node.get("port").and_then(Node::as_i64) {
            code.call(level + 1, "withPort", &port.to_string());
        }
        if let Some(scheme) = node.get("scheme").and_then(Node::as_str) {
            let scheme = format!("SocketAddress.Scheme.{}", identifier(scheme));
            code.call(level + 1, "withScheme", &scheme);
        }
    });
}
