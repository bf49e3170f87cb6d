//! The `automock` command.

use std::process::ExitCode;

fn main() -> ExitCode {
    automock_cli::run(std::env::args_os())
}
