//! `cargo xtask tidy`: checks the repository's own rules.

use crate::error::Error;
use crate::printer;
use crate::tidy::{self, Severity};
use crate::workspace::Workspace;

/// Prints every finding and fails when one of them is a violation.
pub(crate) fn run(workspace: &Workspace) -> Result<(), Error> {
    let report = tidy::check(workspace)?;
    for finding in &report.findings {
        printer::result(finding);
    }
    let violations = report
        .findings
        .iter()
        .filter(|finding| finding.severity == Severity::Violation)
        .count();
    printer::result(format_args!(
        "checked {} files: {violations} violations, {} warnings",
        report.files,
        report.findings.len() - violations
    ));
    if violations > 0 {
        return Err(Error::Untidy { count: violations });
    }
    Ok(())
}
