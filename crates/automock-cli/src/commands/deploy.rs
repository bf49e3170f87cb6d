//! `automock deploy`

use std::time::Duration;

use automock_stack::{DeployOptions, HealthOptions, Stack};
use jiff::Timestamp;

use super::plan::with_cost;
use crate::args::{GlobalArgs, StateChoice};
use crate::context::{self, EngineArgs, ReaperArgs, load_expectations, load_project};
use crate::cost::{CostArgs, ExpectedLoadArgs};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::run::Run;
use crate::text;

/// Create or update the stack and wait until its mock answers
///
/// Shows the plan and asks before anything is created. The stack is recorded before its first
/// resource, so `automock list` shows it and `automock destroy` removes it whatever happens
/// half-way. Each deploy starts the time to live anew. It ends when ECS has replaced all tasks and each
/// serves the expectations; a deployment that ECS rolled back is a failure, with its cause.
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

    /// Prices and a limit
    #[command(flatten)]
    pub cost: CostArgs,

    /// What is expected
    #[command(flatten)]
    pub expected: ExpectedLoadArgs,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,

    /// Seconds to wait for healthy targets; 0 does not wait
    #[arg(long, value_name = "SECONDS", default_value_t = 600)]
    pub wait: u64,

    /// Take the stack and its lock from a run that is certainly dead
    #[arg(long)]
    pub break_lock: bool,
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let project = load_project(global, printer)?;
    let expectations = load_expectations(&project, global, None, printer)?;
    context::warn_of_misfits(&project, &expectations, printer);
    let mut settings = context::settings(global, args.state.into());
    settings.reaper_package = args.reaper.package();
    settings.engine_image = args.engine.image();
    let options = DeployOptions {
        health: HealthOptions {
            timeout: Duration::from_secs(args.wait),
            ..HealthOptions::default()
        },
        skip_health: args.wait == 0,
        break_lock: args.break_lock,
    };
    let cost = args.cost.check(&project, &args.expected, printer)?;
    let run = Run::start(printer, args.yes)?;
    let made = match Stack::open(project, settings).await {
        Ok(stack) => {
            stack
                .deploy(&expectations, options, &run.events(), &run.cancel, |plan| {
                    let shown = with_cost(text::plan(plan), cost.as_ref());
                    run.approve(&shown, "Apply this plan?")
                })
                .await
        }
        Err(error) => Err(error),
    };
    let made = run.end(made)?;
    printer.result(&made, text::deployment(&made, Timestamp::now()));
    Ok(())
}
