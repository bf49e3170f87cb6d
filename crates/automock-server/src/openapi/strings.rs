//! Texts that meet a schema.

use fancy_regex::Regex;
use regex_syntax::hir::{Class, Hir, HirKind};

use super::merged::Merged;
use crate::node::Node;

/// What a text is where nothing is known about it.
const ANY_TEXT: &str = "some_string_value";

/// A text that a pattern describes has so many letters at most.
const LONGEST: usize = 4_096;

/// Texts by their formats.
const FORMATS: [(&str, &str); 22] = [
    ("date", "2024-01-31"),
    ("date-time", "2024-01-31T12:30:45Z"),
    ("time", "12:30:45Z"),
    ("duration", "P1D"),
    ("uuid", "6f1c2a4e-8f0b-4f4e-9d5a-0a1b2c3d4e5f"),
    ("email", "someone@example.com"),
    ("idn-email", "someone@example.com"),
    ("hostname", "host.example.com"),
    ("idn-hostname", "host.example.com"),
    ("ipv4", "192.0.2.1"),
    ("ip", "192.0.2.1"),
    ("ipv6", "2001:db8::1"),
    ("uri", "https://example.com/some/path"),
    ("url", "https://example.com/some/path"),
    ("iri", "https://example.com/some/path"),
    ("uri-reference", "/some/path"),
    ("iri-reference", "/some/path"),
    ("uri-template", "/some/{path}"),
    ("json-pointer", "/some/pointer"),
    ("relative-json-pointer", "0/some"),
    ("regex", "^some$"),
    ("byte", "c29tZV9zdHJpbmdfdmFsdWU="),
];

/// A text that meets a schema; nothing if none is found.
pub(super) fn text(schema: &Merged<'_>) -> Option<String> {
    let format = schema.all("format").find_map(|format| {
        let format = format.as_str()?;
        FORMATS.iter().find(|(name, _)| *name == format)
    });
    let demands = Demands::of(schema);
    let plain = format.map_or(ANY_TEXT, |(_, text)| text);
    let mut candidates = [plain.to_owned(), fitted(plain, &demands)].into_iter();
    let found = candidates.find(|text| demands.are_met_by(text));
    found.or_else(|| {
        let patterns = schema.all("pattern").filter_map(Node::as_str);
        let mut described = patterns.filter_map(|pattern| described(pattern, &demands));
        described.find(|text| demands.are_met_by(text))
    })
}

struct Demands {
    least: usize,
    most: usize,
    patterns: Vec<Option<Regex>>,
}

impl Demands {
    fn of(schema: &Merged<'_>) -> Self {
        let patterns = schema.all("pattern").filter_map(Node::as_str);
        Self {
            least: schema.greatest("minLength").map_or(0, as_count),
            most: schema.least("maxLength").map_or(usize::MAX, as_count),
            patterns: patterns.map(|pattern| Regex::new(pattern).ok()).collect(),
        }
    }

    fn are_met_by(&self, text: &str) -> bool {
        let letters = text.chars().count();
        let matches = |pattern: &Option<Regex>| {
            let pattern = pattern.as_ref();
            pattern.is_some_and(|pattern| pattern.is_match(text).unwrap_or(false))
        };
        (self.least..=self.most).contains(&letters) && self.patterns.iter().all(matches)
    }
}

/// A number of letters or items. What is too large for that is as much as there can be.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is cut to the range of numbers"
)]
pub(super) fn as_count(number: f64) -> usize {
    number.max(0.0) as usize
}

/// The text as long as it must be.
fn fitted(text: &str, demands: &Demands) -> String {
    let letters = text.chars().count();
    let wanted = letters.max(demands.least).min(demands.most).min(LONGEST);
    text.chars().cycle().take(wanted).collect()
}

/// A text that a pattern describes.
fn described(pattern: &str, demands: &Demands) -> Option<String> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let mut text = String::new();
    // What may be repeated is tried once and as often as there must be letters.
    for repeats in [0, 1, demands.least.min(LONGEST)] {
        text.clear();
        write(&hir, repeats, &mut text)?;
        if demands.are_met_by(&text) {
            break;
        }
    }
    Some(text)
}

fn write(hir: &Hir, repeats: usize, text: &mut String) -> Option<()> {
    if text.len() > LONGEST {
        return None;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(std::str::from_utf8(&literal.0).ok()?),
        HirKind::Class(class) => text.push(letter_of(class)?),
        HirKind::Capture(capture) => write(&capture.sub, repeats, text)?,
        HirKind::Repetition(repetition) => {
            let most = repetition.max.unwrap_or(u32::MAX) as usize;
            let times = (repetition.min as usize).max(repeats.min(most));
            for _ in 0..times {
                write(&repetition.sub, repeats, text)?;
            }
        }
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, repeats, text)?;
            }
        }
        HirKind::Alternation(parts) => write(parts.first()?, repeats, text)?,
    }
    Some(())
}

/// A letter of a class that people can read, if there is one.
fn letter_of(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class.iter().map(|it| (it.start(), it.end())).collect(),
        Class::Bytes(class) => class
            .iter()
            .map(|it| (char::from(it.start()), char::from(it.end())))
            .collect(),
    };
    let holds = |letter: &char| {
        ranges
            .iter()
            .any(|(from, to)| (from..=to).contains(&letter))
    };
    let readable = ('a'..='z').chain('A'..='Z').chain('0'..='9');
    let mut readable = readable.chain("_-./:@ ".chars());
    readable
        .find(holds)
        .or_else(|| ranges.first().map(|(from, _)| *from))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(schema: &str, expected: Option<&str>) {
        let node = Node::parse(schema).unwrap();
        let merged = Merged {
            parts: vec![&node],
            own: 1,
            ..Merged::default()
        };
        assert_eq!(text(&merged).as_deref(), expected, "{schema}");
    }

    #[test]
    fn texts_meet_their_schema() {
        check("{}", Some("some_string_value"));
        check(r#"{"format":"date"}"#, Some("2024-01-31"));
        check(r#"{"format":"unknown"}"#, Some("some_string_value"));
        check(r#"{"maxLength":4}"#, Some("some"));
        check(r#"{"minLength":20}"#, Some("some_string_valuesom"));
        check(r#"{"pattern":"^[a-z_]+$"}"#, Some("some_string_value"));
        check(r#"{"pattern":"^[0-9]{3}-[A-F]+$"}"#, Some("000-A"));
        check(r#"{"pattern":"^(ab|cd)x*$","minLength":4}"#, Some("abxxxx"));
        check(r#"{"pattern":"^#(?!b)[a-f]$"}"#, None);
        check(r#"{"minLength":5,"maxLength":4}"#, None);
        check(r#"{"pattern":"("}"#, None);
    }

    #[test]
    fn every_format_is_what_it_says() {
        for (format, text) in FORMATS {
            let schema = serde_json::json!({ "format": format });
            let options = jsonschema::options().should_validate_formats(true);
            let validator = options.build(&schema).unwrap();
            assert!(validator.is_valid(&text.into()), "{format}");
        }
    }
}
