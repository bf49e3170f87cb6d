//! `automock forecast`

pub mod calibrate;

use std::fs;
use std::path::PathBuf;

use automock_forecast::{
    Change, Estimate, Load, LogLevel, Plan, PlanRequest, PriceBook, Profile, Rejections,
    RequestsPerSecond, Scenario, ShapeError, Simulation, Suggestion, Usd, Window, chart, estimate,
    plan_for, simulate, suggestions,
};
use automock_model::Project;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};

use serde::Serialize;

pub(crate) use self::calibrate::Calibration;
use crate::args::GlobalArgs;
use crate::context::load_project;
use crate::cost::{CostArgs, rate};
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

    /// A load over time, or one to be held
    #[command(flatten)]
    pub simulation: SimulationArgs,

    /// Prices and a limit
    #[command(flatten)]
    pub cost: CostArgs,

    /// Print the built-in prices, as a file to start from
    #[arg(long)]
    pub print_prices: bool,
}

/// What a forecast needs.
#[derive(Debug, clap::Subcommand)]
pub enum Action {
    /// Measure how many requests per second one vCPU serves
    Calibrate(calibrate::Args),
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

/// A load over time, or one to be held.
#[derive(Clone, Debug, clap::Args)]
pub struct SimulationArgs {
    /// Simulate this load: a CSV file of seconds and requests per second, or `constant:500`,
    /// `ramp:100:2000:10m` (from, to, duration), `steps:0=60,5m=2400` (time=rate),
    /// `spike:100:2000:5m:30s` (base, peak, time, duration)
    #[arg(long, value_name = "PROFILE")]
    pub profile: Option<Offered>,

    /// Work backwards: the cheapest size, number of tasks, scaling and network that hold so many
    /// requests per second, as a project file
    #[arg(long, value_name = "RATE", conflicts_with = "profile", value_parser = rate)]
    pub rps: Option<RequestsPerSecond>,

    /// Capacity that `--rps` leaves free for bursts, in percent
    #[arg(
        long,
        value_name = "PERCENT",
        default_value_t = 30,
        value_parser = clap::value_parser!(u32).range(..=99)
    )]
    pub headroom: u32,

    /// Requests per second that one vCPU serves; `automock forecast calibrate` measures it
    #[arg(long, value_name = "RATE", value_parser = rate)]
    pub per_vcpu: Option<RequestsPerSecond>,

    /// Measure it first, as `automock forecast calibrate` does
    #[arg(long, conflicts_with = "per_vcpu")]
    pub calibrate: bool,

    /// How many seconds of `--profile` to simulate
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 3600,
        value_parser = clap::value_parser!(u32).range(1..=604_800)
    )]
    pub seconds: u32,

    /// Write what was simulated as a page with pictures, bill and assumptions
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,

    /// Write what was simulated as a picture
    #[arg(long, value_name = "FILE")]
    pub svg: Option<PathBuf>,

    /// Write the same picture in pixels, 1,920 wide
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
}

/// A load over time.
#[derive(Clone, Debug)]
pub enum Offered {
    /// By a file.
    File(PathBuf),
    /// By a shape.
    Shape(Profile),
}

impl std::str::FromStr for Offered {
    type Err = ShapeError;

    fn from_str(text: &str) -> Result<Self, ShapeError> {
        if Profile::is_shape(text) {
            return text.parse().map(Self::Shape);
        }
        Ok(Self::File(PathBuf::from(text)))
    }
}

impl Offered {
    fn read(&self) -> Result<Profile, Failure> {
        let path = match self {
            Self::Shape(profile) => return Ok(profile.clone()),
            Self::File(path) => path,
        };
        let text = fs::read_to_string(path).map_err(|error| Failure::read(path, error))?;
        Profile::from_csv(&text).map_err(|source| Failure::Profile {
            path: path.clone(),
            source,
        })
    }
}

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
    simulation: Option<&'a Simulation>,
}

/// The cheapest project that holds a load.
#[derive(Debug, Serialize)]
struct PlanReport {
    /// The project's file.
    project: String,
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
    let wanted = &args.simulation;
    let load = args.load.load(wanted.rps);
    let measured = wanted.measure(&project, global, printer).await?;
    let per_vcpu = measured
        .as_ref()
        .map_or(wanted.per_vcpu, |measured| Some(measured.per_vcpu));
    let (plan, scenario) = match wanted.plan(&project, &load, &book, per_vcpu, printer)? {
        Some((plan, scenario)) => (Some(plan), Some(scenario)),
        None => (None, wanted.scenario(&project, &load, per_vcpu)?),
    };
    // From here on it is about the planned project, where there is one.
    let project = plan.as_ref().map_or(project, |plan| plan.project.clone());
    let estimate = estimate(&project, &load, &book).map_err(Failure::NoPrices)?;
    let window = Window::session(&project, &load).unwrap_or_else(|| Window::month(&project, &load));
    let found = suggestions(&project, &load, &book, &window).map_err(Failure::NoPrices)?;
    let stack = project.stack_id().to_string();
    let simulation = match &scenario {
        None if wanted.draws() => return Err(Failure::NoLoad),
        None => None,
        Some(scenario) => {
            let simulation = simulate(scenario, &book).map_err(Failure::NoPrices)?;
            wanted.draw(&stack, scenario, &simulation, &estimate)?;
            Some(simulation)
        }
    };
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
        simulation: simulation.as_ref(),
        stack,
    };
    printer.result(&forecast, text::forecast(&told));
    args.cost.refuse(&project, &load, &book)
}

impl PlanReport {
    fn new(plan: &Plan) -> Self {
        Self {
            project: plan.to_toml(),
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
            obstacle: suggestion.change.obstacle(),
        }
    }
}

impl LoadArgs {
    /// A rate that is to be held is what is asked for, unless something else is said.
    fn load(&self, held: Option<RequestsPerSecond>) -> Load {
        let average = held.filter(|_| self.load == RequestsPerSecond::ZERO);
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
            ..Load::new(average.unwrap_or(self.load))
        }
    }
}

impl SimulationArgs {
    /// What one vCPU serves, where that is to be measured.
    async fn measure(
        &self,
        project: &Project,
        global: &GlobalArgs,
        printer: Printer,
    ) -> Result<Option<Calibration>, Failure> {
        if !self.calibrate {
            return Ok(None);
        }
        let measured = calibrate::of_engine(project.engine.kind, global, printer).await?;
        Ok(Some(measured))
    }

    /// The cheapest project that holds the rate, where one was asked for.
    fn plan(
        &self,
        project: &Project,
        load: &Load,
        book: &PriceBook,
        per_vcpu: Option<RequestsPerSecond>,
        printer: Printer,
    ) -> Result<Option<(Plan, Scenario)>, Failure> {
        let Some(wanted) = self.rps else {
            return Ok(None);
        };
        let per_vcpu = per_vcpu.ok_or(Failure::NoCapacity)?;
        let request = PlanRequest {
            load: load.clone(),
            headroom_percent: self.headroom,
            ..PlanRequest::new(project.clone(), wanted, per_vcpu)
        };
        let bar = progress_bar(printer);
        let plan = plan_for(&request, book, |done, total| {
            bar.set_length(total as u64);
            bar.set_position(done as u64);
        });
        bar.finish_and_clear();
        let plan = plan.map_err(Failure::NoPlan)?;
        let scenario = Scenario::new(
            plan.project.clone(),
            load.clone(),
            request.profile,
            request.seconds,
            per_vcpu,
        );
        Ok(Some((plan, scenario)))
    }

    /// The scenario of a profile, where there is one.
    fn scenario(
        &self,
        project: &Project,
        load: &Load,
        per_vcpu: Option<RequestsPerSecond>,
    ) -> Result<Option<Scenario>, Failure> {
        let Some(offered) = &self.profile else {
            return Ok(None);
        };
        let per_vcpu = per_vcpu.ok_or(Failure::NoCapacity)?;
        let profile = offered.read()?;
        Ok(Some(Scenario::new(
            project.clone(),
            load.clone(),
            profile,
            self.seconds,
            per_vcpu,
        )))
    }

    /// Whether a picture is asked for.
    fn draws(&self) -> bool {
        let files = [&self.html, &self.svg, &self.png];
        files.into_iter().any(Option::is_some)
    }

    /// Writes the pictures that were asked for.
    fn draw(
        &self,
        stack: &str,
        scenario: &Scenario,
        simulation: &Simulation,
        estimate: &Estimate,
    ) -> Result<(), Failure> {
        if let Some(path) = &self.svg {
            fs::write(path, chart::svg(simulation)).map_err(|error| Failure::write(path, error))?;
        }
        if let Some(path) = &self.png {
            let image = chart::png(simulation, chart::Theme::Light);
            fs::write(path, image).map_err(|error| Failure::write(path, error))?;
        }
        if let Some(path) = &self.html {
            let page = chart::html(&chart::Report {
                title: stack,
                simulation,
                bill: Some(estimate.session.as_ref().unwrap_or(&estimate.month)),
                assumptions: chart::assumptions(scenario),
                notes: &estimate.notes,
            });
            fs::write(path, page).map_err(|error| Failure::write(path, error))?;
        }
        Ok(())
    }
}

/// Drawn for a person who looks, and for nobody else.
fn progress_bar(printer: Printer) -> ProgressBar {
    if !printer.is_interactive() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("    {bar:24} {pos}/{len} candidates")
        .expect("the template is valid");
    ProgressBar::new(0).with_style(style)
}
