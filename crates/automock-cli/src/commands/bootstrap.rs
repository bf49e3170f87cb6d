//! `automock bootstrap`

use std::collections::BTreeSet;

use automock_model::Region;
use automock_stack::{BootstrapOptions, StateLocation, bootstrap};

use crate::args::GlobalArgs;
use crate::context;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::run::Run;
use crate::text;

/// Create or update the account foundation of a region (once per account and region)
///
/// The foundation holds what outlives every stack: the bucket with Terraform state and the registry
/// of stacks, the reaper's role and log group, and the topic of all notifications. It costs cents a
/// month.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Region of the foundation; the project's region when left out
    #[arg(long, env = "AWS_REGION", value_parser = Region::new)]
    pub region: Option<Region>,

    /// Address that hears of every stack of the account and region; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    pub mail: Vec<String>,

    /// ARN of a policy that bounds the reaper's role
    #[arg(long, value_name = "ARN")]
    pub permissions_boundary: Option<String>,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let region = match &args.region {
        Some(region) => region.clone(),
        None => context::load_project(global, printer)?.region,
    };
    let settings = context::settings(global, StateLocation::S3);
    let options = BootstrapOptions {
        mail: args.mail.iter().cloned().collect::<BTreeSet<_>>(),
        permissions_boundary: args.permissions_boundary.clone(),
    };
    let run = Run::start(printer, args.yes)?;
    let made = bootstrap(
        &region,
        &settings,
        &options,
        &run.events(),
        &run.cancel,
        |plan| run.approve(&text::plan(plan), "Apply this plan?"),
    )
    .await;
    let made = run.end(made)?;
    printer.result(&made, text::bootstrapped(&made));
    Ok(())
}
