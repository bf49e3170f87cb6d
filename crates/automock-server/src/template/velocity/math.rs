//! The tool `$math`.

use crate::template::globals::Globals;
use crate::template::value::{Value, to_float, truncate};

/// Its functions.
pub(super) const FUNCTIONS: &[&str] = &[
    "abs",
    "add",
    "average",
    "ceil",
    "div",
    "floor",
    "getAverage",
    "getTotal",
    "idiv",
    "max",
    "min",
    "mod",
    "mul",
    "pow",
    "random",
    "round",
    "roundTo",
    "roundToInt",
    "sub",
    "toDouble",
    "toInteger",
    "toNumber",
    "total",
];

/// A number, and whether it was written as a whole one.
#[derive(Clone, Copy)]
struct Number {
    value: f64,
    is_whole: bool,
}

/// Calls a function. Arguments that are no numbers give nothing.
pub(super) fn call(name: &str, arguments: &[Value], globals: &mut Globals<'_>) -> Value {
    let flat: Vec<&Value> = arguments.iter().flat_map(items).collect();
    let Some(numbers) = flat.into_iter().map(number).collect::<Option<Vec<_>>>() else {
        return Value::Null;
    };
    let is_whole = numbers.iter().all(|number| number.is_whole);
    let values: Vec<f64> = numbers.iter().map(|number| number.value).collect();
    if let Some(value) = combined(name, &values) {
        return best(value, is_whole);
    }
    match (name, values.as_slice()) {
        ("random", []) => Value::Float(globals.fraction()),
        ("random", [start, end]) => {
            let value = start + globals.fraction() * (end - start);
            best(if is_whole { value.floor() } else { value }, is_whole)
        }
        _ => rounded(name, &values),
    }
}

fn items(value: &Value) -> &[Value] {
    match value {
        Value::List(list) => list.items(),
        single => std::slice::from_ref(single),
    }
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Integer(number) => Some(Number {
            value: to_float(*number),
            is_whole: true,
        }),
        Value::Float(number) => Some(Number {
            value: *number,
            is_whole: false,
        }),
        Value::Text(text) => {
            let value = text.trim().parse().ok()?;
            let is_whole = !text.contains('.');
            Some(Number { value, is_whole })
        }
        _ => None,
    }
}

/// A whole number if the arguments are such and the answer is.
fn best(value: f64, is_whole: bool) -> Value {
    if is_whole && value.fract() == 0.0 {
        return Value::Integer(truncate(value));
    }
    Value::Float(value)
}

/// Functions that make one number of all.
fn combined(name: &str, values: &[f64]) -> Option<f64> {
    let (first, rest) = values.split_first()?;
    let total = || values.iter().sum::<f64>();
    let from_first = |action: fn(f64, f64) -> f64| rest.iter().fold(*first, |a, b| action(a, *b));
    Some(match (name, rest) {
        ("add" | "total" | "getTotal", _) => total(),
        ("sub", _) => from_first(|a, b| a - b),
        ("mul", _) => from_first(|a, b| a * b),
        ("div", _) if !rest.contains(&0.0) => from_first(|a, b| a / b),
        ("max", _) => from_first(f64::max),
        ("min", _) => from_first(f64::min),
        ("average" | "getAverage", _) => total() / to_float(i64::try_from(values.len()).ok()?),
        ("abs", []) => first.abs(),
        ("pow", [exponent]) => first.powf(*exponent),
        _ => return None,
    })
}

/// Functions with an answer of one kind.
fn rounded(name: &str, values: &[f64]) -> Value {
    match (name, values) {
        ("ceil", [value]) => Value::Integer(truncate(value.ceil())),
        ("floor", [value]) => Value::Integer(truncate(value.floor())),
        // Java rounds halves up.
        ("round" | "roundToInt", [value]) => Value::Integer(truncate((value + 0.5).floor())),
        ("roundTo", [digits, value]) => {
            let scale = 10_f64.powf(*digits);
            Value::Float((value * scale + 0.5).floor() / scale)
        }
        ("idiv", [left, right]) => whole(truncate(*left).checked_div(truncate(*right))),
        ("mod", [left, right]) => whole(truncate(*left).checked_rem(truncate(*right))),
        ("toInteger", [value]) => Value::Integer(truncate(*value)),
        ("toDouble", [value]) => Value::Float(*value),
        ("toNumber", [value]) => best(*value, true),
        _ => Value::Null,
    }
}

fn whole(number: Option<i64>) -> Value {
    number.map_or(Value::Null, Value::Integer)
}
