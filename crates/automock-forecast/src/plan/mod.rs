//! Backwards planning: from a load to the cheapest project that holds it.
//!
//! [`plan_for`] sweeps candidates, simulates each and returns the cheapest that holds the load with
//! the wanted headroom. Two decisions make its answers trustworthy:
//!
//! - A load is a ceiling and not an appointment. Scaling is full of thresholds, so a fleet may hold
//!   1,000 requests per second and fail at 800, or cost more there. A candidate is therefore
//!   judged at the wanted load and, if it grows at all, at every load below; what counts is the
//!   most that it costs at any of them.
//! - Those loads, and the wanted one itself, are round numbers no more than 5 % apart. Together
//!   with candidates that do not follow from the load this is why more load never has a cheaper plan.

mod candidate;
mod outcome;
mod request;
mod search;

pub use outcome::{Plan, PlanError, Rejections, RunnerUp};
pub use request::PlanRequest;
pub use search::plan_for;
