//! A limit on what a stack may cost.

use automock_model::Project;

use super::{Window, bill};
use crate::load::Load;
use crate::money::Usd;
use crate::prices::{NoPrices, PriceBook};

/// A stack may cost more than it is allowed to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BudgetError {
    /// The worst case until the time to live is over is beyond the limit.
    #[error("the stack may cost {worst_case} until it is gone, which is more than {max}")]
    Exceeded {
        /// The most that it may cost.
        worst_case: Usd,
        /// What it is allowed to.
        max: Usd,
    },
    /// The stack has no end, so no limit holds.
    #[error("the stack has no time to live, so there is no limit to what it may cost")]
    NoEnd,
    /// Nobody knows what it costs.
    #[error(transparent)]
    NoPrices(#[from] NoPrices),
}

/// The worst case until the time to live is over, if it is within a limit.
///
/// ```
/// use automock_forecast::{Load, PriceBook, check_budget};
/// use automock_model::Project;
///
/// let project = Project::from_toml("name = \"petstore\"\ntasks = { max = 20 }").unwrap();
/// let check = |max: &str| {
///     check_budget(&project, &Load::idle(), &PriceBook::built_in(), max.parse().unwrap())
/// };
/// assert!(check("10").is_ok());
/// assert_eq!(
///     check("1").unwrap_err().to_string(),
///     "the stack may cost $1.94 until it is gone, which is more than $1.00",
/// );
/// ```
///
/// # Errors
/// The worst case is beyond the limit, the stack has no end, or its region has no prices.
pub fn check_budget(
    project: &Project,
    load: &Load,
    prices: &PriceBook,
    max: Usd,
) -> Result<Usd, BudgetError> {
    let window = Window::worst_case(project, load).ok_or(BudgetError::NoEnd)?;
    within(project, load, prices, &window, max)
}

/// The worst case of a stack that lives for so many seconds from its start, whatever its time to live
/// says, if it is within a limit.
///
/// # Errors
/// The worst case is beyond the limit, or the stack's region has no prices.
pub fn check_budget_for(
    project: &Project,
    load: &Load,
    prices: &PriceBook,
    max: Usd,
    seconds: u64,
) -> Result<Usd, BudgetError> {
    let window = Window::worst_case_for(project, load, seconds);
    within(project, load, prices, &window, max)
}

fn within(
    project: &Project,
    load: &Load,
    prices: &PriceBook,
    window: &Window,
    max: Usd,
) -> Result<Usd, BudgetError> {
    let worst_case = bill(project, load, prices, window)?.total;
    if worst_case > max {
        return Err(BudgetError::Exceeded { worst_case, max });
    }
    Ok(worst_case)
}
