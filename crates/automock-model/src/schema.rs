//! The JSON Schema of `automock.toml`, for completion and checks in editors.
//!
//! It is made from the same descriptions that drive the reader, so both know the same keys, bounds
//! and defaults. The reader checks more: a schema cannot say that `min` is at most `max`.

use serde_json::{Map, Value, json};

use crate::format::project::SPEC;
use crate::format::spec::{DurationRule, Field, Kind, Presence, Table};

/// The JSON Schema (draft 7, which TOML editors read) of `automock.toml`.
///
/// ```
/// let schema = automock_model::schema::project_schema();
/// assert_eq!(schema["properties"]["tasks"]["properties"]["min"]["default"], 10);
/// ```
#[must_use]
pub fn project_schema() -> Value {
    let mut schema = table_schema(&SPEC);
    schema.insert(
        "$schema".to_owned(),
        json!("http://json-schema.org/draft-07/schema#"),
    );
    schema.insert("title".to_owned(), json!("automock.toml"));
    Value::Object(schema)
}

fn table_schema(table: &Table) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut required = Vec::new();
    for field in table.fields {
        properties.insert(field.key.to_owned(), field_schema(field));
        if matches!(field.presence, Presence::Required) {
            required.push(field.key);
        }
    }
    let mut schema = object(json!({
        "type": "object",
        "description": table.doc,
        "additionalProperties": false,
    }));
    if !required.is_empty() {
        schema.insert("required".to_owned(), json!(required));
    }
    schema.insert("properties".to_owned(), Value::Object(properties));
    schema
}

fn field_schema(field: &Field) -> Value {
    let mut schema = kind_schema(&field.kind);
    schema.insert("description".to_owned(), json!(field.doc));
    if let Some(default) = field.default_value() {
        schema.insert("default".to_owned(), to_json(default.to_toml()));
    }
    Value::Object(schema)
}

fn kind_schema(kind: &Kind) -> Map<String, Value> {
    match kind {
        Kind::Text { pattern: None } => object(json!({ "type": "string" })),
        Kind::Text {
            pattern: Some(pattern),
        } => object(json!({ "type": "string", "pattern": pattern })),
        Kind::Choice(words) => object(json!({ "type": "string", "enum": words })),
        Kind::Integer { min, max } => integer(*min, *max),
        Kind::IntegerChoice(numbers) => object(json!({ "type": "integer", "enum": numbers })),
        Kind::Bool => object(json!({ "type": "boolean" })),
        Kind::Duration(rule) => object(json!({
            "type": "string",
            "pattern": duration_pattern(*rule),
        })),
        Kind::Texts { min, max } => object(json!({
            "type": "array",
            "items": { "type": "string" },
            "minItems": min,
            "maxItems": max,
            "uniqueItems": true,
        })),
        Kind::Table(table) => table_schema(table),
        Kind::Tables { table, max } => tables(table, *max),
        Kind::TablesOrInteger {
            table,
            max_tables,
            min,
            max,
        } => object(json!({
            "anyOf": [tables(table, *max_tables), integer(*min, *max)],
        })),
        Kind::Map { max } => object(json!({
            "type": "object",
            "additionalProperties": { "type": "string" },
            "maxProperties": max,
        })),
    }
}

fn integer(min: u32, max: u32) -> Map<String, Value> {
    object(json!({ "type": "integer", "minimum": min, "maximum": max }))
}

fn tables(table: &Table, max: usize) -> Map<String, Value> {
    object(json!({
        "type": "array",
        "items": table_schema(table),
        "minItems": 1,
        "maxItems": max,
    }))
}

fn duration_pattern(rule: DurationRule) -> &'static str {
    if rule.none {
        "^(none|(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?)$"
    } else {
        "^(?=[0-9])([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?$"
    }
}

fn to_json(value: toml::Value) -> Value {
    serde_json::to_value(value).expect("defaults are plain values")
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => unreachable!("only object literals are passed: {other}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Project, strategy};
    use proptest::prelude::*;

    fn project_json(project: &Project) -> Value {
        let table: toml::Table = project.to_toml().parse().unwrap();
        serde_json::to_value(table).unwrap()
    }

    /// Checks a value by the keywords that the schema uses, patterns aside.
    fn faults(path: &str, schema: &Value, value: &Value) -> Vec<String> {
        let mut found = Vec::new();
        if let Some(options) = schema["anyOf"].as_array() {
            if !options
                .iter()
                .any(|option| faults(path, option, value).is_empty())
            {
                found.push(format!("{path}: no alternative fits {value}"));
            }
            return found;
        }
        let fits = match (schema["type"].as_str().expect("a type"), value) {
            ("string", Value::String(_)) | ("boolean", Value::Bool(_)) => true,
            ("integer", Value::Number(number)) => {
                let number = number.as_u64().unwrap();
                schema["minimum"].as_u64().is_none_or(|min| min <= number)
                    && schema["maximum"].as_u64().is_none_or(|max| number <= max)
            }
            ("array", Value::Array(items)) => {
                for (index, item) in items.iter().enumerate() {
                    found.extend(faults(&format!("{path}[{index}]"), &schema["items"], item));
                }
                let length = items.len() as u64;
                schema["minItems"].as_u64().is_none_or(|min| min <= length)
                    && schema["maxItems"].as_u64().is_none_or(|max| length <= max)
            }
            ("object", Value::Object(members)) => {
                for (key, member) in members {
                    let path = format!("{path}.{key}");
                    match (&schema["properties"][key], &schema["additionalProperties"]) {
                        (Value::Null, Value::Bool(false)) => found.push(format!("{path}: unknown")),
                        (Value::Null, other) => found.extend(faults(&path, other, member)),
                        (known, _) => found.extend(faults(&path, known, member)),
                    }
                }
                let required = schema["required"].as_array();
                required.is_none_or(|keys| {
                    keys.iter()
                        .all(|key| members.contains_key(key.as_str().unwrap()))
                })
            }
            _ => false,
        };
        let one_of = schema["enum"].as_array();
        if !fits || one_of.is_some_and(|words| !words.contains(value)) {
            found.push(format!("{path}: {value} does not fit {schema}"));
        }
        found
    }

    proptest! {
        #[test]
        fn valid_projects_fit_the_schema(project in strategy::project()) {
            let found = faults("", &project_schema(), &project_json(&project));
            prop_assert!(found.is_empty(), "{found:#?}");
        }
    }

    #[test]
    fn the_schema_refuses_what_it_can_see() {
        let schema = project_schema();
        for (bad, path) in [
            (json!({}), ""),
            (json!({ "name": "abc", "regoin": "x" }), ".regoin"),
            (
                json!({ "name": "abc", "tasks": { "min": 0 } }),
                ".tasks.min",
            ),
            (
                json!({ "name": "abc", "tasks": { "size": "tiny" } }),
                ".tasks.size",
            ),
            (
                json!({ "name": "abc", "domain": { "name": "a.b" } }),
                ".domain",
            ),
            (
                json!({ "name": "abc", "access": { "mock": [] } }),
                ".access.mock",
            ),
            (json!({ "name": "abc", "tags": { "a": 1 } }), ".tags.a"),
        ] {
            let found = faults("", &schema, &bad);
            assert_eq!(found.len(), 1, "{found:#?}");
            assert!(found[0].starts_with(&format!("{path}:")), "{found:?}");
        }
    }

    #[test]
    fn defaults_are_those_of_the_reader() {
        let defaults = project_json(&Project::new("petstore".parse().unwrap()));
        let schema = project_schema();
        let mut compared = 0;
        for (key, value) in defaults.as_object().unwrap() {
            let field = &schema["properties"][key];
            let Some(members) = value.as_object() else {
                compared += compare(key, field, value);
                continue;
            };
            for (inner, value) in members {
                compared += compare(inner, &field["properties"][inner], value);
            }
        }
        assert!(compared > 20, "{compared}");
    }

    /// The name has no default; the warning's depends on the duration, and that of `reload_every` on
    /// the engine's kind.
    fn compare(key: &str, field: &Value, value: &Value) -> usize {
        if matches!(key, "name" | "warning" | "reload_every") {
            assert_eq!(field["default"], Value::Null);
            return 0;
        }
        if field["pattern"]
            .as_str()
            .is_some_and(|pattern| pattern.contains("[0-9]+m"))
        {
            let seconds = |text: &Value| text.as_str().unwrap().parse::<crate::Ttl>();
            assert_eq!(seconds(&field["default"]), seconds(value), "{key}");
        } else {
            assert_eq!(&field["default"], value, "{key}");
        }
        1
    }

    /// What an editor's pattern lets through, the reader must accept.
    #[test]
    fn patterns_are_not_wider_than_the_reader() {
        let schema = project_schema();
        let pattern = |pointer: &str| {
            let pattern = schema
                .pointer(pointer)
                .and_then(|field| field["pattern"].as_str());
            let inner = pattern
                .unwrap()
                .trim_start_matches('^')
                .trim_end_matches('$');
            proptest::string::string_regex(inner).unwrap()
        };
        let strategy = (
            pattern("/properties/name"),
            pattern("/properties/environment"),
            pattern("/properties/engine/properties/digest"),
            pattern("/properties/network/properties/vpc_id"),
        );
        proptest!(|((name, environment, digest, vpc) in strategy)| {
            let file = format!(
                "name = \"{name}\"\nenvironment = \"{environment}\"\nengine.kind = \"mockserver\"\n\
                 engine.digest = \"{digest}\"\n\
                 [network]\nmode = \"existing\"\nvpc_id = \"{vpc}\"\n\
                 load_balancer_subnet_ids = [\"subnet-00000000\", \"subnet-00000001\"]\n\
                 task_subnet_ids = [\"subnet-00000000\"]"
            );
            prop_assert!(Project::from_toml(&file).is_ok(), "{file}");
        });
    }
}
