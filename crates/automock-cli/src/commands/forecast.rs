//! `automock forecast`

pub mod calibrate;
mod load;
mod pictures;
mod plan;

use automock_forecast::{
    Change, Estimate, Load, Plan, PriceBook, Rejections, Simulation, Suggestion, Usd, Window,
    estimate, simulate, suggestions,
};
use serde::Serialize;

pub(crate) use self::calibrate::Calibration;
pub use self::load::{LoadArgs, LogChoice, Offered, ProfileArgs};
pub use self::pictures::PictureArgs;
pub use self::plan::{CapacityArgs, PlanArgs};
use crate::args::GlobalArgs;
use crate::context::load_project;
use crate::cost::CostArgs;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text;

/// Show what the stack will cost, whether it holds a load, and what would make it cheaper
///
/// Needs no AWS credentials and touches nothing. Costs are list prices without tax, free tiers and
/// discounts. With `--profile` the autoscaling is simulated second by second, with `--rps` it finds the
/// project that holds a load. With `--max-usd` it fails when the stack could cost more, as a step of a
/// CI pipeline.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    /// Something else than a forecast
    #[command(subcommand)]
    pub action: Option<Action>,

    /// What is asked of the mock
    #[command(flatten)]
    pub load: LoadArgs,

    /// A load over time
    #[command(flatten)]
    pub profile: ProfileArgs,

    /// A load to be held
    #[command(flatten)]
    pub plan: PlanArgs,

    /// What a vCPU serves
    #[command(flatten)]
    pub capacity: CapacityArgs,

    /// Pictures of what was simulated
    #[command(flatten)]
    pub pictures: PictureArgs,

    /// How many seconds of what was simulated one sample of `--output json` stands for; 1 for all
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 60,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub sample: u32,

    /// Prices and a limit
    #[command(flatten)]
    pub cost: CostArgs,

    /// Print the built-in prices, as a file to start from
    #[arg(long)]
    pub print_prices: bool,
}

/// What a forecast needs.
#[derive(Debug, clap::Subcommand)]
#[expect(missing_docs, reason = "the arguments say what it does")]
pub enum Action {
    Calibrate(calibrate::Args),
}

/// What the command tells.
#[derive(Debug, Serialize)]
struct Forecast<'a> {
    stack: String,
    region: String,
    load: &'a Load,
    #[serde(flatten)]
    estimate: &'a Estimate,
    suggestions: Vec<SuggestionReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    calibration: Option<&'a Calibration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<PlanReport>,
    #[serde(skip_serializing_if = "Option::is_none")]
    simulation: Option<Simulation>,
}

/// The cheapest project that holds a load.
#[derive(Debug, Serialize)]
struct PlanReport {
    /// The whole project as a file.
    project: String,
    /// The tables that were planned.
    tables: String,
    planned_rate: f64,
    /// The most that the simulated time costs.
    cost_usd: Usd,
    candidates: usize,
    rejections: Rejections,
}

#[derive(Debug, Serialize)]
struct SuggestionReport {
    change: Change,
    what: &'static str,
    saving_usd: Usd,
    #[serde(skip_serializing_if = "Option::is_none")]
    saving_at_most_usd: Option<Usd>,
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<&'static str>,
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    if let Some(Action::Calibrate(args)) = &args.action {
        return calibrate::run(args, global, printer).await;
    }
    if args.print_prices {
        printer.raw(PriceBook::built_in_text().trim_end());
        return Ok(());
    }
    let project = load_project(global, printer)?;
    let book = args.cost.book(printer)?;
    args.load.check(&project)?;
    let mut load = args.load.given();
    let measured = args.capacity.measure(&project, global, printer).await?;
    let per_vcpu = args.capacity.per_vcpu(measured.as_ref());
    let planned = args.plan.plan(&project, &load, &book, per_vcpu, printer)?;
    let (plan, scenario) = if let Some((plan, scenario)) = planned {
        (Some(plan), Some(scenario))
    } else {
        let scenario = args.profile.scenario(&project, &load, per_vcpu, printer)?;
        (None, scenario)
    };
    // From here on it is about the planned project, where there is one, and the simulated load.
    let project = plan.as_ref().map_or(project, |plan| plan.project.clone());
    let simulation = match &scenario {
        None => None,
        Some(scenario) => {
            let simulation = simulate(scenario, &book).map_err(Failure::NoPrices)?;
            load = args
                .load
                .with_simulated(&simulation, scenario.profile.peak());
            Some(simulation)
        }
    };
    let estimate = estimate(&project, &load, &book).map_err(Failure::NoPrices)?;
    let window = Window::session(&project, &load).unwrap_or_else(|| Window::month(&project, &load));
    let found = suggestions(&project, &load, &book, &window).map_err(Failure::NoPrices)?;
    let stack = project.stack_id().to_string();
    if let (Some(scenario), Some(simulation)) = (&scenario, &simulation) {
        args.pictures
            .write(&stack, scenario, simulation, &estimate)?;
    }
    let told = text::Told {
        project: &project,
        estimate: &estimate,
        suggestions: &found,
        simulation: simulation.as_ref(),
        plan: plan.as_ref(),
        calibration: measured.as_ref(),
    };
    let forecast = Forecast {
        region: project.region.to_string(),
        load: &load,
        estimate: &estimate,
        calibration: measured.as_ref(),
        plan: plan.as_ref().map(PlanReport::new),
        suggestions: found.iter().map(SuggestionReport::new).collect(),
        simulation: simulation
            .as_ref()
            .map(|simulation| simulation.every(args.sample)),
        stack,
    };
    printer.result(&forecast, text::forecast(&told));
    args.cost.refuse(&project, &load, &book)
}

impl PlanReport {
    fn new(plan: &Plan) -> Self {
        Self {
            project: plan.to_toml(),
            tables: plan.tables(),
            planned_rate: plan.planned_rate,
            cost_usd: plan.cost,
            candidates: plan.candidates,
            rejections: plan.rejections,
        }
    }
}

impl SuggestionReport {
    fn new(suggestion: &Suggestion) -> Self {
        Self {
            change: suggestion.change,
            what: suggestion.change.words(),
            saving_usd: suggestion.saving,
            saving_at_most_usd: suggestion.saving_at_worst,
            obstacle: suggestion.change.obstacle(),
        }
    }
}
