//! What became of the `OpenAPI` documents that are served.

use std::path::PathBuf;

use automock_server::openapi::Report;
use serde::Serialize;

use crate::printer::Printer;

/// More would push what matters off the screen; `--output json` has all.
const MOST_LINES: usize = 10;

/// A document, for programs.
#[derive(Debug, Serialize)]
pub(super) struct Document {
    path: String,
    title: String,
    operations: usize,
    mapped: usize,
    /// What has no effect, each with its place and the reason.
    without_effect: Vec<String>,
}

impl Document {
    pub(super) fn new((path, report): &(PathBuf, Report)) -> Self {
        Self {
            path: path.display().to_string(),
            title: report.title.clone(),
            operations: report.operations,
            mapped: report.mapped,
            without_effect: report.unmapped.iter().map(ToString::to_string).collect(),
        }
    }
}

/// Says how many operations each has, and what in it has no effect.
pub(super) fn tell(printer: Printer, documents: &[(PathBuf, Report)]) {
    for (path, report) in documents {
        let Report {
            title,
            operations,
            mapped,
            unmapped,
            omitted,
            ..
        } = report;
        let name = path.display();
        printer.note(format_args!(
            "{name}: {title}, {mapped} of {operations} operations"
        ));
        for place in unmapped.iter().take(MOST_LINES) {
            printer.warning(format_args!("{name}: {place}"));
        }
        let more = unmapped.len().saturating_sub(MOST_LINES) + omitted;
        if more > 0 {
            printer.warning(format_args!(
                "{name}: {more} more places have no effect; `automock up --output json` lists them"
            ));
        }
    }
}
