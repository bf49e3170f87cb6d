//! How much time a stack has left, and what is due now.
//!
//! Nothing here reads a clock: `now` is always an argument.

use jiff::{SignedDuration, Timestamp};

use crate::record::{Phase, StackRecord};

/// The time between now and the end of a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeLeft {
    /// The stack has no end.
    Unlimited,
    /// The stack ends after this time, which is more than zero.
    Left(SignedDuration),
    /// The stack should have ended this long ago; zero at the very end.
    Overdue(SignedDuration),
}

/// What is due for a stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// Nothing is due before `until`; without it, never.
    Idle {
        /// When to look again.
        until: Option<Timestamp>,
    },
    /// The warning about the end has to be sent.
    Warn {
        /// When the stack ends.
        expires_at: Timestamp,
        /// How long that is from now.
        left: SignedDuration,
    },
    /// The time is up: teardown has to begin.
    Expire {
        /// How long ago the time was up.
        overdue: SignedDuration,
    },
    /// A teardown has begun and has to be carried to its end.
    Resume,
    /// Nothing is left to do, ever.
    Finished,
}

/// The moment `seconds` after `start`, or the last moment that can be told.
#[must_use]
pub fn after(start: Timestamp, seconds: u64) -> Timestamp {
    start
        .checked_add(duration(seconds))
        .unwrap_or(Timestamp::MAX)
}

/// When the warning is due, if the stack has an end.
#[must_use]
pub fn warning_at(record: &StackRecord) -> Option<Timestamp> {
    let lead = duration(record.warning_lead_seconds);
    record
        .expires_at
        .map(|end| end.checked_sub(lead).unwrap_or(Timestamp::MIN))
}

/// The time that the stack has left.
#[must_use]
pub fn time_left(record: &StackRecord, now: Timestamp) -> TimeLeft {
    match record.expires_at {
        None => TimeLeft::Unlimited,
        Some(end) if now < end => TimeLeft::Left(now.duration_until(end)),
        Some(end) => TimeLeft::Overdue(end.duration_until(now)),
    }
}

/// What is due for the stack now.
#[must_use]
pub fn decide(record: &StackRecord, now: Timestamp) -> Decision {
    match record.phase {
        Phase::Done => Decision::Finished,
        Phase::TearingDown => Decision::Resume,
        Phase::Creating | Phase::Updating | Phase::Active | Phase::Failed => by_time(record, now),
    }
}

fn by_time(record: &StackRecord, now: Timestamp) -> Decision {
    let (Some(expires_at), Some(warning_at)) = (record.expires_at, warning_at(record)) else {
        return Decision::Idle { until: None };
    };
    if now >= expires_at {
        return Decision::Expire {
            overdue: expires_at.duration_until(now),
        };
    }
    // A warning from before the window belongs to an end that has since been moved.
    let warned = record.warned_at.is_some_and(|at| at >= warning_at);
    if now < warning_at {
        Decision::Idle {
            until: Some(warning_at),
        }
    } else if warned {
        Decision::Idle {
            until: Some(expires_at),
        }
    } else {
        Decision::Warn {
            expires_at,
            left: now.duration_until(expires_at),
        }
    }
}

fn duration(seconds: u64) -> SignedDuration {
    SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
