//! What expectations do, besides responses.

use super::body::bytes;
use super::code::{Code, literal};
use super::pairs::{Class, identifier, pairs, texts};
use super::request::request;
use super::response::{delay, response};
use crate::node::Node;

/// What an expectation does.
pub(super) fn action(code: &mut Code, expectation: &Node) {
    type Writer = fn(&mut Code, usize, &Node);
    let actions: [(&str, &str, Writer); 6] = [
        ("httpResponse", "respond", response),
        ("httpResponseTemplate", "respond", template),
        ("httpForward", "forward", forward),
        ("httpForwardTemplate", "forward", template),
        ("httpOverrideForwardedRequest", "forward", overridden),
        ("httpError", "error", error),
    ];
    for (name, method, writer) in actions {
        if let Some(node) = expectation.get(name) {
            return code.call_lines(0, method, |code, level| writer(code, level, node));
        }
    }
    for (name, method) in [
        ("httpResponseObjectCallback", "respond"),
        ("httpForwardObjectCallback", "forward"),
    ] {
        if expectation.get(name).is_some() {
            let hole = "/* the callback is code of the client that made this expectation */";
            return code.call(0, method, &format!("request -> null {hole}"));
        }
    }
}

fn template(code: &mut Code, level: usize, node: &Node) {
    let kind = node.get("templateType").and_then(Node::as_str);
    let kind = identifier(kind.unwrap_or_default());
    code.line(
        level,
        &format!("template(HttpTemplate.TemplateType.{kind})"),
    );
    if let Some(text) = node.get("template") {
        let text = text
            .as_str()
            .map_or_else(|| text.to_string(), str::to_owned);
        code.call(level + 1, "withTemplate", &literal(&text));
    }
    delay(code, level + 1, "withDelay", node.get("delay"));
}

fn forward(code: &mut Code, level: usize, node: &Node) {
    code.line(level, "forward()");
    if let Some(host) = node.get("host").and_then(Node::as_str) {
        code.call(level + 1, "withHost", &literal(host));
    }
    if let Some(port) = node.get("port").and_then(Node::as_i64) {
        code.call(level + 1, "withPort", &port.to_string());
    }
    if let Some(scheme) = node.get("scheme").and_then(Node::as_str) {
        let scheme = format!("HttpForward.Scheme.{}", identifier(scheme));
        code.call(level + 1, "withScheme", &scheme);
    }
    delay(code, level + 1, "withDelay", node.get("delay"));
}

fn overridden(code: &mut Code, level: usize, node: &Node) {
    let given = |names: [&str; 2]| names.into_iter().find_map(|name| node.get(name));
    code.line(level, "forwardOverriddenRequest()");
    let level = level + 1;
    if let Some(given) = given(["requestOverride", "httpRequest"]) {
        code.call_lines(level, "withRequestOverride", |code, level| {
            request(code, level, given);
        });
    }
    if let Some(given) = node.get("requestModifier") {
        code.call_lines(level, "withRequestModifier", |code, level| {
            modifier(code, level, "requestModifier()", given);
        });
    }
    if let Some(given) = given(["responseOverride", "httpResponse"]) {
        code.call_lines(level, "withResponseOverride", |code, level| {
            response(code, level, given);
        });
    }
    if let Some(given) = node.get("responseModifier") {
        code.call_lines(level, "withResponseModifier", |code, level| {
            modifier(code, level, "responseModifier()", given);
        });
    }
    delay(code, level, "withDelay", node.get("delay"));
}

fn modifier(code: &mut Code, level: usize, start: &str, node: &Node) {
    code.line(level, start);
    let level = level + 1;
    if let Some(path) = node.get("path") {
        let part = |name: &str| literal(path.get(name).and_then(Node::as_str).unwrap_or_default());
        let arguments = format!("{}, {}", part("regex"), part("substitution"));
        code.call(level, "withPath", &arguments);
    }
    for (name, method, start, class) in [
        (
            "queryStringParameters",
            "withQueryStringParameters",
            "parameters",
            Class::Parameter,
        ),
        ("headers", "withHeaders", "headers", Class::Header),
        ("cookies", "withCookies", "cookies", Class::Cookie),
    ] {
        let Some(given) = node.get(name) else {
            continue;
        };
        code.call_lines(level, method, |code, level| {
            for part in ["add", "replace"] {
                let items = given.get(part).map(|given| pairs(class, given));
                changed(code, level, start, &items.unwrap_or_default());
                code.more(",");
            }
            let removed = given.get("remove").map(texts).unwrap_or_default();
            if removed.is_empty() {
                code.line(level, "null");
            } else {
                code.line(level, &format!("List.of({})", removed.join(", ")));
            }
        });
    }
}

fn changed(code: &mut Code, level: usize, start: &str, items: &[String]) {
    if items.is_empty() {
        return code.line(level, "null");
    }
    code.line(level, &format!("{start}("));
    code.list(level + 1, items);
    code.line(level, ")");
}

fn error(code: &mut Code, level: usize, node: &Node) {
    code.line(level, "error()");
    let level = level + 1;
    delay(code, level, "withDelay", node.get("delay"));
    if let Some(drop) = node.get("dropConnection").and_then(Node::as_bool) {
        code.call(
            level,
            "withDropConnection",
            if drop { "true" } else { "false" },
        );
    }
    if let Some(base64) = node.get("responseBytes").and_then(Node::as_str) {
        code.call(level, "withResponseBytes", &bytes(base64));
    }
}
