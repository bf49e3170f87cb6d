//! The only place that writes to the terminal.
//!
//! Results go to standard output; progress, warnings and errors go to standard error.

use std::error::Error as _;
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
    progress(format_args!("error: {}", chain(error)));
    if let Some(hint) = error.hint() {
        progress(format_args!("hint: {hint}"));
    }
}

/// Joins an error's message with those of its causes.
fn chain(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(current) = cause {
        text.push_str(": ");
        text.push_str(&current.to_string());
        cause = current.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn an_error_is_printed_with_its_causes() {
        let error = Error::Read {
            path: "deny.toml".into(),
            source: io::Error::other("no such file"),
        };
        assert_eq!(chain(&error), "cannot read deny.toml: no such file");
    }
}
