//! `JSONPath`: a body matches if there is something at the path.

use serde_json::Value;
use serde_json_path::JsonPath;

use crate::definition::{Place, Refusal, refuse_type};
use crate::node::Node;

/// A compiled path.
#[derive(Clone, Debug)]
pub(crate) struct JsonPathMatcher {
    path: JsonPath,
    text: Box<str>,
    /// The path leads to one place at most.
    definite: bool,
}

impl JsonPathMatcher {
    /// Compiles a path.
    pub(crate) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let Some(text) = node.as_str() else {
            return Err(vec![refuse_type(node, place, "a string")]);
        };
        let path = JsonPath::parse(text)
            .map_err(|error| vec![place.refuse(format!("is no JSONPath (RFC 9535): {error}"))])?;
        Ok(Self {
            path,
            text: text.into(),
            definite: is_definite(text),
        })
    }

    /// What was compiled.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether there is something at the path: at a definite one neither null nor an empty array.
    pub(crate) fn matches(&self, found: &Value) -> bool {
        let nodes = self.path.query(found);
        if !self.definite {
            return !nodes.is_empty();
        }
        nodes.first().is_some_and(|node| match node {
            Value::Null => false,
            Value::Array(items) => !items.is_empty(),
            _ => true,
        })
    }
}

fn is_definite(path: &str) -> bool {
    !path.contains("..") && !path.contains(['*', '?', ':', ','])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_must_be_there() {
        let value = serde_json::json!({
            "store": {"book": [{"price": 8.95}, {"price": 12.99}], "none": null, "empty": []}
        });
        let check = |path: &str, expected| {
            let matcher = JsonPathMatcher::read(&Node::from(path), &Place::root()).unwrap();
            assert_eq!(matcher.matches(&value), expected, "{path}");
        };
        check("$.store.book[?(@.price < 10)]", true);
        check("$.store.book[?(@.price > 100)]", false);
        check("$..price", true);
        check("$..isbn", false);
        check("$.store.book[0].price", true);
        check("$.store.book[7]", false);
        check("$.store.none", false);
        check("$.store.empty", false);
        check("$.store.*", true);
        check("$['store']", true);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        let refusals = JsonPathMatcher::read(&Node::from("$.["), &Place::root()).unwrap_err();
        assert!(
            refusals[0]
                .to_string()
                .starts_with("is no JSONPath (RFC 9535): ")
        );
    }
}
