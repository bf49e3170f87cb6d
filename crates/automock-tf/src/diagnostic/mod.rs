//! Terraform's errors and warnings.

mod text;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::address::Address;
use crate::wire::wire_enum;

wire_enum! {
    /// Whether a diagnostic stopped the operation.
    pub enum Severity {
        /// It did.
        Error = "error",
        /// It did not.
        Warning = "warning",
    }
}

/// An error or a warning, with its place in the configuration where it has one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Diagnostic {
    /// Error or warning.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub summary: String,
    /// The explanation, in one or more lines; may be empty.
    #[serde(default)]
    pub detail: String,
    /// The resource concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Where in the configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Range>,
    /// The lines concerned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snippet: Option<Snippet>,
}

/// A part of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Range {
    /// The file, relative to the working directory.
    pub filename: String,
    /// Its first character.
    pub start: Position,
    /// The character after its last.
    pub end: Position,
}

/// A place in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Position {
    /// From 1.
    pub line: u64,
    /// From 1; 0 if unknown.
    #[serde(default)]
    pub column: u64,
    /// From 0.
    #[serde(default)]
    pub byte: u64,
}

/// The source lines that a diagnostic is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Snippet {
    /// The block that holds them, such as `resource "aws_vpc" "main"`.
    #[serde(default)]
    pub context: Option<String>,
    /// The lines.
    pub code: String,
    /// The number of the first line.
    pub start_line: u64,
    /// Where the concerned part starts, in bytes from the start of `code`.
    #[serde(default)]
    pub highlight_start_offset: u64,
    /// Where the concerned part ends.
    #[serde(default)]
    pub highlight_end_offset: u64,
    /// Values of the expressions inside.
    #[serde(default)]
    pub values: Vec<SnippetValue>,
}

/// The value of an expression inside a snippet; Terraform masks sensitive ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SnippetValue {
    /// The expression, such as `var.size`.
    pub traversal: String,
    /// What is known of it, such as `is "small"`.
    pub statement: String,
}

impl Diagnostic {
    /// Whether it stopped the operation.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }

    /// Reads the diagnostics in the text that terraform writes for people.
    ///
    /// Some commands (`state rm`, `force-unlock`, `init -migrate-state`) have no JSON form. The
    /// framed form that terraform writes with colours is read exactly; without colours two
    /// diagnostics are told apart by their first words.
    #[must_use]
    pub fn parse_text(text: &str) -> Vec<Self> {
        text::parse(text)
    }

    /// Summary and detail on one line, for matching: terraform wraps its text at 78 columns.
    pub(crate) fn flat(&self) -> String {
        let words = self
            .summary
            .split_whitespace()
            .chain(self.detail.split_whitespace());
        words.collect::<Vec<_>>().join(" ")
    }
}

impl fmt::Display for Diagnostic {
    /// Writes summary and detail, and the place if there is one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.summary)?;
        if let Some(range) = &self.range {
            write!(f, " ({}:{})", range.filename, range.start.line)?;
        }
        if !self.detail.is_empty() {
            write!(f, ": {}", self.detail)?;
        }
        Ok(())
    }
}
