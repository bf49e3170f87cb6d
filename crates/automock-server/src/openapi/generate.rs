//! Values that meet a schema.

use std::collections::BTreeSet;

use super::at::At;
use super::context::{Context, cost};
use super::merged::Merged;
use super::numbers::number;
use super::schema::{Direction, is_nullable, is_true};
use super::strings::{as_count, text};
use crate::node::Node;

/// A value has so many parts at most, ...
const MOST_NODES: usize = 2_000;
/// With fewer parts left than this, or nested more deeply than this, only what must be there is made,
/// so that a large value ends before it would have to be cut.
const PLENTY: usize = MOST_NODES / 2;
const DEEP: usize = 12;
/// ... and is nested so deeply at most.
const DEEPEST: usize = 48;
/// Arrays that must be longer than this are not made.
const MOST_ITEMS: usize = 100;

/// Makes a value that meets a schema: what the schema gives as an example, or else the plainest
/// value of its type. What could not be met is told.
pub(super) fn example<'d>(
    context: &Context<'d>,
    schema: &'d Node,
    at: &At<'_>,
    direction: Direction,
) -> Option<Node> {
    let mut generator = Generator {
        context,
        at,
        direction,
        left: MOST_NODES,
        open: Vec::new(),
        notes: BTreeSet::new(),
    };
    let value = generator.value(&[schema]);
    if value.is_none() {
        generator
            .notes
            .insert("no example can be made of the schema");
    }
    for note in generator.notes {
        context.tell(at, note);
    }
    value
}

struct Generator<'c, 'd> {
    context: &'c Context<'d>,
    at: &'c At<'c>,
    direction: Direction,
    left: usize,
    /// The references that lead to what is being made.
    open: Vec<&'d str>,
    notes: BTreeSet<&'static str>,
}

impl<'d> Generator<'_, 'd> {
    /// A value for schemas that all apply; nothing if it would have to hold itself.
    fn value(&mut self, schemas: &[&'d Node]) -> Option<Node> {
        if self.left == 0 || self.open.len() > DEEPEST || !self.context.spend(1) {
            self.notes
                .insert("the example is cut, because it would be too large");
            return None;
        }
        self.left -= 1;
        let merged = Merged::of(self.context, schemas, &self.open, self.at);
        if merged.is_circular {
            return None;
        }
        if let Some(given) = given(&merged) {
            return self.copy(given);
        }
        let before = self.open.len();
        self.open.extend(&merged.followed);
        // Nesting counts where there are no references as well.
        self.open.push("");
        let value = self.make(&merged);
        self.open.truncate(before);
        value.or_else(|| {
            merged
                .parts
                .iter()
                .any(|it| allows_null(it))
                .then_some(Node::Null)
        })
    }

    /// A value that the document gives.
    fn copy(&mut self, node: &Node) -> Option<Node> {
        if !self.context.spend(cost(node)) {
            self.notes
                .insert("the example is cut, because it would be too large");
            return None;
        }
        Some(node.clone())
    }

    /// Whether only what must be there is made.
    fn is_short(&self) -> bool {
        self.left < PLENTY || self.open.len() > DEEP
    }

    fn make(&mut self, merged: &Merged<'d>) -> Option<Node> {
        for word in ["oneOf", "anyOf"] {
            if let Some(choices) = merged.first(word).and_then(Node::as_array) {
                return self.choose(merged, word, choices);
            }
        }
        match kind(merged) {
            "string" => {
                let made = text(merged);
                if made.is_none() {
                    self.notes
                        .insert("no text could be made for a pattern or a length");
                }
                Some(Node::from(
                    made.unwrap_or_else(|| "some_string_value".to_owned()),
                ))
            }
            "integer" => Some(number(merged, true)),
            "number" => Some(number(merged, false)),
            "boolean" => Some(Node::Bool(true)),
            "null" => Some(Node::Null),
            "array" => self.array(merged),
            _ => self.object(merged),
        }
    }

    /// The first choice that can be made.
    fn choose(&mut self, merged: &Merged<'d>, word: &str, choices: &'d [Node]) -> Option<Node> {
        let (with, without): (Vec<&'d Node>, Vec<&'d Node>) = merged
            .parts
            .iter()
            .partition(|part| part.get(word).is_some());
        choices.iter().find_map(|choice| {
            let is_null = choice.get("type").and_then(Node::as_str) == Some("null");
            if is_null || self.left == 0 {
                return None;
            }
            self.left -= 1;
            let mut value = self.chosen(choice, &without)?;
            for part in &with {
                self.add_properties(part, &mut value);
                discriminate(part, choice, &mut value);
            }
            Some(value)
        })
    }

    /// A value for one choice together with what stands beside all of them.
    fn chosen(&mut self, choice: &'d Node, beside: &[&'d Node]) -> Option<Node> {
        let mut chosen = Merged::of(self.context, &[choice], &self.open, self.at);
        if chosen.is_circular {
            return None;
        }
        if let Some(given) = given(&chosen) {
            return self.copy(given);
        }
        if ["oneOf", "anyOf"]
            .iter()
            .any(|word| chosen.first(word).is_some())
        {
            return self.value(&[choice]);
        }
        let before = self.open.len();
        self.open.extend(&chosen.followed);
        chosen.parts.extend(beside);
        let value = self.make(&chosen);
        self.open.truncate(before);
        value
    }

    /// Adds the properties that stand beside a choice.
    fn add_properties(&mut self, part: &'d Node, value: &mut Node) {
        let Node::Object(members) = value else {
            return;
        };
        let properties = part.get("properties").and_then(Node::as_object);
        for (name, schema) in properties.unwrap_or_default() {
            if members.iter().any(|(known, _)| known == name) {
                continue;
            }
            if let Some(made) = self.value(&[schema]) {
                members.push((name.clone(), made));
            }
        }
    }

    fn array(&mut self, merged: &Merged<'d>) -> Option<Node> {
        let least = merged.greatest("minItems").map_or(0, as_count);
        let most = merged.least("maxItems").map_or(usize::MAX, as_count);
        let mut made = Vec::new();
        let first = merged.first("prefixItems").and_then(Node::as_array);
        for schema in first.unwrap_or_default().iter().take(most) {
            made.push(self.value(&[schema])?);
        }
        let items: Vec<&'d Node> = merged
            .all("items")
            .filter(|it| it.as_object().is_some())
            .collect();
        let some = first.is_none() && !self.is_short();
        let wanted = least.max(usize::from(some)).min(most);
        if wanted > MOST_ITEMS {
            self.notes.insert("an array would need too many items");
        }
        let wanted = wanted.min(MOST_ITEMS);
        if made.len() < wanted && (!items.is_empty() || least > 0) {
            let Some(item) = self.value(&items) else {
                return (least == 0).then_some(Node::Array(made));
            };
            let unique = is_true(merged.first("uniqueItems"));
            if unique && wanted > 1 {
                self.notes
                    .insert("the items of an array would have to differ");
            }
            while made.len() < wanted {
                made.push(self.copy(&item)?);
            }
        }
        Some(Node::Array(made))
    }

    fn object(&mut self, merged: &Merged<'d>) -> Option<Node> {
        let mut members = Vec::new();
        for (name, schemas) in merged.properties() {
            let foreign = self.direction.foreign();
            let is_foreign = schemas.iter().any(|schema| is_true(schema.get(foreign)));
            if is_foreign || (self.is_short() && !merged.requires(name)) {
                continue;
            }
            match self.value(&schemas) {
                Some(value) => members.push((name.to_owned(), value)),
                None if merged.requires(name) && self.left > 0 => return None,
                None if merged.requires(name) => members.push((name.to_owned(), Node::Null)),
                None => {}
            }
        }
        self.add_required(merged, &mut members);
        Some(Node::Object(members))
    }

    /// Names that must be there without being described, and as many as there must be.
    fn add_required(&mut self, merged: &Merged<'d>, members: &mut Vec<(String, Node)>) {
        let described: Vec<_> = merged
            .properties()
            .into_iter()
            .map(|(name, _)| name)
            .collect();
        let more: Vec<&'d Node> = merged
            .all("additionalProperties")
            .filter(|it| it.as_object().is_some())
            .collect();
        let lists = merged.all("required").filter_map(Node::as_array);
        let names: Vec<_> = lists.flatten().filter_map(Node::as_str).collect();
        for name in names {
            if !described.contains(&name) && !members.iter().any(|(known, _)| known == name) {
                let value = self.value(&more).unwrap_or(Node::Null);
                members.push((name.to_owned(), value));
            }
        }
        let least = merged.greatest("minProperties").map_or(0, as_count);
        for number in members.len()..least.min(MOST_ITEMS) {
            let value = self.value(&more).unwrap_or(Node::Null);
            members.push((format!("some_name_{number}"), value));
        }
    }
}

/// What a schema itself gives as a value.
fn given<'d>(merged: &Merged<'d>) -> Option<&'d Node> {
    let nullable = merged.parts.iter().any(|part| allows_null(part));
    let first = |word: &str| {
        merged
            .own(word)?
            .as_array()?
            .iter()
            .find(|it| **it != Node::Null)
    };
    let fits = |node: &&Node| nullable || **node != Node::Null;
    let own = merged.own("example").filter(fits);
    let own = own.or_else(|| first("examples"));
    let own = own.or_else(|| merged.own("default").filter(fits));
    let own = own.or_else(|| merged.first("const"));
    own.or_else(|| {
        let values = merged.first("enum")?.as_array()?;
        values.iter().find(|value| **value != Node::Null)
    })
}

fn allows_null(node: &Node) -> bool {
    let types = node
        .get("type")
        .and_then(Node::as_array)
        .unwrap_or_default();
    is_nullable(node) || types.iter().any(|word| word.as_str() == Some("null"))
}

/// The type of the value, from what the schema says or from the words that it uses.
fn kind(merged: &Merged<'_>) -> &'static str {
    let types = merged.types();
    // A whole number is a number as well, so the narrower one is meant.
    for kind in ["integer", "number", "string", "boolean", "array", "object"] {
        let all = types.first() == Some(&kind) || (kind == "integer" && types.contains(&kind));
        if all {
            return kind;
        }
    }
    if merged.all("type").next().is_some() && types.is_empty() {
        return "null";
    }
    let has = |words: &[&str]| words.iter().any(|word| merged.first(word).is_some());
    if has(&["properties", "additionalProperties", "required"]) {
        "object"
    } else if has(&["items", "prefixItems", "minItems"]) {
        "array"
    } else if has(&["pattern", "minLength", "maxLength", "format"]) {
        "string"
    } else if has(&["minimum", "maximum", "multipleOf"]) {
        "number"
    } else {
        "object"
    }
}

/// Sets the property that tells which choice was made.
fn discriminate(schema: &Node, choice: &Node, value: &mut Node) {
    let Some(discriminator) = schema.get("discriminator") else {
        return;
    };
    let name = discriminator.get("propertyName").and_then(Node::as_str);
    let reference = choice.get("$ref").and_then(Node::as_str);
    let (Some(name), Some(reference), Node::Object(members)) = (name, reference, value) else {
        return;
    };
    let mapping = discriminator.get("mapping").and_then(Node::as_object);
    let mapped = mapping.unwrap_or_default().iter().find(|(_, target)| {
        let target = target.as_str().unwrap_or_default();
        target == reference || reference.rsplit('/').next() == Some(target)
    });
    let word = mapped.map_or_else(
        || reference.rsplit('/').next().unwrap_or_default(),
        |(word, _)| word.as_str(),
    );
    let member = members.iter_mut().find(|(known, _)| known == name);
    match member {
        Some((_, value)) => *value = word.into(),
        None => members.push((name.to_owned(), word.into())),
    }
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::context::Version;
    use super::*;

    fn make(text: &str) -> (String, Vec<String>) {
        let root = Node::parse(text).unwrap();
        let context = Context::new(&root, Version::V31);
        let at = At::root();
        let schema = root.get("s").unwrap();
        let value = example(&context, schema, &at.member("s"), Direction::Response);
        let report = context.into_report();
        let told = report.unmapped.iter().map(ToString::to_string).collect();
        (value.map_or_else(String::new, |it| it.to_string()), told)
    }

    fn check(text: &str, expected: &str) {
        assert_eq!(make(text), (expected.to_owned(), vec![]), "{text}");
    }

    #[test]
    fn the_plainest_value_is_made() {
        check(
            r#"{"s":{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"integer"},
                "c":{"type":"boolean"},"d":{"type":"array","items":{"type":"number"}},
                "e":{"type":"string","enum":["x","y"]},"f":{"type":"string","writeOnly":true},
                "g":{"type":"string","example":"given"},"h":{"const":7},"i":{"type":["null","string"]}}}}"#,
            r#"{"a":"some_string_value","b":0,"c":true,"d":[0],"e":"x","g":"given","h":7,"i":"some_string_value"}"#,
        );
        check(
            r#"{"s":{"type":"array","minItems":2,"items":{"type":"integer","minimum":1}}}"#,
            "[1,1]",
        );
        check(
            r#"{"s":{"type":"object","required":["x"],"minProperties":2}}"#,
            r#"{"x":{},"some_name_1":{}}"#,
        );
    }

    #[test]
    fn schemas_are_put_together() {
        check(
            r##"{"s":{"allOf":[{"$ref":"#/c/A"},{"$ref":"#/c/B"}],"properties":{"c":{"type":"integer"}}},
                "c":{"Base":{"properties":{"id":{"type":"integer"}}},
                "A":{"allOf":[{"$ref":"#/c/Base"}],"properties":{"a":{"type":"string"}}},
                "B":{"allOf":[{"$ref":"#/c/Base"}],"properties":{"a":{"maxLength":2}}}}}"##,
            r#"{"c":0,"a":"so","id":0}"#,
        );
        check(
            r##"{"s":{"oneOf":[{"type":"null"},{"$ref":"#/c/Cat"},{"type":"string"}],
                "discriminator":{"propertyName":"kind","mapping":{"cat":"#/c/Cat"}}},
                "c":{"Cat":{"type":"object","properties":{"kind":{"type":"string"},"lives":{"type":"integer","minimum":9}}}}}"##,
            r#"{"kind":"cat","lives":9}"#,
        );
        check(
            r#"{"s":{"type":"string","anyOf":[{"minLength":20},{"maxLength":1}]}}"#,
            r#""some_string_valuesom""#,
        );
    }

    #[test]
    fn what_holds_itself_ends() {
        check(
            r##"{"s":{"$ref":"#/c/Node"},"c":{"Node":{"type":"object","properties":{"name":{"type":"string"},
                "next":{"$ref":"#/c/Node"},"all":{"type":"array","items":{"$ref":"#/c/Node"}}}}}}"##,
            r#"{"name":"some_string_value","all":[]}"#,
        );
        let endless = r##"{"s":{"$ref":"#/c/A"},"c":{"A":{"required":["a"],"properties":{"a":{"$ref":"#/c/A"}}}}}"##;
        assert_eq!(
            make(endless).1,
            ["/s: no example can be made of the schema"]
        );
    }

    #[test]
    fn what_multiplies_is_cut() {
        let mut schemas = String::new();
        for level in 0..20 {
            let below = format!("{{\"$ref\":\"#/c/L{}\"}}", level + 1);
            let properties: Vec<_> = (0..8).map(|n| format!("\"p{n}\":{below}")).collect();
            let _ = write!(
                schemas,
                "\"L{level}\":{{\"properties\":{{{}}}}},",
                properties.join(",")
            );
        }
        let text = format!("{{\"s\":{{\"$ref\":\"#/c/L0\"}},\"c\":{{{schemas}\"L20\":{{}}}}}}");
        let (value, told) = make(&text);
        assert!(value.len() < 200_000);
        assert_eq!(told, Vec::<String>::new());
    }

    #[test]
    fn what_must_be_too_large_is_cut() {
        let below = "{\"$ref\":\"#/c/B\"}";
        let properties: Vec<_> = (0..60).map(|n| format!("\"p{n}\":{below}")).collect();
        let names: Vec<_> = (0..60).map(|n| format!("\"p{n}\"")).collect();
        let object = |below: &str| {
            format!(
                "{{\"required\":[{}],\"properties\":{{{}}}}}",
                names.join(","),
                properties.join(",").replace("#/c/B", below)
            )
        };
        let text = format!(
            "{{\"s\":{},\"c\":{{\"B\":{},\"C\":{{\"type\":\"integer\"}}}}}}",
            object("#/c/B"),
            object("#/c/C")
        );
        let (value, told) = make(&text);
        assert!(
            value.starts_with(r#"{"p0":{"p0":0,"p1":0"#) && value.len() < 40_000,
            "{value}"
        );
        assert_eq!(
            told,
            ["/s: the example is cut, because it would be too large"]
        );
    }
}
