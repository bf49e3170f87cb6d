//! What the body of a request and that of a response have in common: how their kind is written.

use super::fields::Fields;
use super::{Place, Refusal};
use crate::node::Node;

/// The kinds of bodies of `MockServer` by their type, with the field that holds the value.
const KINDS: [(&str, &str, BodyKind); 12] = [
    ("STRING", "string", BodyKind::Text),
    ("REGEX", "regex", BodyKind::Regex),
    ("JSON", "json", BodyKind::Json),
    ("JSON_SCHEMA", "jsonSchema", BodyKind::JsonSchema),
    ("JSON_PATH", "jsonPath", BodyKind::JsonPath),
    ("XML", "xml", BodyKind::Xml),
    ("XPATH", "xpath", BodyKind::XPath),
    ("PARAMETERS", "parameters", BodyKind::Parameters),
    ("BINARY", "base64Bytes", BodyKind::Binary),
    ("XML_SCHEMA", "xmlSchema", BodyKind::XmlSchema),
    ("JSON_RPC", "jsonRpc", BodyKind::JsonRpc),
    ("GRAPHQL", "graphql", BodyKind::GraphQl),
];

/// A kind of body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyKind {
    Text,
    Regex,
    Json,
    JsonSchema,
    JsonPath,
    Xml,
    XPath,
    Parameters,
    Binary,
    XmlSchema,
    JsonRpc,
    GraphQl,
}

/// How a body is written.
pub(crate) enum Written<'n> {
    /// A string.
    Plain(&'n str),
    /// An object that says what it is, with the name of the field that holds the value.
    Typed(BodyKind, &'static str),
    /// JSON itself.
    Raw,
}

/// Finds out how a body is written: the type is inferred from the field where it is not said.
pub(crate) fn written<'n>(node: &'n Node, place: &Place) -> Result<Written<'n>, Vec<Refusal>> {
    match node {
        Node::String(text) => Ok(Written::Plain(text)),
        Node::Object(_) => {
            Ok(kind_of(node).map_or(Written::Raw, |(kind, field)| Written::Typed(kind, field)))
        }
        Node::Array(_) => Ok(Written::Raw),
        _ => {
            let expected = "a string, an object or an array";
            Err(vec![super::fields::refuse_type(node, place, expected)])
        }
    }
}

/// The kind that the type says, else the first that a field tells.
fn kind_of(node: &Node) -> Option<(BodyKind, &'static str)> {
    let said = node.get("type").and_then(Node::as_str);
    let by_type = KINDS.iter().find(|(name, _, _)| said == Some(*name));
    let by_field = || {
        KINDS
            .iter()
            .find(|(_, field, kind)| node.get(field).is_some() && tells_kind(*kind, node))
    };
    let (_, field, kind) = by_type.or_else(by_field)?;
    Some((*kind, field))
}

/// Whether the field of a kind is enough. JSON has members called `parameters` for other reasons.
fn tells_kind(kind: BodyKind, node: &Node) -> bool {
    let mut names = node
        .as_object()
        .unwrap_or_default()
        .iter()
        .map(|(name, _)| name.as_str());
    match kind {
        BodyKind::JsonRpc | BodyKind::GraphQl => false,
        BodyKind::Parameters => names.all(|name| matches!(name, "parameters" | "not" | "optional")),
        _ => true,
    }
}

/// Refuses fields that do not go with a kind. Where the kind was inferred, JSON may have been meant.
pub(crate) fn refuse_others(fields: &mut Fields<'_>, field: &str, known: &[&str]) {
    fields.only(known, &[]);
    let others = fields
        .members()
        .iter()
        .any(|(name, _)| !known.contains(&name.as_str()));
    if others && fields.get("type").is_none() {
        fields.refuse_all(format!(
            "is taken for another kind of body because of {field:?}; \
             JSON like that is written {{\"type\": \"JSON\", \"json\": …}}"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_is_said_or_inferred() {
        let check = |text: &str, expected: Option<BodyKind>| {
            let node = Node::parse(text).unwrap();
            assert_eq!(kind_of(&node).map(|(kind, _)| kind), expected, "{text}");
        };
        check(r#"{"type":"JSON","json":{}}"#, Some(BodyKind::Json));
        check(r#"{"json":"{}"}"#, Some(BodyKind::Json));
        check(r#"{"base64Bytes":""}"#, Some(BodyKind::Binary));
        check(r#"{"parameters":{}}"#, Some(BodyKind::Parameters));
        check(r#"{"parameters":{},"more":1}"#, None);
        check(r#"{"graphql":"{ a }"}"#, None);
        check(r#"{"type":"car","wheels":4}"#, None);
        check(r#"{"a":1}"#, None);
        check("{}", None);
    }
}
