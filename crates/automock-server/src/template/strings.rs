//! Methods of texts, named as in Java. Positions count characters.

use std::sync::Arc;

use super::budget::Budget;
use super::collection::{List, Style};
use super::error::RenderError;
use super::methods::{index_or_minus_one, strings_getter};
use super::patterns;
use super::value::{Value, count};

/// Calls a method of a text.
pub(super) fn call(
    text: &Arc<str>,
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Value, RenderError> {
    budget.spend(text.len())?;
    match arguments {
        [] => Ok(without_arguments(text, name)),
        [only] => with_one(text, name, only, budget),
        [first, second] => with_two(text, name, first, second, budget),
        _ => Ok(Value::Null),
    }
}

fn without_arguments(text: &Arc<str>, name: &str) -> Value {
    match name {
        "length" => count(text.chars().count()),
        "isEmpty" => text.is_empty().into(),
        "isBlank" => text.trim().is_empty().into(),
        "toUpperCase" => text.to_uppercase().into(),
        "toLowerCase" => text.to_lowercase().into(),
        "trim" | "strip" => text.trim().into(),
        _ => strings_getter(&Value::Text(Arc::clone(text)), name, &[]),
    }
}

fn with_one(
    text: &Arc<str>,
    name: &str,
    argument: &Value,
    budget: &mut Budget,
) -> Result<Value, RenderError> {
    let other = budget.text(argument)?;
    Ok(match name {
        "contains" => text.contains(&other).into(),
        "startsWith" => text.starts_with(&other).into(),
        "endsWith" => text.ends_with(&other).into(),
        "equalsIgnoreCase" => (text.to_lowercase() == other.to_lowercase()).into(),
        "compareTo" => Value::Integer((**text).cmp(&*other) as i64),
        "concat" => concat(text, &other, budget)?.into(),
        "indexOf" => place(text, text.find(&other)),
        "lastIndexOf" => place(text, text.rfind(&other)),
        "substring" => part(text, argument.to_index(), None),
        "charAt" => {
            let end = argument.to_index().and_then(|start| start.checked_add(1));
            part(text, argument.to_index(), end)
        }
        "matches" => patterns::matches(text, &other, budget)?.into(),
        "split" => list(patterns::split(text, &other, 0, budget)?),
        _ => Value::Null,
    })
}

fn with_two(
    text: &Arc<str>,
    name: &str,
    first: &Value,
    second: &Value,
    budget: &mut Budget,
) -> Result<Value, RenderError> {
    if name == "substring" {
        let end = second.to_index();
        return Ok(end.map_or(Value::Null, |end| part(text, first.to_index(), Some(end))));
    }
    let (wanted, other) = (budget.text(first)?, budget.text(second)?);
    Ok(match name {
        "replace" => replace(text, &wanted, &other, budget)?.into(),
        "replaceAll" => patterns::replace(text, &wanted, &other, usize::MAX, budget)?.into(),
        "replaceFirst" => patterns::replace(text, &wanted, &other, 1, budget)?.into(),
        "indexOf" => place_from(text, &wanted, second),
        "split" => {
            let limit = second.to_index().unwrap_or(0);
            list(patterns::split(text, &wanted, limit, budget)?)
        }
        _ => Value::Null,
    })
}

fn concat(text: &str, other: &str, budget: &mut Budget) -> Result<String, RenderError> {
    let mut joined = String::new();
    budget.push(&mut joined, text)?;
    budget.push(&mut joined, other)?;
    Ok(joined)
}

fn replace(
    text: &str,
    wanted: &str,
    other: &str,
    budget: &mut Budget,
) -> Result<String, RenderError> {
    let mut replaced = String::new();
    let mut rest = 0;
    for (at, found) in text.match_indices(wanted) {
        budget.push(&mut replaced, &text[rest..at])?;
        budget.push(&mut replaced, other)?;
        rest = at + found.len();
    }
    budget.push(&mut replaced, &text[rest..])?;
    Ok(replaced)
}

/// A byte's position in characters.
fn place(text: &str, byte: Option<usize>) -> Value {
    index_or_minus_one(byte.map(|byte| text[..byte].chars().count()))
}

fn place_from(text: &str, wanted: &str, from: &Value) -> Value {
    let from = byte_of(text, from.to_index().unwrap_or(0)).unwrap_or(text.len());
    place(text, text[from..].find(wanted).map(|byte| byte + from))
}

/// The characters from one position up to, not including, another. Nothing if there are none such.
fn part(text: &str, start: Option<usize>, end: Option<usize>) -> Value {
    let bounds = || {
        let start = byte_of(text, start?)?;
        let end = end.map_or(Some(text.len()), |end| byte_of(text, end))?;
        text.get(start..end)
    };
    bounds().map_or(Value::Null, Value::from)
}

fn byte_of(text: &str, position: usize) -> Option<usize> {
    let mut places = text.char_indices().map(|(byte, _)| byte);
    let beyond = std::iter::once(text.len());
    places.by_ref().chain(beyond).nth(position)
}

fn list(parts: Vec<String>) -> Value {
    let items = parts.into_iter().map(Value::from);
    Value::List(List::new(items.collect(), Style::Plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, name: &str, arguments: &[Value], expected: &str) {
        let answer = call(&text.into(), name, arguments, &mut Budget::new()).unwrap();
        assert_eq!(answer.to_string(), expected, "{name}");
    }

    #[test]
    fn texts_have_methods() {
        let number = Value::Integer;
        check("äbc", "length", &[], "3");
        check(" x ", "trim", &[], "x");
        check("äbc", "toUpperCase", &[], "ÄBC");
        check("äbc", "substring", &[number(1)], "bc");
        check("äbc", "substring", &[number(0), number(2)], "äb");
        check("äbc", "substring", &[number(3)], "");
        check("äbc", "substring", &[number(4)], "null");
        check("äbc", "substring", &[number(2), number(1)], "null");
        check("äbc", "indexOf", &["c".into()], "2");
        check("abca", "indexOf", &["a".into(), number(1)], "3");
        check("abca", "lastIndexOf", &["a".into()], "3");
        check("abc", "indexOf", &["z".into()], "-1");
        check("abc", "charAt", &[number(1)], "b");
        check("a.b.c", "replace", &[".".into(), "-".into()], "a-b-c");
        check("ab", "replace", &["".into(), "-".into()], "-a-b-");
        check("abc", "contains", &["b".into()], "true");
        check("Abc", "equalsIgnoreCase", &["aBC".into()], "true");
        check("a", "concat", &["b".into()], "ab");
        check("a", "unknown", &[], "null");
        check("abc", "empty", &[], "null");
    }

    #[test]
    fn texts_stay_within_the_budget() {
        let mut budget = Budget::new();
        let long = "a".repeat(1 << 20);
        let arguments = ["a".into(), long.as_str().into()];
        let error = call(&long.as_str().into(), "replace", &arguments, &mut budget);
        assert!(matches!(error, Err(RenderError::TooLarge { .. })));
    }
}
