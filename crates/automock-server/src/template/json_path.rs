//! `JSONPath` over the body of a request.

use std::collections::HashMap;

use serde_json_path::JsonPath;

use crate::node::Node;

use super::budget::Budget;
use super::collection::{List, Style};
use super::error::RenderError;
use super::json_path_signs::Signs;
use super::value::Value;

/// How many values a path may find.
const MAX_FOUND: usize = 100_000;
/// What a body costs to read, per byte.
const READ: usize = 20;

/// A path that was read.
#[derive(Debug)]
pub(super) struct Path {
    inner: JsonPath,
    is_definite: bool,
    largest_body: usize,
}

/// A JSON text that paths are followed through.
#[derive(Debug)]
pub(super) struct Document {
    length: usize,
    /// What paths are followed through. Its members have no order.
    unordered: serde_json::Value,
    /// The same with the order of members, from which values are taken.
    value: Value,
}

impl Document {
    /// Reads a text; nothing if it is no JSON.
    pub(super) fn parse(text: &str, budget: &mut Budget) -> Result<Option<Self>, RenderError> {
        budget.spend(text.len().saturating_mul(READ))?;
        let node = serde_json::from_str::<Node>(text).ok();
        Ok(node.map(|node| Self {
            length: text.len(),
            unordered: node.to_value(),
            value: Value::from(&node),
        }))
    }
}

impl Path {
    /// Reads a path.
    ///
    /// # Errors
    /// Why it is none.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let signs = Signs::of(text)?;
        let inner = JsonPath::parse(text);
        let inner = inner.map_err(|error| format!("no JSONPath that is supported: {error}"))?;
        Ok(Self {
            inner,
            is_definite: signs.is_definite(),
            largest_body: signs.largest_body()?,
        })
    }

    /// What the path picks: one value, or a list if the path may pick several. Nothing if there is
    /// none.
    pub(super) fn pick(
        &self,
        document: &Document,
        budget: &mut Budget,
    ) -> Result<Value, RenderError> {
        if document.length > self.largest_body {
            let reason = "the JSONPath is too costly for so large a body";
            return Err(RenderError::unsupported(reason));
        }
        budget.spend(document.length)?;
        let found = self.inner.query(&document.unordered).all();
        if found.len() > MAX_FOUND {
            return Err(RenderError::unsupported("the JSONPath finds too much"));
        }
        budget.spend(found.len().saturating_mul(50))?;
        let mut values = in_order(document, &found);
        if self.is_definite {
            return Ok(values.pop().unwrap_or(Value::Null));
        }
        Ok(Value::List(List::new(values, Style::Json)))
    }
}

/// The values of what was found, where members keep their order.
fn in_order(document: &Document, found: &[&serde_json::Value]) -> Vec<Value> {
    if found.is_empty() {
        return Vec::new();
    }
    let mut places: HashMap<_, _> = found.iter().map(|found| (place(found), None)).collect();
    collect(&document.unordered, &document.value, &mut places);
    let values = found.iter().map(|found| places.get(&place(found)));
    values
        .map(|value| value.cloned().flatten().unwrap_or(Value::Null))
        .collect()
}

/// Found values are told apart by where they are in memory.
fn place(value: &serde_json::Value) -> *const serde_json::Value {
    std::ptr::from_ref(value)
}

/// Walks through both forms of a document side by side.
fn collect(
    unordered: &serde_json::Value,
    value: &Value,
    places: &mut HashMap<*const serde_json::Value, Option<Value>>,
) {
    if let Some(found) = places.get_mut(&place(unordered)) {
        *found = Some(value.clone());
    }
    match (unordered, value) {
        (serde_json::Value::Array(items), Value::List(list)) => {
            for (unordered, value) in items.iter().zip(list.items()) {
                collect(unordered, value, places);
            }
        }
        (serde_json::Value::Object(members), Value::Map(map)) => {
            for (name, unordered) in members {
                if let Some(value) = map.get(name) {
                    collect(unordered, value, places);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &str = r#"{"store":{"book":[{"title":"A","price":8},{"title":"B","price":12}],
        "bicycle":{"z":"red","a":19.95}},"a:b":1}"#;

    fn pick(path: &str, body: &str) -> Result<Value, RenderError> {
        let budget = &mut Budget::new();
        let document = Document::parse(body, budget).unwrap().unwrap();
        Path::parse(path).unwrap().pick(&document, budget)
    }

    fn check(path: &str, expected: &str) {
        assert_eq!(pick(path, BODY).unwrap().to_string(), expected, "{path}");
    }

    #[test]
    fn definite_paths_pick_a_value_and_others_a_list() {
        check("$.store.bicycle", r#"{"z":"red","a":19.95}"#);
        check(" $.store.book[1].title ", "B");
        check("$['a:b']", "1");
        check("$.store.book[*].title", r#"["A","B"]"#);
        check("$.store.book[0,0].price", "[8,8]");
        check("$..price", "[8,12]");
        check("$.store.book[?(@.price > 10)].title", r#"["B"]"#);
        check("$.store[?@.z]", r#"[{"z":"red","a":19.95}]"#);
        check("$.nothing", "null");
        check("$..nothing", "[]");
    }

    #[test]
    fn what_is_no_json_is_no_document() {
        let budget = &mut Budget::new();
        assert!(Document::parse("some text", budget).unwrap().is_none());
        assert!(
            Document::parse(&"[".repeat(100_000), budget)
                .unwrap()
                .is_none()
        );
    }

    #[test]
    fn costly_paths_need_small_bodies() {
        let large = format!("[{}1]", "[1],".repeat(20_000));
        assert!(pick("$..*", &large).is_ok());
        let error = pick("$..*..*", &large).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the JSONPath is too costly for so large a body"
        );
        assert!(Path::parse("store").is_err());
        assert!(Path::parse("$.a.length()").is_err());
    }
}
