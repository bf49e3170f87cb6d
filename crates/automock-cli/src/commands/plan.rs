//! `automock plan`

use automock_stack::{Stack, StackPlan};
use serde::Serialize;

use crate::args::{GlobalArgs, StateChoice};
use crate::context::{self, EngineArgs, ReaperArgs, load_expectations, load_project};
use crate::cost::{Cost, CostArgs, ExpectedLoadArgs};
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

    /// Prices and a limit
    #[command(flatten)]
    pub cost: CostArgs,

    /// What is expected
    #[command(flatten)]
    pub expected: ExpectedLoadArgs,
}

/// A plan, and what its stack may cost.
#[derive(Debug, Serialize)]
struct Planned {
    #[serde(flatten)]
    plan: StackPlan,
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Cost>,
}

/// The plan's text with a line on the cost, where it is known.
pub(crate) fn with_cost(plan: String, cost: Option<&Cost>) -> String {
    match cost {
        Some(cost) => format!("{plan}\n{}", text::cost(cost)),
        None => plan,
    }
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let project = load_project(global, printer)?;
    let expectations = load_expectations(&project, global, None, printer)?;
    context::warn_of_misfits(&project, &expectations, printer);
    let mut settings = context::settings(global, args.state.into());
    settings.reaper_package = args.reaper.package();
    settings.engine_image = args.engine.image();
    let cost = args.cost.check(&project, &args.expected, printer)?;
    let run = Run::without_question(printer);
    let planned = match Stack::open(project, settings).await {
        Ok(stack) => stack.plan(&expectations, &run.events(), &run.cancel).await,
        Err(error) => Err(error),
    };
    let plan = run.end(planned)?;
    let text = with_cost(text::plan(&plan), cost.as_ref());
    printer.result(&Planned { plan, cost }, text);
    Ok(())
}
