//! Renders the tree of a template.

use std::collections::HashMap;

use crate::template::budget::Budget;
use crate::template::collection::{Map, Style};
use crate::template::error::RenderError;
use crate::template::globals::Globals;
use crate::template::value::{Value, count};

use super::ast::{Expression, Foreach, Node, Reference};

/// A render at work.
pub(super) struct Renderer<'a> {
    pub(super) source: &'a str,
    pub(super) globals: Globals<'a>,
    pub(super) budget: Budget,
    pub(super) variables: HashMap<String, Value>,
    /// The document that `$xml` has parsed last.
    pub(super) document: Value,
    output: String,
    loops: Vec<Loop>,
}

/// A loop that is running.
#[derive(Clone, Copy)]
struct Loop {
    index: usize,
    length: usize,
}

/// How rendering goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    /// With what follows.
    On,
    /// After the loop.
    Break,
    /// Not at all.
    Stop,
}

impl<'a> Renderer<'a> {
    /// A render that has not begun.
    pub(super) fn new(globals: Globals<'a>, source: &'a str) -> Self {
        Self {
            source,
            globals,
            budget: Budget::new(),
            variables: HashMap::new(),
            document: Value::Null,
            output: String::new(),
            loops: Vec::new(),
        }
    }

    /// What has been rendered.
    pub(super) fn finish(self) -> String {
        self.output
    }

    /// Renders nodes.
    pub(super) fn run(&mut self, nodes: &[Node]) -> Result<Flow, RenderError> {
        for node in nodes {
            let flow = self.node(node)?;
            if flow != Flow::On {
                return Ok(flow);
            }
        }
        Ok(Flow::On)
    }

    /// Renders nodes into a text of their own.
    pub(super) fn aside(&mut self, nodes: &[Node]) -> Result<String, RenderError> {
        let output = std::mem::take(&mut self.output);
        self.run(nodes)?;
        Ok(std::mem::replace(&mut self.output, output))
    }

    fn node(&mut self, node: &Node) -> Result<Flow, RenderError> {
        self.budget.step()?;
        match node {
            Node::Text(text) => self.budget.push(&mut self.output, text)?,
            Node::Reference(reference) => self.print(reference)?,
            Node::Set(set) => self.set(&set.0, &set.1)?,
            Node::If {
                branches,
                otherwise,
            } => return self.branch(branches, otherwise),
            Node::Foreach(foreach) => return self.foreach(foreach),
            Node::Break => return Ok(Flow::Break),
            Node::Stop => return Ok(Flow::Stop),
        }
        Ok(Flow::On)
    }

    /// A backslash before a reference that has a value shows the reference, and two are one.
    fn print(&mut self, reference: &Reference) -> Result<(), RenderError> {
        let value = self.reference(reference)?;
        let is_nothing = value == Value::Null;
        let count = reference.backslashes;
        let kept = if is_nothing { count } else { count / 2 };
        self.budget.push(&mut self.output, &"\\".repeat(kept))?;
        if is_nothing && reference.is_quiet && count == 0 {
            return Ok(());
        }
        if is_nothing || count % 2 == 1 {
            return self.budget.push(&mut self.output, &reference.source);
        }
        let text = self.budget.text(&value)?;
        self.budget.push(&mut self.output, &text)
    }

    fn set(&mut self, target: &Reference, value: &Expression) -> Result<(), RenderError> {
        let value = self.evaluate(value)?;
        self.assign(target, value)
    }

    fn branch(
        &mut self,
        branches: &[(Expression, Vec<Node>)],
        otherwise: &[Node],
    ) -> Result<Flow, RenderError> {
        for (condition, body) in branches {
            if self.evaluate(condition)?.is_true() {
                return self.run(body);
            }
        }
        self.run(otherwise)
    }

    fn foreach(&mut self, foreach: &Foreach) -> Result<Flow, RenderError> {
        let items = self.items(&foreach.list)?;
        if items.is_empty() {
            return self.run(&foreach.otherwise);
        }
        let shadowed = self.variables.get(&foreach.variable).cloned();
        let flow = self.each(&items, &foreach.variable, &foreach.body)?;
        match shadowed {
            Some(value) => self.variables.insert(foreach.variable.clone(), value),
            None => self.variables.remove(&foreach.variable),
        };
        Ok(match flow {
            Flow::Stop => Flow::Stop,
            Flow::On | Flow::Break => Flow::On,
        })
    }

    fn each(
        &mut self,
        items: &[Value],
        variable: &str,
        body: &[Node],
    ) -> Result<Flow, RenderError> {
        let length = items.len();
        self.loops.push(Loop { index: 0, length });
        let mut flow = Flow::On;
        for (index, item) in items.iter().enumerate() {
            self.budget.iterate()?;
            self.variables.insert(variable.to_owned(), item.clone());
            if let Some(current) = self.loops.last_mut() {
                current.index = index;
            }
            flow = self.run(body)?;
            if flow != Flow::On {
                break;
            }
        }
        self.loops.pop();
        Ok(flow)
    }

    /// What a loop goes through: items, the values of a map, elements; or else nothing.
    fn items(&mut self, list: &Expression) -> Result<Vec<Value>, RenderError> {
        let list = self.evaluate(list)?;
        let (items, length) = match &list {
            Value::List(list) => (list.items().to_vec(), list.items().len()),
            Value::Map(map) => {
                let entries = map.entries();
                (
                    entries.iter().map(|(_, value)| value.clone()).collect(),
                    entries.len(),
                )
            }
            Value::Xml(selection) => (selection.each(), selection.elements().len()),
            _ => (Vec::new(), 0),
        };
        self.budget.spend(length.saturating_mul(10))?;
        Ok(items)
    }

    /// The value of `$foreach`, as many loops outwards as that.
    pub(super) fn foreach_value(&self, outwards: usize) -> Value {
        let level = self.loops.len().checked_sub(outwards + 1);
        let Some(Loop { index, length }) = level.and_then(|level| self.loops.get(level)) else {
            return Value::Null;
        };
        let members: [(&str, Value); 5] = [
            ("index", count(*index)),
            ("count", count(index + 1)),
            ("hasNext", (index + 1 < *length).into()),
            ("first", (*index == 0).into()),
            ("last", (index + 1 == *length).into()),
        ];
        let members = members.into_iter();
        Value::Map(Map::new(
            members.map(|(name, value)| (name.into(), value)),
            Style::Plain,
        ))
    }
}
