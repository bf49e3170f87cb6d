//! Which rehearsal, and how long.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{live, quick};
use crate::error::Error;
use crate::workspace::Workspace;

/// Options of `cargo xtask rehearse`.
#[derive(Debug, Clone, Args)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own"
)]
pub(crate) struct RehearseArguments {
    /// Lets the emulator play the tasks: no containers, no load, no root.
    #[arg(long)]
    pub(crate) quick: bool,
    /// Every step, with fewer requests.
    #[arg(long, conflicts_with = "quick")]
    pub(crate) short: bool,
    /// The mock server: AutoMock's engine, or a real MockServer with the real loader.
    #[arg(
        long,
        value_enum,
        default_value_t = Engine::Automock,
        conflicts_with_all = ["quick", "processes", "spot_order", "image"]
    )]
    pub(crate) engine: Engine,
    /// Tasks to begin with.
    #[arg(
        long,
        value_name = "COUNT",
        default_value_t = 2,
        value_parser = clap::value_parser!(u32).range(1..=50),
        conflicts_with = "quick"
    )]
    pub(crate) tasks: u32,
    /// Requests per second; twice as many while the fleet scales out [default: 600, of MockServer 100].
    #[arg(long, value_name = "COUNT", conflicts_with = "quick")]
    pub(crate) rate: Option<u32>,
    /// Requests in all, at least [default: 200000, with --short 30000, of MockServer a tenth].
    #[arg(long, value_name = "COUNT", conflicts_with = "quick")]
    pub(crate) requests: Option<u64>,
    /// Runs the fleet on Fargate Spot; a task that is taken back stays registered until it has stopped.
    #[arg(long, conflicts_with = "quick")]
    pub(crate) spot_order: bool,
    /// Writes the figures of all steps to a file.
    #[arg(long, value_name = "FILE", conflicts_with = "quick")]
    pub(crate) json: Option<PathBuf>,
    /// Runs tasks as plain processes, as where containers cannot be had.
    #[arg(long, conflicts_with = "quick")]
    pub(crate) processes: bool,
    /// The program `automock`, built before [default: builds it].
    #[arg(long, value_name = "FILE", conflicts_with = "quick")]
    pub(crate) automock: Option<PathBuf>,
    /// An image that was built before [default: builds one].
    #[arg(long, value_name = "DIRECTORY", conflicts_with = "quick")]
    pub(crate) image: Option<PathBuf>,
    /// A package of the reaper that was built before [default: builds one].
    #[arg(long, value_name = "FILE", conflicts_with = "quick")]
    pub(crate) reaper_package: Option<PathBuf>,
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

/// What serves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    /// AutoMock's own.
    Automock,
    /// MockServer.
    Mockserver,
}

impl RehearseArguments {
    /// Requests of the long form, and of the one for a machine that has more to do.
    const LONG: u64 = 200_000;
    const SHORT: u64 = 30_000;

    /// How many requests there are at least.
    pub(super) fn wanted_requests(&self) -> u64 {
        let usual = if self.short { Self::SHORT } else { Self::LONG };
        let usual = if self.is_mockserver() {
            usual / 10
        } else {
            usual
        };
        self.requests.unwrap_or(usual)
    }

    /// Requests per second.
    pub(super) fn rate(&self) -> u32 {
        let usual = if self.is_mockserver() { 100 } else { 600 };
        self.rate.unwrap_or(usual)
    }

    pub(super) fn is_mockserver(&self) -> bool {
        self.engine == Engine::Mockserver
    }
}

/// Runs the rehearsal.
pub(crate) fn run(workspace: &Workspace, arguments: &RehearseArguments) -> Result<(), Error> {
    if arguments.quick {
        quick::run(workspace, arguments)
    } else {
        live::run(workspace, arguments)
    }
}
