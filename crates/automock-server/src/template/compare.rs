//! Equality and order of values.

use std::cmp::Ordering;

use super::budget::Budget;
use super::error::RenderError;
use super::value::{Value, to_float};

/// Whether two values are equal as Velocity sees it: numbers by their value, and values of
/// different kinds by their text.
pub(super) fn equal(left: &Value, right: &Value, budget: &mut Budget) -> Result<bool, RenderError> {
    budget.spend(left.weight().min(right.weight()))?;
    Ok(match (left, right) {
        (Value::Null, _) | (_, Value::Null) => left == right,
        (Value::Integer(left), Value::Float(right))
        | (Value::Float(right), Value::Integer(left)) => {
            to_float(*left).partial_cmp(right) == Some(Ordering::Equal)
        }
        _ if std::mem::discriminant(left) == std::mem::discriminant(right) => left == right,
        _ => budget.text(left)? == budget.text(right)?,
    })
}

/// The order of two numbers or two texts.
pub(super) fn compare(left: &Value, right: &Value) -> Option<Ordering> {
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => Some(left.cmp(right)),
        (Value::Integer(left), Value::Float(right)) => to_float(*left).partial_cmp(right),
        (Value::Float(left), Value::Integer(right)) => left.partial_cmp(&to_float(*right)),
        (Value::Float(left), Value::Float(right)) => left.partial_cmp(right),
        (Value::Text(left), Value::Text(right)) => Some(left.cmp(right)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::template::collection::{List, Style};

    #[test]
    fn values_of_different_kinds_are_equal_by_their_text() {
        let list = |text: &str| Value::List(List::new(vec![text.into()], Style::Plain));
        let cases = [
            (Value::Integer(1), Value::Float(1.0), true),
            (Value::Integer(1), "1".into(), true),
            (Value::Bool(true), "true".into(), true),
            (list("1"), list("1"), true),
            (list("1"), "[1]".into(), true),
            (Value::Null, "null".into(), false),
        ];
        for (left, right, expected) in cases {
            let found = equal(&left, &right, &mut Budget::new()).unwrap();
            assert_eq!(found, expected, "{left} {right}");
        }
    }
}
