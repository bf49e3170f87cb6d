//! What an AutoMock stack will cost and how it will scale, before anything exists.

pub mod chart;
pub mod estimate;
mod load;
mod money;
pub mod plan;
pub mod prices;
pub mod simulation;

pub use estimate::{
    Bill, BudgetError, CapacityUnits, Change, Dimension, Estimate, Line, Suggestion, Window, bill,
    check_budget, estimate, suggestions,
};
pub use load::{Architecture, InvalidRate, Load, LogLevel, RequestsPerSecond};
pub use money::{InvalidUsd, Quantity, UnitPrice, Usd};
pub use plan::{Plan, PlanError, PlanRequest, Rejections, RunnerUp, plan_for};
pub use prices::{Item, NoPrices, Price, PriceBook, RegionPrices};
pub use simulation::{
    Event, EventKind, MetricName, Profile, ProfileError, ProfileFault, Resolution, Sample,
    Scenario, Simulation, Summary, Timings, run, scale_in, scale_out, simulate, track,
};
