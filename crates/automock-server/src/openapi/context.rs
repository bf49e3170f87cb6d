//! The document that is imported: its references, what it may cost, and the report.

use std::cell::{Cell, RefCell};
use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use super::at::At;
use super::report::Report;
use crate::node::Node;

/// References lead to references at most so often.
const MOST_HOPS: usize = 32;

/// What every document may cost, in nodes that are made of it, ...
const LEAST_BUDGET: usize = 1_000_000;
/// ... and what it may cost for each node that it has. References multiply: without a bound a small
/// document could fill all memory.
const BUDGET_FACTOR: usize = 20;
/// The whole of it at most.
const MOST_BUDGET: usize = 6_000_000;

/// Versions of `OpenAPI` differ in what their schemas mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Version {
    /// Schemas are a dialect of their own.
    V30,
    /// Schemas are those of JSON Schema 2020-12.
    V31,
}

/// The document that is imported.
pub(super) struct Context<'d> {
    root: &'d Node,
    pub(super) version: Version,
    report: RefCell<Report>,
    left: Cell<usize>,
    targets: RefCell<HashMap<&'d str, Option<&'d Node>>>,
}

/// Something that was found behind references, if there were any.
#[derive(Clone, Copy, Debug)]
pub(super) struct Found<'d> {
    pub(super) node: &'d Node,
    pub(super) reference: Option<&'d str>,
}

impl<'d> Found<'d> {
    /// Where it stands, if the references to it stand at `at`.
    pub(super) fn at<'b>(&self, at: &'b At<'b>) -> At<'b>
    where
        'd: 'b,
    {
        self.reference.map_or(*at, At::reference)
    }
}

impl<'d> Context<'d> {
    pub(super) fn new(root: &'d Node, version: Version) -> Self {
        let budget = LEAST_BUDGET.saturating_add(cost(root).saturating_mul(BUDGET_FACTOR));
        Self {
            root,
            version,
            report: RefCell::default(),
            left: Cell::new(budget.min(MOST_BUDGET)),
            targets: RefCell::default(),
        }
    }

    pub(super) fn root(&self) -> &'d Node {
        self.root
    }

    /// Tells that something has no effect.
    pub(super) fn tell(&self, at: &At<'_>, reason: impl Into<String>) {
        self.report.borrow_mut().add(at.to_string(), reason.into());
    }

    /// The report so far.
    pub(super) fn into_report(self) -> Report {
        self.report.into_inner()
    }

    /// Whether something may still be made that costs so much.
    pub(super) fn spend(&self, cost: usize) -> bool {
        let left = self.left.get().checked_sub(cost);
        self.left.set(left.unwrap_or(0));
        left.is_some()
    }

    /// What stands behind references; nothing, which is told, if there is nothing.
    pub(super) fn follow(&self, node: &'d Node, at: &At<'_>) -> Option<Found<'d>> {
        let mut found = Found {
            node,
            reference: None,
        };
        for _ in 0..MOST_HOPS {
            let Some(reference) = found.node.get("$ref").and_then(Node::as_str) else {
                return Some(found);
            };
            let Some(node) = self.target(reference) else {
                self.tell(at, no_target(reference));
                return None;
            };
            found = Found {
                node,
                reference: Some(reference),
            };
        }
        self.tell(at, "the reference leads round in a circle");
        None
    }

    /// What a reference names in this document.
    pub(super) fn target(&self, reference: &'d str) -> Option<&'d Node> {
        let mut targets = self.targets.borrow_mut();
        *targets
            .entry(reference)
            .or_insert_with(|| resolve(self.root, reference))
    }
}

/// Why a reference has no target.
pub(super) fn no_target(reference: &str) -> String {
    if reference.starts_with('#') {
        format!("the reference {reference:?} names nothing in this document")
    } else {
        format!(
            "the reference {reference:?} leads out of the document; bundle it into one document"
        )
    }
}

fn resolve<'d>(root: &'d Node, reference: &str) -> Option<&'d Node> {
    let pointer = reference.strip_prefix('#')?;
    if pointer.is_empty() {
        return Some(root);
    }
    let mut names = pointer.strip_prefix('/')?.split('/');
    names.try_fold(root, |node, name| {
        let name = percent_decode_str(name).decode_utf8_lossy();
        let name = name.replace("~1", "/").replace("~0", "~");
        match node {
            Node::Array(items) => items.get(name.parse::<usize>().ok()?),
            _ => node.get(&name),
        }
    })
}

/// What a node costs: one for each value, and one for each 64 bytes of text.
pub(super) fn cost(node: &Node) -> usize {
    match node {
        Node::String(text) => 1 + text.len() / 64,
        Node::Array(items) => 1 + items.iter().map(cost).sum::<usize>(),
        Node::Object(members) => {
            let members = members.iter();
            1 + members
                .map(|(name, value)| name.len() / 64 + cost(value))
                .sum::<usize>()
        }
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_followed_within_the_document() {
        let text = r##"{"a":{"b/c":[1,{"x":2}]},"one":{"$ref":"#/two"},"two":{"$ref":"#/a/b~1c/1"},
            "loop":{"$ref":"#/pool"},"pool":{"$ref":"#/loop"},"out":{"$ref":"other.yaml#/x"},
            "lost":{"$ref":"#/nowhere"}}"##;
        let root = Node::parse(text).unwrap();
        let context = Context::new(&root, Version::V30);
        let follow = |name: &str| context.follow(root.get(name).unwrap(), &At::root().member(name));
        let found = follow("one").unwrap();
        assert_eq!(found.node.to_string(), r#"{"x":2}"#);
        assert_eq!(found.at(&At::root()).to_string(), "/a/b~1c/1");
        for name in ["loop", "out", "lost"] {
            assert!(follow(name).is_none(), "{name}");
        }
        let report = context.into_report();
        let told: Vec<_> = report.unmapped.iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "/loop: the reference leads round in a circle",
                "/out: the reference \"other.yaml#/x\" leads out of the document; bundle it into one document",
                "/lost: the reference \"#/nowhere\" names nothing in this document",
            ]
        );
    }
}
