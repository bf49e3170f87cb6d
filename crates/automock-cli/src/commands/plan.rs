//! `automock plan`

use automock_stack::Stack;

use crate::args::{GlobalArgs, StateChoice};
use crate::context::{self, EngineArgs, ReaperArgs, load_expectations, load_project};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::run::Run;
use crate::text;

/// Show what a deploy would change; asks nothing and changes nothing
///
/// Resources are grouped by module. A replacement says which attributes force it.
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
    let expectations = load_expectations(&project, global, None, printer)?;
    let mut settings = context::settings(global, args.state.into());
    settings.reaper_package = args.reaper.package();
    settings.engine_image = args.engine.image();
    let run = Run::without_question(printer);
    let planned = match Stack::open(project, settings).await {
        Ok(stack) => stack.plan(&expectations, &run.events(), &run.cancel).await,
        Err(error) => Err(error),
    };
    let plan = run.end(planned)?;
    printer.result(&plan, text::plan(&plan));
    Ok(())
}
