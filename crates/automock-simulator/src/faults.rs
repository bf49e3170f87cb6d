//! What goes wrong on the way to AWS and back.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::random::Random;
use crate::time::Moment;

/// How often what goes wrong, in so many of 10,000 calls.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    /// AWS asks for fewer calls, whatever the buckets say.
    pub throttled: u32,
    /// AWS fails and does nothing.
    pub failed: u32,
    /// AWS does it and the answer gets lost.
    pub lost: u32,
    /// The process dies, before or after.
    pub dies: u32,
    /// Whether the buckets of EC2 and CloudWatch count.
    pub buckets: bool,
}

/// Where a process dies: at the call with this number, counted from one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Crash {
    /// The number of the call.
    pub call: u64,
    /// Before or after it.
    pub side: Side,
}

/// On which side of a call a process dies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// AWS never hears of the call.
    Before,
    /// AWS does it, and nobody is left to take the answer.
    After,
}

/// What happens to one call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Works,
    Throttled,
    Failed,
    Lost,
}

/// The kinds of call that have a bucket of their own, with its size and its refill per second:
/// <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Lane {
    Ec2Read,
    Ec2Write,
    Alarms,
    Other,
}

impl Lane {
    const fn limits(self) -> Option<(f64, f64)> {
        match self {
            Self::Ec2Read => Some((100.0, 20.0)),
            Self::Ec2Write => Some((50.0, 5.0)),
            Self::Alarms => Some((3.0, 3.0)),
            Self::Other => None,
        }
    }
}

/// The tokens that are left.
#[derive(Clone, Debug, Default)]
pub(crate) struct Buckets(BTreeMap<Lane, (f64, Moment)>);

impl Buckets {
    /// Takes a token, if there is one.
    fn take(&mut self, lane: Lane, now: Moment) -> bool {
        let Some((size, refill)) = lane.limits() else {
            return true;
        };
        let (tokens, at) = self.0.entry(lane).or_insert((size, now));
        *tokens = (*tokens + now.since(*at).as_secs_f64() * refill).min(size);
        *at = now;
        let granted = *tokens >= 1.0;
        if granted {
            *tokens -= 1.0;
        }
        granted
    }
}

/// Decides about calls.
#[derive(Clone, Debug)]
pub(crate) struct Weather {
    pub(crate) faults: Faults,
    pub(crate) random: Random,
    pub(crate) buckets: Buckets,
}

impl Weather {
    pub(crate) fn fate(&mut self, lane: Lane, now: Moment) -> Fate {
        let faults = self.faults;
        if faults.buckets && !self.buckets.take(lane, now) {
            return Fate::Throttled;
        }
        let random = &mut self.random;
        if random.chance(faults.throttled) {
            Fate::Throttled
        } else if random.chance(faults.failed) {
            Fate::Failed
        } else if random.chance(faults.lost) {
            Fate::Lost
        } else {
            Fate::Works
        }
    }

    /// Half of the time that a call takes.
    pub(crate) fn way(&mut self) -> Duration {
        self.random
            .between(Duration::from_millis(10), Duration::from_millis(60))
    }

    pub(crate) fn death(&mut self) -> Option<Side> {
        let dies = self.random.chance(self.faults.dies);
        dies.then(|| match self.random.below(2) {
            0 => Side::Before,
            _ => Side::After,
        })
    }
}
