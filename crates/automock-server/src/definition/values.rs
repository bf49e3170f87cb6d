//! How often, how long, how late.

use std::time::Duration;

use super::fields::Fields;
use super::{Place, Refusal};
use crate::node::Node;

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

impl Times {
    pub(crate) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let mut fields = Fields::of(node, place)?;
        fields.only(&["remainingTimes", "unlimited"], &[]);
        let remaining: Option<i64> = fields.number("remainingTimes");
        let times = match (fields.flag("unlimited"), remaining) {
            (Some(true), _) => Some(Self::Unlimited),
            (_, Some(remaining)) => Some(Self::Remaining(remaining.try_into().unwrap_or(0))),
            _ => None,
        };
        if times.is_none() {
            fields.refuse_all("needs \"remainingTimes\", or \"unlimited\" that is true");
        }
        fields.finish(times)
    }
}

impl TimeToLive {
    pub(crate) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let mut fields = Fields::of(node, place)?;
        fields.only(&["timeUnit", "timeToLive", "unlimited"], &[]);
        let unit = fields.word("timeUnit", &UNITS);
        let count: Option<u64> = fields.number("timeToLive");
        let time_to_live = match (fields.flag("unlimited"), unit, count) {
            (Some(true), _, _) => Some(Self::Unlimited),
            (_, Some(unit), Some(count)) => Some(Self::For(times(unit, count))),
            _ => None,
        };
        if time_to_live.is_none() {
            fields
                .refuse_all("needs \"timeUnit\" and \"timeToLive\", or \"unlimited\" that is true");
        }
        fields.finish(time_to_live)
    }
}

/// The names of Java's `TimeUnit`, in nanoseconds.
pub(crate) const UNITS: [(&str, u64); 7] = [
    ("DAYS", 86_400_000_000_000),
    ("HOURS", 3_600_000_000_000),
    ("MINUTES", 60_000_000_000),
    ("SECONDS", 1_000_000_000),
    ("MILLISECONDS", 1_000_000),
    ("MICROSECONDS", 1_000),
    ("NANOSECONDS", 1),
];

/// So many units, at most 584 years.
pub(crate) fn times(unit: u64, count: u64) -> Duration {
    Duration::from_nanos(unit.saturating_mul(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn node(text: &str) -> Node {
        Node::parse(text).unwrap()
    }

    #[test]
    fn times_are_read() {
        let check = |text, expected: Option<Times>| {
            let times = Times::read(&node(text), &Place::root());
            assert_eq!(times.ok(), expected, "{text}");
        };
        check(r#"{"remainingTimes":2}"#, Some(Times::Remaining(2)));
        check(
            r#"{"remainingTimes":0,"unlimited":false}"#,
            Some(Times::Remaining(0)),
        );
        check(r#"{"remainingTimes":-1}"#, Some(Times::Remaining(0)));
        check(
            r#"{"remainingTimes":-1,"unlimited":true}"#,
            Some(Times::Unlimited),
        );
        check(r#"{"unlimited":true}"#, Some(Times::Unlimited));
        check(r#"{"unlimited":false}"#, None);
        check("{}", None);
        check(r#"{"remainingTimes":"2"}"#, None);
        check(r#"{"times":2}"#, None);
    }

    #[test]
    fn a_time_to_live_is_read() {
        let check = |text, expected: Option<TimeToLive>| {
            let found = TimeToLive::read(&node(text), &Place::root());
            assert_eq!(found.ok(), expected, "{text}");
        };
        let minute = TimeToLive::For(Duration::from_mins(1));
        check(r#"{"timeUnit":"SECONDS","timeToLive":60}"#, Some(minute));
        check(
            r#"{"timeUnit":"MINUTES","timeToLive":1,"unlimited":false}"#,
            Some(minute),
        );
        check(r#"{"unlimited":true}"#, Some(TimeToLive::Unlimited));
        check(r#"{"timeUnit":"SECONDS"}"#, None);
        check(r#"{"timeUnit":"FORTNIGHTS","timeToLive":1}"#, None);
        check(r#"{"timeUnit":"SECONDS","timeToLive":-1}"#, None);
    }
}
