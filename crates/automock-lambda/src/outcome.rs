//! What came of a tick, as the function's result.

use std::fmt;

use automock_model::StackId;
use automock_ttl::reaper::{Remains, Tick};
use jiff::Timestamp;
use serde::Serialize;

/// What came of a tick, in a form that people and programs read.
///
/// ```
/// use automock_lambda::Outcome;
/// use automock_ttl::reaper::Tick;
///
/// let stack = "petstore-dev".parse()?;
/// let outcome = Outcome::new(&stack, &Tick::Idle { until: None });
/// assert_eq!(outcome.to_string(), r#"{"stack":"petstore-dev","outcome":"idle"}"#);
/// # Ok::<(), automock_model::InvalidId>(())
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Outcome {
    stack: String,
    #[serde(rename = "outcome")]
    word: &'static str,
    #[serde(flatten)]
    details: Details,
}

/// What is worth knowing about an outcome.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
struct Details {
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    holder: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    gone: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<usize>,
    /// The first of what is left, each with the reason.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    waits_for: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    unreadable: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<String>,
}

/// As many reasons as a person reads; the journal has all.
const REASONS: usize = 10;

impl Outcome {
    /// The outcome of a tick of this stack.
    #[must_use]
    pub fn new(stack: &StackId, tick: &Tick) -> Self {
        Self {
            stack: stack.to_string(),
            word: tick.word(),
            details: Details::of(tick),
        }
    }

    /// What came of a tick, for a line of the log.
    pub(crate) fn words(tick: &Tick) -> String {
        match tick {
            Tick::NothingToDo => "the stack is not in the registry".to_owned(),
            Tick::Idle { until: Some(until) } => format!("nothing is due before {until}"),
            Tick::Idle { until: None } => "nothing will ever be due".to_owned(),
            Tick::Warned { expires_at, .. } => format!("warned of the end at {expires_at}"),
            Tick::Busy { holder, until } => {
                format!("{holder} is at work, until {until} at the latest")
            }
            Tick::Progressing { remains } | Tick::Stuck { remains } => remains.to_string(),
            Tick::Finished { receipt } => {
                format!("nothing is left of {} resources", receipt.resources.len())
            }
            other => other.word().to_owned(),
        }
    }
}

impl Details {
    fn of(tick: &Tick) -> Self {
        match tick {
            Tick::Idle { until } => Self {
                until: *until,
                ..Self::default()
            },
            Tick::Warned { expires_at, .. } => Self {
                expires_at: Some(*expires_at),
                ..Self::default()
            },
            Tick::Busy { holder, until } => Self {
                holder: Some(holder.clone()),
                until: Some(*until),
                ..Self::default()
            },
            Tick::Progressing { remains } | Tick::Stuck { remains } => Self::remaining(remains),
            Tick::Finished { receipt } => Self {
                gone: Some(receipt.resources.len()),
                left: Some(0),
                receipt: Some(receipt.epoch.clone()),
                ..Self::default()
            },
            _ => Self::default(),
        }
    }

    fn remaining(remains: &Remains) -> Self {
        let reasons = remains.left.iter().take(REASONS);
        let reasons = reasons.map(|left| format!("{}: {}", left.resource, left.because));
        Self {
            gone: Some(remains.gone),
            left: Some(remains.left.len()),
            waits_for: reasons.collect(),
            unreadable: remains.unreadable.clone(),
            ..Self::default()
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let json = serde_json::to_string(self).map_err(|_| fmt::Error)?;
        formatter.write_str(&json)
    }
}

#[cfg(test)]
mod tests {
    use automock_ttl::inventory::{Ownership, Resource};
    use automock_ttl::kind::ResourceKind;
    use automock_ttl::reaper::Left;

    use super::*;

    fn json(tick: &Tick) -> String {
        Outcome::new(&"petstore-dev".parse().unwrap(), tick).to_string()
    }

    #[test]
    fn an_idle_tick_says_when_something_is_due() {
        let until = Some("2026-01-02T15:00:00Z".parse().unwrap());
        assert_eq!(
            json(&Tick::Idle { until }),
            r#"{"stack":"petstore-dev","outcome":"idle","until":"2026-01-02T15:00:00Z"}"#
        );
    }

    #[test]
    fn a_tick_of_nobody_says_nothing_more() {
        assert_eq!(
            json(&Tick::NothingToDo),
            r#"{"stack":"petstore-dev","outcome":"nothing-to-do"}"#
        );
    }

    #[test]
    fn progress_counts_what_is_left_and_says_why() {
        let left = |id: &str| Left {
            resource: Resource::untagged(ResourceKind::Subnet, id, "us-east-1", Ownership::Tagged),
            because: "on its way out".to_owned(),
        };
        let remains = Remains {
            gone: 40,
            left: (1..=12).map(|n| left(&format!("subnet-{n}"))).collect(),
            ..Remains::default()
        };
        let json = json(&Tick::Progressing { remains });
        assert!(
            json.starts_with(
                r#"{"stack":"petstore-dev","outcome":"progressing","gone":40,"left":12,"#
            ),
            "{json}"
        );
        assert_eq!(json.matches("on its way out").count(), REASONS);
    }
}
