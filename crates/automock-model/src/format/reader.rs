//! Reads a TOML table by its description and collects every problem on the way.
//!
//! The convention of all reading functions: `None` means that a problem was reported. Reading goes
//! on after a problem, so that a file's problems come out together.

use toml::Spanned;
use toml::de::DeTable;

use super::node::parse_ttl;
pub(crate) use super::node::{Fault, Node, Sink};
use super::spec::{Field, Kind, Literal, Table};
use crate::suggest::closest;
use crate::{Problem, Ttl};

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

    /// Reads the table that a value is.
    fn open(node: &Node<'a>, spec: &'static Table) -> Option<Self> {
        let table = node.table()?;
        let path = node.path().to_owned();
        Some(Self::new(
            spec,
            Some(table),
            path,
            Some(node.start()),
            node.sink(),
        ))
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
                    .placed(&self.sink.places, key.span().start);
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
        Some(Node::new(self.sink, self.path_of(key), value))
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
            problem = problem.placed(&self.sink.places, start);
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
            Some(node) => Self::open(&node, table),
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
        let readers: Vec<_> = items.iter().map(|item| Self::open(item, table)).collect();
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
        let table = node.table()?;
        if table.len() > max {
            let reason = format!("has {} entries; at most {max} are possible", table.len());
            let mut problem = Problem::new(node.path(), reason);
            problem = problem.placed(&self.sink.places, node.start());
            self.sink.push(problem);
            return None;
        }
        let entry = |(name, value): (&'a Spanned<_>, _)| {
            let name: &'a std::borrow::Cow<'a, str> = name.get_ref();
            let path = format!("{}.{}", node.path(), quote_key(name));
            (name.as_ref(), Node::new(self.sink, path, value))
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

/// A key as it is written in a path: quoted unless it is a bare key.
pub(crate) fn quote_key(key: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !key.is_empty() && key.chars().all(bare) {
        key.to_owned()
    } else {
        toml::Value::String(key.to_owned()).to_string()
    }
}
