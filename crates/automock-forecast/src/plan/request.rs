//! What is asked of a plan, and the loads at which its candidates are judged.

use automock_model::Project;

use crate::load::{Load, RequestsPerSecond};
use crate::simulation::{Profile, Scenario, Timings};

/// Room for bursts that are shorter than any metric sees, in percent.
const DEFAULT_HEADROOM_PERCENT: u32 = 30;

/// Targets of one load balancer, unless AWS grants more:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>.
const DEFAULT_MAX_TASKS: u32 = 1_000;

/// How long the ramp to a load takes that a load balancer which nobody has called yet holds: the
/// five minutes for which AWS advises to raise a load by half
/// (<https://aws.amazon.com/articles/best-practices-in-evaluating-elastic-load-balancing/>).
const RAMP_SECONDS: u32 = 300;

/// How long the load stays after the ramp, at least: twice the fifteen minutes that target tracking
/// takes to remove a task.
const STAY_SECONDS: u32 = 1_800;

/// What a plan is to hold, and how.
///
/// ```
/// use automock_forecast::{PlanRequest, RequestsPerSecond};
/// use automock_model::Project;
///
/// let rate = |rate| RequestsPerSecond::new(rate).unwrap();
/// let project = Project::from_toml("name = \"petstore\"").unwrap();
/// let request = PlanRequest::new(project, rate(1_000.0), rate(2_500.0));
/// assert_eq!((request.ramp_seconds, request.seconds), (300, 3_600));
/// assert_eq!(request.profile.rate_at(300), 1_000.0);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct PlanRequest {
    /// The project to start from. Its size, number of tasks and scaling policy are replaced; so is
    /// its network, unless it is an existing one. All else is kept, the capacity (on demand, Spot)
    /// and the cooldowns among it.
    pub project: Project,
    /// What a request is like. How many there are is the profile's affair.
    pub load: Load,
    /// The load of each second.
    pub profile: Profile,
    /// Requests per second that one vCPU serves, as measured.
    pub per_vcpu: RequestsPerSecond,
    /// How much of the healthy tasks' capacity stays free, 0 to 99 percent.
    pub headroom_percent: u32,
    /// The most tasks that a plan may have.
    pub max_tasks: u32,
    /// Seconds at the start in which the headroom may be missing; requests that wait or are refused
    /// are not forgiven there either.
    pub ramp_seconds: u32,
    /// How long the simulations are. Gateways and load balancers are billed by the started hour, so
    /// whole hours compare best.
    pub seconds: u32,
}

impl PlanRequest {
    /// A request for a load that is reached in a ramp and then stays: five minutes, or longer if the
    /// load balancer has to grow first.
    #[must_use]
    pub fn new(project: Project, wanted: RequestsPerSecond, per_vcpu: RequestsPerSecond) -> Self {
        let (profile, ramp_seconds) = ramp(&project, wanted);
        Self {
            ramp_seconds,
            seconds: (ramp_seconds + STAY_SECONDS).next_multiple_of(3_600),
            ..Self::with_profile(project, profile, 3_600, per_vcpu)
        }
    }

    /// A request for a load that changes over time. Headroom is wanted from the first second on.
    #[must_use]
    pub fn with_profile(
        project: Project,
        profile: Profile,
        seconds: u32,
        per_vcpu: RequestsPerSecond,
    ) -> Self {
        Self {
            project,
            load: Load::idle(),
            profile,
            per_vcpu,
            headroom_percent: DEFAULT_HEADROOM_PERCENT,
            max_tasks: DEFAULT_MAX_TASKS,
            ramp_seconds: 0,
            seconds,
        }
    }

    /// The highest load that is planned for: the profile's, rounded up to a round number.
    #[must_use]
    pub fn planned_rate(&self) -> RequestsPerSecond {
        RequestsPerSecond::clamped(round_up(self.profile.peak()))
    }

    /// The utilisation in percent that a plan stays below.
    pub(super) fn limit_percent(&self) -> u32 {
        100_u32.saturating_sub(self.headroom_percent).max(1)
    }

    /// The profile with another highest load.
    pub(super) fn profile_at(&self, peak: f64) -> Profile {
        let asked = self.profile.peak();
        if asked > 0.0 {
            self.profile.times(peak / asked)
        } else {
            self.profile.clone()
        }
    }

    /// The scenario of a project at a highest load, in which all news comes as late as AWS's minute can
    /// make it.
    pub(super) fn late_scenario(&self, project: Project, peak: f64) -> Scenario {
        let mut scenario = self.scenario(project, peak);
        let timings = &mut scenario.timings;
        // A value is seen a whole period later, and an alarm is looked at just before it is.
        timings.publication_periods += 1;
        timings.evaluation_phase_seconds = timings.evaluation_seconds.saturating_sub(1);
        scenario
    }

    /// The scenario of a project at a highest load.
    pub(super) fn scenario(&self, project: Project, peak: f64) -> Scenario {
        let profile = self.profile_at(peak);
        Scenario::new(
            project,
            self.load.clone(),
            profile,
            self.seconds,
            self.per_vcpu,
        )
    }
}

/// A ramp that the load balancer can follow: straight to what it holds at once, and from there by
/// its growth in every five minutes.
fn ramp(project: &Project, wanted: RequestsPerSecond) -> (Profile, u32) {
    let timings = Timings::of(project);
    let zones = f64::from(project.network.zones.max(1));
    // It begins to grow at half of what it holds, which leaves room for the straight lines between
    // the points of an exponential curve.
    let at_once = timings.balancer_initial_rps_per_zone * zones;
    let mut points = vec![(0.0, RequestsPerSecond::ZERO)];
    let mut rate = at_once.min(wanted.get());
    let mut second = RAMP_SECONDS;
    points.push((f64::from(second), RequestsPerSecond::clamped(rate)));
    while rate < wanted.get() {
        rate = (rate * timings.balancer_growth_in_five_minutes).min(wanted.get());
        second += RAMP_SECONDS;
        points.push((f64::from(second), RequestsPerSecond::clamped(rate)));
    }
    (Profile::from_points(points), second)
}

/// Hundredths from one round number of a decade to the next: 1.00, 1.05 … 2.0, 2.1 … 5.0, 5.25 … .
fn gap(hundredths: u32) -> u32 {
    match hundredths {
        ..200 => 5,
        200..500 => 10,
        _ => 25,
    }
}

/// The smallest round number that is not below a load. Below a hundredth of a request per second all
/// loads are the same.
pub(super) fn round_up(load: f64) -> f64 {
    round_loads(load).next().unwrap_or(load)
}

/// Round numbers from the first that is not below a load downwards.
pub(super) fn round_loads(load: f64) -> impl Iterator<Item = f64> {
    let mut all = Vec::new();
    // Loads end at a billion, see `RequestsPerSecond::MAX`.
    'decades: for exponent in -2..=9 {
        let mut hundredths = 100;
        while hundredths < 1_000 {
            // Divide by whole powers of ten, so that 1.1 × 10 is 11.
            let power = 10_f64.powi(exponent - 2);
            let inverse = 10_f64.powi(2 - exponent);
            let value = if exponent < 2 {
                f64::from(hundredths) / inverse
            } else {
                f64::from(hundredths) * power
            };
            all.push(value);
            if value >= load {
                break 'decades;
            }
            hundredths += gap(hundredths);
        }
    }
    all.into_iter().rev()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is(value: f64, expected: f64) -> bool {
        (value - expected).abs() < 1e-9 * expected.max(1.0)
    }

    #[test]
    fn loads_are_rounded_up_to_round_numbers() {
        for (load, expected) in [
            (0.0, 0.01),
            (1.0, 1.0),
            (1_000.0, 1_000.0),
            (1_001.0, 1_050.0),
            (2_345.0, 2_400.0),
            (9_800.0, 10_000.0),
            (11.0, 11.0),
            (1e9, 1e9),
        ] {
            assert!(is(round_up(load), expected), "{load} {}", round_up(load));
        }
        for load in [0.3, 7.0, 33.3, 512.0, 98_765.0] {
            let rounded = round_up(load);
            assert!(
                rounded >= load && rounded <= load * 1.0501,
                "{load} {rounded}"
            );
            assert!(is(round_up(rounded), rounded));
        }
    }

    #[test]
    fn a_lower_load_has_the_same_loads_below_it() {
        let high: Vec<f64> = round_loads(5_000.0).collect();
        let low: Vec<f64> = round_loads(1_234.0).collect();
        assert!(high.ends_with(&low));
        assert!(high.windows(2).all(|pair| pair[0] > pair[1]));
    }

    #[test]
    fn a_ramp_waits_for_the_load_balancer() {
        let rate = |rate| RequestsPerSecond::new(rate).unwrap();
        let project = Project::new("petstore".parse().unwrap());
        let request = PlanRequest::new(project, rate(40_000.0), rate(2_500.0));
        assert_eq!((request.ramp_seconds, request.seconds), (1_500, 3_600));
        assert!(is(request.profile.rate_at(300), 10_000.0));
        assert!(is(request.profile.rate_at(600), 15_000.0));
        assert!(is(request.profile.rate_at(1_500), 40_000.0));
    }
}
