//! Regular expressions that need no engine: letters and repeated classes of letters, as in
//! `/users/[0-9]+/orders/[a-f0-9]{8}`.
//!
//! An engine is fast once its tables are in the processor's caches, which they are not when hundreds of
//! expressions are asked in turns. What is here is a few bytes for each expression, and compiling it takes
//! no time.

use super::wildcard::SPECIAL;

/// Letters and repeated classes, in ASCII. What follows a repetition always tells where it ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sequence {
    /// The letters of all runs, one after the other, in lower case.
    letters: Box<[u8]>,
    steps: Box<[Step]>,
}

/// Letters, and then a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Step {
    class: Class,
    /// How many letters come before the class.
    letters: u16,
    least: u16,
    most: u16,
}

/// A set of ASCII letters, with both cases of each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Class(u128);

/// As often as it can.
const WITHOUT_END: u16 = u16::MAX;

impl Class {
    const ALL: Self = Self(u128::MAX);

    fn of(letter: u8) -> Self {
        Self(1 << letter.to_ascii_lowercase() | 1 << letter.to_ascii_uppercase())
    }

    fn range(first: u8, last: u8) -> Self {
        (first..=last).map(Self::of).fold(Self::default(), Self::or)
    }

    /// `\d` and `\w`, which are ASCII in Java.
    fn escaped(letter: u8) -> Option<Self> {
        let digits = Self::range(b'0', b'9');
        match letter {
            b'd' => Some(digits),
            b'w' => Some(digits.or(Self::range(b'a', b'z')).or(Self::of(b'_'))),
            _ if letter.is_ascii_punctuation() => Some(Self::of(letter)),
            _ => None,
        }
    }

    fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn not(self) -> Self {
        Self(!self.0)
    }

    fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    fn has(self, letter: u8) -> bool {
        self.0 >> letter & 1 == 1
    }

    /// The only letter, in lower case.
    fn letter(self) -> Option<u8> {
        let letter = u8::try_from(self.0.trailing_zeros()).ok()?;
        let lower = letter.to_ascii_lowercase();
        (letter.is_ascii() && self == Self::of(lower)).then_some(lower)
    }
}

/// A class and how often it comes.
#[derive(Clone, Copy)]
struct Repeated {
    class: Class,
    least: u16,
    most: u16,
}

impl Sequence {
    /// The same as an expression of Java, if it is as simple as that.
    pub(crate) fn read(pattern: &str) -> Option<Self> {
        if !pattern.is_ascii() {
            return None;
        }
        let mut rest = pattern.as_bytes();
        let mut all = Vec::new();
        while !rest.is_empty() {
            let class;
            (class, rest) = read_class(rest)?;
            let (least, most);
            ((least, most), rest) = read_repetition(rest)?;
            all.push(Repeated { class, least, most });
        }
        let is_clear = (0..all.len()).all(|place| is_end_clear(&all, place));
        is_clear.then(|| Self::of(&all)).flatten()
    }

    fn of(all: &[Repeated]) -> Option<Self> {
        let mut letters = Vec::new();
        let mut steps = Vec::new();
        let mut before = 0;
        for Repeated { class, least, most } in all {
            match class.letter().filter(|_| (*least, *most) == (1, 1)) {
                Some(letter) => {
                    letters.push(letter);
                    before += 1;
                }
                None => steps.push(Step {
                    class: *class,
                    letters: u16::try_from(std::mem::take(&mut before)).ok()?,
                    least: *least,
                    most: *most,
                }),
            }
        }
        Some(Self {
            letters: letters.into(),
            steps: steps.into(),
        })
    }

    /// Whether the whole text is like that; nothing if it has other letters than those of ASCII, some of
    /// which are equal to one of ASCII but for case.
    pub(crate) fn matches(&self, text: &str) -> Option<bool> {
        text.is_ascii().then(|| self.is_met_by(text.as_bytes()))
    }

    fn is_met_by(&self, text: &[u8]) -> bool {
        let (mut letters, mut rest) = (&*self.letters, text);
        for step in &self.steps {
            let count = usize::from(step.letters);
            let Some((expected, others)) = letters.split_at_checked(count) else {
                return false;
            };
            let Some((found, after)) = rest.split_at_checked(count) else {
                return false;
            };
            if !expected.eq_ignore_ascii_case(found) {
                return false;
            }
            letters = others;
            let most = match step.most {
                WITHOUT_END => after.len(),
                most => after.len().min(most.into()),
            };
            let run = after[..most]
                .iter()
                .take_while(|letter| step.class.has(**letter));
            let run = run.count();
            if run < step.least.into() {
                return false;
            }
            rest = &after[run..];
        }
        letters.eq_ignore_ascii_case(rest)
    }
}

fn read_class(text: &[u8]) -> Option<(Class, &[u8])> {
    let (first, rest) = text.split_first()?;
    match first {
        b'.' => Some((Class::ALL, rest)),
        b'\\' => {
            let (letter, rest) = rest.split_first()?;
            Some((Class::escaped(*letter)?, rest))
        }
        b'[' => read_set(rest),
        _ if SPECIAL.as_bytes().contains(first) => None,
        _ => Some((Class::of(*first), rest)),
    }
}

/// What is between brackets, unless it is an intersection or holds other brackets.
fn read_set(text: &[u8]) -> Option<(Class, &[u8])> {
    let (is_negated, mut rest) = match text.strip_prefix(b"^") {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let mut set = Class::default();
    loop {
        let (first, after) = rest.split_first()?;
        let (member, after) = match first {
            b']' if set != Class::default() => {
                let set = if is_negated { set.not() } else { set };
                return Some((set, after));
            }
            b']' | b'[' | b'&' | b'^' | b'-' => return None,
            b'\\' => {
                let (letter, after) = after.split_first()?;
                (Class::escaped(*letter)?, after)
            }
            _ => read_range(*first, after)?,
        };
        set = set.or(member);
        rest = after;
    }
}

fn read_range(first: u8, after: &[u8]) -> Option<(Class, &[u8])> {
    match after {
        [b'-', last, rest @ ..] if last.is_ascii_alphanumeric() && first <= *last => {
            Some((Class::range(first, *last), rest))
        }
        [b'-', b']', ..] => Some((Class::of(first).or(Class::of(b'-')), after.get(1..)?)),
        [b'-', ..] => None,
        _ => Some((Class::of(first), after)),
    }
}

/// How often, and what comes after that; a repetition that is lazy or gives nothing back is left out.
fn read_repetition(text: &[u8]) -> Option<((u16, u16), &[u8])> {
    let (times, rest) = match text.first() {
        Some(b'*') => ((0, WITHOUT_END), &text[1..]),
        Some(b'+') => ((1, WITHOUT_END), &text[1..]),
        Some(b'?') => ((0, 1), &text[1..]),
        Some(b'{') => read_count(&text[1..])?,
        _ => return Some(((1, 1), text)),
    };
    let is_doubled = matches!(rest.first(), Some(b'*' | b'+' | b'?' | b'{'));
    (!is_doubled).then_some((times, rest))
}

/// `2}`, `2,}` or `2,3}`.
fn read_count(text: &[u8]) -> Option<((u16, u16), &[u8])> {
    let end = text.iter().position(|letter| *letter == b'}')?;
    let inner = std::str::from_utf8(&text[..end]).ok()?;
    let number = |digits: &str| {
        let is_number = digits.bytes().all(|letter| letter.is_ascii_digit());
        digits.parse().ok().filter(|_| is_number)
    };
    let times = match inner.split_once(',') {
        None => (number(inner)?, number(inner)?),
        Some((least, "")) => (number(least)?, WITHOUT_END),
        Some((least, most)) => (number(least)?, number(most)?),
    };
    (times.0 <= times.1).then_some((times, &text[end + 1..]))
}

/// Whether a run that has any length ends where nothing else than what follows can go on: what can come
/// next shares no letter with it.
fn is_end_clear(all: &[Repeated], place: usize) -> bool {
    let Repeated { class, least, most } = all[place];
    if least == most {
        return true;
    }
    for next in &all[place + 1..] {
        if class.meets(next.class) {
            return false;
        }
        if next.least > 0 {
            return true;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(pattern: &str, text: &str, expected: bool) {
        let sequence = Sequence::read(pattern).unwrap();
        assert_eq!(sequence.matches(text), Some(expected), "{pattern} {text}");
    }

    #[test]
    fn letters_and_classes_are_matched() {
        check("/users/[0-9]+", "/Users/4711", true);
        check("/users/[0-9]+", "/users/", false);
        check("/users/[0-9]+", "/users/1a", false);
        check("/a/[0-9]+/b/[a-f0-9]{8}", "/a/1/b/DEADbeef", true);
        check("/a/[0-9]+/b/[a-f0-9]{8}", "/a/1/b/deadbeef0", false);
        check(r"/a/[^/]+/b", "/a/x y/b", true);
        check(r"/a/[^/]+/b", "/a//b", false);
        check(r"\d{2,3}-\w*", "123-", true);
        check(r"\d{2,3}-\w*", "1-a", false);
        check("/files/.*", "/files/a/b\n", true);
        check("/v1?/a", "/V/a", true);
        check("[a-c_-]+", "a-B_", true);
        check(r"/a\.b", "/axb", false);
    }

    #[test]
    fn other_patterns_are_left_to_the_engine() {
        for pattern in [
            "a|b",
            "(a)",
            "^a",
            "a$",
            "a+?",
            "a*+",
            "a+a",
            ".*a",
            "[a-z]*[0-9a]",
            "[0-9]*x?[0-9]",
            "[[a]]",
            "[a&&b]",
            "[]a]",
            "[^]a]",
            "[a^-]",
            r"\s",
            r"\p{L}",
            "a{,2}",
            "a{3,2}",
            "a{x}",
            "[a",
            "ä",
            "{2}",
            "a\\",
        ] {
            assert_eq!(Sequence::read(pattern), None, "{pattern}");
        }
    }

    #[test]
    fn texts_of_other_letters_are_left_to_the_engine() {
        let sequence = Sequence::read("[a-z]+").unwrap();
        assert_eq!(sequence.matches("\u{212a}"), None);
    }

    #[test]
    fn it_is_small() {
        let sequence = Sequence::read("/service-1/items/[0-9]+").unwrap();
        assert_eq!(&*sequence.letters, b"/service-1/items/");
        assert_eq!(sequence.steps.len(), 1);
    }

    proptest! {
        #[test]
        fn it_agrees_with_the_engine(
            pattern in r"(([abB/1-]|\.|\[ab\]|\[\^a\]|\[a-c1\]|\[\^/\]|\\d|\\w|\\\.)(\*|\+|\?|\{2\}|\{1,\}|\{0,2\})?){0,5}",
            text in "[abAB/1.\n-]{0,8}",
        ) {
            if let Some(sequence) = Sequence::read(&pattern) {
                let translated = super::super::java::translate(&pattern).unwrap();
                let engine = fancy_regex::Regex::new(&format!(r"(?is)\A(?:{translated})\z")).unwrap();
                prop_assert_eq!(sequence.matches(&text), Some(engine.is_match(&text).unwrap()));
            }
        }
    }
}
