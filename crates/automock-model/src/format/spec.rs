//! How a file format is described: tables of fields with kinds, defaults and words.
//!
//! The reader, the JSON Schema and the template are all driven by these descriptions, so they
//! cannot disagree about keys, bounds or defaults.

/// A table of the file.
pub(crate) struct Table {
    /// One sentence about the table.
    pub(crate) doc: &'static str,
    /// The fields in the order of the template.
    pub(crate) fields: &'static [Field],
}

/// A key of a table.
pub(crate) struct Field {
    pub(crate) key: &'static str,
    /// What the key means, in one sentence or two.
    pub(crate) doc: &'static str,
    pub(crate) kind: Kind,
    pub(crate) presence: Presence,
    /// A value as it stands in the file. Shown in the template and in messages when there is no
    /// default; empty otherwise.
    pub(crate) example: &'static str,
}

/// Whether a key must be written, and what holds when it is not.
pub(crate) enum Presence {
    /// The key must be written.
    Required,
    /// The key may be left out; then there is no such thing.
    Optional,
    /// The key may be left out; then this value holds.
    Default(Literal),
    /// Like `Default`, but the key may only be written together with another setting.
    Conditional(Literal),
}

/// A default value.
#[derive(Clone, Copy)]
pub(crate) enum Literal {
    Integer(u32),
    Bool(bool),
    Text(&'static str),
    Texts(&'static [&'static str]),
}

/// What values a key takes.
pub(crate) enum Kind {
    /// A text; the pattern is for editors, the reader has more precise checks.
    Text { pattern: Option<&'static str> },
    /// One of a few words.
    Choice(&'static [&'static str]),
    /// A whole number within bounds.
    Integer { min: u32, max: u32 },
    /// One of a few whole numbers, ascending.
    IntegerChoice(&'static [u32]),
    /// `true` or `false`.
    Bool,
    /// A duration such as `4h`, within bounds.
    Duration(DurationRule),
    /// A list of different texts.
    Texts { min: usize, max: usize },
    /// A table.
    Table(&'static Table),
    /// A list of tables.
    Tables { table: &'static Table, max: usize },
    /// A list of tables or a whole number, depending on another key.
    TablesOrInteger {
        table: &'static Table,
        max_tables: usize,
        min: u32,
        max: u32,
    },
    /// A table with keys of the user's choice and texts as values.
    Map { max: usize },
}

/// The bounds of a duration.
#[derive(Clone, Copy)]
pub(crate) struct DurationRule {
    pub(crate) min_seconds: u64,
    pub(crate) max_seconds: u64,
    /// Whether only whole minutes are possible.
    pub(crate) whole_minutes: bool,
    /// Whether the word `none` is allowed.
    pub(crate) none: bool,
}

impl Table {
    /// The field with a key.
    pub(crate) fn field(&self, key: &str) -> Option<&'static Field> {
        self.fields.iter().find(|field| field.key == key)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|field| field.key)
    }
}

impl Field {
    /// A key with a default.
    pub(crate) const fn default(
        key: &'static str,
        kind: Kind,
        default: Literal,
        doc: &'static str,
    ) -> Self {
        Self {
            key,
            doc,
            kind,
            presence: Presence::Default(default),
            example: "",
        }
    }

    /// A key with a default that may only be written together with another setting.
    pub(crate) const fn conditional(
        key: &'static str,
        kind: Kind,
        default: Literal,
        doc: &'static str,
    ) -> Self {
        Self {
            key,
            doc,
            kind,
            presence: Presence::Conditional(default),
            example: "",
        }
    }

    /// A key that must be written.
    pub(crate) const fn required(
        key: &'static str,
        kind: Kind,
        example: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            key,
            doc,
            kind,
            presence: Presence::Required,
            example,
        }
    }

    /// A key that may be left out.
    pub(crate) const fn optional(
        key: &'static str,
        kind: Kind,
        example: &'static str,
        doc: &'static str,
    ) -> Self {
        Self {
            key,
            doc,
            kind,
            presence: Presence::Optional,
            example,
        }
    }

    /// The default, if the key has one.
    pub(crate) fn default_value(&self) -> Option<Literal> {
        match self.presence {
            Presence::Default(literal) | Presence::Conditional(literal) => Some(literal),
            Presence::Required | Presence::Optional => None,
        }
    }

    /// A table whose keys all have defaults, so that it may be left out.
    pub(crate) const fn table(key: &'static str, table: &'static Table) -> Self {
        Self::optional(key, Kind::Table(table), "", table.doc)
    }
}

impl Literal {
    /// The value as it stands in the file.
    pub(crate) fn to_toml(self) -> toml::Value {
        match self {
            Self::Integer(value) => toml::Value::Integer(value.into()),
            Self::Bool(value) => toml::Value::Boolean(value),
            Self::Text(value) => toml::Value::String(value.to_owned()),
            Self::Texts(values) => values
                .iter()
                .map(|text| toml::Value::String((*text).to_owned()))
                .collect::<Vec<_>>()
                .into(),
        }
    }
}
