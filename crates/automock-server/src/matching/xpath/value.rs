//! What an `XPath` expression comes to.

use roxmltree::{Attribute, Node};

use super::expression::Comparison;

/// A node of a document or an attribute of one.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Item<'d> {
    Node(Node<'d, 'd>),
    /// With its element and its place there.
    Attribute(Node<'d, 'd>, usize, Attribute<'d, 'd>),
}

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value<'d> {
    Nodes(Vec<Item<'d>>),
    Bool(bool),
    Number(f64),
    Text(String),
}

impl Item<'_> {
    /// Where it stands in the document.
    pub(crate) fn order(&self) -> (usize, usize) {
        match self {
            Self::Node(node) => (node.id().get_usize(), 0),
            Self::Attribute(node, at, _) => (node.id().get_usize(), at + 1),
        }
    }

    /// All of its text.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Attribute(_, _, attribute) => attribute.value().to_owned(),
            Self::Node(node) if node.is_text() => node.text().unwrap_or_default().to_owned(),
            Self::Node(node) => {
                let texts = node.descendants().filter(Node::is_text);
                texts.filter_map(|text| text.text()).collect()
            }
        }
    }

    /// Its name without its prefix.
    pub(crate) fn local_name(&self) -> &str {
        match self {
            Self::Attribute(_, _, attribute) => attribute.name(),
            Self::Node(node) => node.tag_name().name(),
        }
    }

    /// Its namespace.
    pub(crate) fn namespace(&self) -> Option<&str> {
        match self {
            Self::Attribute(_, _, attribute) => attribute.namespace(),
            Self::Node(node) => node.tag_name().namespace(),
        }
    }

    /// Its name with its prefix.
    pub(crate) fn name(&self) -> String {
        let (Self::Node(node) | Self::Attribute(node, ..)) = self;
        let prefix = self
            .namespace()
            .and_then(|namespace| node.lookup_prefix(namespace));
        match prefix.filter(|prefix| !prefix.is_empty()) {
            Some(prefix) => format!("{prefix}:{}", self.local_name()),
            None => self.local_name().to_owned(),
        }
    }
}

impl Value<'_> {
    /// As a truth: there are nodes, a text or a number that is not 0.
    pub(crate) fn truth(&self) -> bool {
        match self {
            Self::Nodes(nodes) => !nodes.is_empty(),
            Self::Bool(value) => *value,
            Self::Number(number) => *number != 0.0 && !number.is_nan(),
            Self::Text(text) => !text.is_empty(),
        }
    }

    /// As a text: that of the first node.
    pub(crate) fn text(&self) -> String {
        match self {
            Self::Nodes(nodes) => nodes.first().map(Item::text).unwrap_or_default(),
            Self::Bool(value) => value.to_string(),
            Self::Number(number) => number.to_string(),
            Self::Text(text) => text.clone(),
        }
    }

    /// As a number, which may be none.
    pub(crate) fn number(&self) -> f64 {
        match self {
            Self::Number(number) => *number,
            Self::Bool(value) => f64::from(u8::from(*value)),
            Self::Text(_) | Self::Nodes(_) => to_number(&self.text()),
        }
    }

    /// Compares two values; of nodes one that fits is enough.
    pub(crate) fn compare(&self, comparison: Comparison, other: &Self) -> bool {
        match (self, other) {
            (Self::Nodes(_), Self::Bool(_)) | (Self::Bool(_), Self::Nodes(_)) => {
                let (one, other) = (Value::Bool(self.truth()), Value::Bool(other.truth()));
                one.compare_single(comparison, &other)
            }
            (Self::Nodes(nodes), _) => {
                let mut texts = nodes.iter().map(|node| Value::Text(node.text()));
                texts.any(|text| text.compare(comparison, other))
            }
            (_, Self::Nodes(nodes)) => {
                let mut texts = nodes.iter().map(|node| Value::Text(node.text()));
                texts.any(|text| self.compare_single(comparison, &text))
            }
            _ => self.compare_single(comparison, other),
        }
    }

    fn compare_single(&self, comparison: Comparison, other: &Value<'_>) -> bool {
        match comparison {
            Comparison::Equal => self.equals(other),
            Comparison::Unequal => !self.equals(other),
            Comparison::Less => self.number() < other.number(),
            Comparison::LessOrEqual => self.number() <= other.number(),
            Comparison::Greater => self.number() > other.number(),
            Comparison::GreaterOrEqual => self.number() >= other.number(),
        }
    }

    fn equals(&self, other: &Value<'_>) -> bool {
        match (self, other) {
            (Self::Bool(_), _) | (_, Value::Bool(_)) => self.truth() == other.truth(),
            (Self::Number(_), _) | (_, Value::Number(_)) => self
                .number()
                .partial_cmp(&other.number())
                .is_some_and(std::cmp::Ordering::is_eq),
            _ => self.text() == other.text(),
        }
    }
}

/// A number as `XPath` writes it.
fn to_number(text: &str) -> f64 {
    let text = text.trim();
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    if plain {
        text.parse().unwrap_or(f64::NAN)
    } else {
        f64::NAN
    }
}
