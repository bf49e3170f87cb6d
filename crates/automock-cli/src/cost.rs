//! What a stack may cost, as `plan` and `deploy` show and bound it.

use std::fs;
use std::path::PathBuf;

use automock_forecast::{
    Estimate, Load, PriceBook, RequestsPerSecond, Usd, check_budget, check_budget_for, estimate,
};
use automock_model::Project;
use serde::Serialize;

use crate::failure::Failure;
use crate::printer::Printer;
use crate::problems;

/// Prices and a limit.
#[derive(Clone, Debug, clap::Args)]
pub struct CostArgs {
    /// File of prices to use instead of the built-in ones; `automock forecast --print-prices` writes
    /// one to start from
    #[arg(long, value_name = "FILE", env = "AUTOMOCK_PRICES")]
    pub prices: Option<PathBuf>,

    /// Refuse a stack that could cost more, with all its tasks from the first second until its end;
    /// requests count as far as the load is given
    #[arg(long, value_name = "DOLLARS", env = "AUTOMOCK_MAX_USD")]
    pub max_usd: Option<Usd>,
}

/// What is expected to be asked of the mock, as an option of `plan` and `deploy`.
#[derive(Clone, Debug, clap::Args)]
pub struct ExpectedLoadArgs {
    /// Requests per second to expect on average, which cost as well; `automock forecast` takes more
    /// about them
    #[arg(long, value_name = "RATE", default_value = "0", value_parser = rate)]
    pub load: RequestsPerSecond,
}

/// Reads a rate of the command line.
pub(crate) fn rate(text: &str) -> Result<RequestsPerSecond, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| "a number of requests per second is expected".to_owned())?;
    RequestsPerSecond::new(number).map_err(|error| error.to_string())
}

/// What a stack may cost, in short.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Cost {
    /// An hour with the fewest tasks.
    pub(crate) per_hour_usd: Usd,
    /// From the deploy to the end with the fewest tasks, where there is an end.
    pub(crate) until_end_usd: Option<Usd>,
    /// A month with the fewest tasks.
    pub(crate) per_month_usd: Usd,
    /// An hour with the most tasks.
    pub(crate) per_hour_at_maximum_usd: Usd,
    /// The most until the end, where there is an end.
    pub(crate) at_most_usd: Option<Usd>,
    /// What a million requests more cost.
    pub(crate) million_requests_usd: Usd,
    /// Requests per second that are in these figures.
    pub(crate) requests_per_second: RequestsPerSecond,
    /// The fewest tasks.
    pub(crate) min_tasks: u32,
    /// The most tasks.
    pub(crate) max_tasks: u32,
}

impl Cost {
    fn new(project: &Project, load: &Load, estimate: &Estimate) -> Self {
        Self {
            requests_per_second: load.requests_per_second,
            million_requests_usd: estimate.million_requests,
            per_hour_usd: estimate.hour.total,
            until_end_usd: estimate.session.as_ref().map(|bill| bill.total),
            per_month_usd: estimate.month.total,
            per_hour_at_maximum_usd: estimate.maximum_hour.total,
            at_most_usd: estimate.worst_case.as_ref().map(|bill| bill.total),
            min_tasks: project.tasks.min,
            max_tasks: project.tasks.max,
        }
    }
}

impl CostArgs {
    /// The prices that were named, or the built-in ones.
    pub(crate) fn book(&self, printer: Printer) -> Result<PriceBook, Failure> {
        let Some(path) = &self.prices else {
            return Ok(PriceBook::built_in());
        };
        let text = fs::read_to_string(path).map_err(|error| Failure::read(path, error))?;
        PriceBook::parse(&text).map_err(|found| {
            problems::print(printer, path, &text, found.as_slice());
            Failure::Problems {
                count: found.as_slice().len(),
            }
        })
    }

    /// Estimates a project, and refuses one that could cost too much. `None` when
    /// the region has no prices and nobody set a limit.
    pub(crate) fn check(
        &self,
        project: &Project,
        expected: &ExpectedLoadArgs,
        printer: Printer,
    ) -> Result<Option<Cost>, Failure> {
        let (book, load) = (self.book(printer)?, Load::new(expected.load));
        self.refuse(project, &load, &book)?;
        match estimate(project, &load, &book) {
            Ok(estimate) => Ok(Some(Cost::new(project, &load, &estimate))),
            Err(error) => {
                printer.note(format_args!("what it costs is not known: {error}"));
                Ok(None)
            }
        }
    }

    /// Fails when a project could cost more than the limit if its stack lives for so long.
    pub(crate) fn refuse_for(
        &self,
        project: &Project,
        expected: &ExpectedLoadArgs,
        seconds: u64,
        printer: Printer,
    ) -> Result<(), Failure> {
        let Some(max) = self.max_usd else {
            return Ok(());
        };
        let (book, load) = (self.book(printer)?, Load::new(expected.load));
        check_budget_for(project, &load, &book, max, seconds)
            .map(drop)
            .map_err(Failure::Budget)
    }

    /// Fails when a project could cost more than the limit.
    pub(crate) fn refuse(
        &self,
        project: &Project,
        load: &Load,
        book: &PriceBook,
    ) -> Result<(), Failure> {
        match self.max_usd {
            None => Ok(()),
            Some(max) => check_budget(project, load, book, max)
                .map(drop)
                .map_err(Failure::Budget),
        }
    }
}
