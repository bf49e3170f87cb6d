//! Follows paths through a document.

use std::collections::HashSet;

use roxmltree::{Node, NodeType};

use crate::template::budget::Budget;
use crate::template::error::RenderError;
use crate::template::xml::text_of;

use super::read;

/// A path that was read.
#[derive(Debug)]
pub(in crate::template) struct XPath {
    /// Whether it starts at the document.
    pub(super) is_absolute: bool,
    /// Its steps.
    pub(super) steps: Vec<Step>,
}

/// A step from nodes to others.
#[derive(Debug)]
pub(super) struct Step {
    /// Whether it was written after `//`.
    pub(super) descends: bool,
    /// What is wanted.
    pub(super) test: Test,
    /// Which of those.
    pub(super) conditions: Vec<Condition>,
}

/// What is wanted from a node.
#[derive(Debug)]
pub(super) enum Test {
    /// `.`
    Itself,
    /// `..`
    Parent,
    /// `*`
    AnyElement,
    /// `name`
    Element(String),
    /// `text()`
    Text,
    /// `@name`
    Attribute(String),
}

/// What is in brackets.
#[derive(Debug)]
pub(super) enum Condition {
    /// `[1]`
    Position(usize),
    /// `[last()]`
    Last,
    /// `[name]` or `[name='text']`
    Holds(Test, Option<String>),
}

/// What a path leads to.
#[derive(Clone, Copy, Debug)]
pub(in crate::template) enum Found<'d> {
    /// An element, a text or the document.
    Node(Node<'d, 'd>),
    /// An attribute's value.
    Text(&'d str),
}

impl XPath {
    /// Reads a path.
    ///
    /// # Errors
    /// What in it is not supported.
    pub(in crate::template) fn parse(text: &str) -> Result<Self, String> {
        read::path(text.trim()).map_err(|reason| {
            format!(
                "{reason}: of XPath, only paths like `/a//b[1]/c[@d='e']/text()` or `//a/@b` are \
                 supported"
            )
        })
    }

    /// What the path leads to, in the order of the document; a relative one starts at the node.
    pub(in crate::template) fn select<'d>(
        &self,
        start: Node<'d, 'd>,
        budget: &mut Budget,
    ) -> Result<Vec<Found<'d>>, RenderError> {
        let start = if self.is_absolute {
            start.document().root()
        } else {
            start
        };
        let mut found = vec![Found::Node(start)];
        for step in &self.steps {
            found = step.follow(&found, budget)?;
        }
        Ok(found)
    }
}

impl Step {
    fn follow<'d>(
        &self,
        from: &[Found<'d>],
        budget: &mut Budget,
    ) -> Result<Vec<Found<'d>>, RenderError> {
        let mut nodes: Vec<_> = from.iter().filter_map(Found::node).collect();
        if self.descends {
            nodes = with_descendants(&nodes, budget)?;
        }
        let mut seen = HashSet::new();
        let mut found = Vec::new();
        for node in nodes {
            for next in self.follow_from(node, budget)? {
                if next.node().is_none_or(|node| seen.insert(node.id())) {
                    found.push(next);
                }
            }
        }
        // Parents and children of several nodes may come out of order.
        found.sort_by_key(|found| found.node().map(|node| node.id().get()));
        Ok(found)
    }

    fn follow_from<'d>(
        &self,
        node: Node<'d, 'd>,
        budget: &mut Budget,
    ) -> Result<Vec<Found<'d>>, RenderError> {
        let mut found = self.test.apply(node, budget)?;
        for condition in &self.conditions {
            found = condition.filter(found, budget)?;
        }
        Ok(found)
    }
}

impl Test {
    fn apply<'d>(
        &self,
        node: Node<'d, 'd>,
        budget: &mut Budget,
    ) -> Result<Vec<Found<'d>>, RenderError> {
        let children = |wanted: &dyn Fn(Node<'d, 'd>) -> bool| {
            let children = node.children().filter(|child| wanted(*child));
            children.map(Found::Node).collect()
        };
        budget.spend(50)?;
        match self {
            Self::Itself => return Ok(vec![Found::Node(node)]),
            Self::Parent => return Ok(node.parent().map(Found::Node).into_iter().collect()),
            Self::Attribute(name) => {
                let attributes = node.attributes();
                budget.spend(attributes.len())?;
                let found = attributes.filter(|attribute| attribute.name() == name);
                return Ok(found
                    .map(|attribute| Found::Text(attribute.value()))
                    .collect());
            }
            Self::AnyElement | Self::Element(_) | Self::Text => {}
        }
        budget.spend(node.children().count().saturating_mul(20))?;
        Ok(match self {
            Self::Element(name) => {
                children(&|child| child.is_element() && child.tag_name().name() == name)
            }
            Self::Text => children(&|child| child.is_text()),
            _ => children(&|child| child.is_element()),
        })
    }
}

impl Condition {
    fn filter<'d>(
        &self,
        found: Vec<Found<'d>>,
        budget: &mut Budget,
    ) -> Result<Vec<Found<'d>>, RenderError> {
        Ok(match self {
            Self::Position(position) => {
                let index = position.checked_sub(1);
                index
                    .and_then(|index| found.get(index))
                    .copied()
                    .into_iter()
                    .collect()
            }
            Self::Last => found.last().copied().into_iter().collect(),
            Self::Holds(test, wanted) => {
                let mut kept = Vec::new();
                for found in found {
                    if holds(found, test, wanted.as_deref(), budget)? {
                        kept.push(found);
                    }
                }
                kept
            }
        })
    }
}

impl<'d> Found<'d> {
    fn node(&self) -> Option<Node<'d, 'd>> {
        match self {
            Self::Node(node) => Some(*node),
            Self::Text(_) => None,
        }
    }
}

fn holds(
    found: Found<'_>,
    test: &Test,
    wanted: Option<&str>,
    budget: &mut Budget,
) -> Result<bool, RenderError> {
    let Found::Node(node) = found else {
        return Ok(false);
    };
    let candidates = test.apply(node, budget)?;
    let Some(wanted) = wanted else {
        return Ok(!candidates.is_empty());
    };
    for candidate in candidates {
        let is_wanted = match candidate {
            Found::Text(value) => value == wanted,
            Found::Node(node) => {
                budget.spend(node.range().len())?;
                text_of(node) == wanted
            }
        };
        if is_wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

fn with_descendants<'d>(
    nodes: &[Node<'d, 'd>],
    budget: &mut Budget,
) -> Result<Vec<Node<'d, 'd>>, RenderError> {
    let mut seen = HashSet::new();
    let mut all = Vec::new();
    for node in nodes {
        for descendant in node.descendants() {
            budget.spend(50)?;
            let is_parent = matches!(descendant.node_type(), NodeType::Element | NodeType::Root);
            if is_parent && seen.insert(descendant.id()) {
                all.push(descendant);
            }
        }
    }
    all.sort_by_key(|node| node.id().get());
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::xml::find_text;

    const STORE: &str = "<store><book lang='en' id='1'><title>A</title></book>\
        <book id='2'><title>B</title><isbn>7</isbn></book><bike><color>red</color></bike></store>";

    fn check(path: &str, expected: &str) {
        let parsed = XPath::parse(path).unwrap();
        let found = find_text(&parsed, STORE, &mut Budget::new()).unwrap();
        assert_eq!(found, expected, "{path}");
    }

    #[test]
    fn paths_lead_to_texts() {
        check("/store/book/title", "A");
        check("//book[2]/title", "B");
        check("//book[last()]/title/text()", "B");
        check("//book[@id='2']/title", "B");
        check("//book[ title = \"B\" ]/@id", "2");
        check("//book[isbn]/title", "B");
        check("//title[text()='B']/../isbn", "7");
        check("//title[.='A']", "A");
        check("/store/*[3]/color", "red");
        check("book[1]/@lang", "en");
        check("//store//color", "red");
        check("//title[2]", "");
        check("/nothing", "");
        check("/store/bike", "red");
    }

    #[test]
    fn anything_else_is_refused() {
        for path in [
            "",
            "/",
            "//",
            "count(//a)",
            "a:b",
            "a[",
            "a[b>1]",
            "a|b",
            "a[@b='c]",
            "/a/",
        ] {
            let reason = XPath::parse(path).unwrap_err();
            assert!(reason.contains("of XPath, only"), "{path}: {reason}");
        }
    }

    #[test]
    fn searches_stay_within_the_budget() {
        let deep = "<a>".repeat(4_000) + &"</a>".repeat(4_000);
        let path = XPath::parse("//a//a").unwrap();
        let found = find_text(&path, &deep, &mut Budget::new());
        assert_eq!(found, Err(RenderError::TooMuchWork));
    }
}
