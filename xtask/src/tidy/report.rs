//! Applies every rule and collects what they find.

use std::fmt;

use super::{crates, rust, terraform, words};
use crate::error::Error;
use crate::workspace::Workspace;

/// The endings of the files that rules look at.
const ENDINGS: [&str; 8] = [
    ".rs", ".tf", ".hcl", ".toml", ".md", ".py", ".sh", ".ci/run",
];

/// Whether a finding fails the task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Severity {
    Warning,
    Violation,
}

/// Something that breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) path: String,
    /// Counted from one; `None` when the finding is about the whole file.
    pub(crate) line: Option<usize>,
    pub(crate) message: String,
}

/// The result of applying all rules.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) files: usize,
    pub(crate) findings: Vec<Finding>,
}

impl Finding {
    /// A violation of a rule by a whole file.
    pub(crate) fn violation(path: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Violation,
            path: path.to_owned(),
            line: None,
            message: message.into(),
        }
    }

    /// Something to look at that doesn't fail the task.
    pub(crate) fn warning(path: &str, message: impl Into<String>) -> Self {
        Self {
            severity: Severity::Warning,
            ..Self::violation(path, message)
        }
    }

    /// Narrows a finding down to a line, counted from zero.
    pub(crate) fn at(self, index: usize) -> Self {
        Self {
            line: Some(index + 1),
            ..self
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.severity {
            Severity::Warning => "warning",
            Severity::Violation => "violation",
        };
        write!(formatter, "{}", self.path)?;
        if let Some(line) = self.line {
            write!(formatter, ":{line}")?;
        }
        write!(formatter, ": {word}: {}", self.message)
    }
}

/// Applies every rule to the repository.
pub(crate) fn check(workspace: &Workspace) -> Result<Report, Error> {
    let files = workspace.files("", &ENDINGS)?;
    let mut findings = crates::check(&files)?;
    findings.extend(terraform::check_modules(&files));
    for file in &files {
        findings.extend(words::check(file));
        findings.extend(rust::check(file));
        findings.extend(terraform::check(file));
    }
    findings.sort_by(|left, right| (&left.path, left.line).cmp(&(&right.path, right.line)));
    Ok(Report {
        files: files.len(),
        findings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn findings_point_to_a_line_that_an_editor_opens() {
        let finding = Finding::violation("src/lib.rs", "too long").at(41);
        assert_eq!(finding.to_string(), "src/lib.rs:42: violation: too long");
        let finding = Finding::warning("src/lib.rs", "long");
        assert_eq!(finding.to_string(), "src/lib.rs: warning: long");
    }

    #[test]
    fn every_kind_of_rule_is_applied() {
        let directory = tempfile::tempdir().unwrap();
        let workspace = Workspace::at(directory.path());
        workspace
            .write("src/lib.rs", "fn undocumented() {}\n")
            .unwrap();
        workspace.write("a.md", concat!("TO", "DO\n")).unwrap();
        workspace
            .write(
                "terraform/modules/x/main.tf",
                "locals { now = timestamp() }\n",
            )
            .unwrap();
        workspace
            .write("crates/x/Cargo.toml", "[package]\nname = \"x\"\n")
            .unwrap();
        let report = check(&workspace).unwrap();
        assert_eq!(report.files, 4);
        for path in [
            "src/lib.rs",
            "a.md",
            "terraform/modules/x/main.tf",
            "crates/x/Cargo.toml",
        ] {
            assert!(
                report.findings.iter().any(|finding| finding.path == path),
                "{path}"
            );
        }
    }
}
