//! What a load to be held needs, and what a vCPU serves.

use automock_forecast::{
    Load, Plan, PlanRequest, PriceBook, RequestsPerSecond, Scenario, plan_for,
};
use automock_model::Project;
use indicatif::{ProgressBar, ProgressStyle};

use super::calibrate::{self, Calibration};
use crate::args::GlobalArgs;
use crate::cost::rate;
use crate::failure::Failure;
use crate::printer::Printer;

/// A load to be held.
#[derive(Clone, Debug, clap::Args)]
pub struct PlanArgs {
    /// Work backwards: the cheapest size, number of tasks, scaling and network that hold so many
    /// requests per second, as tables of a project file
    #[arg(
        long,
        value_name = "RATE",
        conflicts_with = "profile",
        group = "simulated",
        value_parser = rate
    )]
    pub rps: Option<RequestsPerSecond>,

    /// Capacity that `--rps` leaves free for bursts, in percent; 30 when left out
    #[arg(
        long,
        value_name = "PERCENT",
        requires = "rps",
        value_parser = clap::value_parser!(u32).range(..=99)
    )]
    pub headroom: Option<u32>,

    /// The most tasks that `--rps` may plan with; 1,000 when left out, the targets of a load balancer
    /// unless AWS grants more
    #[arg(
        long,
        value_name = "NUMBER",
        requires = "rps",
        value_parser = clap::value_parser!(u32).range(1..=5_000)
    )]
    pub max_tasks: Option<u32>,
}

impl PlanArgs {
    /// The cheapest project that holds the load, where one was asked for, and how it was tried.
    pub(super) fn plan(
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
        let usual = PlanRequest::new(project.clone(), wanted, per_vcpu);
        let request = PlanRequest {
            load: load.clone(),
            headroom_percent: self.headroom.unwrap_or(usual.headroom_percent),
            max_tasks: self.max_tasks.unwrap_or(usual.max_tasks),
            ..usual
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
}

/// What a vCPU serves.
#[derive(Clone, Debug, clap::Args)]
pub struct CapacityArgs {
    /// Requests per second that one vCPU of Fargate serves; half of what `automock forecast calibrate`
    /// measures is a careful figure
    #[arg(long, value_name = "RATE", requires = "simulated", value_parser = served)]
    pub per_vcpu: Option<RequestsPerSecond>,

    /// Measure it first, as `automock forecast calibrate` does, and take half of it
    #[arg(long, conflicts_with = "per_vcpu")]
    pub calibrate: bool,
}

/// A rate above zero.
fn served(text: &str) -> Result<RequestsPerSecond, String> {
    let rate = rate(text)?;
    if rate == RequestsPerSecond::ZERO {
        return Err("a vCPU that serves nothing holds no load".to_owned());
    }
    Ok(rate)
}

impl CapacityArgs {
    /// What was measured, where that was asked for.
    pub(super) async fn measure(
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

    /// What one vCPU is taken to serve.
    pub(super) fn per_vcpu(&self, measured: Option<&Calibration>) -> Option<RequestsPerSecond> {
        measured.map_or(self.per_vcpu, |measured| Some(measured.per_vcpu))
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
