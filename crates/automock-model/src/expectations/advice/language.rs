//! Which texts a pattern takes, as far as that is certain.
//!
//! Whether every text of one regular expression is one of another is easy for the simple ones that
//! paths have, and only these are looked at: letters, `.`, `.*`, `.+` and a few classes.

/// A pattern, in its parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Language(Vec<Part>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// This letter, in lower case.
    Letter(char),
    /// `.`
    One,
    /// `.*`
    Any,
    /// One of [`CLASSES`], which is never empty.
    Class(&'static str),
}

/// Classes that only a wider part or the same one takes.
const CLASSES: [&str; 6] = ["[^/]+", "[0-9]+", "\\d+", "\\w+", "[a-z]+", "[a-z0-9]+"];

/// Longer patterns are not taken apart, so that comparing them takes no long time.
const LONGEST: usize = 256;

/// Signs that mean something in a regular expression.
const SIGNS: &str = "\\^$.|?*+()[]{}";

impl Language {
    /// Takes a pattern apart; nothing if it is not simple, negated or optional.
    pub(super) fn of(pattern: &str) -> Option<Self> {
        if pattern.len() > LONGEST || !pattern.is_ascii() || pattern.starts_with(['!', '?']) {
            return None;
        }
        let mut parts = Vec::new();
        let mut rest = pattern;
        while let Some(letter) = rest.chars().next() {
            let (part, length) = part(rest, letter)?;
            parts.extend(part);
            rest = &rest[length..];
            if rest.starts_with(['*', '+', '?', '{']) {
                return None;
            }
        }
        Some(Self(parts))
    }

    /// Whether every text of the other is one of this.
    pub(super) fn contains(&self, other: &Self) -> bool {
        let start = self.0.iter().zip(&other.0);
        let same = start
            .take_while(|(part, found)| **part != Part::Any && part.takes(**found))
            .count();
        let (mine, theirs) = (&self.0[same..], &other.0[same..]);
        match mine.first() {
            None => theirs.is_empty(),
            Some(Part::Any) => absorbs(mine, theirs),
            Some(_) => false,
        }
    }
}

/// Whether all texts of the second parts are texts of the first ones.
fn absorbs(wide: &[Part], narrow: &[Part]) -> bool {
    // It says after how many of the narrow parts the wide parts so far can end.
    let mut ends = vec![false; narrow.len() + 1];
    ends[0] = true;
    for part in wide {
        if *part == Part::Any {
            let first = ends.iter().position(|end| *end).unwrap_or(ends.len());
            ends[first..].fill(true);
        } else {
            for place in (0..narrow.len()).rev() {
                ends[place + 1] = ends[place] && part.takes(narrow[place]);
            }
            ends[0] = false;
        }
    }
    ends.last().copied().unwrap_or(false)
}

impl Part {
    fn takes(self, other: Self) -> bool {
        match (self, other) {
            (Self::One, Self::One | Self::Letter(_)) => true,
            _ => self == other,
        }
    }
}

/// The parts that a pattern begins with, and how long they are written.
fn part(pattern: &str, letter: char) -> Option<(Vec<Part>, usize)> {
    if let Some(class) = CLASSES.iter().find(|class| pattern.starts_with(**class)) {
        return Some((vec![Part::Class(class)], class.len()));
    }
    if pattern.starts_with(".*") {
        return Some((vec![Part::Any], 2));
    }
    if pattern.starts_with(".+") {
        return Some((vec![Part::One, Part::Any], 2));
    }
    match letter {
        '.' => Some((vec![Part::One], 1)),
        '\\' => {
            let escaped = pattern.chars().nth(1).filter(char::is_ascii_punctuation)?;
            Some((vec![Part::Letter(escaped)], 2))
        }
        _ if SIGNS.contains(letter) => None,
        _ => Some((vec![Part::Letter(letter.to_ascii_lowercase())], 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contains(wide: &str, narrow: &str) -> bool {
        match (Language::of(wide), Language::of(narrow)) {
            (Some(wide), Some(narrow)) => wide.contains(&narrow),
            _ => false,
        }
    }

    #[test]
    fn wider_patterns_contain_narrower_ones() {
        for (wide, narrow) in [
            (".*", "/a"),
            (".*", ""),
            ("/a/.*", "/A/b"),
            ("/a/.*", "/a/.*/b"),
            ("/a/.*", "/a/[^/]+"),
            (".*/b.*", "/a/b/c"),
            ("/a.json", "/a\\.json"),
            ("/a.json", "/a.json"),
            ("/.+", "/a"),
            ("/a/[^/]+/c", "/a/[^/]+/c"),
            ("/.*x.*y", "/axbxcy"),
        ] {
            assert!(contains(wide, narrow), "{wide} {narrow}");
        }
    }

    #[test]
    fn what_is_not_certain_is_not_said() {
        for (wide, narrow) in [
            ("/a", "/a/.*"),
            ("/a/.*", "/a"),
            ("/a\\.json", "/a.json"),
            ("/.+", "/"),
            ("/.+", "/.*"),
            ("/[^/]+", "/a"),
            ("/a", "/ab"),
            ("", "/a"),
            ("/(a|b)", "/a"),
            ("/a*", "/a"),
            ("/.*?", "/a"),
            ("!/a", "/b"),
            ("/a/{id}", "/a/{id}"),
            ("/ä.*", "/ä"),
        ] {
            assert!(!contains(wide, narrow), "{wide} {narrow}");
        }
    }
}
