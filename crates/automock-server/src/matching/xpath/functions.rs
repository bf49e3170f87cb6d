//! The functions of `XPath` that are known.

use super::evaluate::Context;
use super::expression::Function;
use super::value::{Item, Value};

/// A number of things.
pub(crate) fn count(number: usize) -> Value<'static> {
    Value::Number(u32::try_from(number).map_or(f64::INFINITY, f64::from))
}

/// Calls a function; the parser has counted the arguments.
pub(crate) fn call<'d>(
    function: Function,
    arguments: &[Value<'d>],
    context: &Context<'d, '_>,
) -> Value<'d> {
    let this = Value::Nodes(vec![context.item]);
    let first = arguments.first().unwrap_or(&this);
    let text = |at: usize| arguments.get(at).map(Value::text).unwrap_or_default();
    match function {
        Function::Not => Value::Bool(!first.truth()),
        Function::True => Value::Bool(true),
        Function::False => Value::Bool(false),
        Function::Boolean => Value::Bool(first.truth()),
        Function::Number => Value::Number(first.number()),
        Function::String => Value::Text(first.text()),
        Function::Concat => Value::Text(arguments.iter().map(Value::text).collect()),
        Function::Contains => Value::Bool(text(0).contains(&text(1))),
        Function::StartsWith => Value::Bool(text(0).starts_with(&text(1))),
        Function::Substring => Value::Text(substring(&text(0), arguments)),
        Function::SubstringBefore => Value::Text(
            text(0)
                .split_once(&text(1))
                .map(|(before, _)| before.to_owned())
                .unwrap_or_default(),
        ),
        Function::SubstringAfter => Value::Text(
            text(0)
                .split_once(&text(1))
                .map(|(_, after)| after.to_owned())
                .unwrap_or_default(),
        ),
        Function::StringLength => count(first.text().chars().count()),
        Function::NormalizeSpace => Value::Text(
            first
                .text()
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
        ),
        Function::Translate => Value::Text(translate(&text(0), &text(1), &text(2))),
        Function::Count => count(items(first).len()),
        Function::Sum => Value::Number(
            items(first)
                .iter()
                .map(|item| Value::Text(item.text()).number())
                .sum(),
        ),
        Function::Position => count(context.position),
        Function::Last => count(context.last),
        Function::LocalName => of_first(first, |item| item.local_name().to_owned()),
        Function::Name => of_first(first, Item::name),
        Function::NamespaceUri => of_first(first, |item| {
            item.namespace().unwrap_or_default().to_owned()
        }),
        Function::Floor => Value::Number(first.number().floor()),
        Function::Ceiling => Value::Number(first.number().ceil()),
        Function::Round => Value::Number((first.number() + 0.5).floor()),
    }
}

fn items<'v, 'd>(value: &'v Value<'d>) -> &'v [Item<'d>] {
    match value {
        Value::Nodes(items) => items,
        _ => &[],
    }
}

fn of_first<'d>(value: &Value<'d>, text: impl FnOnce(&Item<'d>) -> String) -> Value<'d> {
    Value::Text(items(value).first().map(text).unwrap_or_default())
}

/// Letters from a place on, counted from 1, and so many of them.
fn substring(text: &str, arguments: &[Value<'_>]) -> String {
    let rounded = |at: usize| {
        arguments
            .get(at)
            .map(|value| (value.number() + 0.5).floor())
    };
    let start = rounded(1).unwrap_or(f64::NAN);
    let end = rounded(2).map_or(f64::INFINITY, |length| start + length);
    let places = (1..=u32::MAX).map(f64::from);
    let letters = text.chars().zip(places);
    letters
        .filter(|(_, at)| *at >= start && *at < end)
        .map(|(letter, _)| letter)
        .collect()
}

/// Replaces letter by letter; those without a counterpart go.
fn translate(text: &str, from: &str, to: &str) -> String {
    let replaced =
        text.chars().filter_map(
            |letter| match from.chars().position(|found| found == letter) {
                Some(at) => to.chars().nth(at),
                None => Some(letter),
            },
        );
    replaced.collect()
}
