//! `automock list`

use automock_model::Region;
use automock_stack::list;

use crate::args::{GlobalArgs, StateChoice};
use crate::context;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::run::Run;
use crate::text;

/// List the stacks of this account and region
///
/// A run that died half-way is shown as such; `automock destroy STACK` removes what it left.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Region to look into; the project's when left out
    #[arg(long, env = "AWS_REGION", value_parser = Region::new)]
    pub region: Option<Region>,

    /// Where the records live
    #[arg(long, value_enum, default_value_t)]
    pub state: StateChoice,
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let region = context::region(args.region.as_ref(), global, printer)?;
    let settings = context::settings(global, args.state.into());
    let run = Run::reading(printer);
    let found = run.end(list(&region, &settings).await)?;
    printer.result(&found, text::list(&found));
    Ok(())
}
