//! Java code in lines.

use std::fmt::Write as _;

/// How many blanks a level is.
const BLANKS: usize = 8;

/// How many characters a constant holds at most. The limit of class files is 65,535 bytes, and a
/// character takes up to three of them (two halves of four).
const LONGEST: usize = 16_000;

/// Java code in lines.
#[derive(Debug, Default)]
pub(super) struct Code(String);

impl Code {
    /// Begins a line.
    pub(super) fn line(&mut self, level: usize, text: &str) {
        self.0.push('\n');
        self.0.extend(std::iter::repeat_n(' ', level * BLANKS));
        self.0.push_str(text);
    }

    /// Goes on with the line.
    pub(super) fn more(&mut self, text: &str) {
        self.0.push_str(text);
    }

    /// A call with simple arguments, `.name(arguments)`.
    pub(super) fn call(&mut self, level: usize, name: &str, arguments: &str) {
        self.line(level, &format!(".{name}({arguments})"));
    }

    /// A call with an argument in lines of its own.
    pub(super) fn call_lines(
        &mut self,
        level: usize,
        name: &str,
        argument: impl FnOnce(&mut Self, usize),
    ) {
        self.line(level, &format!(".{name}("));
        argument(self, level + 1);
        self.line(level, ")");
    }

    /// Arguments in lines of their own, with commas between them.
    pub(super) fn list(&mut self, level: usize, items: &[String]) {
        for (at, item) in items.iter().enumerate() {
            self.line(level, item);
            if at + 1 < items.len() {
                self.more(",");
            }
        }
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// A text as an expression: one constant, or several if it is too long for one.
pub(super) fn literal(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    if characters.len() <= LONGEST {
        return constant(&characters);
    }
    let parts: Vec<String> = characters.chunks(LONGEST).map(constant).collect();
    format!("String.join(\"\", {})", parts.join(", "))
}

fn constant(characters: &[char]) -> String {
    let mut found = String::with_capacity(characters.len() + 2);
    found.push('"');
    for character in characters {
        escape(*character, &mut found);
    }
    found.push('"');
    found
}

/// Code points beyond ASCII are written as Java's units of UTF-16, so that the encoding of the source
/// does not matter.
fn escape(character: char, found: &mut String) {
    match character {
        '"' => found.push_str("\\\""),
        '\\' => found.push_str("\\\\"),
        '\n' => found.push_str("\\n"),
        '\r' => found.push_str("\\r"),
        '\t' => found.push_str("\\t"),
        '\u{8}' => found.push_str("\\b"),
        '\u{c}' => found.push_str("\\f"),
        ' '..='~' => found.push(character),
        _ => {
            for unit in character.encode_utf16(&mut [0; 2]) {
                write!(found, "\\u{unit:04X}").expect("memory takes all text");
            }
        }
    }
}

/// Text in a comment, which it cannot end.
pub(super) fn comment(text: &str) -> String {
    let text: String = text
        .chars()
        .map(|character| match character {
            '*' | '\\' => ' ',
            _ if character.is_control() => ' ',
            _ => character,
        })
        .collect();
    format!("/* {text} */")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        assert_eq!(literal("a\"b\\u0041\n"), r#""a\"b\\u0041\n""#);
        assert_eq!(literal("é\u{0}😀"), r#""\u00E9\u0000\uD83D\uDE00""#);
        assert_eq!(comment("a */ \\u002a/ b"), "/* a  /  u002a/ b */");
    }

    #[test]
    fn long_texts_are_several_constants() {
        let long = literal(&"€".repeat(LONGEST + 1));
        assert!(
            long.starts_with("String.join(\"\", \"\\u20AC"),
            "{}",
            &long[..40]
        );
        assert!(long.ends_with("\", \"\\u20AC\")"));
    }
}
