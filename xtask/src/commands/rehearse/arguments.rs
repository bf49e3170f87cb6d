//! Which rehearsal, and how long.

use std::path::PathBuf;

use clap::Args;

use super::{live, quick};
use crate::error::Error;
use crate::workspace::Workspace;

/// Options of `cargo xtask rehearse`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RehearseArguments {
    /// Runs the tasks for real, as containers behind a load balancer, under a constant load. Otherwise the
    /// emulator plays them.
    #[arg(long)]
    pub(crate) live: bool,
    /// Every step, with fewer requests.
    #[arg(long, requires = "live")]
    pub(crate) short: bool,
    /// Tasks to begin with.
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 2,
        conflicts_with = "quick"
    )]
    pub(crate) tasks: u32,
    /// Requests per second.
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 600,
        conflicts_with = "quick"
    )]
    pub(crate) rate: u32,
    /// Writes the figures of all steps to a file.
    #[arg(long, value_name = "FILE", requires = "live")]
    pub(crate) json: Option<PathBuf>,
    /// Takes tasks as plain processes, as where containers cannot be had.
    #[arg(long, requires = "live")]
    pub(crate) processes: bool,
    /// The project to rehearse.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "examples/petstore",
        conflicts_with = "live"
    )]
    pub(crate) project: PathBuf,
    /// Writes which AWS operations were called to a file; needs `EMULATOR_LOG=debug`.
    #[arg(long, value_name = "FILE", conflicts_with = "live")]
    pub(crate) calls: Option<PathBuf>,
    /// Stops before `destroy` and leaves the emulator running until Enter is pressed.
    #[arg(long, conflicts_with = "live")]
    pub(crate) pause: bool,
}

/// Runs the rehearsal.
pub(crate) fn run(workspace: &Workspace, arguments: &RehearseArguments) -> Result<(), Error> {
    if arguments.live {
        live::run(workspace, arguments)
    } else {
        quick::run(workspace, arguments)
    }
}
