//! How often, how long, how late.

use std::time::Duration;

/// How often an expectation answers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Times {
    /// As often as it is asked.
    #[default]
    Unlimited,
    /// This often from now on; with 0 it never answers.
    Remaining(u64),
}

/// How long an expectation answers, counted from its creation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TimeToLive {
    /// Until it is removed.
    #[default]
    Unlimited,
    /// So long.
    For(Duration),
}

/// How long an answer waits.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Delay {
    /// Always as long.
    Fixed(Duration),
    /// Evenly between two.
    Uniform {
        /// At least.
        min: Duration,
        /// At most.
        max: Duration,
    },
    /// Log-normal, as response times often are.
    LogNormal {
        /// Half of the waits are shorter.
        median: Duration,
        /// 99 of 100 waits are shorter.
        p99: Duration,
    },
    /// Around a mean; never below zero.
    Gaussian {
        /// The mean.
        mean: Duration,
        /// The standard deviation.
        deviation: Duration,
    },
}

impl Delay {
    /// How long this time.
    #[must_use]
    pub fn draw(&self, _random: &mut fastrand::Rng) -> Duration {
        Duration::ZERO
    }
}
