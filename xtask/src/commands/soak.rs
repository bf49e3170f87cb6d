//! `cargo xtask soak`: the embedded engine under load for a long time.

use std::env;

use clap::Args;

use crate::error::Error;
use crate::process::Tool;
use crate::workspace::Workspace;

/// Options of `cargo xtask soak`.
#[derive(Debug, Clone, Copy, Args)]
pub(crate) struct SoakArguments {
    /// How many requests to send; each is counted and checked.
    #[arg(long, default_value_t = 50_000_000)]
    pub(crate) requests: u64,
    /// How often to rewrite the served file under load.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) reloads: u64,
}

/// Builds the program with optimisation and runs it.
pub(crate) fn run(workspace: &Workspace, arguments: SoakArguments) -> Result<(), Error> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let SoakArguments { requests, reloads } = arguments;
    Tool::new(cargo, workspace.root())
        .args(["bench", "--package", "automock-server", "--bench", "soak"])
        .args(["--profile", "simulation", "--"])
        .args(["--requests", &requests.to_string()])
        .args(["--reloads", &reloads.to_string()])
        .run()
}
