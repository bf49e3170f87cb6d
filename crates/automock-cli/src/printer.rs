//! The one place that writes to the terminal: results to standard output, everything else to
//! standard error.

use std::fmt::Display;
use std::io::{IsTerminal, Write};

use automock_stack::StateLocation;
use owo_colors::OwoColorize;
use serde::Serialize;

use crate::args::{GlobalArgs, OutputFormat};
use crate::failure::Failure;

/// How much is said besides the result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Results and errors only.
    Quiet,
    /// Steps and progress.
    Normal,
    /// Also terraform's own messages.
    Verbose,
}

/// Writes results, notes, hints and errors.
///
/// Colours follow the terminal and `NO_COLOR` (through `anstream`).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    format: OutputFormat,
    verbosity: Verbosity,
}

#[expect(
    clippy::unused_self,
    reason = "whoever prints holds the printer, whether or not its settings matter"
)]
impl Printer {
    /// Makes the printer that the global options ask for.
    #[must_use]
    pub(crate) fn new(global: &GlobalArgs) -> Self {
        let verbosity = match (global.quiet, global.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, true) => Verbosity::Verbose,
            _ => Verbosity::Normal,
        };
        Self {
            format: global.output,
            verbosity,
        }
    }

    /// Whether a live display may be drawn: a person looks at standard error.
    #[must_use]
    pub(crate) fn is_interactive(self) -> bool {
        self.verbosity == Verbosity::Normal && std::io::stderr().is_terminal()
    }

    /// Prints the result: `value` as JSON when asked for, else `text`.
    pub(crate) fn result<T: Serialize>(self, value: &T, text: impl Display) {
        match self.format {
            OutputFormat::Json => {
                let json = serde_json::to_string_pretty(value)
                    .expect("results hold only maps with string keys");
                write_out(format_args!("{json}"));
            }
            OutputFormat::Text => write_out(text),
        }
    }

    /// Prints the result only when JSON was asked for; people have been told already.
    pub(crate) fn result_if_json<T: Serialize>(self, value: &T) {
        if self.format == OutputFormat::Json {
            self.result(value, "");
        }
    }

    /// Prints text to standard output whatever the format is: scripts, files, rendered code.
    pub(crate) fn raw(self, text: impl Display) {
        write_out(text);
    }

    /// Says what is going on.
    pub(crate) fn step(self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            write_err(format_args!("{} {text}", "==>".cyan().bold()));
        }
    }

    /// Says something that only a curious person wants to know.
    pub(crate) fn detail(self, text: impl Display) {
        if self.verbosity >= Verbosity::Verbose {
            write_err(format_args!("    {}", text.dimmed()));
        }
    }

    /// Prints a block of explanation to standard error.
    pub(crate) fn note(self, text: impl Display) {
        if self.verbosity >= Verbosity::Normal {
            write_err(text);
        }
    }

    /// Shows what a question is about.
    pub(crate) fn ask_about(self, text: impl Display) {
        write_err(text);
    }

    /// Warns.
    pub(crate) fn warning(self, text: impl Display) {
        write_err(format_args!("{} {text}", "warning:".yellow().bold()));
    }

    /// Prints a failure with its causes, what exists now, and what to do next about a stack with
    /// its state in this place.
    pub(crate) fn failure(self, failure: &Failure, state: StateLocation) {
        write_err(format_args!("{} {failure}", "error:".red().bold()));
        let mut source = std::error::Error::source(failure);
        while let Some(cause) = source {
            write_err(format_args!("  {} {cause}", "caused by:".red()));
            source = cause.source();
        }
        for line in failure.details() {
            write_err(format_args!("  {line}"));
        }
        if let Some(hint) = failure.hint(state) {
            self.hint(hint);
        }
        if self.format == OutputFormat::Json && !failure.is_reported() {
            self.result(&failure.report(state), "");
        }
    }

    /// Prints one problem of a file.
    pub(crate) fn problem(self, text: &str) {
        write_err(format_args!("{} {text}", "error:".red().bold()));
    }

    /// Prints what to do next.
    pub(crate) fn hint(self, hint: impl Display) {
        write_err(format_args!("{} {hint}", "hint:".green().bold()));
    }
}

/// A reader that went away (`automock list | head -1`) is no reason to fail.
fn write_out(text: impl Display) {
    let _ = writeln!(anstream::stdout().lock(), "{text}");
}

fn write_err(text: impl Display) {
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}
