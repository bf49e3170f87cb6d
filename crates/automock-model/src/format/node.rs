//! A value of the file: checked for its kind, with its problems reported at its place.

use std::cell::RefCell;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::spec::{DurationRule, Table};
use crate::duration::{DurationError, format_seconds, parse_seconds};
use crate::problem::Places;
use crate::suggest::{did_you_mean, one_of};
use crate::{Problem, Ttl};

/// What is wrong with a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) reason: String,
    pub(crate) suggestion: Option<String>,
}

impl Fault {
    pub(crate) fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            suggestion: None,
        }
    }

    pub(crate) fn hint(mut self, suggestion: impl Into<Option<String>>) -> Self {
        self.suggestion = suggestion.into();
        self
    }
}

/// The file's text and the problems found in it so far.
pub(crate) struct Sink<'t> {
    pub(super) places: Places<'t>,
    pub(super) root: &'static Table,
    problems: RefCell<Vec<Problem>>,
    #[cfg(test)]
    pub(crate) read: RefCell<std::collections::BTreeSet<String>>,
}

impl<'t> Sink<'t> {
    pub(crate) fn new(text: &'t str, root: &'static Table) -> Self {
        Self {
            places: Places::new(text),
            root,
            problems: RefCell::default(),
            #[cfg(test)]
            read: RefCell::default(),
        }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    pub(super) fn push(&self, problem: Problem) {
        self.problems.borrow_mut().push(problem);
    }
}

/// A value of the file with its path.
pub(crate) struct Node<'a> {
    sink: &'a Sink<'a>,
    path: String,
    value: &'a Spanned<DeValue<'a>>,
}

impl<'a> Node<'a> {
    pub(super) fn new(sink: &'a Sink<'a>, path: String, value: &'a Spanned<DeValue<'a>>) -> Self {
        Self { sink, path, value }
    }

    /// Reports what is wrong with the value.
    pub(crate) fn report(&self, fault: Fault) {
        let span = self.value.span();
        let written = self
            .sink
            .places
            .text()
            .get(span.clone())
            .unwrap_or_default();
        let mut problem = Problem::new(&self.path, fault.reason)
            .with_value(&one_line(written))
            .placed(&self.sink.places, span.start);
        problem.suggestion = fault.suggestion;
        self.sink.push(problem);
    }

    fn fail<T>(&self, fault: Fault) -> Option<T> {
        self.report(fault);
        None
    }

    pub(super) fn sink(&self) -> &'a Sink<'a> {
        self.sink
    }

    /// The path of this value in the file.
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    pub(crate) fn text(&self) -> Option<&'a str> {
        match self.value.as_ref() {
            DeValue::String(text) => Some(text),
            other => {
                let is_scalar = !matches!(other, DeValue::Array(_) | DeValue::Table(_));
                let hint = is_scalar.then(|| "put it in quotes".to_owned());
                self.fail(Fault::new(format!("is {}, not a string", type_name(other))).hint(hint))
            }
        }
    }

    pub(super) fn parse<T>(&self, parse: impl Fn(&str) -> Result<T, Fault>) -> Option<T> {
        parse(self.text()?).map_err(|fault| self.report(fault)).ok()
    }

    pub(super) fn bool(&self) -> Option<bool> {
        match self.value.as_ref() {
            DeValue::Boolean(value) => Some(*value),
            DeValue::String(text) if matches!(text.as_ref(), "true" | "false") => self.fail(
                Fault::new("is a string, not a boolean")
                    .hint(format!("write {text} without quotes")),
            ),
            other => self.fail(Fault::new(format!(
                "is {}, not a boolean",
                type_name(other)
            ))),
        }
    }

    pub(super) fn integer(&self, min: u32, max: u32) -> Option<u32> {
        let DeValue::Integer(written) = self.value.as_ref() else {
            return self.fail(self.not_an_integer());
        };
        // More than 64 bits are out of any bounds as well.
        let value = i64::from_str_radix(written.as_str(), written.radix()).ok();
        match value.and_then(|value| u32::try_from(value).ok()) {
            Some(value) if (min..=max).contains(&value) => Some(value),
            _ => self.fail(Fault::new(format!("is not between {min} and {max}"))),
        }
    }

    fn not_an_integer(&self) -> Fault {
        let value = self.value.as_ref();
        let fault = Fault::new(format!("is {}, not an integer", type_name(value)));
        match value {
            DeValue::String(text) if text.trim().parse::<i64>().is_ok() => {
                fault.hint(format!("write {} without quotes", text.trim()))
            }
            _ => fault,
        }
    }

    pub(super) fn integer_choice(&self, choices: &[u32]) -> Option<u32> {
        let value = self.integer(0, u32::MAX)?;
        if choices.contains(&value) {
            return Some(value);
        }
        let nearest = choices.iter().min_by_key(|choice| choice.abs_diff(value));
        self.fail(
            Fault::new(format!("is not one of {}", one_of(choices)))
                .hint(nearest.map(|nearest| format!("the nearest is {nearest}"))),
        )
    }

    pub(super) fn choice(&self, choices: &'static [&'static str]) -> Option<&'static str> {
        self.parse(|text| {
            let known = choices.iter().find(|choice| **choice == text);
            known.copied().ok_or_else(|| {
                let words = choices.iter().map(|choice| format!("{choice:?}"));
                Fault::new(format!("is not {}", one_of(words)))
                    .hint(did_you_mean(text, choices.iter().copied()))
            })
        })
    }

    pub(super) fn ttl(&self, rule: DurationRule) -> Option<Ttl> {
        if let DeValue::Integer(number) = self.value.as_ref() {
            return self.fail(
                Fault::new("has no unit")
                    .hint(format!("write a duration such as \"{}m\"", number.as_str())),
            );
        }
        self.parse(|text| parse_ttl(text, rule))
    }

    pub(super) fn array(&self, min: usize, max: usize) -> Option<Vec<Node<'a>>> {
        let DeValue::Array(items) = self.value.as_ref() else {
            let fault = Fault::new(format!(
                "is {}, not an array",
                type_name(self.value.as_ref())
            ));
            return self.fail(fault.hint("put it in brackets: [ … ]".to_owned()));
        };
        if items.len() < min {
            return self.fail(Fault::new(format!(
                "has {}; at least {min} {} needed",
                count(items.len(), "entry", "entries"),
                if min == 1 { "is" } else { "are" }
            )));
        }
        if items.len() > max {
            return self.fail(Fault::new(format!(
                "has {} entries; at most {max} are possible",
                items.len()
            )));
        }
        let node = |(index, value)| Self::new(self.sink, format!("{}[{index}]", self.path), value);
        Some(items.iter().enumerate().map(node).collect())
    }

    pub(super) fn table(&self) -> Option<&'a DeTable<'a>> {
        match self.value.as_ref() {
            DeValue::Table(table) => Some(table),
            other => self.fail(Fault::new(format!("is {}, not a table", type_name(other)))),
        }
    }

    /// Where the value starts in the file.
    pub(super) fn start(&self) -> usize {
        self.value.span().start
    }
}

/// Reads a duration or, where that is possible, `none`.
pub(super) fn parse_ttl(text: &str, rule: DurationRule) -> Result<Ttl, Fault> {
    if rule.none && text == "none" {
        return Ok(Ttl::NONE);
    }
    let endless = rule.none.then(|| "\"none\" means without end".to_owned());
    let seconds = parse_seconds(text).map_err(|error| {
        let fault = Fault::new(error.to_string());
        fault.hint(endless.clone().filter(|_| error == DurationError::NoDigits))
    })?;
    if seconds < rule.min_seconds || seconds > rule.max_seconds {
        let (min, max) = (rule.min_seconds, rule.max_seconds);
        let bounds = format!(
            "is not between {} and {}",
            format_seconds(min),
            format_seconds(max)
        );
        return Err(Fault::new(bounds).hint(endless.filter(|_| seconds > max)));
    }
    if rule.whole_minutes && seconds % 60 != 0 {
        return Err(Fault::new("is not a number of whole minutes"));
    }
    Ok(Ttl::from_seconds(seconds))
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "an integer",
        DeValue::Float(_) => "a float",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}

fn count(number: usize, one: &str, many: &str) -> String {
    match number {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        _ => format!("{number} {many}"),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
