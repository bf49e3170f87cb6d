//! The load balancer: hours and capacity units.

use automock_model::Project;
use serde::Serialize;

use super::{BYTES_PER_GB, Lines, Window, billed_hours, span};
use crate::load::{Load, RequestsPerSecond};
use crate::money::Quantity;
use crate::prices::Item;

// What one capacity unit holds: <https://aws.amazon.com/elasticloadbalancing/pricing/>.
const NEW_CONNECTIONS_PER_SECOND: f64 = 25.0;
const ACTIVE_CONNECTIONS: f64 = 3_000.0;
const GB_PER_HOUR: f64 = 1.0;
const RULE_EVALUATIONS_PER_SECOND: f64 = 1_000.0;

/// Rules of a request that cost nothing: <https://aws.amazon.com/elasticloadbalancing/pricing/>.
const FREE_RULES: u32 = 10;

/// Rules that a request to the mock passes: the control API's prefix, its sixteen paths three to a
/// rule, and the rule that forwards (`terraform/modules/ecs-service/listeners.tf`).
const RULES: u32 = 1 + 6 + 1;

/// One of the four measures of a load balancer's work.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Dimension {
    /// Connections opened in a second.
    NewConnections,
    /// Connections that are open.
    ActiveConnections,
    /// Bytes of requests and answers.
    ProcessedBytes,
    /// Rules that requests pass, beyond the free ones.
    RuleEvaluations,
}

impl Dimension {
    fn words(self) -> &'static str {
        match self {
            Self::NewConnections => "new connections",
            Self::ActiveConnections => "active connections",
            Self::ProcessedBytes => "processed bytes",
            Self::RuleEvaluations => "rule evaluations",
        }
    }
}

/// The capacity units of a load, by dimension. The largest is billed.
///
/// ```
/// # use automock_forecast::{CapacityUnits, Dimension, Load, RequestsPerSecond};
/// let rate = RequestsPerSecond::new(1_000.0).unwrap();
/// let keep_alive = CapacityUnits::of(&Load::new(rate), rate);
/// assert_eq!(keep_alive.largest().0, Dimension::ProcessedBytes);
///
/// let anew = Load { requests_per_connection: 1, ..Load::new(rate) };
/// let units = CapacityUnits::of(&anew, rate);
/// assert_eq!(units.largest(), (Dimension::NewConnections, 40.0));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[non_exhaustive]
pub struct CapacityUnits {
    /// By connections opened in a second.
    pub new_connections: f64,
    /// By connections that are open.
    pub active_connections: f64,
    /// By bytes of requests and answers.
    pub processed_bytes: f64,
    /// By rules beyond the free ones.
    pub rule_evaluations: f64,
}

impl CapacityUnits {
    /// The capacity units that a rate of requests takes.
    #[must_use]
    pub fn of(load: &Load, rate: RequestsPerSecond) -> Self {
        let opened = rate.get() / f64::from(load.requests_per_connection.max(1));
        // Little's law: those that come in a second, times the seconds that each stays.
        let open = opened * f64::from(load.connection_seconds);
        let bytes = f64::from(load.request_bytes) + f64::from(load.response_bytes);
        let gb_per_hour = rate.get() * bytes * 3_600.0 / BYTES_PER_GB;
        let rules = f64::from(RULES.saturating_sub(FREE_RULES));
        Self {
            new_connections: opened / NEW_CONNECTIONS_PER_SECOND,
            active_connections: open / ACTIVE_CONNECTIONS,
            processed_bytes: gb_per_hour / GB_PER_HOUR,
            rule_evaluations: rate.get() * rules / RULE_EVALUATIONS_PER_SECOND,
        }
    }

    /// The dimension that is billed, and its units.
    #[must_use]
    pub fn largest(&self) -> (Dimension, f64) {
        [
            (Dimension::NewConnections, self.new_connections),
            (Dimension::ActiveConnections, self.active_connections),
            (Dimension::ProcessedBytes, self.processed_bytes),
            (Dimension::RuleEvaluations, self.rule_evaluations),
        ]
        .into_iter()
        .max_by(|(_, one), (_, other)| one.total_cmp(other))
        .unwrap_or((Dimension::NewConnections, 0.0))
    }
}

pub(super) fn add(lines: &mut Lines<'_>, _project: &Project, load: &Load, window: &Window) {
    let hours = billed_hours(window);
    lines.add(
        Item::LoadBalancerHour,
        "Load balancer",
        Quantity::whole(hours),
        format!("1 load balancer × {hours} h"),
    );
    let units = CapacityUnits::of(load, window.requests_per_second);
    let (dimension, largest) = units.largest();
    lines.add(
        Item::CapacityUnitHour,
        "Load balancer capacity units",
        Quantity::measured(largest * window.hours()),
        format!(
            "{largest:.4} units by {}, the largest of new connections {:.4}, active connections \
             {:.4}, processed bytes {:.4}, rule evaluations {:.4}; × {}",
            dimension.words(),
            units.new_connections,
            units.active_connections,
            units.processed_bytes,
            units.rule_evaluations,
            span(window.seconds),
        ),
    );
}
