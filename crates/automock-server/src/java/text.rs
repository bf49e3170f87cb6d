//! Texts that are expected, with their marks.

use super::code::literal;
use crate::node::Node;

/// A text as Java.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Text {
    /// Nothing but itself.
    Plain(String),
    /// Turned round, optional or described by a schema.
    Marked(String),
}

impl Text {
    /// A text with its marks: `!` turns it round, `?` makes it optional.
    pub(super) fn new(text: &str) -> Self {
        let (early, rest) = strip(text, '?');
        let (not, rest) = strip(rest, '!');
        let (late, rest) = strip(rest, '?');
        Self::marked(rest, not, early || late)
    }

    /// A string, or an object with a `schema` or a `value`.
    pub(super) fn of(node: &Node) -> Self {
        match node {
            Node::String(text) => Self::new(text),
            Node::Object(_) => Self::of_object(node),
            other => Self::Plain(literal(&other.to_string())),
        }
    }

    fn of_object(node: &Node) -> Self {
        let is = |name: &str| node.get(name) == Some(&Node::Bool(true));
        if let Some(value) = node.get("value").and_then(Node::as_str) {
            return Self::marked(value, is("not"), is("optional"));
        }
        let schema = node.get("schema").map(Node::to_string).unwrap_or_default();
        let schema = literal(&schema);
        Self::Marked(if is("not") {
            format!("schemaString({schema}, true)")
        } else {
            format!("schemaString({schema})")
        })
    }

    fn marked(text: &str, not: bool, optional: bool) -> Self {
        let text = literal(text);
        match (not, optional) {
            (false, false) => Self::Plain(text),
            (true, false) => Self::Marked(format!("not({text})")),
            (false, true) => Self::Marked(format!("optional({text})")),
            (true, true) => Self::Marked(format!("optional({text}, true)")),
        }
    }

    pub(super) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain(_))
    }

    /// As an argument that takes a string or a text with marks.
    pub(super) fn into_argument(self) -> String {
        match self {
            Self::Plain(code) | Self::Marked(code) => code,
        }
    }

    /// As an argument that takes only a text with marks.
    pub(super) fn into_nottable(self) -> String {
        match self {
            Self::Plain(code) => format!("string({code})"),
            Self::Marked(code) => code,
        }
    }
}

fn strip(text: &str, mark: char) -> (bool, &str) {
    text.strip_prefix(mark)
        .map_or((false, text), |rest| (true, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_become_calls() {
        let check = |text: &str, argument: &str| {
            let node = Node::parse(text).unwrap();
            assert_eq!(Text::of(&node).into_argument(), argument, "{text}");
        };
        check(r#""a""#, r#""a""#);
        check(r#""!a""#, r#"not("a")"#);
        check(r#""?a""#, r#"optional("a")"#);
        check(r#""?!a""#, r#"optional("a", true)"#);
        check(r#"{"value":"!a","not":true}"#, r#"not("!a")"#);
        check(
            r#"{"schema":{"type":"integer"}}"#,
            r#"schemaString("{\"type\":\"integer\"}")"#,
        );
        assert_eq!(Text::new("a").into_nottable(), r#"string("a")"#);
    }
}
