//! Operators between two values.

use std::cmp::Ordering;

use crate::template::budget::Budget;
use crate::template::compare::{compare, equal};
use crate::template::error::RenderError;
use crate::template::value::{Value, to_float};

use super::ast::Operator;

/// Applies an operator. Values that it does not fit give nothing, or false.
pub(super) fn apply(
    operator: Operator,
    left: &Value,
    right: &Value,
    budget: &mut Budget,
) -> Result<Value, RenderError> {
    let mut ordered = |wanted: fn(Ordering) -> bool| {
        budget.spend(left.weight().min(right.weight()))?;
        Ok(compare(left, right).is_some_and(wanted).into())
    };
    match operator {
        Operator::Equal => equal(left, right, budget).map(Value::Bool),
        Operator::Unequal => equal(left, right, budget).map(|equal| Value::Bool(!equal)),
        Operator::Less => ordered(Ordering::is_lt),
        Operator::LessOrEqual => ordered(Ordering::is_le),
        Operator::Greater => ordered(Ordering::is_gt),
        Operator::GreaterOrEqual => ordered(Ordering::is_ge),
        Operator::Add => add(left, right, budget),
        Operator::Subtract => Ok(compute(left, right, i64::checked_sub, |a, b| a - b)),
        Operator::Multiply => Ok(compute(left, right, i64::checked_mul, |a, b| a * b)),
        Operator::Divide => Ok(divide(left, right, i64::checked_div, |a, b| a / b)),
        Operator::Remainder => Ok(divide(left, right, i64::checked_rem, |a, b| a % b)),
    }
}

/// Adds numbers, and joins texts with anything.
pub(super) fn add(left: &Value, right: &Value, budget: &mut Budget) -> Result<Value, RenderError> {
    if left.as_text().is_none() && right.as_text().is_none() {
        return Ok(compute(left, right, i64::checked_add, |a, b| a + b));
    }
    let mut joined = budget.text(left)?;
    let right = budget.text(right)?;
    budget.push(&mut joined, &right)?;
    Ok(joined.into())
}

/// A number with the other sign.
pub(super) fn negate(value: &Value) -> Value {
    compute(&Value::Integer(0), value, i64::checked_sub, |_, number| {
        -number
    })
}

/// Whole numbers stay whole as long as they fit.
fn compute(
    left: &Value,
    right: &Value,
    whole: fn(i64, i64) -> Option<i64>,
    float: fn(f64, f64) -> f64,
) -> Value {
    if let (Value::Integer(left), Value::Integer(right)) = (left, right)
        && let Some(answer) = whole(*left, *right)
    {
        return Value::Integer(answer);
    }
    let numbers = number(left).zip(number(right));
    numbers.map_or(Value::Null, |(left, right)| {
        Value::Float(float(left, right))
    })
}

/// Nothing is divided by zero.
fn divide(
    left: &Value,
    right: &Value,
    whole: fn(i64, i64) -> Option<i64>,
    float: fn(f64, f64) -> f64,
) -> Value {
    match right {
        Value::Integer(0) => Value::Null,
        _ => compute(left, right, whole, float),
    }
}

fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Integer(number) => Some(to_float(*number)),
        Value::Float(number) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operators_follow_velocity() {
        let (two, seven, half) = (Value::Integer(2), Value::Integer(7), Value::Float(0.5));
        let text: Value = "a".into();
        let largest = Value::Integer(i64::MAX);
        let cases = [
            (Operator::Divide, &seven, &two, "3"),
            (Operator::Remainder, &seven, &two, "1"),
            (Operator::Divide, &seven, &half, "14.0"),
            (Operator::Divide, &seven, &Value::Integer(0), "null"),
            (Operator::Multiply, &largest, &two, "1.8446744073709552E19"),
            (Operator::Add, &text, &two, "a2"),
            (Operator::Subtract, &text, &two, "null"),
            (Operator::Less, &two, &half, "false"),
            (Operator::Less, &text, &two, "false"),
            (Operator::GreaterOrEqual, &two, &two, "true"),
            (Operator::Unequal, &two, &"2".into(), "false"),
        ];
        for (operator, left, right, expected) in cases {
            let answer = apply(operator, left, right, &mut Budget::new()).unwrap();
            assert_eq!(answer.to_string(), expected, "{left} {operator:?} {right}");
        }
        assert_eq!(negate(&half), Value::Float(-0.5));
        assert_eq!(negate(&text), Value::Null);
    }
}
