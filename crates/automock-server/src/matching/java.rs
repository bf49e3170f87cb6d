//! Translates Java's regular expressions.
//!
//! Most of the syntax is the same. What differs is rewritten: quoted passages, classes of
//! characters that are ASCII in Java, and braces, which Java takes for repetition only.

/// The pattern for `fancy_regex`, or nothing if Java would not take it.
pub(crate) fn translate(pattern: &str) -> Option<String> {
    let mut translation = Translation {
        rest: pattern,
        output: String::with_capacity(pattern.len() + 16),
        groups: 0,
        class: 0,
        repeatable: false,
    };
    while let Some(letter) = translation.next() {
        translation.take(letter)?;
    }
    let complete = translation.groups == 0 && translation.class == 0;
    complete.then_some(translation.output)
}

struct Translation<'p> {
    rest: &'p str,
    output: String,
    /// How many groups are open.
    groups: usize,
    /// How many classes of characters are open.
    class: usize,
    /// Whether something stands before that can be repeated.
    repeatable: bool,
}

impl Translation<'_> {
    fn next(&mut self) -> Option<char> {
        let letter = self.rest.chars().next()?;
        self.rest = &self.rest[letter.len_utf8()..];
        Some(letter)
    }

    fn take(&mut self, letter: char) -> Option<()> {
        match letter {
            '\\' => return self.escape(),
            '[' => self.open_class(),
            ']' if self.class > 0 => {
                self.class -= 1;
                self.emit("]");
            }
            _ if self.class > 0 => self.output.push(letter),
            ']' => self.emit("\\]"),
            '}' => self.emit("\\}"),
            '*' | '+' | '?' => return self.quantifier(letter),
            '{' => return self.repetition(),
            '(' => self.open_group(),
            ')' => {
                self.groups = self.groups.checked_sub(1)?;
                self.emit(")");
            }
            '|' => {
                self.output.push('|');
                self.repeatable = false;
            }
            _ => {
                self.output.push(letter);
                self.repeatable = true;
            }
        }
        Some(())
    }

    fn emit(&mut self, text: &str) {
        self.output.push_str(text);
        self.repeatable = true;
    }

    fn open_group(&mut self) {
        self.groups += 1;
        self.output.push('(');
        self.repeatable = false;
        if self.rest.starts_with('?') {
            self.next();
            self.output.push('?');
        }
    }

    /// A bracket that comes first in a class is a letter in Java only if it closes.
    fn open_class(&mut self) {
        self.class += 1;
        self.output.push('[');
        if self.rest.starts_with('^') {
            self.next();
            self.output.push('^');
        }
        if self.rest.starts_with(']') {
            self.next();
            self.output.push_str("\\]");
        }
    }

    /// A sign that stands after nothing, or after another one, is no pattern.
    fn quantifier(&mut self, sign: char) -> Option<()> {
        if !self.repeatable {
            return None;
        }
        self.output.push(sign);
        self.end_quantifier(true);
        Some(())
    }

    /// `{2}`, `{2,}` or `{2,3}`; other braces are no pattern. After nothing, or after another
    /// quantifier, Java takes it for a repetition of nothing, as in `.*{2,3}`.
    fn repetition(&mut self) -> Option<()> {
        let (inner, rest) = self.rest.split_once('}')?;
        let (least, most) = inner.split_once(',').unwrap_or((inner, ""));
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if least.is_empty() || !digits(least) || !digits(most) {
            return None;
        }
        self.rest = rest;
        if self.repeatable {
            self.output.push('{');
            self.output.push_str(inner);
            self.output.push('}');
        }
        self.end_quantifier(self.repeatable);
        Some(())
    }

    /// What says that it takes as little as possible, or gives nothing back, belongs to it.
    fn end_quantifier(&mut self, shown: bool) {
        if let Some(mode @ ('?' | '+')) = self.rest.chars().next() {
            self.next();
            if shown {
                self.output.push(mode);
            }
        }
        self.repeatable = false;
    }

    fn escape(&mut self) -> Option<()> {
        let letter = self.next()?;
        match letter {
            'Q' => self.quotation(),
            'p' | 'P' => return self.property(letter),
            'Z' => self.emit("(?=\\n?\\z)"),
            _ => {
                let class = ascii_class(letter).map(str::to_owned);
                self.emit(&class.unwrap_or_else(|| format!("\\{letter}")));
            }
        }
        Some(())
    }

    fn quotation(&mut self) {
        let (quoted, rest) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
        self.rest = rest;
        for letter in quoted.chars() {
            if letter.is_ascii_punctuation() {
                self.output.push('\\');
            }
            self.output.push(letter);
            self.repeatable = true;
        }
    }

    fn property(&mut self, sign: char) -> Option<()> {
        let Some(inner) = self.rest.strip_prefix('{') else {
            self.emit(if sign == 'p' { "\\p" } else { "\\P" });
            return Some(());
        };
        let (name, rest) = inner.split_once('}')?;
        self.rest = rest;
        let posix = POSIX.iter().find(|(java, _)| *java == name);
        let text = match posix {
            Some((_, class)) if sign == 'p' => format!("[{class}]"),
            Some((_, class)) => format!("[^{class}]"),
            None => format!("\\{sign}{{{}}}", name.strip_prefix("Is").unwrap_or(name)),
        };
        self.emit(&text);
        Some(())
    }
}

/// The classes of characters that are ASCII in Java unless it is told otherwise.
fn ascii_class(letter: char) -> Option<&'static str> {
    Some(match letter {
        'd' => "[0-9]",
        'D' => "[^0-9]",
        'w' => "[a-zA-Z0-9_]",
        'W' => "[^a-zA-Z0-9_]",
        's' => "[ \\t\\n\\x0B\\f\\r]",
        'S' => "[^ \\t\\n\\x0B\\f\\r]",
        'h' => "[ \\t\\u{A0}\\u{1680}\\u{180e}\\u{2000}-\\u{200a}\\u{202f}\\u{205f}\\u{3000}]",
        'v' => "[\\n\\x0B\\f\\r\\u{85}\\u{2028}\\u{2029}]",
        _ => return None,
    })
}

/// The classes of POSIX by their names in Java.
const POSIX: [(&str, &str); 13] = [
    ("Lower", "a-z"),
    ("Upper", "A-Z"),
    ("ASCII", "\\x00-\\x7F"),
    ("Alpha", "a-zA-Z"),
    ("Digit", "0-9"),
    ("Alnum", "a-zA-Z0-9"),
    ("Punct", "!-/:-@\\[-`{-~"),
    ("Graph", "!-~"),
    ("Print", " -~"),
    ("Blank", " \\t"),
    ("Cntrl", "\\x00-\\x1F\\x7F"),
    ("XDigit", "0-9a-fA-F"),
    ("Space", " \\t\\n\\x0B\\f\\r"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_rewritten() {
        let check = |pattern, expected| {
            assert_eq!(translate(pattern).as_deref(), expected, "{pattern}");
        };
        check("/a/.*", Some("/a/.*"));
        check(r"\d{2,3}x{2}y{1,}", Some("[0-9]{2,3}x{2}y{1,}"));
        check(r"\Qa.b\E+", Some(r"a\.b+"));
        check(r"\Qa(", Some(r"a\("));
        check(r"[\w-]]", Some(r"[[a-zA-Z0-9_]-]\]"));
        check(
            r"\p{Alpha}\P{Digit}\p{L}\p{IsLatin}",
            Some(r"[a-zA-Z][^0-9]\p{L}\p{Latin}"),
        );
        check("(?i)(?:a|b)(?<n>c)", Some("(?i)(?:a|b)(?<n>c)"));
        check("a}", Some(r"a\}"));
        check("P.*{2,3}", Some("P.*"));
        check("a{2}{3}b{4}+{5}?c", Some("a{2}b{4}+c"));
        check("(|{2})a*?b++", Some("(|)a*?b++"));
    }

    #[test]
    fn what_java_refuses_is_no_pattern() {
        for pattern in [
            "/a/{id}", "{a}", "(a", "a)", "a)(b", "[a", "a\\", "x{", "x{,2}", "(*a)", "a**",
            "a+++", "a{2}?*", "\\p{L",
        ] {
            assert_eq!(translate(pattern), None, "{pattern}");
        }
    }
}
