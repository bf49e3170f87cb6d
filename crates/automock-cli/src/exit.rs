//! Exit codes: what a script may rely on.
//!
//! The table in `docs/cli.md` is generated from [`ALL`].

use std::process::ExitCode;

use automock_stack::Error;

/// The command did what was asked.
pub const SUCCESS: u8 = 0;
/// Something failed; the message says what and what to do next.
pub const FAILURE: u8 = 1;
/// The command line was not understood.
pub const USAGE: u8 = 2;
/// The project file or the expectations file has errors; nothing was touched.
pub const INVALID_PROJECT: u8 = 3;
/// The person said no, or nobody was there to ask.
pub const DECLINED: u8 = 4;
/// The stack, or the account's foundation, does not exist.
pub const NOT_FOUND: u8 = 5;
/// Another run holds the stack's state lock or changed its record first.
pub const LOCKED: u8 = 6;
/// Credentials are missing, expired or not allowed to do this.
pub const CREDENTIALS: u8 = 7;
/// The tool's own needs are not met: no terraform, too old a version.
pub const TOOLING: u8 = 8;
/// The stack stands but its mock did not become healthy in time, or ECS rolled the deployment back.
pub const UNHEALTHY: u8 = 9;
/// The stack is being torn down: nothing but its end can follow.
pub const TEARING_DOWN: u8 = 10;
/// Tasks refuse the expectations, in the engine's own words; the previous revision is still served.
pub const REFUSED: u8 = 11;
/// Interrupted by Ctrl-C or SIGTERM.
pub const INTERRUPTED: u8 = 130;

/// Every code with its meaning, in numerical order.
pub const ALL: &[(u8, &str)] = &[
    (SUCCESS, "The command did what was asked."),
    (
        FAILURE,
        "Something failed; the message says what and what to do next.",
    ),
    (USAGE, "The command line was not understood."),
    (
        INVALID_PROJECT,
        "The project file or the expectations file has errors; nothing was touched.",
    ),
    (DECLINED, "The person said no, or nobody was there to ask."),
    (
        NOT_FOUND,
        "The stack, or the account's foundation, does not exist.",
    ),
    (
        LOCKED,
        "Another run holds the stack's state lock or changed its record first.",
    ),
    (
        CREDENTIALS,
        "Credentials are missing, expired or not allowed to do this.",
    ),
    (
        TOOLING,
        "A tool that AutoMock runs is missing or too old (terraform or tofu).",
    ),
    (
        UNHEALTHY,
        "The stack stands, but its mock did not become healthy in time, or ECS rolled the deployment back.",
    ),
    (
        TEARING_DOWN,
        "The stack is being torn down: it can be neither extended nor deployed until it is gone.",
    ),
    (
        REFUSED,
        "Tasks refuse the expectations that were pushed; the previous revision is still served.",
    ),
    (INTERRUPTED, "Interrupted by Ctrl-C or SIGTERM."),
];

/// Chooses the exit code of a library error.
#[must_use]
pub fn code_of(error: &Error) -> u8 {
    use automock_stack::ErrorKind as Kind;
    match error.kind() {
        Kind::InvalidInput => INVALID_PROJECT,
        Kind::Declined => DECLINED,
        Kind::NotFound => NOT_FOUND,
        Kind::Locked => LOCKED,
        Kind::Credentials => CREDENTIALS,
        Kind::Tooling => TOOLING,
        Kind::Unhealthy => UNHEALTHY,
        Kind::TearingDown => TEARING_DOWN,
        Kind::Refused => REFUSED,
        Kind::Interrupted => INTERRUPTED,
        _ => FAILURE,
    }
}

/// Turns a code into what `main` returns.
#[must_use]
pub fn status(code: u8) -> ExitCode {
    ExitCode::from(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_unique_and_ascending() {
        assert!(ALL.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
