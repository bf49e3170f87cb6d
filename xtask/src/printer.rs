//! The only place that writes to the terminal.
//!
//! Results go to standard output; progress, warnings and errors go to standard error.

use std::fmt::Display;

use crate::error::Error;

/// Prints one line of a result.
#[expect(
    clippy::print_stdout,
    reason = "printing results is what a task is for"
)]
pub(crate) fn result(line: impl Display) {
    println!("{line}");
}

/// Prints one line of progress.
#[expect(clippy::print_stderr, reason = "progress belongs to standard error")]
pub(crate) fn progress(line: impl Display) {
    eprintln!("{line}");
}

/// Prints an error with all its causes, and what to do next.
pub(crate) fn error(error: &Error) {
    progress(format_args!("error: {}", error.chain()));
    if let Some(hint) = error.hint() {
        progress(format_args!("hint: {hint}"));
    }
}
