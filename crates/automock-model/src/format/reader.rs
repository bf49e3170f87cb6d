//! Reads a TOML table by its description and collects every problem on the way.
//!
//! The convention of all reading functions: `None` means that a problem was reported. Reading goes
//! on after a problem, so that a file's problems come out together.

use std::cell::RefCell;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::spec::{DurationRule, Field, Kind, Literal, Table};
use crate::duration::{DurationError, format_seconds, parse_seconds};
use crate::suggest::{closest, did_you_mean, one_of};
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
    text: &'t str,
    root: &'static Table,
    problems: RefCell<Vec<Problem>>,
    #[cfg(test)]
    pub(crate) read: RefCell<std::collections::BTreeSet<String>>,
}

impl<'t> Sink<'t> {
    pub(crate) fn new(text: &'t str, root: &'static Table) -> Self {
        Self {
            text,
            root,
            problems: RefCell::default(),
            #[cfg(test)]
            read: RefCell::default(),
        }
    }

    pub(crate) fn into_problems(self) -> Vec<Problem> {
        self.problems.into_inner()
    }

    fn push(&self, problem: Problem) {
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
    /// Reports what is wrong with the value.
    pub(crate) fn report(&self, fault: Fault) {
        let span = self.value.span();
        let written = self.sink.text.get(span.clone()).unwrap_or_default();
        let mut problem = Problem::new(&self.path, fault.reason)
            .with_value(&one_line(written))
            .at(self.sink.text, span.start);
        problem.suggestion = fault.suggestion;
        self.sink.push(problem);
    }

    fn fail<T>(&self, fault: Fault) -> Option<T> {
        self.report(fault);
        None
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

    fn parse<T>(&self, parse: impl Fn(&str) -> Result<T, Fault>) -> Option<T> {
        parse(self.text()?).map_err(|fault| self.report(fault)).ok()
    }

    fn bool(&self) -> Option<bool> {
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

    fn integer(&self, min: u32, max: u32) -> Option<u32> {
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

    fn integer_choice(&self, choices: &[u32]) -> Option<u32> {
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

    fn choice(&self, choices: &'static [&'static str]) -> Option<&'static str> {
        self.parse(|text| {
            let known = choices.iter().find(|choice| **choice == text);
            known.copied().ok_or_else(|| {
                let words = choices.iter().map(|choice| format!("{choice:?}"));
                Fault::new(format!("is not {}", one_of(words)))
                    .hint(did_you_mean(text, choices.iter().copied()))
            })
        })
    }

    fn ttl(&self, rule: DurationRule) -> Option<Ttl> {
        if let DeValue::Integer(number) = self.value.as_ref() {
            return self.fail(
                Fault::new("has no unit")
                    .hint(format!("write a duration such as \"{}m\"", number.as_str())),
            );
        }
        self.parse(|text| parse_ttl(text, rule))
    }

    fn array(&self, min: usize, max: usize) -> Option<Vec<Node<'a>>> {
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
        let node = |(index, value)| Node {
            sink: self.sink,
            path: format!("{}[{index}]", self.path),
            value,
        };
        Some(items.iter().enumerate().map(node).collect())
    }

    fn reader(&self, spec: &'static Table) -> Option<Reader<'a>> {
        match self.value.as_ref() {
            DeValue::Table(table) => Some(Reader::new(
                spec,
                Some(table),
                self.path.clone(),
                Some(self.value.span().start),
                self.sink,
            )),
            other => self.fail(Fault::new(format!("is {}, not a table", type_name(other)))),
        }
    }
}

/// Reads one table.
pub(crate) struct Reader<'a> {
    spec: &'static Table,
    table: Option<&'a DeTable<'a>>,
    path: String,
    start: Option<usize>,
    sink: &'a Sink<'a>,
}

impl<'a> Reader<'a> {
    /// Reads the top of a file.
    pub(crate) fn root(sink: &'a Sink<'a>, table: &'a DeTable<'a>) -> Self {
        Self::new(sink.root, Some(table), String::new(), None, sink)
    }

    fn new(
        spec: &'static Table,
        table: Option<&'a DeTable<'a>>,
        path: String,
        start: Option<usize>,
        sink: &'a Sink<'a>,
    ) -> Self {
        let reader = Self {
            spec,
            table,
            path,
            start,
            sink,
        };
        reader.refuse_unknown_keys();
        reader
    }

    fn refuse_unknown_keys(&self) {
        for key in self.table.into_iter().flat_map(DeTable::keys) {
            let name: &str = key.get_ref();
            if self.spec.field(name).is_none() {
                let mut problem = Problem::new(self.path_of(name), "is not a known key")
                    .at(self.sink.text, key.span().start);
                problem.suggestion = self.suggest_key(name);
                self.sink.push(problem);
            }
        }
    }

    /// A key that is right in another table is misplaced rather than misspelt.
    fn suggest_key(&self, name: &str) -> Option<String> {
        let home = home_of(self.sink.root, name);
        match (closest(name, self.spec.keys()), home) {
            (Some(near), _) => Some(format!("did you mean {near:?}?")),
            (None, Some("")) => Some(format!(
                "{name:?} belongs at the top of the file, before the first [table]"
            )),
            (None, Some(table)) => Some(format!("{name:?} belongs in [{table}]")),
            (None, None) => {
                let keys: Vec<_> = self.spec.keys().collect();
                (keys.len() <= 8).then(|| format!("the keys here are {}", keys.join(", ")))
            }
        }
    }

    fn path_of(&self, key: &str) -> String {
        let key = quote_key(key);
        if self.path.is_empty() {
            key
        } else {
            format!("{}.{key}", self.path)
        }
    }

    fn field(&self, key: &str) -> &'static Field {
        #[cfg(test)]
        {
            let path = self.path_of(key);
            let without_index =
                path.replace(|c: char| c == '[' || c == ']' || c.is_ascii_digit(), "");
            self.sink.read.borrow_mut().insert(without_index);
        }
        self.spec
            .field(key)
            .expect("only keys of the table's description are read")
    }

    /// The value of a key, if it is written.
    pub(crate) fn node(&self, key: &str) -> Option<Node<'a>> {
        let value = self.table?.get(key)?;
        Some(Node {
            sink: self.sink,
            path: self.path_of(key),
            value,
        })
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.table.is_some_and(|table| table.contains_key(key))
    }

    /// Reports a problem with a key: at its value, or at the table when it is not written.
    pub(crate) fn report(&self, key: &str, fault: Fault) {
        if let Some(node) = self.node(key) {
            node.report(fault);
            return;
        }
        let mut problem = Problem::new(self.path_of(key), fault.reason);
        if let Some(start) = self.start {
            problem = problem.at(self.sink.text, start);
        }
        problem.suggestion = fault.suggestion;
        self.sink.push(problem);
    }

    /// Refuses keys that have no meaning here.
    pub(crate) fn refuse(&self, keys: &[&str], reason: &str) {
        for key in keys {
            if let Some(node) = self.node(key) {
                node.report(Fault::new(reason).hint(Some("remove it".to_owned())));
            }
        }
    }

    /// The key's value, or its default.
    fn source(&self, key: &str) -> Option<Source<'a>> {
        let field = self.field(key);
        if let Some(node) = self.node(key) {
            return Some(Source::Written(node, &field.kind));
        }
        if let Some(literal) = field.default_value() {
            return Some(Source::Default(literal, &field.kind));
        }
        let hint = format!("add {key} = {}", field.example);
        self.report(key, Fault::new("is missing").hint(hint));
        None
    }

    pub(crate) fn integer(&self, key: &str) -> Option<u32> {
        match self.source(key)? {
            Source::Written(
                node,
                Kind::Integer { min, max } | Kind::TablesOrInteger { min, max, .. },
            ) => node.integer(*min, *max),
            Source::Written(node, Kind::IntegerChoice(choices)) => node.integer_choice(choices),
            Source::Default(Literal::Integer(value), _) => Some(value),
            _ => mismatch(key),
        }
    }

    pub(crate) fn bool(&self, key: &str) -> Option<bool> {
        match self.source(key)? {
            Source::Written(node, Kind::Bool) => node.bool(),
            Source::Default(Literal::Bool(value), _) => Some(value),
            _ => mismatch(key),
        }
    }

    pub(crate) fn choice(&self, key: &str) -> Option<&'static str> {
        match self.source(key)? {
            Source::Written(node, Kind::Choice(choices)) => node.choice(choices),
            Source::Default(Literal::Text(value), _) => Some(value),
            _ => mismatch(key),
        }
    }

    pub(crate) fn ttl(&self, key: &str) -> Option<Ttl> {
        match self.source(key)? {
            Source::Written(node, Kind::Duration(rule)) => node.ttl(*rule),
            Source::Default(Literal::Text(text), Kind::Duration(rule)) => {
                Some(parse_ttl(text, *rule).expect("defaults are valid"))
            }
            _ => mismatch(key),
        }
    }

    /// A duration that cannot be `none`.
    pub(crate) fn seconds(&self, key: &str) -> Option<u64> {
        self.ttl(key)?.seconds()
    }

    pub(crate) fn text<T>(&self, key: &str, parse: impl Fn(&str) -> Result<T, Fault>) -> Option<T> {
        match self.source(key)? {
            Source::Written(node, Kind::Text { .. }) => node.parse(parse),
            Source::Default(Literal::Text(text), _) => {
                parse(text).map_err(|fault| self.report(key, fault)).ok()
            }
            _ => mismatch(key),
        }
    }

    /// A list of texts, all different once parsed.
    pub(crate) fn texts<T: PartialEq>(
        &self,
        key: &str,
        parse: impl Fn(&str) -> Result<T, Fault>,
    ) -> Option<Vec<T>> {
        match self.source(key)? {
            Source::Written(node, Kind::Texts { min, max }) => {
                parse_all(&node.array(*min, *max)?, parse)
            }
            Source::Default(Literal::Texts(texts), _) => {
                let values: Result<Vec<T>, Fault> = texts.iter().map(|text| parse(text)).collect();
                values.map_err(|fault| self.report(key, fault)).ok()
            }
            _ => mismatch(key),
        }
    }

    /// A table whose keys all have defaults: an absent one is read as an empty one.
    pub(crate) fn section(&self, key: &str) -> Option<Reader<'a>> {
        let Kind::Table(table) = &self.field(key).kind else {
            return mismatch(key);
        };
        match self.node(key) {
            Some(node) => node.reader(table),
            None => Some(Reader::new(table, None, self.path_of(key), None, self.sink)),
        }
    }

    /// A list of tables; an absent one is empty.
    pub(crate) fn sections(&self, key: &str) -> Option<Vec<Reader<'a>>> {
        let (table, max) = match &self.field(key).kind {
            Kind::Tables { table, max } => (table, *max),
            Kind::TablesOrInteger {
                table, max_tables, ..
            } => (table, *max_tables),
            _ => return mismatch(key),
        };
        let Some(node) = self.node(key) else {
            return Some(Vec::new());
        };
        let items = node.array(1, max)?;
        let readers: Vec<_> = items.iter().map(|item| item.reader(table)).collect();
        readers.into_iter().collect()
    }

    /// The entries of a table with free keys.
    pub(crate) fn map(&self, key: &str) -> Option<Vec<(&'a str, Node<'a>)>> {
        let Kind::Map { max } = self.field(key).kind else {
            return mismatch(key);
        };
        let Some(node) = self.node(key) else {
            return Some(Vec::new());
        };
        let DeValue::Table(table) = node.value.as_ref() else {
            let name = type_name(node.value.as_ref());
            return node.fail(Fault::new(format!("is {name}, not a table")));
        };
        if table.len() > max {
            let reason = format!("has {} entries; at most {max} are possible", table.len());
            let mut problem = Problem::new(node.path(), reason);
            problem = problem.at(self.sink.text, node.value.span().start);
            self.sink.push(problem);
            return None;
        }
        let entry = |(name, value): (&'a Spanned<_>, _)| {
            let name: &'a std::borrow::Cow<'a, str> = name.get_ref();
            let path = format!("{}.{}", node.path(), quote_key(name));
            let sink = self.sink;
            (name.as_ref(), Node { sink, path, value })
        };
        Some(table.iter().map(entry).collect())
    }

    /// Reads a key only if it is written.
    pub(crate) fn optional<T>(
        &self,
        key: &str,
        read: impl FnOnce(&Self, &str) -> Option<T>,
    ) -> Result<Option<T>, Reported> {
        if self.has(key) {
            read(self, key).map(Some).ok_or(Reported)
        } else {
            self.field(key);
            Ok(None)
        }
    }
}

/// A problem was reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reported;

enum Source<'a> {
    Written(Node<'a>, &'static Kind),
    Default(Literal, &'static Kind),
}

fn mismatch<T>(key: &str) -> T {
    unreachable!("the description gives {key} another kind than the code that reads it")
}

fn parse_all<T: PartialEq>(
    nodes: &[Node<'_>],
    parse: impl Fn(&str) -> Result<T, Fault>,
) -> Option<Vec<T>> {
    let mut values: Vec<T> = Vec::new();
    let mut complete = true;
    for node in nodes {
        match node.parse(&parse) {
            Some(value) if values.contains(&value) => {
                node.report(Fault::new("is listed twice"));
                complete = false;
            }
            Some(value) => values.push(value),
            None => complete = false,
        }
    }
    complete.then_some(values)
}

fn parse_ttl(text: &str, rule: DurationRule) -> Result<Ttl, Fault> {
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

/// The path of the only table that has the key; `""` is the top.
fn home_of(root: &'static Table, key: &str) -> Option<&'static str> {
    if root.field(key).is_some() {
        return Some("");
    }
    let mut homes = root.fields.iter().filter_map(|field| match field.kind {
        Kind::Table(table) => table.field(key).map(|_| field.key),
        _ => None,
    });
    match (homes.next(), homes.next()) {
        (Some(home), None) => Some(home),
        _ => None,
    }
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

/// A key as it is written in a path: quoted unless it is a bare key.
pub(crate) fn quote_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        toml::Value::String(key.to_owned()).to_string()
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
