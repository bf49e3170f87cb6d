//! JSON as people write it: members keep their order, and some liberties are allowed.
//!
//! `MockServer` takes comments, single quotes, names without quotes and commas at the end, so files
//! and clients have them. Strict JSON is read first, because it is read fastest.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::Number;

/// A JSON value whose members keep the order in which they were written.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number.
    Number(Number),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Node>),
    /// An object. A member that is repeated is kept each time.
    Object(Vec<(String, Node)>),
}

/// How deep values may be nested, as strict JSON has it.
const DEEPEST: usize = 127;

/// How many brackets are open at the same time at most. Those in strings count as well, which can only
/// make it more: what is refused then is no more than a text full of brackets that is no strict JSON.
fn brackets_in_a_row(text: &str) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for byte in text.bytes() {
        match byte {
            b'[' | b'{' => {
                open += 1;
                most = most.max(open);
            }
            b']' | b'}' => open = open.saturating_sub(1),
            _ => {}
        }
    }
    most
}

/// A text that is no JSON, even with all liberties.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {reason}")]
pub struct SyntaxError {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1.
    pub column: usize,
    /// What is wrong there.
    pub reason: String,
}

impl Node {
    /// Reads a text.
    ///
    /// # Errors
    /// Where and why it is no JSON, as strict JSON sees it; or that it is nested too deeply.
    pub fn parse(text: &str) -> Result<Self, SyntaxError> {
        serde_json::from_str(text).or_else(|strict| Self::parse_with_liberties(text, &strict))
    }

    /// The parser that takes liberties follows any depth, which would cost the whole process its
    /// stack: so the depth is looked at before.
    fn parse_with_liberties(text: &str, strict: &serde_json::Error) -> Result<Self, SyntaxError> {
        let refused = |reason: &str| SyntaxError {
            line: strict.line(),
            column: strict.column(),
            reason: reason.to_owned(),
        };
        if brackets_in_a_row(text) > DEEPEST {
            return Err(refused("it is nested too deeply"));
        }
        json5::from_str(text).map_err(|_| {
            let reason = strict.to_string();
            refused(reason.split(" at line ").next().unwrap_or_default())
        })
    }

    /// The member of an object; the last one if it is repeated.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Self> {
        let members = self.as_object()?;
        let mut members = members.iter().rev();
        members.find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The members of an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(String, Self)]> {
        match self {
            Self::Object(members) => Some(members),
            _ => None,
        }
    }

    /// The items of an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Self]> {
        match self {
            Self::Array(items) => Some(items),
            _ => None,
        }
    }

    /// The text of a string.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a boolean.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            _ => None,
        }
    }

    /// The value of a whole number.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Self::Number(number) => number.as_i64(),
            _ => None,
        }
    }

    /// What it is, in words: `an object`, `a string` and so on.
    #[must_use]
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::String(_) => "a string",
            Self::Array(_) => "an array",
            Self::Object(_) => "an object",
        }
    }

    /// The same without the order of members.
    #[must_use]
    pub fn to_value(&self) -> serde_json::Value {
        match self {
            Self::Null => serde_json::Value::Null,
            Self::Bool(value) => (*value).into(),
            Self::Number(number) => serde_json::Value::Number(number.clone()),
            Self::String(text) => text.clone().into(),
            Self::Array(items) => items.iter().map(Self::to_value).collect(),
            Self::Object(members) => members
                .iter()
                .map(|(name, value)| (name.clone(), value.to_value()))
                .collect(),
        }
    }
}

/// The text without blanks between its tokens.
impl fmt::Display for Node {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        formatter.write_str(&text)
    }
}

impl From<&str> for Node {
    fn from(text: &str) -> Self {
        Self::String(text.to_owned())
    }
}

impl From<String> for Node {
    fn from(text: String) -> Self {
        Self::String(text)
    }
}

impl From<bool> for Node {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Node {
    fn from(value: i64) -> Self {
        Self::Number(value.into())
    }
}

impl<N: Into<String>, const L: usize> From<[(N, Self); L]> for Node {
    fn from(members: [(N, Self); L]) -> Self {
        let members = members.into_iter();
        Self::Object(members.map(|(name, value)| (name.into(), value)).collect())
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Number(number) => number.serialize(serializer),
            Self::String(text) => serializer.serialize_str(text),
            Self::Array(items) => serializer.collect_seq(items),
            Self::Object(members) => {
                let mut map = serializer.serialize_map(Some(members.len()))?;
                for (name, value) in members {
                    map.serialize_entry(name, value)?;
                }
                map.end()
            }
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Collect)
    }
}

struct Collect;

impl<'de> Visitor<'de> for Collect {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E: de::Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Node, E> {
        let number = Number::from_f64(value);
        let number = number.ok_or_else(|| E::custom("a number without an end"))?;
        Ok(Node::Number(number))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Node, E> {
        Ok(text.into())
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Node, E> {
        Ok(Node::String(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut found = Vec::new();
        while let Some(item) = items.next_element()? {
            found.push(item);
        }
        Ok(Node::Array(found))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut found = Vec::new();
        while let Some(member) = members.next_entry()? {
            found.push(member);
        }
        Ok(Node::Object(found))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_keep_their_order() {
        let text = r#"{"z":1,"a":[true,null,-2.5],"m":{"b":"x","a":"y"}}"#;
        assert_eq!(Node::parse(text).unwrap().to_string(), text);
    }

    #[test]
    fn liberties_are_taken() {
        let text = "{ // what people write\n 'single': \"quotes\", bare: 1, list: [1, 2,], }";
        let expected = r#"{"single":"quotes","bare":1,"list":[1,2]}"#;
        assert_eq!(Node::parse(text).unwrap().to_string(), expected);
    }

    #[test]
    fn what_is_no_json_is_placed() {
        let error = Node::parse("{\n  \"a\": ]\n}").unwrap_err();
        assert_eq!((error.line, error.column), (2, 8));
        assert_eq!(error.to_string(), "line 2, column 8: expected value");
    }

    #[test]
    fn depth_costs_nobody_the_stack() {
        for open in ["[", "{a:"] {
            let error = Node::parse(&open.repeat(200_000)).unwrap_err();
            assert_eq!(error.reason, "it is nested too deeply");
        }
        let deep = format!("{}1{}", "[".repeat(DEEPEST), "]".repeat(DEEPEST));
        assert!(Node::parse(&deep).is_ok());
        assert!(Node::parse(&format!("// a note\n{deep}")).is_ok());
    }

    #[test]
    fn the_last_of_repeated_members_counts() {
        let node = Node::parse(r#"{"a":1,"a":2}"#).unwrap();
        assert_eq!(node.get("a").and_then(Node::as_i64), Some(2));
    }
}
