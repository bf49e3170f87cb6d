//! Properties and methods of values, named as in Java.

use super::budget::Budget;
use super::collection::{List, Map, Style};
use super::compare::{compare, equal};
use super::error::RenderError;
use super::strings;
use super::value::{Value, count, to_float};

/// All methods that there are. A template that calls another one is refused.
const METHODS: &[&str] = &[
    "add",
    "addAll",
    "attr",
    "charAt",
    "clear",
    "compareTo",
    "concat",
    "contains",
    "containsKey",
    "containsValue",
    "doubleValue",
    "endsWith",
    "entrySet",
    "equals",
    "equalsIgnoreCase",
    "find",
    "get",
    "getOrDefault",
    "indexOf",
    "intValue",
    "isBlank",
    "isEmpty",
    "keySet",
    "lastIndexOf",
    "length",
    "longValue",
    "matches",
    "parseDouble",
    "parseInt",
    "parseLong",
    "put",
    "putAll",
    "remove",
    "replace",
    "replaceAll",
    "replaceFirst",
    "set",
    "size",
    "split",
    "startsWith",
    "strip",
    "subList",
    "substring",
    "toLowerCase",
    "toString",
    "toUpperCase",
    "trim",
    "valueOf",
    "values",
];

/// Whether there may be such a method: one of the list, or `getName()` for a property.
pub(super) fn is_known(name: &str, arguments: usize) -> bool {
    METHODS.contains(&name) || (arguments == 0 && getter(name).is_some())
}

/// The property that `getName` stands for.
fn getter(name: &str) -> Option<String> {
    let rest = name.strip_prefix("get")?;
    let first = rest.chars().next().filter(char::is_ascii_uppercase)?;
    Some(format!("{}{}", first.to_ascii_lowercase(), &rest[1..]))
}

/// The property of a value, or nothing.
pub(super) fn property(value: &Value, name: &str) -> Value {
    match value {
        Value::Map(map) => match map.get(name) {
            Some(found) => found.clone(),
            None if name == "empty" => map.entries().is_empty().into(),
            None => Value::Null,
        },
        Value::List(list) if name == "empty" => list.items().is_empty().into(),
        Value::Text(text) if name == "empty" => text.is_empty().into(),
        Value::Xml(selection) => selection.property(name),
        _ => Value::Null,
    }
}

/// An item by its index or a value by its name, or nothing.
pub(super) fn item(value: &Value, key: &Value) -> Value {
    let found = match value {
        Value::List(list) => position(key, list.items().len()).and_then(|at| list.items().get(at)),
        Value::Map(map) => map.get(&key.to_string()),
        _ => None,
    };
    found.cloned().unwrap_or(Value::Null)
}

/// The index of an item; negative ones count from the end.
pub(super) fn position(key: &Value, length: usize) -> Option<usize> {
    let index = key.to_integer()?;
    if index < 0 {
        let back = usize::try_from(index.unsigned_abs()).ok()?;
        return length.checked_sub(back);
    }
    index.try_into().ok()
}

/// Calls a method. A value that has no such method gives nothing, as in Velocity.
pub(super) fn call(
    value: &Value,
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Value, RenderError> {
    match (value, name, arguments) {
        (Value::Null, _, _) => Ok(Value::Null),
        (_, "toString", []) => Ok(budget.text(value)?.into()),
        (_, "equals", [other]) => equal(value, other, budget).map(Value::Bool),
        (Value::Text(text), _, _) => strings::call(text, name, arguments, budget),
        (Value::List(list), _, _) => call_list(list, name, arguments, budget),
        (Value::Map(map), _, _) => call_map(map, name, arguments, budget),
        (Value::Integer(number), _, _) => call_number(to_float(*number), value, name, arguments),
        (Value::Float(number), _, _) => call_number(*number, value, name, arguments),
        (Value::Xml(selection), _, _) => selection.call(name, arguments, budget),
        (Value::Bool(_), _, _) => Ok(Value::Null),
    }
}

fn call_list(
    list: &List,
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Value, RenderError> {
    let items = list.items();
    Ok(match (name, arguments) {
        ("size", []) => count(items.len()),
        ("isEmpty", []) => items.is_empty().into(),
        ("get", [index]) => item(&Value::List(list.clone()), index),
        ("contains", [wanted]) => find(items, wanted, budget)?.is_some().into(),
        ("indexOf", [wanted]) => index_or_minus_one(find(items, wanted, budget)?),
        ("subList", [start, end]) => {
            budget.spend(items.len())?;
            let range = start.to_index().zip(end.to_index());
            let part = range.and_then(|(start, end)| items.get(start..end));
            part.map_or(Value::Null, |part| {
                Value::List(List::new(part.to_vec(), list.style()))
            })
        }
        ("toString" | "values", _) => Value::Null,
        _ => strings_getter(&Value::List(list.clone()), name, arguments),
    })
}

/// An index as Java gives it.
pub(super) fn index_or_minus_one(index: Option<usize>) -> Value {
    index.map_or(Value::Integer(-1), count)
}

fn find(
    items: &[Value],
    wanted: &Value,
    budget: &mut Budget,
) -> Result<Option<usize>, RenderError> {
    for (index, item) in items.iter().enumerate() {
        if equal(item, wanted, budget)? {
            return Ok(Some(index));
        }
    }
    Ok(None)
}

fn call_map(
    map: &Map,
    name: &str,
    arguments: &[Value],
    budget: &mut Budget,
) -> Result<Value, RenderError> {
    Ok(match (name, arguments) {
        ("get", [key]) => map.get(&budget.text(key)?).cloned().unwrap_or(Value::Null),
        ("getOrDefault", [key, other]) => map.get(&budget.text(key)?).unwrap_or(other).clone(),
        ("containsKey", [key]) => map.get(&budget.text(key)?).is_some().into(),
        ("containsValue", [wanted]) => {
            let values: Vec<_> = values(map, budget)?;
            find(&values, wanted, budget)?.is_some().into()
        }
        ("size", []) => count(map.entries().len()),
        ("isEmpty", []) => map.entries().is_empty().into(),
        ("keySet" | "values" | "entrySet", []) => view(map, name, budget)?.unwrap_or(Value::Null),
        _ => strings_getter(&Value::Map(map.clone()), name, arguments),
    })
}

/// The keys, the values or the entries of a map, by the name that Java has for them.
pub(super) fn view(
    map: &Map,
    name: &str,
    budget: &mut Budget,
) -> Result<Option<Value>, RenderError> {
    budget.spend(map.entries().len().saturating_mul(50))?;
    let entries = map.entries().iter();
    let items: Vec<Value> = match name {
        "keySet" => entries.map(|(name, _)| Value::Text(name.clone())).collect(),
        "values" => values(map, budget)?,
        "entrySet" => entries.map(|(name, value)| entry(name, value)).collect(),
        _ => return Ok(None),
    };
    Ok(Some(Value::List(List::new(items, Style::Plain))))
}

fn values(map: &Map, budget: &mut Budget) -> Result<Vec<Value>, RenderError> {
    budget.spend(map.entries().len())?;
    Ok(map
        .entries()
        .iter()
        .map(|(_, value)| value.clone())
        .collect())
}

fn entry(name: &std::sync::Arc<str>, value: &Value) -> Value {
    let members = [
        ("key".into(), Value::Text(name.clone())),
        ("value".into(), value.clone()),
    ];
    Value::Map(Map::new(members, Style::Plain))
}

/// `getName()` is the property `name`.
pub(super) fn strings_getter(value: &Value, name: &str, arguments: &[Value]) -> Value {
    match getter(name) {
        Some(name) if arguments.is_empty() => property(value, &name),
        _ => Value::Null,
    }
}

/// Methods of numbers; those that parse are found there because templates write
/// `#set($Integer = 0)` to reach them.
fn call_number(
    number: f64,
    value: &Value,
    name: &str,
    arguments: &[Value],
) -> Result<Value, RenderError> {
    Ok(match (name, arguments) {
        ("intValue" | "longValue", []) => value.to_integer().map_or(Value::Null, Value::Integer),
        ("doubleValue", []) => Value::Float(number),
        ("compareTo", [other]) => {
            compare(value, other).map_or(Value::Null, |order| Value::Integer(order as i64))
        }
        ("parseInt" | "parseLong", [text]) => return parse(text, "a whole number"),
        ("valueOf", [text]) if matches!(value, Value::Integer(_)) => {
            return parse(text, "a whole number");
        }
        ("parseDouble" | "valueOf", [text]) => return parse(text, "a number"),
        _ => Value::Null,
    })
}

fn parse(value: &Value, wanted: &str) -> Result<Value, RenderError> {
    let text = value.to_string();
    let number = if wanted == "a number" {
        text.trim().parse().ok().map(Value::Float)
    } else {
        text.parse().ok().map(Value::Integer)
    };
    let shown: String = text.chars().take(40).collect();
    number.ok_or_else(|| RenderError::unsupported(format!("`{shown}` is not {wanted}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &Value, name: &str, arguments: &[Value], expected: &str) {
        let answer = call(value, name, arguments, &mut Budget::new()).unwrap();
        assert_eq!(answer.to_string(), expected, "{name}");
    }

    #[test]
    fn lists_have_methods() {
        let list = Value::List(List::new(vec!["a".into(), Value::Integer(2)], Style::Plain));
        check(&list, "size", &[], "2");
        check(&list, "get", &[Value::Integer(1)], "2");
        check(&list, "get", &[Value::Integer(-1)], "2");
        check(&list, "get", &[Value::Integer(9)], "null");
        check(&list, "contains", &["2".into()], "true");
        check(&list, "indexOf", &["z".into()], "-1");
        check(
            &list,
            "subList",
            &[Value::Integer(0), Value::Integer(1)],
            "[a]",
        );
        check(
            &list,
            "subList",
            &[Value::Integer(1), Value::Integer(0)],
            "null",
        );
        check(&list, "equals", std::slice::from_ref(&list), "true");
    }

    #[test]
    fn maps_have_methods() {
        let entries = [("a".into(), Value::Integer(1)), ("b".into(), Value::Null)];
        let map = Value::Map(Map::new(entries, Style::Plain));
        check(&map, "keySet", &[], "[a, b]");
        check(&map, "values", &[], "[1, null]");
        check(
            &map,
            "entrySet",
            &[],
            "[{key=a, value=1}, {key=b, value=null}]",
        );
        check(&map, "containsKey", &["b".into()], "true");
        check(&map, "containsValue", &[Value::Integer(1)], "true");
        check(&map, "getOrDefault", &["z".into(), "x".into()], "x");
        check(&map, "getA", &[], "1");
    }

    #[test]
    fn numbers_have_methods() {
        check(&Value::Integer(0), "parseInt", &["42".into()], "42");
        check(&Value::Float(2.7), "intValue", &[], "2");
        check(&Value::Integer(3), "compareTo", &[Value::Float(3.5)], "-1");
        let arguments = ["x".into()];
        let error = call(
            &Value::Integer(0),
            "parseInt",
            &arguments,
            &mut Budget::new(),
        );
        assert_eq!(error.unwrap_err().to_string(), "`x` is not a whole number");
    }
}
