//! What all parts of the parser share.

use std::collections::HashSet;

use crate::template::budget::MAX_NESTING;
use crate::template::source::Fault;

/// A place in a text that is being parsed.
#[derive(Debug)]
pub(super) struct Parser<'t> {
    text: &'t str,
    at: usize,
    /// Where the text stands in the template, if it is a string within it.
    origin: Option<usize>,
    depth: usize,
    /// What is found on the way.
    pub(super) notes: Notes,
}

/// What a template uses, to be checked at its end.
#[derive(Debug, Default)]
pub(super) struct Notes {
    /// Names that the template gives values itself.
    pub(super) assigned: HashSet<String>,
    /// References.
    pub(super) uses: Vec<Use>,
}

/// A reference and its first step.
#[derive(Debug)]
pub(super) struct Use {
    /// Its byte in the template.
    pub(super) offset: usize,
    /// Its name.
    pub(super) root: String,
    /// The name of the property or method that is looked up in it.
    pub(super) member: Option<String>,
    /// The number of arguments if it is a method.
    pub(super) arguments: Option<usize>,
}

impl<'t> Parser<'t> {
    /// A parser at the start of a template.
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            origin: None,
            depth: 0,
            notes: Notes::default(),
        }
    }

    /// A parser for a string that stands at a byte of the template.
    pub(super) fn nested<'n>(&mut self, text: &'n str, offset: usize) -> Parser<'n> {
        Parser {
            text,
            at: 0,
            origin: Some(offset),
            depth: self.depth,
            notes: std::mem::take(&mut self.notes),
        }
    }

    /// The byte of the template.
    pub(super) fn offset(&self) -> usize {
        self.origin.unwrap_or(self.at)
    }

    /// A fault here.
    pub(super) fn fault(&self, reason: impl Into<String>) -> Fault {
        Fault::new(self.offset(), reason)
    }

    /// A fault here because something else is expected.
    pub(super) fn expected(&self, what: &str) -> Fault {
        match self.peek() {
            Some(sign) => self.fault(format!("{what} is expected, not `{}`", sign.escape_debug())),
            None => self.fault(format!("{what} is expected before the end")),
        }
    }

    /// Runs a part of the parser one level deeper.
    pub(super) fn deeper<T>(
        &mut self,
        part: impl FnOnce(&mut Self) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        if self.depth == MAX_NESTING {
            return Err(self.fault("the template nests too deep"));
        }
        self.depth += 1;
        let parsed = part(self);
        self.depth -= 1;
        parsed
    }

    /// What is left.
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The place, to come back to.
    pub(super) fn mark(&self) -> usize {
        self.at
    }

    /// Goes back to a place.
    pub(super) fn reset(&mut self, mark: usize) {
        self.at = mark;
    }

    /// The text since a place.
    pub(super) fn since(&self, mark: usize) -> &'t str {
        &self.text[mark..self.at]
    }

    /// The next sign.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Skips so many bytes.
    pub(super) fn skip(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// Takes a text if it is next.
    pub(super) fn take(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.skip(text.len());
        }
        found
    }

    /// Takes a text that must be next.
    pub(super) fn expect(&mut self, text: &str) -> Result<(), Fault> {
        if self.take(text) {
            return Ok(());
        }
        Err(self.expected(&format!("`{text}`")))
    }

    /// Takes a word if it is next, and not only the start of a longer one.
    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let next = self.rest().strip_prefix(word);
        let found = next.is_some_and(|next| !next.starts_with(is_inside_name));
        if found {
            self.skip(word.len());
        }
        found
    }

    /// Takes all signs that are wanted.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|sign| !wanted(sign)).unwrap_or(rest.len());
        self.skip(end);
        &rest[..end]
    }

    /// Skips blanks and ends of lines.
    pub(super) fn blanks(&mut self) {
        self.take_while(char::is_whitespace);
    }

    /// Takes a name: a hyphen in it is followed by another letter or digit.
    pub(super) fn name(&mut self) -> Option<&'t str> {
        let mark = self.mark();
        if !self
            .peek()
            .is_some_and(|sign| sign.is_ascii_alphabetic() || sign == '_')
        {
            return None;
        }
        self.take_while(is_inside_name);
        while self
            .rest()
            .strip_prefix('-')
            .is_some_and(|rest| rest.starts_with(is_inside_name))
        {
            self.skip(1);
            self.take_while(is_inside_name);
        }
        Some(self.since(mark))
    }
}

fn is_inside_name(sign: char) -> bool {
    sign.is_ascii_alphanumeric() || sign == '_'
}
