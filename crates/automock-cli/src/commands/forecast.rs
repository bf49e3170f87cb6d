//! `automock forecast`

mod calibrate;

use std::fs;
use std::path::PathBuf;

use automock_forecast::{
    Change, Estimate, Load, LogLevel, PriceBook, Profile, RequestsPerSecond, Scenario, Simulation,
    Suggestion, Usd, Window, estimate, simulate, suggestions,
};
use automock_model::Project;
use clap::ValueEnum;

use serde::Serialize;

use self::calibrate::{Calibration, calibrate};
use crate::args::GlobalArgs;
use crate::context::load_project;
use crate::cost::CostArgs;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::text;

/// Show what the stack will cost, whether it holds a load, and what would make it cheaper
///
/// Needs no AWS credentials and touches nothing. Costs are list prices without tax, free tiers and
/// discounts. With `--profile` the autoscaling is simulated second by second. With `--max-usd` it
/// fails when the stack could cost more, as a step of a CI pipeline.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is asked of the mock
    #[command(flatten)]
    pub load: LoadArgs,

    /// A load over time
    #[command(flatten)]
    pub simulation: SimulationArgs,

    /// Prices and a limit
    #[command(flatten)]
    pub cost: CostArgs,

    /// Print the built-in prices, as a file to start from
    #[arg(long)]
    pub print_prices: bool,
}

/// What is asked of the mock.
#[derive(Clone, Debug, clap::Args)]
pub struct LoadArgs {
    /// Requests per second, on average
    #[arg(long, value_name = "RATE", default_value = "0", value_parser = rate)]
    pub load: RequestsPerSecond,

    /// Tasks that run on average; the fewest of the project when left out
    #[arg(long, value_name = "NUMBER")]
    pub tasks: Option<u32>,

    /// Bytes of a request, head included
    #[arg(long, value_name = "BYTES", default_value_t = Load::idle().request_bytes)]
    pub request_bytes: u32,

    /// Bytes of an answer, head included
    #[arg(long, value_name = "BYTES", default_value_t = Load::idle().response_bytes)]
    pub response_bytes: u32,

    /// Requests over one connection before a client opens another
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = Load::idle().requests_per_connection,
        value_parser = clap::value_parser!(u32).range(1..)
    )]
    pub requests_per_connection: u32,

    /// What a task logs
    #[arg(long, value_enum, default_value_t)]
    pub log: LogChoice,
}

/// A load over time.
#[derive(Clone, Debug, clap::Args)]
pub struct SimulationArgs {
    /// Simulate this load: a CSV file of seconds and requests per second
    #[arg(long, value_name = "FILE")]
    pub profile: Option<PathBuf>,

    /// Requests per second that one vCPU serves; `--calibrate` measures it
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub per_vcpu: Option<RequestsPerSecond>,

    /// Measure on this machine what one processor serves of the project's expectations: five seconds
    /// of load against the engine, on 127.0.0.1
    #[arg(long, conflicts_with = "per_vcpu")]
    pub calibrate: bool,

    /// How many seconds to simulate
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 3600,
        value_parser = clap::value_parser!(u32).range(1..=604_800)
    )]
    pub seconds: u32,
}

/// How long `--calibrate` asks.
const CALIBRATION_SECONDS: u32 = 5;

/// What a task logs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum LogChoice {
    /// Nothing
    Off,
    /// Nothing for a request
    #[default]
    Warn,
    /// Each request with its answer
    Info,
}

fn rate(text: &str) -> Result<RequestsPerSecond, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| "a number of requests per second is expected".to_owned())?;
    RequestsPerSecond::new(number).map_err(|error| error.to_string())
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
    calibration: Option<Calibration>,
    #[serde(skip_serializing_if = "Option::is_none")]
    simulation: Option<&'a Simulation>,
}

#[derive(Debug, Serialize)]
struct SuggestionReport {
    change: Change,
    what: &'static str,
    saving_usd: Usd,
    #[serde(skip_serializing_if = "Option::is_none")]
    obstacle: Option<&'static str>,
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    if args.print_prices {
        printer.raw(PriceBook::built_in_text().trim_end());
        return Ok(());
    }
    let project = load_project(global, printer)?;
    let book = args.cost.book(printer)?;
    let load = args.load.load();
    let measured = if args.simulation.calibrate {
        Some(calibrate(CALIBRATION_SECONDS, global, printer).await?)
    } else {
        None
    };
    let per_vcpu = args.simulation.per_vcpu;
    let per_vcpu = per_vcpu.or(measured.map(|measured| measured.per_vcpu));
    let simulation = args.simulation.run(&project, &load, &book, per_vcpu)?;
    let estimate = estimate(&project, &load, &book).map_err(Failure::NoPrices)?;
    let window = Window::session(&project, &load).unwrap_or_else(|| Window::month(&project, &load));
    let found = suggestions(&project, &load, &book, &window).map_err(Failure::NoPrices)?;
    let told = text::Told {
        project: &project,
        estimate: &estimate,
        suggestions: &found,
        simulation: simulation.as_ref(),
        per_vcpu: measured.map(|measured| measured.per_vcpu),
    };
    let forecast = Forecast {
        stack: project.stack_id().to_string(),
        region: project.region.to_string(),
        load: &load,
        estimate: &estimate,
        calibration: measured,
        suggestions: found.iter().map(SuggestionReport::new).collect(),
        simulation: simulation.as_ref(),
    };
    printer.result(&forecast, text::forecast(&told));
    args.cost.refuse(&project, &load, &book)
}

impl SuggestionReport {
    fn new(suggestion: &Suggestion) -> Self {
        Self {
            change: suggestion.change,
            what: suggestion.change.words(),
            saving_usd: suggestion.saving,
            obstacle: suggestion.change.obstacle(),
        }
    }
}

impl LoadArgs {
    fn load(&self) -> Load {
        Load {
            tasks: self.tasks,
            request_bytes: self.request_bytes,
            response_bytes: self.response_bytes,
            requests_per_connection: self.requests_per_connection,
            log_level: match self.log {
                LogChoice::Off => LogLevel::Off,
                LogChoice::Warn => LogLevel::Warn,
                LogChoice::Info => LogLevel::Info,
            },
            ..Load::new(self.load)
        }
    }
}

impl SimulationArgs {
    fn run(
        &self,
        project: &Project,
        load: &Load,
        book: &PriceBook,
        per_vcpu: Option<RequestsPerSecond>,
    ) -> Result<Option<Simulation>, Failure> {
        let Some(path) = &self.profile else {
            return Ok(None);
        };
        let per_vcpu = per_vcpu.ok_or(Failure::NoCapacity)?;
        let text = fs::read_to_string(path).map_err(|error| Failure::read(path, error))?;
        let profile = Profile::from_csv(&text).map_err(|source| Failure::Profile {
            path: path.clone(),
            source,
        })?;
        let scenario = Scenario::new(
            project.clone(),
            load.clone(),
            profile,
            self.seconds,
            per_vcpu,
        );
        simulate(&scenario, book)
            .map(Some)
            .map_err(Failure::NoPrices)
    }
}
