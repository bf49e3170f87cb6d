//! Schemas of a document as JSON schemas that stand alone.
//!
//! What a schema refers to is put beside it, under `definitions`. Words that say nothing about
//! values are left out.

use std::collections::HashMap;

use super::at::At;
use super::context::{Context, Found, Version, cost, no_target};
use super::recursion::is_endless;
use crate::node::Node;

/// A schema may have so many parts, ...
const MOST_NODES: usize = 20_000;
/// ... so many others that it refers to, ...
const MOST_DEFINITIONS: usize = 200;
/// ... and may be nested so deeply.
const DEEPEST: usize = 64;

/// The dialect of schemas since 3.1.
const DRAFT_2020: &str = "https://json-schema.org/draft/2020-12/schema";

/// In which direction a value goes: some properties are only for one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// To the server.
    Request,
    /// From the server.
    Response,
}

impl Direction {
    /// The mark of properties that are not for this direction.
    pub(super) fn foreign(self) -> &'static str {
        match self {
            Self::Request => "readOnly",
            Self::Response => "writeOnly",
        }
    }
}

/// Makes a JSON schema of a schema. Nothing, which is told, if it would be too large or if no
/// validation by it would end.
pub(super) fn json_schema<'d>(
    context: &Context<'d>,
    schema: &'d Node,
    at: &At<'_>,
    direction: Direction,
) -> Option<Node> {
    let found = context.follow(schema, at)?;
    let mut converter = Converter {
        context,
        direction,
        left: MOST_NODES,
        names: HashMap::new(),
        waiting: Vec::new(),
    };
    let whole = converter.whole(found, at);
    let too_large = whole.is_none() || !context.spend(MOST_NODES - converter.left);
    if too_large {
        context.tell(at, "the schema is too large to be checked");
        return None;
    }
    let whole = whole?;
    if is_endless(&whole) {
        context.tell(at, "the schema is made of itself and cannot be checked");
        return None;
    }
    Some(whole)
}

struct Converter<'c, 'd> {
    context: &'c Context<'d>,
    direction: Direction,
    left: usize,
    /// The names of what is referred to.
    names: HashMap<&'d str, String>,
    /// What is referred to and not yet converted.
    waiting: Vec<&'d str>,
}

/// What says nothing about values, or is said otherwise in the result.
const LEFT_OUT: [&str; 22] = [
    "title",
    "description",
    "example",
    "examples",
    "default",
    "deprecated",
    "xml",
    "externalDocs",
    "discriminator",
    "nullable",
    "readOnly",
    "writeOnly",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "required",
    "type",
    "enum",
    "$defs",
    "definitions",
    "$comment",
    "contentMediaType",
    "contentEncoding",
];

/// What would change what references mean.
const IDENTITIES: [&str; 6] = [
    "$id",
    "$schema",
    "$anchor",
    "$dynamicAnchor",
    "$vocabulary",
    "contentSchema",
];

const ONE_SCHEMA: [&str; 11] = [
    "items",
    "additionalProperties",
    "additionalItems",
    "not",
    "contains",
    "propertyNames",
    "if",
    "then",
    "else",
    "unevaluatedItems",
    "unevaluatedProperties",
];
const SEVERAL_SCHEMAS: [&str; 4] = ["allOf", "anyOf", "oneOf", "prefixItems"];
const NAMED_SCHEMAS: [&str; 3] = ["properties", "patternProperties", "dependentSchemas"];

const TYPES: [&str; 7] = [
    "string", "number", "integer", "boolean", "array", "object", "null",
];

impl<'d> Converter<'_, 'd> {
    /// The schema with all that it refers to.
    fn whole(&mut self, found: Found<'d>, at: &At<'_>) -> Option<Node> {
        let mut members = match self.schema(found.node, &found.at(at), 0)? {
            Node::Object(members) => members,
            other => return Some(other),
        };
        let mut definitions = Vec::new();
        while let Some(reference) = self.waiting.pop() {
            let node = self.context.target(reference)?;
            let converted = self.schema(node, &At::reference(reference), 0)?;
            definitions.push((self.names[reference].clone(), converted));
        }
        if !definitions.is_empty() {
            definitions.reverse();
            members.push(("definitions".to_owned(), Node::Object(definitions)));
        }
        if self.context.version == Version::V31 {
            members.insert(0, ("$schema".to_owned(), DRAFT_2020.into()));
        }
        Some(Node::Object(members))
    }

    fn spend(&mut self, cost: usize) -> Option<()> {
        self.left = self.left.checked_sub(cost)?;
        Some(())
    }

    fn schema(&mut self, node: &'d Node, at: &At<'_>, depth: usize) -> Option<Node> {
        self.spend(1)?;
        if depth > DEEPEST {
            return None;
        }
        let Some(members) = node.as_object() else {
            if node.as_bool().is_none() {
                self.context.tell(at, "is no schema");
            }
            return Some(Node::Bool(node.as_bool().unwrap_or(true)));
        };
        let mut converted = Vec::new();
        if let Some(reference) = node.get("$ref").and_then(Node::as_str) {
            converted.extend(self.reference(reference, at)?);
            if self.context.version == Version::V30 {
                return Some(Node::Object(converted));
            }
        }
        self.own_words(node, at, &mut converted)?;
        for (name, value) in members {
            self.word(name, value, &at.member(name), depth, &mut converted)?;
        }
        Some(or_null(node, converted))
    }

    /// A reference, in the words of the result.
    fn reference(&mut self, reference: &'d str, at: &At<'_>) -> Option<Vec<(String, Node)>> {
        if self.context.target(reference).is_none() {
            self.context.tell(at, no_target(reference));
            return Some(Vec::new());
        }
        let name = if let Some(name) = self.names.get(reference) {
            name.clone()
        } else {
            if self.names.len() >= MOST_DEFINITIONS {
                return None;
            }
            let name = self.new_name(reference);
            self.names.insert(reference, name.clone());
            self.waiting.push(reference);
            name
        };
        let target = Node::from(format!("#/definitions/{name}"));
        Some(vec![("$ref".to_owned(), target)])
    }

    /// The last part of a reference, as far as it needs no escapes; with a number if it is taken.
    fn new_name(&self, reference: &str) -> String {
        let last = reference.rsplit('/').next().unwrap_or_default();
        let letters = last
            .chars()
            .filter(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.'));
        let name: String = letters.take(80).collect();
        let taken = name.is_empty() || self.names.values().any(|other| *other == name);
        if taken {
            format!("{name}:{}", self.names.len())
        } else {
            name
        }
    }

    /// The words that versions understand differently.
    fn own_words(
        &mut self,
        node: &'d Node,
        at: &At<'_>,
        converted: &mut Vec<(String, Node)>,
    ) -> Option<()> {
        if let Some(types) = self.types(node, at) {
            converted.push(("type".to_owned(), types));
        }
        if let Some(values) = node.get("enum") {
            self.spend(cost(values))?;
            converted.push(("enum".to_owned(), with_null(node, values)));
        }
        Self::bound(node, "minimum", "exclusiveMinimum", converted);
        Self::bound(node, "maximum", "exclusiveMaximum", converted);
        if let Some(names) = self.required(node, at) {
            self.spend(names.len())?;
            converted.push(("required".to_owned(), Node::Array(names)));
        }
        Some(())
    }

    fn types(&self, node: &Node, at: &At<'_>) -> Option<Node> {
        let known = |node: &Node| node.as_str().is_some_and(|word| TYPES.contains(&word));
        let types = node.get("type")?;
        match types {
            Node::String(_) if known(types) && is_nullable(node) => {
                Some(Node::Array(vec![types.clone(), Node::from("null")]))
            }
            Node::String(_) if known(types) => Some(types.clone()),
            Node::Array(items) if !items.is_empty() && items.iter().all(known) => {
                Some(types.clone())
            }
            _ => {
                let reason = format!("{types} is no type of JSON; any value is taken");
                self.context.tell(&at.member("type"), reason);
                None
            }
        }
    }

    /// In 3.0 a bound is made exclusive by a flag, since then it is a bound of its own.
    fn bound(node: &Node, plain: &str, exclusive: &str, into: &mut Vec<(String, Node)>) {
        let Some(value) = node.get(exclusive) else {
            return;
        };
        let number = match value {
            Node::Number(_) => Some(value),
            Node::Bool(true) => node.get(plain),
            _ => None,
        };
        into.extend(number.map(|number| (exclusive.to_owned(), number.clone())));
    }

    /// The names that must be there in this direction.
    fn required(&self, node: &'d Node, at: &At<'_>) -> Option<Vec<Node>> {
        let names = node.get("required")?.as_array()?.iter();
        let properties = node.get("properties");
        let is_foreign = |name: &str| {
            let property = properties.and_then(|properties| properties.get(name));
            let found = property.and_then(|property| self.context.follow(property, at));
            found.is_some_and(|found| is_true(found.node.get(self.direction.foreign())))
        };
        let names = names.filter(|name| name.as_str().is_some_and(|name| !is_foreign(name)));
        let mut unique: Vec<Node> = Vec::new();
        for name in names {
            if !unique.contains(name) {
                unique.push(name.clone());
            }
        }
        Some(unique)
    }

    fn word(
        &mut self,
        name: &'d str,
        value: &'d Node,
        at: &At<'_>,
        depth: usize,
        into: &mut Vec<(String, Node)>,
    ) -> Option<()> {
        let silent = LEFT_OUT.contains(&name) || name == "$ref" || name.starts_with("x-");
        if silent || IDENTITIES.contains(&name) {
            return Some(());
        }
        if name.starts_with("$dynamic") || name.starts_with("$recursive") {
            self.context.tell(at, format!("{name} is not followed"));
            return Some(());
        }
        let converted = match value {
            Node::Array(_) if name == "items" => self.several(value, at, depth)?,
            _ if ONE_SCHEMA.contains(&name) => self.schema(value, at, depth + 1)?,
            _ if SEVERAL_SCHEMAS.contains(&name) => self.several(value, at, depth)?,
            _ if NAMED_SCHEMAS.contains(&name) => self.named(value, at, depth)?,
            _ => {
                self.spend(cost(value))?;
                value.clone()
            }
        };
        into.push((name.to_owned(), converted));
        Some(())
    }

    fn several(&mut self, value: &'d Node, at: &At<'_>, depth: usize) -> Option<Node> {
        let mut converted = Vec::new();
        for (index, item) in value.as_array().unwrap_or_default().iter().enumerate() {
            converted.push(self.schema(item, &at.item(index), depth + 1)?);
        }
        Some(Node::Array(converted))
    }

    fn named(&mut self, value: &'d Node, at: &At<'_>, depth: usize) -> Option<Node> {
        let mut converted = Vec::new();
        for (name, schema) in value.as_object().unwrap_or_default() {
            converted.push((
                name.clone(),
                self.schema(schema, &at.member(name), depth + 1)?,
            ));
        }
        Some(Node::Object(converted))
    }
}

/// Where a schema of 3.0 is nullable without a type, null is another choice.
fn or_null(node: &Node, converted: Vec<(String, Node)>) -> Node {
    let converted = Node::Object(converted);
    if !is_nullable(node) || node.get("type").is_some() {
        return converted;
    }
    let null = Node::from([("type", Node::from("null"))]);
    Node::from([("anyOf", Node::Array(vec![converted, null]))])
}

fn with_null(node: &Node, values: &Node) -> Node {
    let mut items = values.as_array().unwrap_or_default().to_vec();
    if is_nullable(node) && !items.contains(&Node::Null) {
        items.push(Node::Null);
    }
    Node::Array(items)
}

pub(super) fn is_nullable(node: &Node) -> bool {
    is_true(node.get("nullable"))
}

pub(super) fn is_true(node: Option<&Node>) -> bool {
    node.and_then(Node::as_bool) == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn convert(version: Version, text: &str) -> (String, Vec<String>) {
        let root = Node::parse(text).unwrap();
        let context = Context::new(&root, version);
        let at = At::root();
        let schema = root.get("s").unwrap();
        let converted = json_schema(&context, schema, &at.member("s"), Direction::Request);
        let converted = converted.map_or_else(String::new, |node| node.to_string());
        let report = context.into_report();
        let told = report.unmapped.iter().map(ToString::to_string).collect();
        (converted, told)
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(convert(Version::V30, text), (expected.to_owned(), vec![]));
    }

    #[test]
    fn the_dialect_of_3_0_is_translated() {
        check(
            r#"{"s":{"type":"integer","nullable":true,"minimum":1,"exclusiveMinimum":true,"example":3,"x-y":1}}"#,
            r#"{"type":["integer","null"],"exclusiveMinimum":1,"minimum":1}"#,
        );
        check(
            r#"{"s":{"type":"string","enum":["a"],"nullable":true,"description":"d"}}"#,
            r#"{"type":["string","null"],"enum":["a",null]}"#,
        );
        check(
            r#"{"s":{"required":["a","id"],"properties":{"id":{"type":"integer","readOnly":true},"a":{}}}}"#,
            r#"{"required":["a"],"properties":{"id":{"type":"integer"},"a":{}}}"#,
        );
    }

    #[test]
    fn what_is_referred_to_is_put_beside() {
        check(
            r##"{"s":{"$ref":"#/c/Node"},"c":{"Node":{"type":"object","properties":{"next":{"$ref":"#/c/Node"}}}}}"##,
            r##"{"type":"object","properties":{"next":{"$ref":"#/definitions/Node"}},"definitions":{"Node":{"type":"object","properties":{"next":{"$ref":"#/definitions/Node"}}}}}"##,
        );
        check(
            r##"{"s":{"nullable":true,"allOf":[{"$ref":"#/c/A"}]},"c":{"A":{"type":"string"}}}"##,
            r##"{"anyOf":[{"allOf":[{"$ref":"#/definitions/A"}]},{"type":"null"}],"definitions":{"A":{"type":"string"}}}"##,
        );
    }

    #[test]
    fn what_cannot_be_checked_is_told() {
        let told = |text| convert(Version::V30, text).1;
        assert_eq!(
            told(r##"{"s":{"items":{"$ref":"#/c/A"}},"c":{"A":{"allOf":[{"$ref":"#/c/A"}]}}}"##),
            ["/s: the schema is made of itself and cannot be checked"]
        );
        assert_eq!(
            told(r#"{"s":{"items":{"$ref":"other.json"}}}"#),
            [
                "/s/items: the reference \"other.json\" leads out of the document; bundle it into one document"
            ]
        );
        assert_eq!(
            told(r#"{"s":{"type":"file"}}"#),
            ["/s/type: \"file\" is no type of JSON; any value is taken"]
        );
    }

    #[test]
    fn schemas_of_3_1_say_so() {
        let (converted, _) = convert(
            Version::V31,
            r#"{"s":{"type":["string","null"],"const":"x"}}"#,
        );
        assert_eq!(
            converted,
            format!(r#"{{"$schema":"{DRAFT_2020}","type":["string","null"],"const":"x"}}"#)
        );
    }
}
