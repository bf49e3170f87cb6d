//! What could be cheaper. Each suggestion is a changed project with an estimate of its own.

use automock_model::{Capacity, NetworkMode, Project};
use serde::Serialize;

use super::{Window, bill};
use crate::load::{Architecture, Load, LogLevel};
use crate::money::Usd;
use crate::prices::{NoPrices, PriceBook};

/// A cent: what saves less saves nothing.
const LEAST_SAVING: Usd = Usd::from_nanos(10_000_000);

/// A change that may save money.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Change {
    /// One NAT gateway for all zones.
    SingleNat,
    /// Tasks with public addresses, without NAT gateways and interface endpoints.
    PublicSubnets,
    /// Interface endpoints instead of NAT gateways.
    Endpoints,
    /// Two zones instead of three.
    TwoZones,
    /// All tasks on Fargate Spot.
    Spot,
    /// The tasks beyond the minimum on Fargate Spot.
    SpotBeyondMinimum,
    /// ARM processors.
    Arm,
    /// No log entry for each request.
    QuietLogs,
    /// No Container Insights.
    NoInsights,
    /// No dashboard.
    NoDashboard,
}

impl Change {
    const ALL: [Self; 10] = [
        Self::SingleNat,
        Self::PublicSubnets,
        Self::Endpoints,
        Self::TwoZones,
        Self::Spot,
        Self::SpotBeyondMinimum,
        Self::Arm,
        Self::QuietLogs,
        Self::NoInsights,
        Self::NoDashboard,
    ];

    /// The change in words.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::SingleNat => "one NAT gateway for all zones",
            Self::PublicSubnets => "public subnets, tasks with addresses of their own",
            Self::Endpoints => "interface endpoints instead of NAT gateways",
            Self::TwoZones => "two zones instead of three",
            Self::Spot => "all tasks on Fargate Spot, which AWS may stop",
            Self::SpotBeyondMinimum => "tasks beyond the minimum on Fargate Spot",
            Self::Arm => "ARM processors",
            Self::QuietLogs => "no log entry for each request",
            Self::NoInsights => "no Container Insights",
            Self::NoDashboard => "no dashboard",
        }
    }

    /// What must be done first, where a setting alone is not enough.
    #[must_use]
    pub fn obstacle(self) -> Option<&'static str> {
        match self {
            Self::Arm => {
                Some("the ecs-service module starts x86 tasks; it needs a setting for ARM images")
            }
            _ => None,
        }
    }

    /// Makes the change. What does not apply changes nothing.
    fn apply(self, project: &mut Project, load: &mut Load) {
        let network = &mut project.network;
        let has_nat = matches!(
            network.mode,
            NetworkMode::Private | NetworkMode::PrivateSingleNat
        );
        match self {
            Self::SingleNat if network.mode == NetworkMode::Private => {
                network.mode = NetworkMode::PrivateSingleNat;
            }
            Self::PublicSubnets if has_nat || network.mode == NetworkMode::PrivateEndpoints => {
                network.mode = NetworkMode::Public;
            }
            Self::Endpoints if has_nat => network.mode = NetworkMode::PrivateEndpoints,
            Self::TwoZones if !matches!(network.mode, NetworkMode::Existing(_)) => {
                network.zones = network.zones.min(2);
            }
            Self::Spot => project.tasks.capacity = Capacity::Spot,
            Self::SpotBeyondMinimum if project.tasks.capacity == Capacity::OnDemand => {
                project.tasks.capacity = Capacity::Mixed {
                    on_demand_base: project.tasks.min,
                    spot_percent: 100,
                };
            }
            Self::Arm => load.architecture = Architecture::Arm,
            Self::QuietLogs if load.log_level == LogLevel::Info => load.log_level = LogLevel::Warn,
            Self::NoInsights => project.observability.container_insights = false,
            Self::NoDashboard => project.observability.dashboard = false,
            _ => {}
        }
    }
}

/// A change with what it saves.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Suggestion {
    /// The change.
    pub change: Change,
    /// What it saves, for the time that was asked about.
    pub saving: Usd,
    /// What it saves of the worst case, for a stack that has an end.
    pub saving_at_worst: Option<Usd>,
    /// The project with the change.
    pub project: Project,
    /// The load with the change.
    pub load: Load,
}

/// Changes that would make a stretch of a stack's life or its worst case cheaper by a cent at least, the
/// greatest saving first.
///
/// Each is made on a copy of the project, which must still be valid, and billed anew.
///
/// ```
/// use automock_forecast::{Change, Load, PriceBook, Window, suggestions};
/// use automock_model::Project;
///
/// let project = Project::from_toml("name = \"petstore\"").unwrap();
/// let load = Load::idle();
/// let session = Window::session(&project, &load).unwrap();
/// let all = suggestions(&project, &load, &PriceBook::built_in(), &session).unwrap();
/// let nat = all.iter().find(|one| one.change == Change::SingleNat).unwrap();
/// // A gateway's five hours that begin and its address, less what half of the data pays between zones.
/// assert_eq!(nat.saving.to_string(), "$0.24");
/// ```
///
/// # Errors
/// The price book has no prices for the project's region.
pub fn suggestions(
    project: &Project,
    load: &Load,
    prices: &PriceBook,
    window: &Window,
) -> Result<Vec<Suggestion>, NoPrices> {
    let worst = |project: &Project, load: &Load| {
        let window = Window::worst_case(project, load);
        let bill = window.map(|window| bill(project, load, prices, &window));
        Ok(bill.transpose()?.map(|bill| bill.total))
    };
    let before = bill(project, load, prices, window)?.total;
    let worst_before = worst(project, load)?;
    let mut found = Vec::new();
    for change in Change::ALL {
        let (mut changed, mut changed_load) = (project.clone(), load.clone());
        change.apply(&mut changed, &mut changed_load);
        if (&changed, &changed_load) == (project, load) || changed.check().is_err() {
            continue;
        }
        let after = bill(&changed, &changed_load, prices, window)?.total;
        let worst_after = worst(&changed, &changed_load)?;
        let saving_at_worst = worst_before
            .zip(worst_after)
            .map(|(before, after)| before - after);
        let is_worse = after > before + LEAST_SAVING;
        let saves = before - after >= LEAST_SAVING || saving_at_worst >= Some(LEAST_SAVING);
        if saves && !is_worse {
            found.push(Suggestion {
                change,
                saving: before - after,
                saving_at_worst,
                project: changed,
                load: changed_load,
            });
        }
    }
    found.sort_by_key(|one| std::cmp::Reverse((one.saving, one.saving_at_worst)));
    Ok(found)
}
