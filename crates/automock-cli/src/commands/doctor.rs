//! `automock doctor`

use automock_stack::doctor;

use crate::args::{GlobalArgs, StateChoice};
use crate::context::{self, EngineArgs, ReaperArgs, load_project};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text;

/// Check this machine, the credentials and the account
///
/// Goes through everything that a deploy of the project needs, and changes nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where state and record live
    #[arg(long, value_enum, default_value_t)]
    pub state: StateChoice,

    /// The reaper's package
    #[command(flatten)]
    pub reaper: ReaperArgs,

    /// The engine's image
    #[command(flatten)]
    pub engine: EngineArgs,
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let project = load_project(global, printer)?;
    let mut settings = context::settings(global, args.state.into());
    settings.reaper_package = args.reaper.package();
    settings.engine_image = args.engine.image();
    let found = doctor(&project, &settings).await;
    printer.result(&found, text::diagnosis(&found));
    match found.failures() {
        0 => Ok(()),
        count => Err(Failure::Unfit { count }),
    }
}
