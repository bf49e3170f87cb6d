//! Bodies.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::code::literal;
use super::pairs::{Class, identifier, pairs};
use crate::definition::{BodyKind, Place, Written, written};
use crate::node::Node;

/// The expression of a body that is expected; nothing for one that says nothing.
pub(super) fn expected(node: &Node) -> Option<String> {
    let body = match written(node, &Place::root()).ok()? {
        Written::Plain(text) => of_text(text),
        Written::Raw => json(&node.to_string(), node),
        Written::Typed(kind, field) => typed(kind, node, node.get(field)?),
    };
    let is = |name: &str| node.get(name) == Some(&Node::Bool(true));
    let body = if is("optional") {
        format!("{body}.withOptional(true)")
    } else {
        body
    };
    Some(if is("not") {
        format!("Not.not({body})")
    } else {
        body
    })
}

/// A string is turned round by `!`.
fn of_text(text: &str) -> String {
    match text.strip_prefix('!') {
        Some(rest) => format!("Not.not(new StringBody({}))", literal(rest)),
        None => format!("new StringBody({})", literal(text)),
    }
}

fn typed(kind: BodyKind, node: &Node, value: &Node) -> String {
    let content = text_of(value);
    let text = literal(&content);
    match kind {
        BodyKind::Text if node.get("subString") == Some(&Node::Bool(true)) => {
            format!("StringBody.subString({text})")
        }
        BodyKind::Text => match content_type(node) {
            Some(media) => format!("StringBody.exact({text}, {media})"),
            None => format!("new StringBody({text})"),
        },
        BodyKind::Json => json(&content, node),
        BodyKind::JsonSchema => with_styles(format!("new JsonSchemaBody({text})"), node),
        BodyKind::JsonPath => format!("new JsonPathBody({text})"),
        BodyKind::Regex => format!("new RegexBody({text})"),
        BodyKind::Xml => format!("new XmlBody({text})"),
        BodyKind::XmlSchema => format!("new XmlSchemaBody({text})"),
        BodyKind::XPath => match map(node.get("namespacePrefixes"), literal) {
            Some(prefixes) => format!("new XPathBody({text}, {prefixes})"),
            None => format!("new XPathBody({text})"),
        },
        BodyKind::Parameters => {
            let parameters = pairs(Class::Parameter, value);
            format!("new ParameterBody({})", parameters.join(", "))
        }
        BodyKind::Binary => format!("new BinaryBody({})", bytes(&content)),
        // The client of 5.15 has no classes for these, and neither has this engine matchers.
        BodyKind::JsonRpc | BodyKind::GraphQl => format!("new StringBody({text})"),
    }
}

fn json(text: &str, node: &Node) -> String {
    let kind = node.get("matchType").and_then(Node::as_str);
    let kind = identifier(kind.unwrap_or("ONLY_MATCHING_FIELDS"));
    format!("new JsonBody({}, MatchType.{kind})", literal(text))
}

fn with_styles(body: String, node: &Node) -> String {
    let style = |text: &str| format!("ParameterStyle.{}", identifier(text));
    match map(node.get("parameterStyles"), style) {
        Some(styles) => format!("{body}.withParameterStyles({styles})"),
        None => body,
    }
}

/// `Map.ofEntries(…)`, which takes any number.
fn map(node: Option<&Node>, value: impl Fn(&str) -> String) -> Option<String> {
    let members = node?.as_object().filter(|members| !members.is_empty())?;
    let entries = members.iter().map(|(name, node)| {
        let value = value(node.as_str().unwrap_or_default());
        format!("Map.entry({}, {value})", literal(name))
    });
    let entries: Vec<String> = entries.collect();
    Some(format!("Map.ofEntries({})", entries.join(", ")))
}

/// What `withBody` of a response takes: the bytes, or the text with the content type that the body
/// has.
pub(super) fn sent(node: &Node) -> Option<String> {
    let raw = |node: &Node| with_type(&crate::pretty::pretty(node), Some("application/json"));
    match written(node, &Place::root()).ok()? {
        Written::Plain(text) => Some(literal(text)),
        Written::Typed(BodyKind::Parameters, _) if node.get("type").is_none() => Some(raw(node)),
        Written::Raw => Some(raw(node)),
        Written::Typed(kind, field) => {
            let value = node.get(field)?;
            let raw = raw_text(node).map(Node::from);
            let value = raw.as_ref().unwrap_or(value);
            let said = node.get("contentType").and_then(Node::as_str);
            let (content, usual) = match kind {
                BodyKind::Json => (json_text(value), Some("application/json")),
                BodyKind::Xml => (text_of(value), Some("application/xml")),
                BodyKind::Binary => return Some(bytes(&text_of(value))),
                _ => (text_of(value), None),
            };
            Some(with_type(&content, said.or(usual)))
        }
    }
}

/// The text that a recorded body was; JSON in it may be laid out in any way.
fn raw_text(node: &Node) -> Option<String> {
    let bytes = STANDARD.decode(node.get("rawBytes")?.as_str()?).ok()?;
    String::from_utf8(bytes).ok()
}

fn with_type(text: &str, media: Option<&str>) -> String {
    let text = literal(text);
    media.map_or_else(
        || text.clone(),
        |media| format!("{text}, MediaType.parse({})", literal(media)),
    )
}

/// Bytes that are written in base64.
pub(super) fn bytes(base64: &str) -> String {
    format!(
        "new Base64Converter().base64StringToBytes({})",
        literal(base64)
    )
}

fn content_type(node: &Node) -> Option<String> {
    let text = node.get("contentType").and_then(Node::as_str)?;
    Some(format!("MediaType.parse({})", literal(text)))
}

fn json_text(node: &Node) -> String {
    node.as_str()
        .map_or_else(|| crate::pretty::pretty(node), str::to_owned)
}

fn text_of(node: &Node) -> String {
    node.as_str()
        .map_or_else(|| node.to_string(), str::to_owned)
}
