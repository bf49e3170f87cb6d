//! How several values are written in one.

use std::borrow::Cow;

/// `parameterStyle`, as far as it splits values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Style {
    /// Each value stands for itself.
    Whole,
    /// By commas.
    Comma,
    /// By dots.
    Dot,
    /// By `;name=`.
    Matrix,
    /// By blanks, written in any way.
    Space,
    /// By `|`.
    Pipe,
}

/// The words for them.
pub(crate) const STYLES: [(&str, Style); 12] = [
    ("SIMPLE", Style::Comma),
    ("SIMPLE_EXPLODED", Style::Comma),
    ("LABEL", Style::Comma),
    ("LABEL_EXPLODED", Style::Dot),
    ("MATRIX", Style::Comma),
    ("MATRIX_EXPLODED", Style::Matrix),
    ("FORM", Style::Comma),
    ("FORM_EXPLODED", Style::Whole),
    ("SPACE_DELIMITED", Style::Space),
    ("SPACE_DELIMITED_EXPLODED", Style::Whole),
    ("PIPE_DELIMITED", Style::Pipe),
    ("PIPE_DELIMITED_EXPLODED", Style::Whole),
];

impl Style {
    /// Takes a value apart. What stands in quotes stays whole, and what looks like JSON is no
    /// list of values at all.
    pub(crate) fn split<'v>(self, name: &str, value: &'v str) -> Vec<Cow<'v, str>> {
        if self == Self::Whole {
            return vec![value.into()];
        }
        if let Some(inner) = unquote(value) {
            return vec![inner.into()];
        }
        if looks_like_json(value) {
            return Vec::new();
        }
        match self {
            Self::Whole | Self::Comma => borrow(value.split(',')),
            Self::Dot => borrow(value.split('.')),
            Self::Pipe => borrow(value.split('|')),
            Self::Matrix => borrow(value.split(&format!(";{name}=")[..])),
            Self::Space => {
                let blanks = value.replace("%20", " ").replace('+', " ");
                let parts = blanks.split(char::is_whitespace);
                parts.map(|part| Cow::Owned(part.to_owned())).collect()
            }
        }
    }
}

fn borrow<'v>(parts: impl Iterator<Item = &'v str>) -> Vec<Cow<'v, str>> {
    parts.map(Cow::Borrowed).collect()
}

fn unquote(value: &str) -> Option<&str> {
    let quote = |letter| matches!(letter, '"' | '\'');
    let inner = value.trim_end();
    let quoted = inner.len() > 1 && inner.starts_with(quote) && inner.ends_with(quote);
    quoted.then(|| inner.trim_matches(quote))
}

fn looks_like_json(value: &str) -> bool {
    let value = value.trim();
    value.starts_with(['{', '[']) && value.ends_with(['}', ']'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_split() {
        let check = |style: Style, value, expected: &[&str]| {
            assert_eq!(style.split("n", value), expected, "{style:?} {value}");
        };
        check(Style::Whole, "a,b", &["a,b"]);
        check(Style::Comma, "a,b", &["a", "b"]);
        check(Style::Dot, "a.b", &["a", "b"]);
        check(Style::Pipe, "a|b", &["a", "b"]);
        check(Style::Matrix, "a;n=b", &["a", "b"]);
        check(Style::Space, "a b%20c+d", &["a", "b", "c", "d"]);
        check(Style::Comma, "\"a,b\"", &["a,b"]);
        check(Style::Comma, "{\"a\":1,\"b\":2}", &[]);
        check(Style::Comma, "'", &["'"]);
    }
}
