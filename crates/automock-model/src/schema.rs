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
