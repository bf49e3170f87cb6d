//! Starting processes and following them to their end.
//!
//! There are two ways. Commands that hold a lock or write state are *followed* ([`follow`]):
//! their output goes to files, so that they outlive their caller. Commands that only read are
//! *read* ([`read`]): their output goes through a pipe, because it can be large and can hold
//! secrets that should not lie on disk, and they end with their caller.

mod follow;
mod log;
mod process;
mod read;
mod tail;

use std::ffi::OsString;

pub(crate) use follow::{Finished, follow};
pub(crate) use process::version_output;
pub(crate) use read::{read, read_text};

use crate::cause::Cause;
use crate::diagnostic::Diagnostic;
use crate::error::Failure;
use crate::escapes::without_escapes;

/// A command line, and how to understand what it prints.
#[derive(Debug)]
pub(crate) struct Invocation {
    /// The subcommand, for messages and file names.
    pub(crate) command: &'static str,
    /// The arguments, the subcommand included.
    pub(crate) args: Vec<OsString>,
    /// Whether it may hold the state's lock.
    pub(crate) locks: bool,
    /// The exit codes that are not failures.
    pub(crate) accepts: &'static [i32],
}

impl Invocation {
    /// A command that only reads.
    pub(crate) fn reading(command: &'static str, args: Vec<OsString>) -> Self {
        Self {
            command,
            args,
            locks: false,
            accepts: &[0],
        }
    }

    /// A command that may hold the state's lock.
    pub(crate) fn locking(command: &'static str, args: Vec<OsString>) -> Self {
        Self {
            locks: true,
            ..Self::reading(command, args)
        }
    }
}

/// How much of standard error a failure carries.
const STDERR_TAIL_BYTES: usize = 8 * 1024;

/// A failure out of what is known when the process has ended.
fn failure(
    command: &'static str,
    status: std::process::ExitStatus,
    stderr: &str,
    seen: Vec<Diagnostic>,
) -> Failure {
    use std::os::unix::process::ExitStatusExt as _;
    let mut diagnostics = seen;
    if !diagnostics.iter().any(Diagnostic::is_error) {
        diagnostics.extend(Diagnostic::parse_text(stderr));
    }
    Failure {
        command,
        cause: Cause::of(&diagnostics),
        diagnostics,
        exit_code: status.code(),
        signal: status.signal(),
        stderr: without_escapes(tail_of(stderr)),
        log: None,
        errored_state: None,
    }
}

fn tail_of(text: &str) -> &str {
    let mut start = text.len().saturating_sub(STDERR_TAIL_BYTES);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    &text[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_of_long_text_starts_at_a_character() {
        let text = "é".repeat(STDERR_TAIL_BYTES);
        let tail = tail_of(&text);
        assert!(tail.len() <= STDERR_TAIL_BYTES && tail.len() > STDERR_TAIL_BYTES - 4);
        assert_eq!(tail_of("short"), "short");
    }
}
