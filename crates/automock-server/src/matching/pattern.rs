//! Texts that may be regular expressions, compiled once and shared.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError, Weak};

use fancy_regex::{Regex, RegexBuilder};

use super::fold;
use super::java;
use super::key::Prefix;
use super::sequence::Sequence;
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
    Regex(Option<Sequence>, Arc<Expression>),
}

/// A regular expression, which is compiled when it is needed at the latest.
#[derive(Debug)]
struct Expression {
    translated: String,
    regex: OnceLock<Option<Regex>>,
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
        let is_described = match &self.kind {
            Kind::Literal => false,
            Kind::Wildcard(wildcard) => wildcard.matches(found),
            Kind::Regex(sequence, expression) => {
                let met = sequence
                    .as_ref()
                    .and_then(|sequence| sequence.matches(found));
                met.unwrap_or_else(|| expression.matches(found))
            }
        };
        is_described || fold::equal(&self.text, found)
    }

    /// Whether only an equal text meets it.
    pub(crate) fn is_literal(&self) -> bool {
        matches!(self.kind, Kind::Literal)
    }

    /// What every text begins with that meets it, in lower case.
    pub(crate) fn prefix(&self) -> Prefix {
        match &self.kind {
            // A text that is equal to one with marks has these marks at other places.
            Kind::Wildcard(wildcard) if !self.text.contains('\\') => wildcard.prefix(),
            _ => Prefix {
                text: plain_start(&self.text),
                whole: false,
            },
        }
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
        if let Some(wildcard) = Wildcard::read(text) {
            return Self::Wildcard(wildcard);
        }
        let sequence = Sequence::read(text);
        let at_once = sequence.is_none();
        shared(text, at_once).map_or(Self::Literal, |it| Self::Regex(sequence, it))
    }
}

/// The letters before anything that has a meaning, if nothing can stand in their place; a dot is
/// a hole among them.
fn plain_start(pattern: &str) -> String {
    let mut start = String::new();
    if pattern.contains('|') {
        return start;
    }
    for letter in pattern.chars() {
        match letter {
            '.' => start.push(Prefix::HOLE),
            _ if letter.is_ascii_alphanumeric() || "/-_~:@!,;=&% ".contains(letter) => {
                start.push(letter.to_ascii_lowercase());
            }
            _ => {
                // What is before these may be missing.
                if matches!(letter, '*' | '?' | '{') {
                    start.pop();
                }
                break;
            }
        }
    }
    start.truncate(start.trim_end_matches(Prefix::HOLE).len());
    start
}

impl Expression {
    fn matches(&self, found: &str) -> bool {
        let regex = self.regex.get_or_init(|| compile(&self.translated));
        regex
            .as_ref()
            .is_some_and(|regex| regex.is_match(found).unwrap_or(false))
    }
}

fn compile(translated: &str) -> Option<Regex> {
    RegexBuilder::new(&format!(r"\A(?:{translated})\z"))
        .case_insensitive(true)
        .dot_matches_new_line(true)
        .backtrack_limit(BACKTRACK_LIMIT)
        .build()
        .ok()
}

/// As many are compiled as soon as they are read. To compile thousands takes seconds, in which
/// nothing would be served, so what is beyond that waits for the first request that needs it.
const COMPILED_AT_ONCE: usize = 500;

/// Every regular expression that is in use, so that thousands of equal ones are compiled once.
static SHARED: LazyLock<Mutex<Shared>> = LazyLock::new(Mutex::default);

#[derive(Default)]
struct Shared {
    expressions: HashMap<Box<str>, Weak<Expression>>,
    /// How many there may be before those are dropped that nobody uses.
    limit: usize,
}

/// A regular expression, unless Java would not take it. Some are not compiled before they are needed.
fn shared(text: &str, at_once: bool) -> Option<Arc<Expression>> {
    let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = shared.expressions.get(text).and_then(Weak::upgrade) {
        return Some(known);
    }
    let expression = Expression {
        translated: java::translate(text)?,
        regex: OnceLock::new(),
    };
    let expression = Arc::new(expression);
    shared.remember(text, &expression);
    if at_once && shared.expressions.len() <= COMPILED_AT_ONCE {
        drop(shared);
        expression
            .regex
            .get_or_init(|| compile(&expression.translated));
    }
    Some(expression)
}

impl Shared {
    fn remember(&mut self, text: &str, expression: &Arc<Expression>) {
        if self.expressions.len() >= self.limit {
            self.expressions
                .retain(|_, expression| expression.strong_count() > 0);
            self.limit = 2 * self.expressions.len() + 64;
        }
        self.expressions
            .insert(text.into(), Arc::downgrade(expression));
    }
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
            (Kind::Regex(_, one), Kind::Regex(_, other)) => assert!(Arc::ptr_eq(&one, &other)),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_start_of_a_pattern_is_known() {
        let check = |pattern: &str, expected: &str, whole| {
            let prefix = Pattern::new(pattern).prefix();
            assert_eq!(
                (&*prefix.text, prefix.whole),
                (expected, whole),
                "{pattern}"
            );
        };
        check("/API/v1/.*", "/api/v1/", false);
        check("/API/v1.0/.*", "/api/v1\x000/", false);
        check("/v1.0/a", "/v1\x000/a", true);
        check("/a/.+", "/a/", false);
        check("/users?", "/user", false);
        check("/users*/x", "/user", false);
        check("/ab+c", "/ab", false);
        check("/a/[0-9]+|/b", "", false);
        check(r"/a\.b", "/a", false);
        check("/v1.0/[a-z]", "/v1\x000/", false);
        check("/v.?[a-z]", "/v", false);
        check("(?i)/a", "", false);
        check(".*", "", false);
        check("/ä.*", "/", false);
    }

    fn begins(text: &str, prefix: &Prefix) -> bool {
        let text = fold::fold(text);
        let mut letters = text.chars();
        let mut begins = prefix.text.chars().map(|expected| {
            letters
                .next()
                .is_some_and(|found| expected == Prefix::HOLE || expected == found)
        });
        begins.all(|begins| begins) && (!prefix.whole || letters.next().is_none())
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
            let prefix = pattern.prefix();
            prop_assert!(!pattern.matches(&text) || begins(&text, &prefix));
            prop_assert!(begins(pattern.text(), &prefix));
        }
    }
}
