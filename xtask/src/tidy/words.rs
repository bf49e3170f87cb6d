//! Words that mark unfinished work.

use super::report::Finding;
use crate::workspace::SourceFile;

/// Spelled in halves, because this file is checked as well.
const FORBIDDEN: [&str; 4] = [
    concat!("TO", "DO"),
    concat!("FIX", "ME"),
    concat!("X", "XX"),
    concat!("HA", "CK"),
];

/// Finds forbidden words that stand alone.
pub(crate) fn check(file: &SourceFile) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (index, line) in file.text.lines().enumerate() {
        for word in FORBIDDEN {
            if holds_word(line, word) {
                let message = format!("`{word}`: finish it, or write down the limitation");
                findings.push(Finding::violation(&file.path, message).at(index));
            }
        }
    }
    findings
}

fn holds_word(line: &str, word: &str) -> bool {
    line.split(|letter: char| !letter.is_alphanumeric())
        .any(|part| part == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines_found(text: &str) -> Vec<usize> {
        let file = SourceFile {
            path: "notes.md".to_owned(),
            text: text.to_owned(),
        };
        check(&file)
            .into_iter()
            .filter_map(|finding| finding.line)
            .collect()
    }

    #[test]
    fn every_forbidden_word_is_found() {
        for word in FORBIDDEN {
            assert_eq!(lines_found(&format!("fine\n// {word}: later\n")), [2]);
        }
    }

    #[test]
    fn parts_of_words_and_other_cases_are_fine() {
        for word in FORBIDDEN {
            assert!(lines_found(&format!("a{word}b\n")).is_empty());
            assert!(lines_found(&word.to_lowercase()).is_empty());
        }
    }
}
