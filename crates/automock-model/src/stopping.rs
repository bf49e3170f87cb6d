//! How a task stops without losing an answer: from the longest answer to the seconds that the load
//! balancer, ECS and the engine get.

use std::time::Duration;

use serde::Serialize;

use crate::{Capacity, EngineKind};

/// Fargate sends SIGKILL this many seconds after SIGTERM at the latest:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html>.
const MAX_STOP_TIMEOUT: u32 = 120;

/// The longest deregistration delay of a target group:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-target-group-attributes.html>.
const MAX_DEREGISTRATION_DELAY: u32 = 3600;

/// Seconds until every node of the load balancer has heard of a change.
const PROPAGATION: u32 = 5;

/// Seconds until the load balancer has taken out a task whose readiness fails: three health checks,
/// ten seconds apart, as the module `ecs-service` sets them, and [`PROPAGATION`].
const UNHEALTHY: u32 = 3 * 10 + PROPAGATION;

/// Seconds for what is not a delay: a body that is being sent, a slow client.
const TRANSFER: u32 = 8;

/// Seconds between the engine's own end and SIGKILL. The module `ecs-service` adds the same.
const MARGIN: u32 = 5;

/// What MockServer gets to end in; it does not serve on.
const MOCKSERVER_STOP: u32 = 10;

/// The seconds in which a task stops.
///
/// There are two orders. When ECS stops a task, the load balancer hears of it first, waits until the
/// open requests are answered (at most the deregistration delay), and only then SIGTERM is sent. When
/// Fargate Spot takes a task back, SIGTERM comes first, and the load balancer may go on sending until
/// its health checks fail: the engine serves on for the drain, with its readiness failing.
///
/// ```
/// use automock_model::{Capacity, EngineKind, StopTiming};
/// use std::time::Duration;
///
/// let timing = StopTiming::of(EngineKind::AutoMock, Capacity::Spot, Duration::from_secs(8));
/// assert_eq!(timing.deregistration_delay_seconds, 13);
/// assert_eq!(timing.drain_seconds, 35);
/// assert_eq!(timing.grace_seconds, 16);
/// assert_eq!(timing.stop_timeout_seconds, 56);
/// assert!(!timing.cuts(Duration::from_secs(8)));
/// assert!(timing.cuts(Duration::from_secs(90)));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StopTiming {
    /// Seconds that the load balancer gives open requests before SIGTERM, 5 to 3600.
    pub deregistration_delay_seconds: u32,
    /// Seconds after SIGTERM in which the engine serves on while its readiness fails.
    pub drain_seconds: u32,
    /// Seconds after the drain in which the engine answers what is open.
    pub grace_seconds: u32,
    /// Seconds between SIGTERM and SIGKILL, at most 120.
    pub stop_timeout_seconds: u32,
    /// The longest wait of an answer that survives both orders of stopping, in seconds.
    pub survives_seconds: u32,
}

impl StopTiming {
    /// The timing for tasks whose longest answer waits for `longest`, cut to what AWS allows.
    #[must_use]
    pub fn of(kind: EngineKind, capacity: Capacity, longest: Duration) -> Self {
        let longest = u32::try_from(longest.as_millis().div_ceil(1000)).unwrap_or(u32::MAX);
        let deregistration = longest
            .saturating_add(PROPAGATION)
            .min(MAX_DEREGISTRATION_DELAY);
        let is_spot = capacity != Capacity::OnDemand;
        let in_order = deregistration - PROPAGATION;
        if kind == EngineKind::MockServer {
            return Self {
                deregistration_delay_seconds: deregistration,
                drain_seconds: 0,
                grace_seconds: 0,
                stop_timeout_seconds: MOCKSERVER_STOP,
                survives_seconds: if is_spot { 0 } else { in_order },
            };
        }
        let drain = if is_spot { UNHEALTHY } else { PROPAGATION };
        let most = MAX_STOP_TIMEOUT - MARGIN - drain;
        let grace = longest.saturating_add(TRANSFER).min(most);
        Self {
            deregistration_delay_seconds: deregistration,
            drain_seconds: drain,
            grace_seconds: grace,
            stop_timeout_seconds: drain + grace + MARGIN,
            survives_seconds: if is_spot { grace - TRANSFER } else { in_order },
        }
    }

    /// Whether replacing a task breaks answers that wait this long.
    #[must_use]
    pub fn cuts(&self, longest: Duration) -> bool {
        longest > Duration::from_secs(self.survives_seconds.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use EngineKind::{AutoMock, MockServer};

    const MIXED: Capacity = Capacity::Mixed {
        on_demand_base: 2,
        spot_percent: 70,
    };

    fn seconds(timing: StopTiming) -> [u32; 5] {
        [
            timing.deregistration_delay_seconds,
            timing.drain_seconds,
            timing.grace_seconds,
            timing.stop_timeout_seconds,
            timing.survives_seconds,
        ]
    }

    #[test]
    fn the_longest_answer_decides() {
        for (kind, capacity, longest, expected) in [
            (AutoMock, Capacity::OnDemand, 0, [5, 5, 8, 18, 0]),
            (AutoMock, Capacity::OnDemand, 8, [13, 5, 16, 26, 8]),
            (AutoMock, Capacity::OnDemand, 110, [115, 5, 110, 120, 110]),
            (
                AutoMock,
                Capacity::OnDemand,
                4000,
                [3600, 5, 110, 120, 3595],
            ),
            (AutoMock, Capacity::Spot, 0, [5, 35, 8, 48, 0]),
            (AutoMock, Capacity::Spot, 72, [77, 35, 80, 120, 72]),
            (AutoMock, Capacity::Spot, 73, [78, 35, 80, 120, 72]),
            (AutoMock, MIXED, 1, [6, 35, 9, 49, 1]),
            (MockServer, Capacity::OnDemand, 8, [13, 0, 0, 10, 8]),
            (MockServer, Capacity::Spot, 8, [13, 0, 0, 10, 0]),
        ] {
            let longest = Duration::from_secs(longest);
            let timing = StopTiming::of(kind, capacity, longest);
            assert_eq!(
                seconds(timing),
                expected,
                "{kind:?} {capacity:?} {longest:?}"
            );
            let survives = Duration::from_secs(timing.survives_seconds.into());
            assert_eq!(timing.cuts(longest), longest > survives);
        }
    }

    #[test]
    fn part_of_a_second_counts_as_one() {
        let timing = StopTiming::of(AutoMock, Capacity::Spot, Duration::from_millis(1));
        assert_eq!(timing.grace_seconds, 9);
        assert!(!timing.cuts(Duration::from_millis(1)));
    }

    proptest::proptest! {
        #[test]
        fn no_timing_is_beyond_what_aws_takes(milliseconds: u64, spot: bool, own: bool) {
            let capacity = if spot { Capacity::Spot } else { Capacity::OnDemand };
            let kind = if own { AutoMock } else { MockServer };
            let timing = StopTiming::of(kind, capacity, Duration::from_millis(milliseconds));
            proptest::prop_assert!(timing.stop_timeout_seconds <= MAX_STOP_TIMEOUT);
            proptest::prop_assert!(timing.deregistration_delay_seconds <= MAX_DEREGISTRATION_DELAY);
            if own {
                let ends = timing.drain_seconds + timing.grace_seconds + MARGIN;
                proptest::prop_assert_eq!(timing.stop_timeout_seconds, ends);
            }
        }
    }
}
