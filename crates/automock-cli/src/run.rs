//! What every long command shares: the live display, the signals, the question.

use automock_stack::{CancellationToken, Error, Events};

use crate::confirm::confirm;
use crate::failure::Failure;
use crate::live::Live;
use crate::printer::Printer;
use crate::signals::cancel_on_signal;

/// A long command in progress.
pub(crate) struct Run {
    printer: Printer,
    live: Live,
    yes: bool,
    /// Cancelled by the first Ctrl-C.
    pub(crate) cancel: CancellationToken,
}

impl Run {
    /// Starts the display. A command that will ask finds out here, before any work, whether there
    /// is somebody to ask.
    pub(crate) fn start(printer: Printer, yes: bool) -> Result<Self, Failure> {
        if !yes && !crate::confirm::can_ask() {
            return Err(Failure::NobodyToAsk);
        }
        Ok(Self {
            yes,
            ..Self::without_question(printer)
        })
    }

    /// Starts the display of a command that only reads: Ctrl-C ends it as it ends any program.
    pub(crate) fn reading(printer: Printer) -> Self {
        Self {
            printer,
            live: Live::new(printer),
            yes: true,
            cancel: CancellationToken::new(),
        }
    }

    /// Starts the display of a command that asks nothing.
    pub(crate) fn without_question(printer: Printer) -> Self {
        Self {
            printer,
            live: Live::new(printer),
            yes: true,
            cancel: cancel_on_signal(printer),
        }
    }

    pub(crate) fn events(&self) -> Events {
        self.live.events()
    }

    /// Shows what is about to happen and asks, unless `--yes` has answered already.
    pub(crate) fn approve(&self, what: &str, question: &str) -> bool {
        self.live.clear();
        if self.yes {
            self.printer.note(what);
        } else {
            // A question without what it is about would be none, `--quiet` or not.
            self.printer.ask_about(what);
        }
        self.yes || confirm(question).unwrap_or(false)
    }

    /// Takes the display away before a result or an error is printed.
    pub(crate) fn end<T>(&self, outcome: Result<T, Error>) -> Result<T, Failure> {
        self.live.clear();
        outcome.map_err(Failure::from)
    }
}
