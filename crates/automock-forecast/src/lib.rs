//! What an AutoMock stack will cost and how it will scale, before anything exists.
//!
//! A load test that is forgotten over a weekend, a fleet that runs to its maximum at the first
//! request, a gateway that costs more than what is behind it: all of it follows from the project file
//! and the load that one expects. This crate works it out. It does no I/O, reads no environment and
//! knows no clock; the prices are a file that it carries, or that it is given.
//!
//! # What it costs
//!
//! A [`Load`] says what is expected: how many requests, how large, over how many connections. What one
//! doesn't know has a default. [`estimate()`] then has every line that AWS will bill: for an hour, for
//! the session until the time to live is over, for a month if nothing ends the stack, and for the
//! worst case.
//!
//! ```
//! use automock_forecast::{Item, Load, PriceBook, RequestsPerSecond, estimate};
//! use automock_model::Project;
//!
//! let project = Project::from_toml("name = \"petstore\"").unwrap();
//! let load = Load::new(RequestsPerSecond::new(100.0).unwrap());
//! let estimate = estimate(&project, &load, &PriceBook::built_in()).unwrap();
//!
//! let session = estimate.session.unwrap();
//! assert_eq!(session.total.to_string(), "$1.46");
//! let gateways = session.lines.iter().find(|line| line.item == Item::NatGatewayHour).unwrap();
//! assert_eq!(gateways.derivation, "2 gateways × 5 h");
//! assert_eq!(estimate.worst_case.unwrap().total.to_string(), "$23.25");
//! ```
//!
//! Amounts are whole nano-dollars, so a total is exactly the sum of its lines. [`bill`] does the same
//! for any other [`Window`] of time, and [`check_budget`] refuses a project that could cost more than
//! a limit, which is what `examples/budget.rs` does in a CI pipeline.
//!
//! The [`PriceBook`] has a price for each [`Item`], with the page that states it and the day as of
//! which it does. A region without prices is refused, unless the book has a factor for it that names its source.
//!
//! # What would be cheaper
//!
//! [`suggestions`] makes changes to a copy of the project and bills it anew, so a saving is a
//! difference of two bills and never a rule of thumb:
//!
//! ```
//! use automock_forecast::{Load, PriceBook, Window, suggestions};
//! use automock_model::{Capacity, Project};
//!
//! let project = Project::from_toml("name = \"petstore\"").unwrap();
//! let load = Load::idle();
//! let session = Window::session(&project, &load).unwrap();
//! let best = suggestions(&project, &load, &PriceBook::built_in(), &session).unwrap().remove(0);
//!
//! assert_eq!(best.change.words(), "all tasks on Fargate Spot, which AWS may stop");
//! assert_eq!(best.saving.to_string(), "$0.34");
//! assert_eq!(best.project.tasks.capacity, Capacity::Spot);
//! ```
//!
//! # How it scales
//!
//! [`simulate`] plays the loop of autoscaling second by second, as AWS runs it: metrics that come a
//! period late, alarms, policies with their steps, percentages and cooldowns, tasks that are launched
//! no faster than AWS allows, boot and become healthy, and a load balancer that has to grow. A
//! [`Scenario`] has the [`Profile`] of the load and what one vCPU serves; its [`Timings`] are fields,
//! so that what was measured can replace what is assumed.
//!
//! ```
//! use automock_forecast::{EventKind, Load, PriceBook, Profile, RequestsPerSecond, Scenario, simulate};
//! use automock_model::Project;
//!
//! let rate = |rate| RequestsPerSecond::new(rate).unwrap();
//! let project = Project::from_toml("name = \"petstore\"").unwrap();
//! // Ten tasks serve 1,500 requests per second; five minutes in, there are 2,400.
//! let profile = Profile::steps(&[(0, rate(60.0)), (300, rate(2_400.0))]);
//! let scenario = Scenario::new(project, Load::idle(), profile, 1_200, rate(600.0));
//! let simulation = simulate(&scenario, &PriceBook::built_in()).unwrap();
//!
//! let out = simulation.events.iter().find(|event| matches!(event.kind, EventKind::ScaleOut { .. }));
//! assert_eq!(out.unwrap().to_string(), "   450 s  scale out, 10 to 30 tasks");
//! // Nobody adds tasks within two minutes, so for a while there are requests that nobody serves.
//! assert!(simulation.summary.seconds_with_refusals > 120);
//! assert!(simulation.samples.last().unwrap().refused < 1.0);
//! ```
//!
//! The decisions themselves are functions too: [`scale_out`], [`scale_in`] and [`track`].
//!
//! # How far to trust it
//!
//! `docs/costs.md` in the repository has three bills worked by hand, the simulated times beside those
//! that AWS has published, and a list of what is assumed because nobody publishes it.

pub mod chart;
pub mod estimate;
mod load;
mod money;
pub mod plan;
pub mod prices;
pub mod simulation;

pub use estimate::{
    Bill, BudgetError, CapacityUnits, Change, Dimension, Estimate, Line, Suggestion, Window, bill,
    check_budget, check_budget_for, estimate, suggestions,
};
pub use load::{Architecture, InvalidRate, Load, LogLevel, RequestsPerSecond};
pub use money::{InvalidUsd, Quantity, UnitPrice, Usd};
pub use plan::{Plan, PlanError, PlanRequest, Rejections, RunnerUp, plan_for};
pub use prices::{Item, NoPrices, Price, PriceBook, RegionPrices};
pub use simulation::{
    Event, EventKind, MetricName, Profile, ProfileError, ProfileFault, Resolution, Sample,
    Scenario, ShapeError, Simulation, Summary, Timings, run, scale_in, scale_out, simulate, track,
};
