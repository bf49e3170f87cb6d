//! Places in a template's text.

use super::error::TemplateError;

/// Something wrong at a byte of a template. Lines are counted only when it is reported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    /// The byte.
    pub(super) offset: usize,
    /// What is wrong there.
    pub(super) reason: String,
}

impl Fault {
    /// A fault at a byte.
    pub(super) fn new(offset: usize, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { offset, reason }
    }

    /// The same with line and column.
    pub(super) fn locate(self, text: &str) -> TemplateError {
        let (line, column) = locate(text, self.offset);
        TemplateError {
            line,
            column,
            reason: self.reason,
        }
    }
}

/// The line and the column of a byte, counted from 1.
pub(super) fn locate(text: &str, offset: usize) -> (usize, usize) {
    let offset = text.floor_char_boundary(offset.min(text.len()));
    let before = &text[..offset];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (line, before[start..].chars().count() + 1)
}

/// What follows the blanks at the end of a line, if nothing else is there: its byte.
pub(super) fn after_blank_line_end(text: &str) -> Option<usize> {
    let rest = text.trim_start_matches([' ', '\t']);
    let blanks = text.len() - rest.len();
    let newline = if rest.starts_with("\r\n") {
        2
    } else {
        usize::from(rest.starts_with('\n'))
    };
    (newline > 0 || rest.is_empty()).then_some(blanks + newline)
}

/// Where the blanks begin with which a text ends, if a line begins there.
pub(super) fn before_blank_line_start(text: &str, at_start: bool) -> Option<usize> {
    let rest = text.trim_end_matches([' ', '\t']);
    let begins = rest.ends_with('\n') || (rest.is_empty() && at_start);
    begins.then_some(rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_characters() {
        assert_eq!(locate("ab\näöx", 7), (2, 3));
        assert_eq!(locate("", 5), (1, 1));
    }

    #[test]
    fn ends_and_starts_of_lines() {
        assert_eq!(after_blank_line_end(" \t\r\nx"), Some(4));
        assert_eq!(after_blank_line_end("  "), Some(2));
        assert_eq!(after_blank_line_end(" x"), None);
        assert_eq!(before_blank_line_start("a\n  ", false), Some(2));
        assert_eq!(before_blank_line_start("  ", true), Some(0));
        assert_eq!(before_blank_line_start("  ", false), None);
        assert_eq!(before_blank_line_start("a  ", true), None);
    }
}
