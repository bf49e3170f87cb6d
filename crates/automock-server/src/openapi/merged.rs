//! A schema with all that `allOf` adds to it.

use super::at::At;
use super::context::Context;
use crate::node::Node;

/// So many parts are looked at, at most.
const MOST_PARTS: usize = 200;

/// Schemas that all apply to the same value.
#[derive(Clone, Debug, Default)]
pub(super) struct Merged<'d> {
    /// The first `own` ones are the schemas themselves, without `allOf`.
    pub(super) parts: Vec<&'d Node>,
    pub(super) own: usize,
    /// The references that were followed.
    pub(super) followed: Vec<&'d str>,
    /// A reference leads back to a schema that is being worked on.
    pub(super) is_circular: bool,
}

impl<'d> Merged<'d> {
    /// Takes schemas together. `open` are the references that are being worked on.
    pub(super) fn of(
        context: &Context<'d>,
        schemas: &[&'d Node],
        open: &[&'d str],
        at: &At<'_>,
    ) -> Self {
        let mut merged = Self::default();
        let mut waiting: Vec<&'d Node> = Vec::new();
        for schema in schemas {
            merged.add(context, schema, open, at, &mut waiting);
        }
        merged.own = merged.parts.len();
        waiting.reverse();
        while let Some(schema) = waiting.pop() {
            let mut inner = Vec::new();
            merged.add(context, schema, open, at, &mut inner);
            waiting.extend(inner.into_iter().rev());
        }
        merged
    }

    fn add(
        &mut self,
        context: &Context<'d>,
        schema: &'d Node,
        open: &[&'d str],
        at: &At<'_>,
        waiting: &mut Vec<&'d Node>,
    ) {
        let mut schema = schema;
        while self.parts.len() < MOST_PARTS {
            if let Some(items) = schema.get("allOf").and_then(Node::as_array) {
                waiting.extend(items);
            }
            self.parts.push(schema);
            let Some(reference) = schema.get("$ref").and_then(Node::as_str) else {
                return;
            };
            if self.followed.contains(&reference) {
                return;
            }
            if open.contains(&reference) {
                self.is_circular = true;
                return;
            }
            self.followed.push(reference);
            match context.target(reference) {
                Some(target) => schema = target,
                None => return context.tell(at, super::context::no_target(reference)),
            }
        }
    }

    /// The values of a word in all parts.
    pub(super) fn all<'s>(&'s self, word: &'s str) -> impl Iterator<Item = &'d Node> + 's {
        self.parts.iter().filter_map(move |part| part.get(word))
    }

    /// The first value of a word.
    pub(super) fn first(&self, word: &str) -> Option<&'d Node> {
        self.all(word).next()
    }

    /// The value of a word in the schemas themselves.
    pub(super) fn own(&self, word: &str) -> Option<&'d Node> {
        let own = self.parts.get(..self.own).unwrap_or_default();
        own.iter().find_map(|part| part.get(word))
    }

    /// The greatest number that a word is given.
    pub(super) fn greatest(&self, word: &str) -> Option<f64> {
        self.all(word).filter_map(as_f64).reduce(f64::max)
    }

    /// The least number that a word is given.
    pub(super) fn least(&self, word: &str) -> Option<f64> {
        self.all(word).filter_map(as_f64).reduce(f64::min)
    }

    /// All properties in their order, each with all its schemas.
    pub(super) fn properties(&self) -> Vec<(&'d str, Vec<&'d Node>)> {
        let mut found: Vec<(&'d str, Vec<&'d Node>)> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for properties in self.all("properties") {
            for (name, schema) in properties.as_object().unwrap_or_default() {
                let place = *places.entry(name.as_str()).or_insert_with(|| {
                    found.push((name, Vec::new()));
                    found.len() - 1
                });
                found[place].1.push(schema);
            }
        }
        found
    }

    /// Whether a property must be there.
    pub(super) fn requires(&self, name: &str) -> bool {
        let mut lists = self.all("required").filter_map(Node::as_array);
        lists.any(|names| names.iter().any(|other| other.as_str() == Some(name)))
    }

    /// The words for the type, without `null`.
    pub(super) fn types(&self) -> Vec<&'d str> {
        let words = self.all("type").flat_map(|types| match types {
            Node::Array(items) => items.iter().filter_map(Node::as_str).collect(),
            other => other.as_str().into_iter().collect::<Vec<_>>(),
        });
        words.filter(|word| *word != "null").collect()
    }
}

pub(super) fn as_f64(node: &Node) -> Option<f64> {
    match node {
        Node::Number(number) => number.as_f64(),
        _ => None,
    }
}
