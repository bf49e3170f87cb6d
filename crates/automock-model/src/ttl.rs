//! Time to live: how long a stack exists, and who is told before it ends.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::duration::{self, DurationError};
use crate::format::default_warning;

/// How long the stack lives, and who is told before it ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Lifetime {
    /// The time to live, counted from the deployment.
    pub duration: Ttl,
    /// How long before the end the warning goes out. Always shorter than the duration.
    pub warning_seconds: u64,
    /// Addresses that get the warning and the receipt.
    pub mail: Vec<String>,
    /// How often the reaper looks at the clock.
    pub check_every_minutes: u32,
}

impl Lifetime {
    /// The same with another time to live, as when a deployment overrides the file. A warning that
    /// would not come before the new end is moved to where it is by default.
    #[must_use]
    pub fn with_duration(&self, duration: Ttl) -> Self {
        let fits = duration
            .seconds()
            .is_none_or(|seconds| self.warning_seconds < seconds);
        let check_every_seconds = u64::from(self.check_every_minutes) * 60;
        Self {
            duration,
            warning_seconds: if fits {
                self.warning_seconds
            } else {
                default_warning(duration, check_every_seconds)
            },
            ..self.clone()
        }
    }
}

/// A time to live in seconds, or none: the stack lives until someone destroys it.
///
/// ```
/// # use automock_model::Ttl;
/// let ttl: Ttl = "1h30m".parse().unwrap();
/// assert_eq!(ttl.seconds(), Some(5400));
/// assert_eq!(ttl.to_string(), "1h30m");
/// assert_eq!("none".parse::<Ttl>().unwrap(), Ttl::NONE);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Ttl(Option<u64>);

impl Ttl {
    /// No end.
    pub const NONE: Self = Self(None);

    /// The shortest time to live: less would end before a deployment is worth it.
    pub const MIN_SECONDS: u64 = 5 * 60;

    /// The longest time to live: thirty days.
    pub const MAX_SECONDS: u64 = 30 * 24 * 60 * 60;

    /// A time to live of so many seconds. The bounds are [`Project::check`](crate::Project::check)'s
    /// affair.
    #[must_use]
    pub fn from_seconds(seconds: u64) -> Self {
        Self(Some(seconds))
    }

    /// The seconds, or `None` when there is no end.
    #[must_use]
    pub fn seconds(self) -> Option<u64> {
        self.0
    }
}

impl FromStr for Ttl {
    type Err = DurationError;

    fn from_str(text: &str) -> Result<Self, DurationError> {
        if text.trim() == "none" {
            return Ok(Self::NONE);
        }
        duration::parse_seconds(text).map(Self::from_seconds)
    }
}

impl fmt::Display for Ttl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            None => f.write_str("none"),
            Some(seconds) => f.write_str(&duration::format_seconds(seconds)),
        }
    }
}

impl TryFrom<String> for Ttl {
    type Error = DurationError;

    fn try_from(text: String) -> Result<Self, DurationError> {
        text.parse()
    }
}

impl From<Ttl> for String {
    fn from(ttl: Ttl) -> Self {
        ttl.to_string()
    }
}

#[cfg(test)]
mod tests {
    use crate::{Project, Ttl};

    #[test]
    fn overriding_the_duration_keeps_the_project_valid() {
        let mut project = Project::new("petstore".parse().unwrap());
        for (duration, warning) in [("15m", 300), ("30d", 3600), ("none", 3600), ("61m", 3600)] {
            let lifetime = project.ttl.with_duration(duration.parse().unwrap());
            assert_eq!(lifetime.warning_seconds, warning, "{duration}");
            let changed = Project {
                ttl: lifetime,
                ..project.clone()
            };
            assert_eq!(changed.check(), Ok(()), "{duration}");
        }
        project.ttl = project.ttl.with_duration(Ttl::from_seconds(60));
        assert!(project.check().is_err());
    }
}
