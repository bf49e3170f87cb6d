//! The result of a teardown, and what holds up what is left.

use std::fmt;

use crate::failure::CloudFailure;
use crate::inventory::{Resource, Unreadable};
use crate::kind::ResourceKind;

/// Why a resource is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hold {
    /// It was not tried yet.
    Untried,
    /// Its removal was accepted and has not ended.
    Leaving,
    /// AWS says that something else has to go first.
    TooEarly(String),
    /// Its removal failed.
    Failed(CloudFailure),
    /// A resource that has to go first is still there.
    Blocked {
        /// The first such resource, in words.
        by: String,
        /// Why it has to go first.
        because: &'static str,
    },
    /// A kind that has to go first could not be looked at.
    Unreadable {
        /// That kind.
        kind: ResourceKind,
        /// Why it could not be looked at.
        reason: CloudFailure,
    },
}

/// A resource that is still there, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// The resource.
    pub resource: Resource,
    /// Why it is still there.
    pub hold: Hold,
}

/// Why a teardown stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// Nothing is left of what was found.
    Finished,
    /// What is left cannot be moved by trying again now.
    Stuck,
    /// The time that was given is over.
    OutOfTime,
    /// Whoever watched it stopped it.
    Stopped,
}

/// The result of a teardown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Why it stopped.
    pub ending: Ending,
    /// What is gone.
    pub removed: Vec<Resource>,
    /// What is left of the stack.
    pub remaining: Vec<Remaining>,
    /// What lies in the stack's place and was left alone because it is not the stack's.
    pub foreign: Vec<Resource>,
    /// What could not be looked at, so that it may still exist.
    pub unreadable: Vec<Unreadable>,
}

impl Report {
    /// Whether nothing is left of what was found, and everything could be looked at.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.remaining.is_empty() && self.unreadable.is_empty()
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untried => formatter.write_str("not tried yet"),
            Self::Leaving => formatter.write_str("on its way out"),
            Self::TooEarly(reason) => write!(formatter, "too early: {reason}"),
            Self::Failed(failure) => failure.fmt(formatter),
            Self::Blocked { by, because } => write!(formatter, "waits for {by}: {because}"),
            Self::Unreadable { kind, reason } => {
                write!(
                    formatter,
                    "a {kind} that has to go first may exist unseen: {reason}"
                )
            }
        }
    }
}
