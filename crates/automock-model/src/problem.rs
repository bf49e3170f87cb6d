//! What is wrong with a file: problems with a path, a value and a reason.

use std::fmt;

use serde::Serialize;
use serde_json::value::RawValue;

/// One thing that is wrong with a file.
///
/// Its `Display` is one line: the path, the value, the reason and the suggestion.
///
/// ```
/// # use automock_model::Project;
/// let problems = Project::from_toml("name = \"petstore\"\ntasks = { min = 10, max = 5 }").unwrap_err();
/// assert_eq!(problems.to_string(), "tasks.max: 5 is less than tasks.min (10)");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Where: keys joined with dots and indices in brackets, `scaling.cpu[1].above`. Empty when
    /// the file as a whole is meant.
    pub path: String,
    /// The value as written in the file, shortened when long.
    pub value: Option<String>,
    /// What is wrong, as a phrase that follows the value.
    pub reason: String,
    /// What to write instead.
    pub suggestion: Option<String>,
    /// Line in the file, counted from 1.
    pub line: Option<usize>,
    /// Column in characters, counted from 1.
    pub column: Option<usize>,
}

impl Problem {
    /// A problem without a value, suggestion or position.
    #[must_use]
    pub fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            value: None,
            reason: reason.into(),
            suggestion: None,
            line: None,
            column: None,
        }
    }

    /// Adds the value, shortened when long.
    #[must_use]
    pub fn with_value(mut self, value: &str) -> Self {
        self.value = Some(shorten(value));
        self
    }

    /// Adds what to write instead.
    #[must_use]
    pub fn with_suggestion(mut self, suggestion: impl Into<String>) -> Self {
        self.suggestion = Some(suggestion.into());
        self
    }

    /// Adds the position of the byte `offset` in `text`.
    #[must_use]
    pub fn at(self, text: &str, offset: usize) -> Self {
        self.placed(&Places::new(text), offset)
    }

    /// Adds a position in a text whose lines are known.
    pub(crate) fn placed(mut self, places: &Places<'_>, offset: usize) -> Self {
        let (line, column) = places.locate(offset);
        self.line = Some(line);
        self.column = Some(column);
        self
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        } else if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(f, "line {line}, column {column}: ")?;
        }
        if let Some(value) = &self.value {
            write!(f, "{value} ")?;
        }
        f.write_str(&self.reason)?;
        match &self.suggestion {
            Some(suggestion) => write!(f, "; {suggestion}"),
            None => Ok(()),
        }
    }
}

/// The lines of a text, found once for all problems in it.
pub(crate) struct Places<'t> {
    text: &'t str,
    line_starts: Vec<usize>,
}

impl<'t> Places<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let after_newline = text.match_indices('\n').map(|(at, _)| at + 1);
        Self {
            text,
            line_starts: std::iter::once(0).chain(after_newline).collect(),
        }
    }

    pub(crate) fn text(&self) -> &'t str {
        self.text
    }

    /// Adds the position of a value that borrows from the text: its address tells its place.
    pub(crate) fn place(&self, problem: Problem, value: &RawValue) -> Problem {
        let offset = (value.get().as_ptr() as usize).checked_sub(self.text.as_ptr() as usize);
        match offset {
            Some(offset) if offset <= self.text.len() => problem.placed(self, offset),
            _ => problem,
        }
    }

    /// Line and column of a byte, both counted from 1, the column in characters.
    fn locate(&self, offset: usize) -> (usize, usize) {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let start = self.line_starts[line - 1];
        let before = &self.text.as_bytes()[start..offset];
        let characters = String::from_utf8_lossy(before).chars().count();
        (line, characters + 1)
    }
}

/// Everything that is wrong with a file, in the file's order. Never empty.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[serde(transparent)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// The problems, or `None` when there are none.
    #[must_use]
    pub fn from_vec(mut problems: Vec<Problem>) -> Option<Self> {
        // A stable sort: problems without a position stay where they were found.
        problems.sort_by_key(|problem| (problem.line.is_none(), problem.line, problem.column));
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// The problems in the file's order.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// The problems as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, problem) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{problem}")?;
        }
        Ok(())
    }
}

/// Values are quoted in messages: beyond this many characters they hide the reason.
const LONGEST_VALUE: usize = 60;

fn shorten(value: &str) -> String {
    if value.chars().count() <= LONGEST_VALUE {
        return value.to_owned();
    }
    let head: String = value.chars().take(LONGEST_VALUE - 1).collect();
    format!("{head}…")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_lines_and_characters() {
        let text = "a = 1\nä = \"ü\" x";
        let at_x = text.find('x').unwrap();
        let problem = Problem::new("", "is odd").at(text, at_x);
        assert_eq!((problem.line, problem.column), (Some(2), Some(9)));
        assert_eq!(problem.to_string(), "line 2, column 9: is odd");
        assert_eq!(Problem::new("p", "r").at(text, 9999).line, Some(2));
    }

    #[test]
    fn long_values_are_shortened() {
        let problem = Problem::new("tags.a", "is too long").with_value(&"é".repeat(200));
        assert_eq!(problem.value.unwrap().chars().count(), LONGEST_VALUE);
    }

    #[test]
    fn problems_come_in_the_order_of_the_file() {
        let text = "one\ntwo\nthree";
        let problems = vec![
            Problem::new("nowhere", "is missing"),
            Problem::new("three", "is wrong").at(text, 8),
            Problem::new("one", "is wrong").at(text, 0),
        ];
        let problems = Problems::from_vec(problems).unwrap();
        let paths: Vec<_> = problems.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(paths, ["one", "three", "nowhere"]);
        assert_eq!(Problems::from_vec(Vec::new()), None);
    }
}
