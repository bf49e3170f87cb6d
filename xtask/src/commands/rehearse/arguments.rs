//! Which rehearsal, and how long.

use std::path::PathBuf;

use clap::Args;

use super::{live, quick};
use crate::error::Error;
use crate::workspace::Workspace;

/// Options of `cargo xtask rehearse`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RehearseArguments {
    /// Plays the tasks instead of running them: no containers, no load, half a minute.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Every step, with fewer requests.
    #[arg(long, conflicts_with = "quick")]
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
    #[arg(long, value_name = "FILE", conflicts_with = "quick")]
    pub(crate) json: Option<PathBuf>,
    /// Takes tasks as plain processes, as where containers cannot be had.
    #[arg(long, conflicts_with = "quick")]
    pub(crate) processes: bool,
    /// The project to rehearse.
    #[arg(
        long,
        value_name = "DIR",
        default_value = "examples/petstore",
        requires = "quick"
    )]
    pub(crate) project: PathBuf,
    /// Writes which AWS operations were called to a file; needs `EMULATOR_LOG=debug`.
    #[arg(long, value_name = "FILE", requires = "quick")]
    pub(crate) calls: Option<PathBuf>,
    /// Stops before `destroy` and leaves the emulator running until Enter is pressed.
    #[arg(long, requires = "quick")]
    pub(crate) pause: bool,
}

/// Runs the rehearsal.
pub(crate) fn run(workspace: &Workspace, arguments: &RehearseArguments) -> Result<(), Error> {
    if arguments.quick {
        quick::run(workspace, arguments)
    } else {
        live::run(workspace, arguments)
    }
}
