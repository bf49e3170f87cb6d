//! Evaluates expressions and references.

use crate::template::budget::MAX_ITERATIONS;
use crate::template::collection::{List, Map, Style};
use crate::template::error::RenderError;
use crate::template::methods;
use crate::template::source::locate;
use crate::template::value::Value;

use super::ast::{Expression, Operator, Reference, Step};
use super::operators;
use super::render::Renderer;
use super::tools::Tool;

type Answer = Result<Value, RenderError>;

impl Renderer<'_> {
    /// The value of an expression.
    pub(super) fn evaluate(&mut self, expression: &Expression) -> Answer {
        self.budget.step()?;
        match expression {
            Expression::Value(value) => Ok(value.clone()),
            Expression::Reference(reference) => self.reference(reference),
            Expression::Interpolated(nodes) => self.aside(nodes).map(Value::from),
            Expression::List(items) => {
                let items = self.evaluate_all(items)?;
                self.budget
                    .accept(Value::List(List::new(items, Style::Plain)))
            }
            Expression::Range(bounds) => self.range(&bounds.0, &bounds.1),
            Expression::Map(entries) => self.map(entries),
            Expression::Not(inner) => Ok((!self.evaluate(inner)?.is_true()).into()),
            Expression::Negate(inner) => Ok(operators::negate(&self.evaluate(inner)?)),
            Expression::Any(parts) => self.is_any(parts, true),
            Expression::All(parts) => self.is_any(parts, false),
            Expression::Chain(first, rest) => self.chain(first, rest),
        }
    }

    /// The values of several expressions.
    pub(super) fn evaluate_all(
        &mut self,
        expressions: &[Expression],
    ) -> Result<Vec<Value>, RenderError> {
        expressions
            .iter()
            .map(|expression| self.evaluate(expression))
            .collect()
    }

    /// `||` looks for what is true, and `&&` for what is not. Either stops there.
    fn is_any(&mut self, parts: &[Expression], wanted: bool) -> Answer {
        for part in parts {
            if self.evaluate(part)?.is_true() == wanted {
                return Ok(wanted.into());
            }
        }
        Ok((!wanted).into())
    }

    fn map(&mut self, entries: &[(Expression, Expression)]) -> Answer {
        let mut map = Map::new([], Style::Plain);
        for (key, value) in entries {
            let key = self.evaluate(key)?;
            let key = self.budget.text(&key)?;
            map.put(key.into(), self.evaluate(value)?);
        }
        self.budget.accept(Value::Map(map))
    }

    fn range(&mut self, start: &Expression, end: &Expression) -> Answer {
        let (start, end) = (self.evaluate(start)?, self.evaluate(end)?);
        let Some((start, end)) = start.to_integer().zip(end.to_integer()) else {
            return Ok(Value::Null);
        };
        if start.abs_diff(end) >= MAX_ITERATIONS as u64 {
            return Err(RenderError::TooManyIterations {
                limit: MAX_ITERATIONS,
            });
        }
        let items: Vec<_> = if start <= end {
            (start..=end).map(Value::Integer).collect()
        } else {
            (end..=start).rev().map(Value::Integer).collect()
        };
        self.budget.spend(items.len().saturating_mul(10))?;
        self.budget
            .accept(Value::List(List::new(items, Style::Plain)))
    }

    fn chain(&mut self, first: &Expression, rest: &[(Operator, Expression)]) -> Answer {
        let mut left = self.evaluate(first)?;
        let mut left_source = source_of(first);
        for (operator, right) in rest {
            self.budget.step()?;
            let right_value = self.evaluate(right)?;
            left = if *operator == Operator::Add {
                let left = written(left, left_source, &right_value);
                let right = written(right_value, source_of(right), &left);
                operators::add(&left, &right, &mut self.budget)?
            } else {
                operators::apply(*operator, &left, &right_value, &mut self.budget)?
            };
            left_source = None;
        }
        Ok(left)
    }

    /// The value of a reference, or nothing.
    pub(super) fn reference(&mut self, reference: &Reference) -> Answer {
        let answer = self.resolve(reference).map_err(|error| {
            let (line, column) = locate(self.source, reference.offset);
            error.at(line, column)
        })?;
        match &reference.default {
            Some(default) if !answer.is_true() => self.evaluate(default),
            _ => Ok(answer),
        }
    }

    fn resolve(&mut self, reference: &Reference) -> Answer {
        self.budget.step()?;
        if let Some(answer) = self.change(reference)? {
            return Ok(answer);
        }
        let steps = reference.steps.as_slice();
        let (mut value, steps) = self.root(&reference.root, steps)?;
        for step in steps {
            if value == Value::Null {
                return Ok(Value::Null);
            }
            value = self.step(&value, step)?;
        }
        Ok(value)
    }

    /// The value of a name, and the steps that are left from there.
    fn root<'s>(
        &mut self,
        name: &str,
        steps: &'s [Step],
    ) -> Result<(Value, &'s [Step]), RenderError> {
        if let Some(value) = self.variables.get(name) {
            return Ok((value.clone(), steps));
        }
        if name == "foreach" {
            let is_parent = |step: &&Step| matches!(step, Step::Property(name) if name == "parent");
            let outwards = steps.iter().take_while(is_parent).count();
            return Ok((self.foreach_value(outwards), &steps[outwards..]));
        }
        if let Some(value) = self.globals.get(name) {
            return Ok((value, steps));
        }
        match (Tool::named(name), steps) {
            (Some(tool), [step, rest @ ..]) => Ok((self.use_tool(tool, step)?, rest)),
            _ => Ok((Value::Null, steps)),
        }
    }

    fn step(&mut self, value: &Value, step: &Step) -> Answer {
        self.budget.step()?;
        match step {
            Step::Property(name) => Ok(methods::property(value, name)),
            Step::Index(index) => {
                let index = self.evaluate(index)?;
                self.budget.spend(index.weight())?;
                Ok(methods::item(value, &index))
            }
            Step::Call(name, arguments) => {
                let arguments = self.evaluate_all(arguments)?;
                let answer = methods::call(value, name, &arguments, &mut self.budget)?;
                self.budget.accept(answer)
            }
        }
    }
}

/// What is written in place of a value that is missing.
fn source_of(expression: &Expression) -> Option<&str> {
    match expression {
        Expression::Reference(reference) => Some(&reference.source),
        _ => None,
    }
}

/// A reference without a value is added to a text as it is written.
fn written(value: Value, source: Option<&str>, other: &Value) -> Value {
    match (value, source, other) {
        (Value::Null, Some(source), Value::Text(_)) => source.into(),
        (value, _, _) => value,
    }
}
