//! The estimate: every line that AWS will bill for a project.

mod balancer;
mod budget;
mod compute;
mod lines;
mod network;
mod observability;
mod storage;
mod suggest;
mod window;

use automock_model::{NetworkMode, Project};
use serde::Serialize;

use crate::load::{Load, RequestsPerSecond};
use crate::money::Usd;
use crate::prices::{NoPrices, PriceBook, RegionPrices};

pub use balancer::{CapacityUnits, Dimension};
pub use budget::{BudgetError, check_budget, check_budget_for};
pub use lines::{Bill, Line};
pub use suggest::{Change, Suggestion, suggestions};
pub use window::Window;

pub(crate) use compute::{MINIMUM_TASK_SECONDS, TaskPrice, on_demand_tasks};
pub(crate) use lines::Lines;

/// Hours of a month, as AWS's own calculator counts them:
/// <https://docs.aws.amazon.com/pricing-calculator/latest/userguide/pricing-calculator.html>.
pub const HOURS_PER_MONTH: u64 = 730;

pub(crate) const SECONDS_PER_HOUR: u64 = 3_600;

/// Bytes of a gigabyte on AWS's bills, 2^30: <https://aws.amazon.com/s3/pricing/>, "storage".
pub(crate) const BYTES_PER_GB: f64 = 1_073_741_824.0;

/// What a project will cost.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Estimate {
    /// One hour under the load, once everything runs.
    pub hour: Bill,
    /// From the deployment until the time to live is over; `None` for a stack without an end.
    pub session: Option<Bill>,
    /// A month under the load, if nothing ends the stack.
    pub month: Bill,
    /// One hour with as many tasks as scaling may start, and the peak of the load.
    pub maximum_hour: Bill,
    /// The most until the time to live is over; `None` for a stack without an end. See
    /// [`Window::worst_case`].
    pub worst_case: Option<Bill>,
    /// What a million requests more cost, with the bytes, connections and log entries of the load.
    pub million_requests: Usd,
    /// What the figures leave out.
    pub notes: Vec<&'static str>,
}

/// Estimates what a project costs under a load.
///
/// ```
/// use automock_forecast::{Load, PriceBook, RequestsPerSecond, estimate};
/// use automock_model::Project;
///
/// let project = Project::from_toml("name = \"petstore\"").unwrap();
/// let load = Load::new(RequestsPerSecond::new(100.0).unwrap());
/// let estimate = estimate(&project, &load, &PriceBook::built_in()).unwrap();
///
/// let session = estimate.session.unwrap();
/// assert_eq!(session.total, session.lines.iter().map(|line| line.amount).sum());
/// assert!(session.total < estimate.worst_case.unwrap().total);
/// assert_eq!(estimate.million_requests.to_string(), "$0.19");
/// ```
///
/// # Errors
/// The price book has no prices for the project's region.
pub fn estimate(project: &Project, load: &Load, prices: &PriceBook) -> Result<Estimate, NoPrices> {
    let prices = prices.region(&project.region)?;
    let bill = |window: &Window| bill_for(project, load, prices, window);
    Ok(Estimate {
        hour: bill(&Window::hour(project, load)),
        session: Window::session(project, load).as_ref().map(bill),
        month: bill(&Window::month(project, load)),
        maximum_hour: bill(&Window::maximum_hour(project, load)),
        worst_case: Window::worst_case(project, load).as_ref().map(bill),
        million_requests: million_requests(project, load, prices),
        notes: notes(project),
    })
}

fn million_requests(project: &Project, load: &Load, prices: &RegionPrices) -> Usd {
    let with = |rate: f64| {
        let window = Window {
            requests_per_second: RequestsPerSecond::clamped(rate),
            ..Window::hour(project, load)
        };
        bill_for(project, load, prices, &window).total
    };
    with(1e6 / 3_600.0) - with(0.0)
}

/// The bill for one stretch of time.
///
/// # Errors
/// The price book has no prices for the project's region.
pub fn bill(
    project: &Project,
    load: &Load,
    prices: &PriceBook,
    window: &Window,
) -> Result<Bill, NoPrices> {
    let prices = prices.region(&project.region)?;
    Ok(bill_for(project, load, prices, window))
}

pub(crate) fn bill_for(
    project: &Project,
    load: &Load,
    prices: &RegionPrices,
    window: &Window,
) -> Bill {
    let mut lines = Lines::new(prices);
    compute::add(&mut lines, project, load, window);
    balancer::add(&mut lines, project, load, window);
    network::add(&mut lines, project, load, window);
    observability::add(&mut lines, project, load, window);
    storage::add(&mut lines, project, load, window);
    lines.into_bill(window)
}

fn notes(project: &Project) -> Vec<&'static str> {
    let mut notes = vec![
        "taxes, discounts and the free tier of the account are not counted",
        "the load balancer may have more nodes, and addresses, than zones under heavy load",
    ];
    if matches!(project.network.mode, NetworkMode::Existing(_)) {
        notes.push("NAT gateways and endpoints of the existing network are not counted");
    }
    if project.domain.is_some() {
        notes.push(
            "the certificate and queries for the alias are free; the hosted zone is yours already",
        );
    }
    notes
}

/// Hours as far as a part of an hour counts as a whole one.
///
/// What a teardown removes is still there when the time is up: the reaper looks every few minutes, and
/// only then begins. So a stack that lives for four hours has begun its fifth.
pub(crate) fn billed_hours(window: &Window) -> u64 {
    let seconds = window.seconds.saturating_add(u64::from(window.ends));
    seconds.div_ceil(SECONDS_PER_HOUR)
}

/// `4 h`, `4 h 20 min`, `90 s`: a duration in a derivation.
pub(crate) fn span(seconds: u64) -> String {
    match (seconds / 3_600, seconds % 3_600 / 60, seconds % 60) {
        (hours @ 1.., 0, 0) => format!("{hours} h"),
        (hours @ 1.., minutes, 0) => format!("{hours} h {minutes} min"),
        (0, minutes @ 1.., 0) => format!("{minutes} min"),
        _ => format!("{seconds} s"),
    }
}
