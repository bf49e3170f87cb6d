//! What a plan says.

use automock_model::Project;
use serde::Serialize;

use crate::money::Usd;
use crate::prices::NoPrices;
use crate::simulation::Summary;

/// The cheapest project that holds a load.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// The project, which [`Project::check`] accepts.
    pub project: Project,
    /// The highest load that it was planned for: what was asked, rounded up to a round number.
    pub planned_rate: f64,
    /// The most that the simulated time costs, at the planned load or any below it.
    pub cost: Usd,
    /// The simulation at the planned load.
    pub summary: Summary,
    /// The best of other task sizes and networks, the cheapest first.
    pub runners_up: Vec<RunnerUp>,
    /// Candidates in all.
    pub candidates: usize,
    /// Why the others were not chosen.
    pub rejections: Rejections,
}

/// A project that holds the load as well, for more money.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct RunnerUp {
    /// The project.
    pub project: Project,
    /// The most that the simulated time costs, at the planned load or any below it.
    pub cost: Usd,
    /// The simulation at the planned load.
    pub summary: Summary,
}

/// Why candidates were not chosen, in counts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Rejections {
    /// Would need more tasks than the network has room for, or than a plan may have. Counted once for each
    /// task size and network.
    pub no_room: usize,
    /// Let requests wait, or refuse them.
    pub too_slow: usize,
    /// Hold the load, with less headroom than wanted.
    pub too_little_headroom: usize,
    /// Hold the planned load, but not every lower one.
    pub fails_below: usize,
    /// Hold the load, for more money.
    pub dearer: usize,
    /// Were not simulated, because their smallest fleet alone and what the load needs beyond it are
    /// dearer than a candidate that holds.
    pub pruned: usize,
}

/// There is no plan.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// Nobody knows what it costs.
    #[error(transparent)]
    NoPrices(#[from] NoPrices),
    /// A task that serves nothing holds no load.
    #[error("a vCPU that serves no requests per second holds no load")]
    NoCapacity,
    /// All of the capacity stays free.
    #[error("a headroom of {0} % leaves nothing to work with; it is 0 to 99 %")]
    Headroom(u32),
    /// Nothing was to be simulated.
    #[error("a plan needs at least one second to simulate after its ramp of {ramp_seconds} s")]
    NoTime {
        /// The ramp.
        ramp_seconds: u32,
    },
    /// No candidate holds the load.
    #[error(
        "nothing holds {rate} requests per second with this headroom: {} sizes and networks have no \
         room for the tasks, {} candidates let requests wait or refuse them, {} have too little headroom, {} fail at \
         a lower load",
        rejections.no_room, rejections.too_slow, rejections.too_little_headroom,
        rejections.fails_below
    )]
    NothingHolds {
        /// The highest load that was planned for.
        rate: f64,
        /// Why each candidate fails.
        rejections: Rejections,
    },
}

impl Plan {
    /// The whole project as an `automock.toml`.
    #[must_use]
    pub fn to_toml(&self) -> String {
        self.project.to_toml()
    }

    /// The tables that a plan decides on, `[tasks]`, `[scaling]` and `[network]`: they take the place
    /// of the project's own.
    #[must_use]
    pub fn tables(&self) -> String {
        const PLANNED: [&str; 3] = ["tasks", "scaling", "network"];
        let whole = self.project.to_toml();
        let mut part = String::new();
        let mut is_planned = false;
        for line in whole.lines() {
            if line.starts_with('[') {
                let header = line.trim_matches(['[', ']']);
                let table = header.split('.').next().unwrap_or(header);
                is_planned = PLANNED.contains(&table);
            }
            if is_planned {
                part.extend([line, "\n"]);
            }
        }
        part
    }
}
