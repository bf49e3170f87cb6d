//! The commonest regular expressions, which need no engine: letters, dots and `.*`.
//!
//! Thousands of paths such as `/v1.0/users/7` or `/api/.*` are regular expressions in name only.
//! Compiling each would take seconds and matching them longer than need be.

use super::fold::fold_char;
use super::key::Prefix;

/// Pieces with anything between one and the next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wildcard(Vec<Piece>);

/// Letters between one place for anything and the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Piece {
    /// Without case; nothing stands for any one letter.
    letters: Vec<Option<char>>,
    /// The same, if all are letters of ASCII: these are compared many at once.
    plain: Option<Box<str>>,
}

impl Piece {
    fn new(letters: Vec<Option<char>>) -> Self {
        let plain = letters.iter().map(|letter| letter.filter(char::is_ascii));
        Self {
            plain: plain.collect::<Option<String>>().map(Into::into),
            letters,
        }
    }
}

/// Letters that mean something, besides the dot.
pub(super) const SPECIAL: &str = "*+?^$|()[]{}";

impl Wildcard {
    /// The same as the pattern, if it is as simple as that.
    pub(crate) fn read(pattern: &str) -> Option<Self> {
        let mut pieces = vec![Vec::new()];
        let mut letters = pattern.chars().peekable();
        while let Some(letter) = letters.next() {
            let piece = pieces.last_mut()?;
            match (letter, letters.peek()) {
                ('.', Some('*')) => {
                    letters.next();
                    pieces.push(Vec::new());
                }
                ('.', Some('+')) => {
                    letters.next();
                    piece.push(None);
                    pieces.push(Vec::new());
                }
                ('.', _) => piece.push(None),
                ('\\', _) => piece.push(Some(letters.next().filter(char::is_ascii_punctuation)?)),
                _ if SPECIAL.contains(letter) => return None,
                _ => piece.push(Some(fold_char(letter))),
            }
            if matches!(letters.peek(), Some('*' | '+' | '?' | '{')) {
                return None;
            }
        }
        Some(Self(pieces.into_iter().map(Piece::new).collect()))
    }

    /// What every text begins with that is like that.
    pub(crate) fn prefix(&self) -> Prefix {
        let first = self.0.first().map(|piece| &*piece.letters);
        let first = first.unwrap_or_default();
        let letters = first.iter().map(|letter| letter.unwrap_or(Prefix::HOLE));
        let text: String = letters.take_while(char::is_ascii).collect();
        let whole = self.0.len() == 1 && text.len() == first.len();
        let end = if whole {
            text.len()
        } else {
            text.trim_end_matches(Prefix::HOLE).len()
        };
        Prefix {
            text: text.get(..end).unwrap_or_default().to_owned(),
            whole,
        }
    }

    /// Whether the whole text is like that.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let (Some(first), Some(last)) = (self.0.first(), self.0.last()) else {
            return false;
        };
        let Some(rest) = strip_front(first, text) else {
            return false;
        };
        if self.0.len() == 1 {
            return rest.is_empty();
        }
        let middle = self.0.get(1..self.0.len() - 1).unwrap_or_default();
        strip_back(last, rest).is_some_and(|rest| contains_all(middle, rest))
    }
}

fn strip_front<'t>(piece: &Piece, text: &'t str) -> Option<&'t str> {
    if let Some(plain) = &piece.plain {
        let start = text.as_bytes().get(..plain.len())?;
        if start.is_ascii() {
            let is_equal = start.eq_ignore_ascii_case(plain.as_bytes());
            return text.get(plain.len()..).filter(|_| is_equal);
        }
    }
    let mut letters = text.chars();
    let expected = piece.letters.iter();
    let mut all = expected.map(|expected| fits(*expected, letters.next()));
    all.all(|fits| fits).then_some(letters.as_str())
}

fn strip_back<'t>(piece: &Piece, text: &'t str) -> Option<&'t str> {
    if let Some(plain) = &piece.plain {
        let length = text.len().checked_sub(plain.len())?;
        let end = text.as_bytes().get(length..)?;
        if end.is_ascii() {
            let is_equal = end.eq_ignore_ascii_case(plain.as_bytes());
            return text.get(..length).filter(|_| is_equal);
        }
    }
    let mut letters = text.chars();
    let mut all = piece
        .letters
        .iter()
        .rev()
        .map(|expected| fits(*expected, letters.next_back()));
    all.all(|fits| fits).then_some(letters.as_str())
}

fn fits(expected: Option<char>, found: Option<char>) -> bool {
    match (expected, found) {
        (_, None) => false,
        (None, Some(_)) => true,
        (Some(expected), Some(found)) => expected == fold_char(found),
    }
}

/// Whether the pieces follow each other somewhere in the text; the first place is always the best.
fn contains_all(pieces: &[Piece], text: &str) -> bool {
    let mut rest = text;
    pieces.iter().all(|piece| {
        let mut places = rest
            .char_indices()
            .map(|(place, _)| place)
            .chain([rest.len()]);
        let found = places.find_map(|place| strip_front(piece, rest.get(place..)?));
        rest = found.unwrap_or_default();
        found.is_some()
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(pattern: &str, text: &str, expected: bool) {
        let wildcard = Wildcard::read(pattern).unwrap();
        assert_eq!(wildcard.matches(text), expected, "{pattern} {text}");
    }

    #[test]
    fn simple_patterns_are_matched() {
        check("/v1.0/a", "/V1x0/A", true);
        check("/v1.0/a", "/v10/a", false);
        check("/api/.*", "/api/", true);
        check("/api/.*", "/api", false);
        check("/api/.+", "/api/", false);
        check("/api/.+", "/api/x\ny", true);
        check("/.*/b/.*/d", "/a/b/c/d", true);
        check("/.*/b/.*/d", "/a/b/d", false);
        check("a.*a", "a", false);
        check("a.*a", "aa", true);
        check(r"/a\.b\/.*", "/a.b/c", true);
        check(r"/a\.b", "/axb", false);
        check(".*", "", true);
        check("", "", true);
        check("", "a", false);
        check("ä.*", "Äx", true);
    }

    #[test]
    fn other_patterns_are_left_to_the_engine() {
        for pattern in [
            "a|b", "a*", "ab?", "[a]", "(a)", r"\d", ".?", ".*?", ".*+", ".{2}", "^a", "a\\",
            "a{2}",
        ] {
            assert_eq!(Wildcard::read(pattern), None, "{pattern}");
        }
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_engine(pattern in r"([ab/]|\.|\.\*|\.\+|\\\.){0,8}", text in "[abAB/.]{0,8}") {
            let engine = fancy_regex::Regex::new(&format!(r"(?is)\A(?:{pattern})\z")).unwrap();
            if let Some(wildcard) = Wildcard::read(&pattern) {
                prop_assert_eq!(wildcard.matches(&text), engine.is_match(&text).unwrap());
            }
        }
    }
}
