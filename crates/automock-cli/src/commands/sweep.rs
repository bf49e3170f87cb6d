//! `automock sweep`

use automock_model::Region;
use automock_stack::{Sweep, SweepOptions, sweep};

use crate::args::GlobalArgs;
use crate::context;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::run::Run;
use crate::text;

/// Find stacks that are overdue, half-created or forgotten, and remove them
///
/// Looks into one region, and without `--delete` touches nothing. What goes is a stack whose time is
/// up, one whose teardown has begun, one whose first deploy has failed or died, even within its time,
/// and resources of which there is no record. A stack that serves within its time stays, and so does
/// one that somebody is at work on: a run on another machine counts as dead after an hour without a
/// sign of life. Terraform is not needed: resources are found by their ownership tags, and removed in
/// the order in which AWS lets them go; what carries no tag of the stack stays.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Region to look into; the project's when left out
    #[arg(long, env = "AWS_REGION", value_parser = Region::new)]
    pub region: Option<Region>,

    /// Remove what is found
    #[arg(long)]
    pub delete: bool,

    /// Don't ask
    #[arg(short, long, requires = "delete")]
    pub yes: bool,
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let region = context::region(args.region.as_ref(), global, printer)?;
    let settings = context::settings(global, automock_stack::StateLocation::S3);
    let run = if args.delete {
        Run::start(printer, args.yes)?
    } else {
        Run::reading(printer)
    };
    let options = SweepOptions {
        delete: args.delete,
    };
    let found = sweep(
        &region,
        &settings,
        options,
        &run.events(),
        &run.cancel,
        |found| run.approve(&text::sweep(found), "Remove them for good?"),
    )
    .await;
    let found = run.end(found)?;
    printer.result(&found, text::sweep(&found));
    outcome(&found)
}

fn outcome(found: &Sweep) -> Result<(), Failure> {
    found
        .shortfall()
        .map_or(Ok(()), |error| Err(Failure::Reported(error)))
}
