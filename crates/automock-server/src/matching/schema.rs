//! JSON Schema: for whole bodies, and for single values in place of a text.

use std::sync::Arc;

use jsonschema::{Draft, Validator};
use serde_json::Value;

use crate::definition::{Place, Refusal, refuse_type};
use crate::node::Node;

/// A compiled schema.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    validator: Arc<Validator>,
    source: Arc<Value>,
}

impl Schema {
    /// Compiles a schema, which is an object or the text of one. It is draft 7 unless it says
    /// otherwise, as in `MockServer`, which also checks formats in every draft.
    pub(crate) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let source = match node {
            Node::String(text) => Node::parse(text)
                .map_err(|error| vec![place.refuse(format!("is no JSON: {error}"))])?
                .to_value(),
            Node::Object(_) | Node::Bool(_) => node.to_value(),
            _ => return Err(vec![refuse_type(node, place, "an object or a string")]),
        };
        Self::compile(source).map_err(|reason| vec![place.refuse(reason)])
    }

    fn compile(source: Value) -> Result<Self, String> {
        let mut options = jsonschema::options()
            .should_validate_formats(true)
            .with_format("uuid", is_uuid);
        if source.get("$schema").is_none() {
            options = options.with_draft(Draft::Draft7);
        }
        let validator = options.build(&source);
        let validator = validator.map_err(|error| format!("is no JSON schema: {error}"))?;
        Ok(Self {
            validator: Arc::new(validator),
            source: Arc::new(source),
        })
    }

    pub(crate) fn source(&self) -> &Value {
        &self.source
    }

    /// Whether a value is valid.
    pub(crate) fn is_valid(&self, value: &Value) -> bool {
        self.validator.is_valid(value)
    }

    /// The first thing that is wrong with a value.
    pub(crate) fn error(&self, value: &Value) -> Option<String> {
        let error = self.validator.iter_errors(value).next()?;
        let at = error.instance_path().to_string();
        let at = if at.is_empty() {
            String::new()
        } else {
            format!(" at {at}")
        };
        Some(format!("{error}{at}"))
    }

    /// Whether a text is valid: it is JSON such as `5` or `true`, or else a string.
    pub(crate) fn is_valid_text(&self, text: &str) -> bool {
        if text.trim().is_empty() {
            return self.source.get("nullable").is_some_and(is_true);
        }
        if self.source.get("type").and_then(Value::as_str) == Some("string") {
            return self.is_valid(&Value::from(text));
        }
        if text.eq_ignore_ascii_case("null") {
            return self.is_valid(&Value::Null);
        }
        self.is_valid(&serde_json::from_str(text).unwrap_or_else(|_| Value::from(text)))
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36 && uuid::Uuid::try_parse(text).is_ok()
}

fn is_true(value: &Value) -> bool {
    value == &Value::Bool(true) || value.as_str() == Some("true")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema(text: &str) -> Result<Schema, String> {
        let schema = Schema::read(&Node::parse(text).unwrap(), &Place::root());
        schema.map_err(|refusals| refusals[0].to_string())
    }

    #[test]
    fn a_text_has_a_type() {
        let check = |source, text, expected| {
            assert_eq!(
                schema(source).unwrap().is_valid_text(text),
                expected,
                "{source} {text}"
            );
        };
        check(r#"{"type":"integer"}"#, "5", true);
        check(r#"{"type":"integer"}"#, "5.5", false);
        check(r#"{"type":"integer","minimum":6}"#, "5", false);
        check(r#"{"type":"number"}"#, "5.5", true);
        check(r#"{"type":"boolean"}"#, "true", true);
        check(r#"{"type":"string"}"#, "5", true);
        check(r#"{"type":"string","pattern":"^[A-Z]+$"}"#, "AB", true);
        check(r#"{"type":"string","pattern":"^[A-Z]+$"}"#, "ab", false);
        check(r#"{"type":"string","format":"uuid"}"#, "me", false);
        check(
            r#"{"type":"string","format":"uuid"}"#,
            "0f1e2d3c-4b5a-4968-8776-655443322110",
            true,
        );
        check(
            r#"{"type":"string","format":"uuid"}"#,
            "0f1e2d3c4b5a49688776655443322110",
            false,
        );
        check(r#"{"type":"array"}"#, "[1]", true);
        check(r#"{"enum":["a","b"]}"#, "a", true);
        check(r#"{"type":"string"}"#, "", false);
        check(r#"{"type":"string","nullable":true}"#, "", true);
        check(r#""{\"type\":\"integer\"}""#, "5", true);
    }

    #[test]
    fn what_is_no_schema_is_refused() {
        assert!(
            schema("3")
                .unwrap_err()
                .starts_with("is a number, not an object")
        );
        assert!(schema(r#""{""#).unwrap_err().starts_with("is no JSON"));
        assert!(
            schema(r#"{"type":"strng"}"#)
                .unwrap_err()
                .starts_with("is no JSON schema")
        );
        assert!(
            schema(r#"{"$ref":"http://example.com/x"}"#)
                .unwrap_err()
                .starts_with("is no JSON schema")
        );
    }

    #[test]
    fn drafts_differ() {
        let items = r#"{"items":[{"type":"string"}]}"#;
        let value = serde_json::json!([1]);
        assert!(!schema(items).unwrap().is_valid(&value));
        let draft4 = r#"{"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":true}"#;
        assert!(!schema(draft4).unwrap().is_valid(&serde_json::json!(1)));
    }
}
