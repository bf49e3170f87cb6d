//! Responses.

use super::body::sent;
use super::code::{Code, comment, literal};
use super::pairs::{Class, call, identifier};
use crate::node::Node;

/// A response.
pub(super) fn response(code: &mut Code, level: usize, node: &Node) {
    code.line(level, "response()");
    let level = level + 1;
    if let Some(status) = node.get("statusCode").and_then(Node::as_i64) {
        code.call(level, "withStatusCode", &status.to_string());
    }
    if let Some(reason) = node.get("reasonPhrase").and_then(Node::as_str) {
        code.call(level, "withReasonPhrase", &literal(reason));
    }
    call(
        code,
        level,
        "withHeaders",
        Class::Header,
        node.get("headers"),
    );
    call(
        code,
        level,
        "withCookies",
        Class::Cookie,
        node.get("cookies"),
    );
    if let Some(body) = node.get("body").and_then(sent) {
        code.call(level, "withBody", &body);
    }
    delay(code, level, "withDelay", node.get("delay"));
    if let Some(options) = node.get("connectionOptions") {
        connection(code, level, options);
    }
}

/// `.withDelay(new Delay(TimeUnit.SECONDS, 1))`; the client knows no distributions.
pub(super) fn delay(code: &mut Code, level: usize, method: &str, node: Option<&Node>) {
    let Some(node) = node else { return };
    let unit = node.get("timeUnit").and_then(Node::as_str);
    let value = node.get("value").and_then(Node::as_i64);
    match (unit, value, node.get("distribution")) {
        (Some(unit), Some(value), None) => {
            let unit = identifier(unit);
            code.call(
                level,
                method,
                &format!("new Delay(TimeUnit.{unit}, {value})"),
            );
        }
        _ => code.line(level, &comment(&format!("delay {node}"))),
    }
}

fn connection(code: &mut Code, level: usize, node: &Node) {
    code.call_lines(level, "withConnectionOptions", |code, level| {
        code.line(level, "connectionOptions()");
        for (name, method) in [
            (
                "suppressContentLengthHeader",
                "withSuppressContentLengthHeader",
            ),
            (
                "contentLengthHeaderOverride",
                "withContentLengthHeaderOverride",
            ),
            ("suppressConnectionHeader", "withSuppressConnectionHeader"),
            ("chunkSize", "withChunkSize"),
            ("keepAliveOverride", "withKeepAliveOverride"),
            ("closeSocket", "withCloseSocket"),
        ] {
            if let Some(value @ (Node::Bool(_) | Node::Number(_))) = node.get(name) {
                code.call(level + 1, method, &value.to_string());
            }
        }
        let late = node.get("closeSocketDelay");
        delay(code, level + 1, "withCloseSocketDelay", late);
    });
}
