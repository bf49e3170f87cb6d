//! What a method, a path, a name or a value is expected to be.

use std::fmt;

use super::fold;
use super::pattern::Pattern;
use super::schema::Schema;
use crate::definition::{Fields, Place, Refusal, refuse_type};
use crate::node::Node;

/// An expected text. `!` before it turns it round, `?` makes a name optional.
#[derive(Clone, Debug)]
pub(crate) struct Text {
    kind: Kind,
    not: bool,
    optional: bool,
}

#[derive(Clone, Debug)]
enum Kind {
    /// A blank text: anything meets it.
    Anything,
    Pattern(Pattern),
    Schema(Schema),
}

impl Text {
    /// Reads a text with its marks.
    pub(crate) fn new(text: &str) -> Self {
        let (optional, text) = strip(text, '?');
        let (not, text) = strip(text, '!');
        let (late, text) = strip(text, '?');
        Self::plain(text, not, optional || late)
    }

    fn plain(text: &str, not: bool, optional: bool) -> Self {
        let kind = match text.trim() {
            "" => Kind::Anything,
            _ => Kind::Pattern(Pattern::new(text)),
        };
        Self {
            kind,
            not,
            optional,
        }
    }

    /// Reads a string, or an object with a `schema` or a `value`.
    pub(crate) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        match node {
            Node::String(text) => Ok(Self::new(text)),
            Node::Object(_) => Self::read_object(node, place),
            _ => Err(vec![refuse_type(node, place, "a string or an object")]),
        }
    }

    fn read_object(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let mut fields = Fields::of(node, place)?;
        fields.only(&["schema", "value", "not", "optional"], &[]);
        let not = fields.flag("not").unwrap_or(false);
        let optional = fields.flag("optional").unwrap_or(false);
        let value = fields.text("value");
        let schema = fields.read("schema", Schema::read);
        let text = match (schema, value) {
            (Some(schema), None) => Some(Self {
                kind: Kind::Schema(schema),
                not,
                optional,
            }),
            (None, Some(value)) => Some(Self::plain(value, not, optional)),
            _ => None,
        };
        if fields.get("schema").is_some() == fields.get("value").is_some() {
            fields.refuse_all("needs either \"schema\" or \"value\"");
        }
        fields.finish(text)
    }

    /// Whether a text is the expected one.
    pub(crate) fn matches(&self, found: &str) -> bool {
        self.not != self.is_present(found)
    }

    /// The same as if it were not turned round.
    pub(crate) fn is_present(&self, found: &str) -> bool {
        match &self.kind {
            Kind::Anything => true,
            Kind::Pattern(pattern) => pattern.matches(found),
            Kind::Schema(schema) => schema.is_valid_text(found),
        }
    }

    /// Whether it, in a filter, selects the text of an expectation: expressions are tried both ways.
    pub(crate) fn selects(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Schema(_), Kind::Schema(_)) => (self.not != other.not) != self.equals(other),
            (Kind::Schema(schema), _) => {
                (self.not != other.not) != schema.is_valid_text(other.text())
            }
            (_, Kind::Schema(schema)) => {
                (self.not != other.not) != schema.is_valid_text(self.text())
            }
            _ => (self.not != other.not) != self.selects_plainly(other),
        }
    }

    /// The same as if neither were turned round.
    pub(crate) fn selects_plainly(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Anything, _) => true,
            (Kind::Pattern(one), Kind::Pattern(other)) => {
                one.matches(other.text()) || other.matches(one.text())
            }
            (Kind::Pattern(one), Kind::Anything) => one.matches(""),
            _ => self.equals(other),
        }
    }

    fn equals(&self, other: &Self) -> bool {
        match (&self.kind, &other.kind) {
            (Kind::Schema(one), Kind::Schema(other)) => one.source() == other.source(),
            _ => fold::equal(self.text(), other.text()),
        }
    }

    /// What was written, without its marks.
    pub(crate) fn text(&self) -> &str {
        match &self.kind {
            Kind::Pattern(pattern) => pattern.text(),
            Kind::Anything | Kind::Schema(_) => "",
        }
    }

    /// The same with another pattern.
    pub(crate) fn rewritten(&self, rewrite: impl FnOnce(&str) -> String) -> Self {
        match &self.kind {
            Kind::Pattern(pattern) => {
                Self::plain(&rewrite(pattern.text()), self.not, self.optional)
            }
            _ => self.clone(),
        }
    }

    /// Whether it demands nothing.
    pub(crate) fn is_anything(&self) -> bool {
        !self.not && matches!(self.kind, Kind::Anything)
    }

    pub(crate) fn is_not(&self) -> bool {
        self.not
    }

    pub(crate) fn is_optional(&self) -> bool {
        self.optional
    }

    /// The pattern, if it is one and is not turned round.
    pub(crate) fn pattern(&self) -> Option<&Pattern> {
        match &self.kind {
            Kind::Pattern(pattern) if !self.not => Some(pattern),
            _ => None,
        }
    }

    /// The only text that meets it, but for case.
    pub(crate) fn literal(&self) -> Option<&str> {
        self.pattern()
            .filter(|pattern| pattern.is_literal())
            .map(Pattern::text)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.not {
            formatter.write_str("not ")?;
        }
        match &self.kind {
            Kind::Anything => formatter.write_str("anything"),
            Kind::Pattern(pattern) => write!(formatter, "{:?}", pattern.text()),
            Kind::Schema(schema) => write!(formatter, "the schema {}", schema.source()),
        }
    }
}

/// Takes a mark off, if there is something behind it.
fn strip(text: &str, mark: char) -> (bool, &str) {
    let blank = text.trim().is_empty();
    let rest = text.strip_prefix(mark).filter(|_| !blank);
    (rest.is_some(), rest.unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> Text {
        Text::read(&Node::parse(json).unwrap(), &Place::root()).unwrap()
    }

    #[test]
    fn texts_are_matched() {
        let check = |json, found, expected| {
            assert_eq!(text(json).matches(found), expected, "{json} {found}");
        };
        check(r#""""#, "x", true);
        check(r#"" ""#, "x", true);
        check(r#""GET""#, "get", true);
        check(r#""G.*""#, "get", true);
        check(r#""!GET""#, "get", false);
        check(r#""!GET""#, "post", true);
        check(r#""!""#, "x", false);
        check(r#""?x""#, "x", true);
        check(r#""?!x""#, "x", false);
        check(r#""!?x""#, "y", true);
        check(r#"{"value":"!x"}"#, "!x", true);
        check(r#"{"value":"x","not":true}"#, "x", false);
        check(r#"{"schema":{"type":"integer"}}"#, "5", true);
        check(r#"{"schema":{"type":"integer"}}"#, "x", false);
        check(r#"{"schema":{"type":"integer"},"not":true}"#, "x", true);
    }

    #[test]
    fn a_filter_selects_in_both_directions() {
        let check = |filter, other, expected| {
            assert_eq!(
                text(filter).selects(&text(other)),
                expected,
                "{filter} {other}"
            );
        };
        check(r#""/some_path_one""#, r#""/some_path.*""#, true);
        check(r#""/some_path.*""#, r#""/some_path_one""#, true);
        check(r#""/a""#, r#""/b""#, false);
        check(r#""!/a""#, r#""/b""#, true);
        check(r#""!/a""#, r#""!/a""#, true);
        check(r#""/a""#, r#""!/a""#, false);
        check(r#""5""#, r#"{"schema":{"type":"integer"}}"#, true);
        check(r#"{"schema":{"type":"integer"}}"#, r#""5""#, true);
        check(
            r#"{"schema":{"type":"integer"}}"#,
            r#"{"schema":{"type":"integer"}}"#,
            true,
        );
        check(
            r#"{"schema":{"type":"integer"}}"#,
            r#"{"schema":{"type":"string"}}"#,
            false,
        );
        check(r#""""#, r#""/b""#, true);
    }

    #[test]
    fn what_is_no_text_is_refused() {
        let check = |json: &str, expected: &str| {
            let refusals = Text::read(&Node::parse(json).unwrap(), &Place::root()).unwrap_err();
            assert_eq!(refusals[0].to_string(), expected, "{json}");
        };
        check("1", "is a number, not a string or an object");
        check("{}", "needs either \"schema\" or \"value\"");
        check(
            r#"{"shema":{}}"#,
            "shema: unknown field (did you mean \"schema\"?)",
        );
    }

    #[test]
    fn it_says_what_it_expects() {
        let check = |json, expected| assert_eq!(text(json).to_string(), expected);
        check(r#""a.*""#, "\"a.*\"");
        check(r#""!a""#, "not \"a\"");
        check(r#""""#, "anything");
        check(
            r#"{"schema":{"type":"integer"}}"#,
            r#"the schema {"type":"integer"}"#,
        );
    }
}
