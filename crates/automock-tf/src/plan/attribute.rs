//! Attributes that change.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Step {
    /// Into an attribute or a map's entry.
    Name(String),
    /// Into a list's element.
    Index(usize),
}

/// Where an attribute is inside its resource, such as `ingress[0].cidr_blocks`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AttributePath(Vec<Step>);

impl AttributePath {
    /// The steps from the resource to the attribute.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.0
    }

    pub(super) fn push(&mut self, step: Step) {
        self.0.push(step);
    }

    pub(super) fn pop(&mut self) {
        self.0.pop();
    }

    /// Whether one of the two lies inside the other.
    pub(super) fn touches(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a == b)
    }

    /// Reads a path as the plan writes it; numbers that are no positions become names.
    pub(super) fn from_json(steps: Vec<Value>) -> Self {
        let step = |value: Value| match value {
            Value::String(name) => Step::Name(name),
            other => match other.as_u64().and_then(|index| usize::try_from(index).ok()) {
                Some(index) => Step::Index(index),
                None => Step::Name(other.to_string()),
            },
        };
        Self(steps.into_iter().map(step).collect())
    }
}

impl fmt::Display for AttributePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            match step {
                Step::Index(index) => write!(f, "[{index}]")?,
                Step::Name(name) if !is_plain(name) => {
                    write!(f, "[{}]", Value::from(name.as_str()))?;
                }
                Step::Name(name) if position == 0 => f.write_str(name)?,
                Step::Name(name) => write!(f, ".{name}")?,
            }
        }
        Ok(())
    }
}

fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

impl Serialize for AttributePath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// An attribute that changes.
///
/// Long texts are cut and large collections are summed up in words.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct AttributeChange {
    /// Where it is.
    pub path: AttributePath,
    /// The value before; none if there is none or it is sensitive.
    pub before: Option<Value>,
    /// The value after; none if there is none, or it is sensitive or not yet known.
    pub after: Option<Value>,
    /// Whether the values are withheld.
    pub sensitive: bool,
    /// Whether the value after is known only after apply.
    pub unknown: bool,
    /// Whether it forces a replacement.
    pub forces_replacement: bool,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_read_like_expressions() {
        let path = AttributePath::from_json(vec![
            json!("ingress"),
            json!(0),
            json!("tags"),
            json!("a:b"),
            json!("c"),
        ]);
        assert_eq!(path.to_string(), r#"ingress[0].tags["a:b"].c"#);
    }

    #[test]
    fn a_path_touches_what_is_above_and_below_it() {
        let path =
            |steps: &[&str]| AttributePath::from_json(steps.iter().map(|s| json!(s)).collect());
        assert!(path(&["a"]).touches(&path(&["a", "b"])));
        assert!(path(&["a", "b"]).touches(&path(&["a"])));
        assert!(!path(&["a", "b"]).touches(&path(&["a", "c"])));
    }
}
