//! Evaluates an `XPath` expression in a document.

use std::cell::Cell;

use roxmltree::{Document, Node};

use super::expression::{Axis, Expression, Path, Step, Test};
use super::functions::call;
use super::value::{Item, Value};

/// How many nodes may be looked at before an expression counts as not matching.
const MOST_NODES: usize = 1_000_000;

/// Too many nodes were looked at.
#[derive(Debug)]
pub(crate) struct TooMuch;

/// Evaluates an expression for a whole document.
pub(crate) fn evaluate<'d>(
    expression: &Expression,
    document: &'d Document<'d>,
) -> Result<Value<'d>, TooMuch> {
    let budget = Cell::new(MOST_NODES);
    let root = Item::Node(document.root());
    Context {
        item: root,
        position: 1,
        last: 1,
        root: document.root(),
        budget: &budget,
    }
    .evaluate(expression)
}

/// What an expression is evaluated for.
#[derive(Clone, Copy)]
pub(crate) struct Context<'d, 'b> {
    pub(crate) item: Item<'d>,
    pub(crate) position: usize,
    pub(crate) last: usize,
    root: Node<'d, 'd>,
    budget: &'b Cell<usize>,
}

impl<'d> Context<'d, '_> {
    pub(crate) fn evaluate(&self, expression: &Expression) -> Result<Value<'d>, TooMuch> {
        Ok(match expression {
            Expression::Or(one, other) => {
                Value::Bool(self.evaluate(one)?.truth() || self.evaluate(other)?.truth())
            }
            Expression::And(one, other) => {
                Value::Bool(self.evaluate(one)?.truth() && self.evaluate(other)?.truth())
            }
            Expression::Compare(comparison, one, other) => {
                let (one, other) = (self.evaluate(one)?, self.evaluate(other)?);
                self.pay_for_comparison(&one, &other)?;
                Value::Bool(one.compare(*comparison, &other))
            }
            Expression::Union(one, other) => {
                let mut nodes = nodes(self.evaluate(one)?);
                nodes.extend(self::nodes(self.evaluate(other)?));
                Value::Nodes(in_order(nodes))
            }
            Expression::Path(path) => Value::Nodes(self.path(path)?),
            Expression::Call(function, arguments) => {
                let arguments = arguments.iter().map(|argument| self.evaluate(argument));
                let arguments = arguments.collect::<Result<Vec<_>, _>>()?;
                self.pay(arguments.iter().map(size).sum())?;
                call(*function, &arguments, self)
            }
            Expression::Text(text) => Value::Text(text.clone()),
            Expression::Number(number) => Value::Number(*number),
        })
    }

    fn pay(&self, nodes: usize) -> Result<(), TooMuch> {
        self.budget
            .set(self.budget.get().checked_sub(nodes).ok_or(TooMuch)?);
        Ok(())
    }

    fn pay_for_comparison(&self, one: &Value<'d>, other: &Value<'d>) -> Result<(), TooMuch> {
        self.pay(size(one).saturating_mul(size(other)))
    }

    fn path(&self, path: &Path) -> Result<Vec<Item<'d>>, TooMuch> {
        let start = if path.absolute {
            Item::Node(self.root)
        } else {
            self.item
        };
        let mut found = vec![start];
        for step in &path.steps {
            let mut next = Vec::new();
            for item in found {
                next.extend(self.step(step, item)?);
            }
            found = in_order(next);
        }
        Ok(found)
    }

    fn step(&self, step: &Step, from: Item<'d>) -> Result<Vec<Item<'d>>, TooMuch> {
        let mut found = Vec::new();
        for item in along(step.axis, from) {
            self.pay(1)?;
            if fits(&step.test, &item, step.axis) {
                found.push(item);
            }
        }
        for predicate in &step.predicates {
            found = self.filter(predicate, &found)?;
        }
        Ok(found)
    }

    fn filter(&self, predicate: &Expression, items: &[Item<'d>]) -> Result<Vec<Item<'d>>, TooMuch> {
        let mut kept = Vec::new();
        for (at, item) in items.iter().enumerate() {
            let context = Self {
                item: *item,
                position: at + 1,
                last: items.len(),
                ..*self
            };
            let keeps = match context.evaluate(predicate)? {
                Value::Number(number) => Value::Number(number).compare(
                    super::expression::Comparison::Equal,
                    &super::functions::count(at + 1),
                ),
                value => value.truth(),
            };
            if keeps {
                kept.push(*item);
            }
        }
        Ok(kept)
    }
}

fn along<'d>(axis: Axis, from: Item<'d>) -> Box<dyn Iterator<Item = Item<'d>> + 'd> {
    match (axis, from) {
        (Axis::SelfNode, item) | (Axis::DescendantOrSelf, item @ Item::Attribute(..)) => {
            Box::new(std::iter::once(item))
        }
        (Axis::Parent, Item::Attribute(owner, ..)) => Box::new(std::iter::once(Item::Node(owner))),
        (_, Item::Attribute(..)) => Box::new(std::iter::empty()),
        (Axis::Child, Item::Node(node)) => Box::new(node.children().map(Item::Node)),
        (Axis::DescendantOrSelf, Item::Node(node)) => Box::new(node.descendants().map(Item::Node)),
        (Axis::Parent, Item::Node(node)) => Box::new(node.parent().into_iter().map(Item::Node)),
        (Axis::Attribute, Item::Node(node)) => {
            let attributes = node.attributes().enumerate();
            Box::new(attributes.map(move |(at, found)| Item::Attribute(node, at, found)))
        }
    }
}

fn fits(test: &Test, item: &Item<'_>, axis: Axis) -> bool {
    let named = match item {
        Item::Attribute(..) => axis == Axis::Attribute,
        Item::Node(node) => node.is_element(),
    };
    match test {
        Test::Node => true,
        Test::Text => matches!(item, Item::Node(node) if node.is_text()),
        Test::Any(None) => named,
        Test::Any(namespace) => named && item.namespace() == namespace.as_deref(),
        Test::Local(name) => named && item.local_name() == name,
        Test::Qualified(namespace, name) => {
            named && item.local_name() == name && item.namespace() == namespace.as_deref()
        }
    }
}

fn nodes(value: Value<'_>) -> Vec<Item<'_>> {
    match value {
        Value::Nodes(nodes) => nodes,
        _ => Vec::new(),
    }
}

fn in_order(mut items: Vec<Item<'_>>) -> Vec<Item<'_>> {
    items.sort_by_key(Item::order);
    items.dedup_by_key(|item| item.order());
    items
}

/// How many nodes must be looked at to read a value's text.
fn size(value: &Value<'_>) -> usize {
    match value {
        Value::Nodes(items) => items.iter().map(weight).sum(),
        _ => 1,
    }
}

fn weight(item: &Item<'_>) -> usize {
    match item {
        // An element's text is no longer than the element.
        Item::Node(node) if node.has_children() => 1 + node.range().len() / 8,
        _ => 1,
    }
}
