//! Whether Java takes a text for a regular expression.
//!
//! MockServer compares a text that Java refuses as it is, and says nothing. Only what is certain is
//! told: a text that is not understood here counts as a regular expression.
//! <https://docs.oracle.com/en/java/javase/17/docs/api/java.base/java/util/regex/Pattern.html>

/// Why Java refuses a pattern, if it certainly does.
pub(super) fn refusal(pattern: &str) -> Option<&'static str> {
    let mut scan = Scan {
        letters: pattern.chars().collect(),
        at: 0,
        groups: 0,
        has_atom: false,
    };
    while let Some(letter) = scan.next() {
        match scan.take(letter) {
            Step::On => {}
            Step::Refused(reason) => return Some(reason),
            Step::Unknown => return None,
        }
    }
    (scan.groups > 0).then_some("a group is not closed")
}

struct Scan {
    letters: Vec<char>,
    at: usize,
    /// How many groups are open.
    groups: usize,
    /// Whether something stands before that can be repeated.
    has_atom: bool,
}

enum Step {
    On,
    Refused(&'static str),
    /// What follows may mean something else.
    Unknown,
}

/// Letters that mean nothing after a backslash, which Java keeps for later.
const NO_ESCAPES: &str = "gijlmoqyCFIJKLMOTUY";

impl Scan {
    fn next(&mut self) -> Option<char> {
        let letter = self.peek(0)?;
        self.at += 1;
        Some(letter)
    }

    fn peek(&self, ahead: usize) -> Option<char> {
        self.letters.get(self.at + ahead).copied()
    }

    fn take(&mut self, letter: char) -> Step {
        match letter {
            '\\' => {
                let step = self.escape();
                self.has_atom = true;
                step
            }
            '[' => {
                let step = self.class();
                self.has_atom = true;
                step
            }
            '(' => self.open(),
            ')' => match self.groups.checked_sub(1) {
                None => Step::Refused("\")\" closes no group"),
                Some(groups) => {
                    self.groups = groups;
                    self.has_atom = true;
                    Step::On
                }
            },
            '|' => {
                self.has_atom = false;
                Step::On
            }
            '*' | '+' | '?' => self.quantifier(),
            '{' => self.repetition(),
            _ => {
                self.has_atom = true;
                Step::On
            }
        }
    }

    /// After it `?` and `+` change how it repeats; more are too many.
    fn quantifier(&mut self) -> Step {
        if !self.has_atom {
            return Step::Refused("a sign for repetition has nothing before it");
        }
        if matches!(self.peek(0), Some('?' | '+')) {
            self.at += 1;
        }
        self.has_atom = false;
        Step::On
    }

    /// `{2}`, `{2,}` or `{2,3}`.
    fn repetition(&mut self) -> Step {
        const REASON: &str = "\"{\" needs a number after it";
        if !self.peek(0).is_some_and(|letter| letter.is_ascii_digit()) {
            return Step::Refused(REASON);
        }
        if !self.has_atom {
            return Step::Unknown;
        }
        self.digits();
        if self.peek(0) == Some(',') {
            self.at += 1;
            self.digits();
        }
        if self.next() != Some('}') {
            return Step::Refused("\"{\" is not closed");
        }
        if matches!(self.peek(0), Some('?' | '+')) {
            self.at += 1;
        }
        self.has_atom = false;
        Step::On
    }

    fn digits(&mut self) {
        while self.peek(0).is_some_and(|letter| letter.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn escape(&mut self) -> Step {
        let Some(letter) = self.next() else {
            return Step::Refused("it ends with a backslash");
        };
        match letter {
            'Q' => {
                while self.at < self.letters.len() && !self.is_quotation_over() {
                    self.at += 1;
                }
                self.at = (self.at + 2).min(self.letters.len());
                Step::On
            }
            _ if NO_ESCAPES.contains(letter) => {
                Step::Refused("a backslash is before a letter that has no meaning then")
            }
            'p' | 'P' | 'x' | 'N' if self.peek(0) == Some('{') => self.pass('}'),
            'k' if self.peek(0) == Some('<') => self.pass('>'),
            // The sign after it belongs to it; a quotation would be looked at before.
            'c' => match self.next() {
                None | Some('\\') => Step::Unknown,
                Some(_) => Step::On,
            },
            _ => Step::On,
        }
    }

    /// What is in brackets after a letter is not looked at.
    fn pass(&mut self, end: char) -> Step {
        while let Some(letter) = self.next() {
            if letter == end {
                return Step::On;
            }
        }
        Step::Unknown
    }

    fn is_quotation_over(&self) -> bool {
        self.peek(0) == Some('\\') && self.peek(1) == Some('E')
    }

    /// Up to its end; classes may be in classes.
    fn class(&mut self) -> Step {
        let mut depth = 1;
        self.begin_class();
        while let Some(letter) = self.next() {
            match letter {
                '\\' => match self.escape() {
                    Step::On => {}
                    other => return other,
                },
                '[' => {
                    depth += 1;
                    self.begin_class();
                }
                ']' => depth -= 1,
                // What an intersection takes on its right side is a matter of its own.
                '&' if self.peek(0) == Some('&') => return Step::Unknown,
                _ => {}
            }
            if depth == 0 {
                return Step::On;
            }
        }
        Step::Refused("a class of characters is not closed")
    }

    /// A bracket that closes and comes first is a letter.
    fn begin_class(&mut self) {
        if self.peek(0) == Some('^') {
            self.at += 1;
        }
        if self.peek(0) == Some(']') {
            self.at += 1;
        }
    }

    fn open(&mut self) -> Step {
        self.groups += 1;
        self.has_atom = false;
        if self.peek(0) != Some('?') {
            return Step::On;
        }
        match self.peek(1) {
            Some(':' | '=' | '!' | '>') => {
                self.at += 2;
                Step::On
            }
            // Names, what is before, and flags, of which one lets Java pass over blanks.
            _ => Step::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_java_refuses_is_known() {
        for pattern in [
            "/pets/{id}",
            "*/*",
            "*.json",
            "a**",
            "(a",
            "a)",
            "[a",
            "a\\",
            "a{2",
            "a{,3}",
            "/{a",
            "+1",
            "a|*",
            "\\y",
            "[a[b]",
            "a{2}{x}",
            "(?:*)",
            "[\\y]",
            "a*+*",
        ] {
            assert!(refusal(pattern).is_some(), "{pattern}");
        }
    }

    #[test]
    fn what_java_takes_or_may_take_is_let_through() {
        for pattern in [
            "",
            "/pets/.*",
            "/a/[^/]+",
            "a{2}",
            "a{2,}",
            "a{2,3}?",
            "[]a]",
            "[^]]",
            "\\Q(*{\\E",
            "\\Q(",
            "(?:a|b)+",
            "(?<name>a)",
            "(?i)a",
            "a}",
            "a]",
            "a*?",
            "a++",
            "^*",
            "\\d+",
            "\\.",
            "[a&&[b]]",
            "(?x) (",
            "[a-z&&[^b",
            "a.b",
            "/v1.0/x",
            "$",
            "\\p{L}",
            "{2}",
            "()",
            "|",
            "(|a)",
        ] {
            assert_eq!(refusal(pattern), None, "{pattern}");
        }
    }
}
