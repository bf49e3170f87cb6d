//! The values of templates.

use std::fmt::{self, Write};
use std::sync::Arc;

use crate::node::Node;

use super::collection::{List, Map, Style};
use super::xml::Selection;

/// A value of a template.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// Any other number.
    Float(f64),
    /// A text.
    Text(Arc<str>),
    /// Values in a row.
    List(List),
    /// Values with names.
    Map(Map),
    /// A part of an XML document.
    Xml(Selection),
}

impl Value {
    /// Whether a condition is met by it: nothing, zero and what is empty are false.
    pub(super) fn is_true(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(value) => *value,
            Self::Integer(number) => *number != 0,
            Self::Float(number) => *number != 0.0,
            Self::Text(text) => !text.is_empty(),
            Self::List(list) => !list.items().is_empty(),
            Self::Map(map) => !map.entries().is_empty(),
            Self::Xml(selection) => !selection.elements().is_empty(),
        }
    }

    /// How many levels of lists and maps there are.
    pub(super) fn depth(&self) -> usize {
        match self {
            Self::List(list) => list.size().depth,
            Self::Map(map) => map.size().depth,
            _ => 0,
        }
    }

    /// How much is in it, down to the last level.
    pub(super) fn weight(&self) -> usize {
        match self {
            Self::Text(text) => text.len() + 1,
            Self::List(list) => list.size().weight,
            Self::Map(map) => map.size().weight,
            Self::Xml(selection) => selection.weight(),
            Self::Null | Self::Bool(_) | Self::Integer(_) | Self::Float(_) => 1,
        }
    }

    /// A whole number from a number or from its digits.
    pub(super) fn to_integer(&self) -> Option<i64> {
        match self {
            Self::Integer(number) => Some(*number),
            Self::Float(number) => Some(truncate(*number)),
            Self::Text(text) => text.trim().parse().ok(),
            _ => None,
        }
    }

    /// The number of bytes or characters that a whole number tells.
    pub(super) fn to_index(&self) -> Option<usize> {
        self.to_integer().and_then(|index| index.try_into().ok())
    }

    /// The text without a copy, if it is one.
    pub(super) fn as_text(&self) -> Option<&Arc<str>> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    fn write_json(&self, output: &mut dyn Write) -> fmt::Result {
        match self {
            Self::Text(text) => write_quoted(text, output),
            Self::List(list) => {
                let items = list.items().iter();
                write_row(output, "[", ",", "]", items, |item, output| {
                    item.write_json(output)
                })
            }
            Self::Map(map) => {
                let entries = map.entries().iter();
                write_row(output, "{", ",", "}", entries, |(name, value), output| {
                    write_quoted(name, output)?;
                    output.write_char(':')?;
                    value.write_json(output)
                })
            }
            Self::Xml(selection) => write_quoted(&selection.to_string(), output),
            plain => write!(output, "{plain}"),
        }
    }
}

/// Plain text. Lists and maps look as Java shows them, those from a JSON text as JSON.
impl fmt::Display for Value {
    fn fmt(&self, output: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => output.write_str("null"),
            Self::Bool(value) => write!(output, "{value}"),
            Self::Integer(number) => write!(output, "{number}"),
            Self::Float(number) => output.write_str(&float_text(*number)),
            Self::Text(text) => output.write_str(text),
            Self::List(list) if list.style() == Style::Json => self.write_json(output),
            Self::List(list) => {
                let items = list.items().iter();
                write_row(output, "[", ", ", "]", items, |item, output| {
                    write!(output, "{item}")
                })
            }
            Self::Map(map) if map.style() == Style::Json => self.write_json(output),
            Self::Map(map) => {
                let entries = map.entries().iter();
                write_row(output, "{", ", ", "}", entries, |(name, value), output| {
                    write!(output, "{name}={value}")
                })
            }
            Self::Xml(selection) => write!(output, "{selection}"),
        }
    }
}

fn write_row<T>(
    output: &mut dyn Write,
    start: &str,
    separator: &str,
    end: &str,
    items: impl Iterator<Item = T>,
    write_item: impl Fn(T, &mut dyn Write) -> fmt::Result,
) -> fmt::Result {
    output.write_str(start)?;
    for (index, item) in items.enumerate() {
        if index > 0 {
            output.write_str(separator)?;
        }
        write_item(item, output)?;
    }
    output.write_str(end)
}

fn write_quoted(text: &str, output: &mut dyn Write) -> fmt::Result {
    let quoted = serde_json::to_string(text).map_err(|_| fmt::Error)?;
    output.write_str(&quoted)
}

/// The digits of a number as Java's `Double` has them.
fn float_text(number: f64) -> String {
    let size = number.abs();
    if number.is_nan() {
        return "NaN".to_owned();
    }
    if number.is_infinite() {
        return if number > 0.0 {
            "Infinity"
        } else {
            "-Infinity"
        }
        .to_owned();
    }
    if size == 0.0 || (1e-3..1e7).contains(&size) {
        return format!("{number:?}");
    }
    let text = format!("{number:E}");
    match text.split_once('E') {
        Some((digits, exponent)) if !digits.contains('.') => format!("{digits}.0E{exponent}"),
        _ => text,
    }
}

/// The whole part of a number.
#[expect(
    clippy::cast_possible_truncation,
    reason = "numbers out of range become the nearest one"
)]
pub(super) fn truncate(number: f64) -> i64 {
    number as i64
}

/// A whole number as any other number.
#[expect(
    clippy::cast_precision_loss,
    reason = "as in every language with both kinds"
)]
pub(super) fn to_float(number: i64) -> f64 {
    number as f64
}

/// A count as a value.
pub(super) fn count(number: usize) -> Value {
    Value::Integer(i64::try_from(number).unwrap_or(i64::MAX))
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&Node> for Value {
    fn from(node: &Node) -> Self {
        match node {
            Node::Null => Self::Null,
            Node::Bool(value) => Self::Bool(*value),
            Node::Number(number) => match number.as_i64() {
                Some(whole) => Self::Integer(whole),
                None => number.as_f64().map_or(Self::Null, Self::Float),
            },
            Node::String(text) => text.as_str().into(),
            Node::Array(items) => {
                let items = items.iter().map(Self::from).collect();
                Self::List(List::new(items, Style::Json))
            }
            Node::Object(members) => {
                let members = members.iter();
                let members = members.map(|(name, value)| (name.as_str().into(), value.into()));
                Self::Map(Map::new(members, Style::Json))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_look_as_in_java() {
        let cases = [
            (2.0, "2.0"),
            (-18.95, "-18.95"),
            (0.0, "0.0"),
            (1e10, "1.0E10"),
            (1.25e-5, "1.25E-5"),
            (1_234_567.5, "1234567.5"),
        ];
        for (number, expected) in cases {
            assert_eq!(Value::Float(number).to_string(), expected);
        }
    }

    #[test]
    fn json_stays_json_and_lists_look_as_in_java() {
        let text = r#"{"z":[1,2.5,"a\"b",null],"a":{}}"#;
        let json = Value::from(&Node::parse(text).unwrap());
        assert_eq!(json.to_string(), text);
        let items = vec!["a".into(), Value::Integer(1), json];
        let list = Value::List(List::new(items, Style::Plain));
        assert_eq!(list.to_string(), format!("[a, 1, {text}]"));
        let map = Map::new([("k".into(), list)], Style::Plain);
        assert_eq!(Value::Map(map).to_string(), format!("{{k=[a, 1, {text}]}}"));
    }
}
