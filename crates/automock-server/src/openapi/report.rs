//! What of a document an expectation cannot say.

use std::collections::HashSet;
use std::fmt;

/// So many are told at most; a document of a hundred thousand callbacks has no more to say than that.
const MOST_TOLD: usize = 1_000;

/// Something in a document that has no effect on requests and answers, and why.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Unmapped {
    /// Where it stands, as a JSON pointer into the document.
    pub pointer: String,
    /// Why it has no effect.
    pub reason: String,
}

/// What became of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The title of the API and its version, if the document tells them.
    pub title: String,
    /// How many operations the document has.
    pub operations: usize,
    /// How many of them have an expectation.
    pub mapped: usize,
    /// What has no effect, in the order in which it was found.
    pub unmapped: Vec<Unmapped>,
    /// How many more there are that are not listed.
    pub omitted: usize,
    seen: HashSet<Unmapped>,
}

impl Report {
    /// Adds something, once.
    pub(super) fn add(&mut self, pointer: String, reason: String) {
        let unmapped = Unmapped { pointer, reason };
        if self.seen.contains(&unmapped) {
            return;
        }
        if self.unmapped.len() >= MOST_TOLD {
            self.omitted += 1;
            return;
        }
        self.seen.insert(unmapped.clone());
        self.unmapped.push(unmapped);
    }
}

impl fmt::Display for Unmapped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}: {}", self.pointer, self.reason)
    }
}

/// One line for the whole, and one for each thing that has no effect.
impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            title,
            operations,
            mapped,
            ..
        } = self;
        write!(formatter, "{title}: {mapped} of {operations} operations")?;
        for unmapped in &self.unmapped {
            write!(formatter, "\n  {unmapped}")?;
        }
        if self.omitted > 0 {
            write!(formatter, "\n  and {} more", self.omitted)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_thing_is_told_once_and_not_too_many() {
        let mut report = Report::default();
        for number in 0..MOST_TOLD + 3 {
            report.add("/a".to_owned(), "why".to_owned());
            report.add(format!("/{number}"), "why".to_owned());
        }
        assert_eq!(report.unmapped.len(), MOST_TOLD);
        assert_eq!(report.omitted, 4);
        assert!(report.to_string().ends_with("and 4 more"));
    }
}
