//! Texts that may be regular expressions, compiled once and shared.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use fancy_regex::{Regex, RegexBuilder};

use super::fold;
use super::java;
use super::wildcard::Wildcard;

/// How often a pattern may be tried at other places before it counts as not matching.
const BACKTRACK_LIMIT: usize = 100_000;

/// A text that is met by an equal one, or by one that it describes as a regular expression.
#[derive(Clone, Debug)]
pub(crate) struct Pattern {
    text: Box<str>,
    kind: Kind,
}

#[derive(Clone, Debug)]
enum Kind {
    /// No regular expression, or one that only describes itself.
    Literal,
    Wildcard(Wildcard),
    Regex(Arc<Regex>),
}

impl Pattern {
    /// Compiles a text, or takes what is compiled already.
    pub(crate) fn new(text: &str) -> Self {
        Self {
            text: text.into(),
            kind: Kind::of(text),
        }
    }

    /// What was compiled.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Whether it is met, regardless of case.
    pub(crate) fn matches(&self, found: &str) -> bool {
        if fold::equal(&self.text, found) {
            return true;
        }
        match &self.kind {
            Kind::Literal => false,
            Kind::Wildcard(wildcard) => wildcard.matches(found),
            Kind::Regex(regex) => regex.is_match(found).unwrap_or(false),
        }
    }

    /// Whether only an equal text meets it.
    pub(crate) fn is_literal(&self) -> bool {
        matches!(self.kind, Kind::Literal)
    }

    /// What every text begins with that meets it, in lower case.
    pub(crate) fn literal_prefix(&self) -> String {
        if self.is_literal() {
            return fold::fold(&self.text).into_owned();
        }
        plain_start(&self.text).to_ascii_lowercase()
    }
}

impl Kind {
    fn of(text: &str) -> Self {
        if !text.contains(['\\', '^', '$', '.', '|', '?', '*', '+', '(', '[']) {
            // A brace needs something to repeat and makes a pattern only with a number in it.
            let repeats = text.contains('{') && java::translate(text).is_some();
            if !repeats {
                return Self::Literal;
            }
        }
        match Wildcard::read(text) {
            Some(wildcard) => Self::Wildcard(wildcard),
            None => compiled(text).map_or(Self::Literal, Self::Regex),
        }
    }
}

/// The letters before anything that has a meaning, if nothing can stand in their place.
fn plain_start(pattern: &str) -> &str {
    if pattern.contains('|') {
        return "";
    }
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "/-_~:@!,;=&% ".contains(letter);
    let end = pattern
        .find(|letter| !plain(letter))
        .unwrap_or(pattern.len());
    let (start, rest) = pattern.split_at(end);
    if rest.starts_with(['*', '?', '{']) {
        return start
            .get(..start.len().saturating_sub(1))
            .unwrap_or_default();
    }
    start
}

/// Every regular expression that is in use, so that thousands of equal ones are compiled once.
static COMPILED: Mutex<Option<Cache>> = Mutex::new(None);

#[derive(Default)]
struct Cache {
    regexes: HashMap<Box<str>, Weak<Regex>>,
    /// How many there may be before those are dropped that nobody uses.
    limit: usize,
}

fn compiled(text: &str) -> Option<Arc<Regex>> {
    let lock = || COMPILED.lock().unwrap_or_else(PoisonError::into_inner);
    let known = lock()
        .as_ref()
        .and_then(|cache| cache.regexes.get(text)?.upgrade());
    if known.is_some() {
        return known;
    }
    let regex = Arc::new(compile(text)?);
    lock().get_or_insert_default().remember(text, &regex);
    Some(regex)
}

impl Cache {
    fn remember(&mut self, text: &str, regex: &Arc<Regex>) {
        if self.regexes.len() >= self.limit {
            self.regexes.retain(|_, regex| regex.strong_count() > 0);
            self.limit = 2 * self.regexes.len() + 64;
        }
        self.regexes.insert(text.into(), Arc::downgrade(regex));
    }
}

fn compile(text: &str) -> Option<Regex> {
    let pattern = java::translate(text)?;
    RegexBuilder::new(&format!(r"\A(?:{pattern})\z"))
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .backtrack_limit(BACKTRACK_LIMIT)
        .build()
        .ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(pattern: &str, text: &str, expected: bool) {
        assert_eq!(
            Pattern::new(pattern).matches(text),
            expected,
            "{pattern} {text}"
        );
    }

    #[test]
    fn equal_texts_match_whatever_they_are() {
        check("/a/b", "/a/b", true);
        check("/a/b", "/A/B", true);
        check("/a/b", "/a/b/", false);
        check("/a(b", "/a(b", true);
        check("a.b*c", "a.b*c", true);
        check("a+b", "a+b", true);
    }

    #[test]
    fn a_regular_expression_is_for_the_whole_text() {
        check("/a/[0-9]+", "/a/12", true);
        check("/a/[0-9]+", "/a/12/b", false);
        check("/a/[0-9]+", "x/a/12", false);
        check("a|ab", "ab", true);
        check("^/a$", "/a", true);
        check("/a?b", "/b", true);
    }

    #[test]
    fn case_and_lines_do_not_matter() {
        check("/[a-z]+", "/ABC", true);
        check("ÄB[0-9]", "äb1", true);
        check("a.*z|x", "a\n\nz", true);
    }

    #[test]
    fn what_is_no_regular_expression_matches_itself_only() {
        check("/a/{id}", "/a/{id}", true);
        check("/a/{id}", "/a/7", false);
        check("/a/{id}/.*", "/a/{id}/x", false);
        check("*", "*", true);
        check("*", "a", false);
        check("a)(b", "ab", false);
        check("[a", "[A", true);
    }

    #[test]
    fn java_says_what_a_class_is() {
        check(r"\d+", "٣", false);
        check(r"\w+", "é", false);
        check(r"\p{Alpha}+\Q.\E", "ab.", true);
        check(r"(?=a).b?(?<!x)", "ab", true);
        check(r"(a)\1", "aa", true);
        check(r"a++b", "aab", true);
    }

    #[test]
    fn a_hopeless_pattern_ends_as_a_mismatch() {
        let text = format!("{}!", "a".repeat(40));
        check(r"(?=(a+)+$)(a|aa)+\2?", &text, false);
    }

    #[test]
    fn equal_patterns_are_compiled_once() {
        let (one, other) = (
            Pattern::new("/shared/[0-9]+"),
            Pattern::new("/shared/[0-9]+"),
        );
        match (one.kind, other.kind) {
            (Kind::Regex(one), Kind::Regex(other)) => assert!(Arc::ptr_eq(&one, &other)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_start_of_a_pattern_is_known() {
        let check = |pattern: &str, expected: &str| {
            assert_eq!(
                Pattern::new(pattern).literal_prefix(),
                expected,
                "{pattern}"
            );
        };
        check("/API/v1/.*", "/api/v1/");
        check("/Users", "/users");
        check("/users?", "/user");
        check("/users*/x", "/user");
        check("/ab+c", "/ab");
        check("/a/[0-9]+|/b", "");
        check(r"/a\.b", "/a");
        check("(?i)/a", "");
        check(".*", "");
        check("/ä.*", "/");
    }

    proptest! {
        #[test]
        fn no_pattern_makes_it_panic(pattern in ".*", text in ".*") {
            Pattern::new(&pattern).matches(&text);
        }

        #[test]
        fn every_match_begins_with_the_prefix(
            pattern in r"([abK/]|\.|\.\*|\*|\?|\[ab\]|\||\\\.|\(b\)|\{2\}){0,8}",
            text in "[abkAB/.\u{212a}]{0,6}",
        ) {
            let pattern = Pattern::new(&pattern);
            let prefix = pattern.literal_prefix();
            prop_assert!(!pattern.matches(&text) || fold::fold(&text).starts_with(&prefix));
            prop_assert!(fold::fold(pattern.text()).starts_with(&prefix));
        }
    }
}
