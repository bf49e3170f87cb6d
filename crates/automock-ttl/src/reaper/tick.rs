//! What came of a run of the reaper.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{PublishError, Receipt};
use crate::inventory::Resource;

/// What came of a run of the reaper.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Tick {
    /// The stack is not known, or not any more.
    NothingToDo,
    /// Nothing is due before `until`; without it, never.
    Idle {
        /// When to look again.
        until: Option<Timestamp>,
    },
    /// The warning was due.
    Warned {
        /// When the stack ends.
        expires_at: Timestamp,
        /// How long that is from now.
        left: SignedDuration,
        /// Why the warning was not, or perhaps not, sent.
        failure: Option<PublishError>,
    },
    /// Somebody else is at work on the stack.
    Busy {
        /// Who.
        holder: String,
        /// When to try again at the latest.
        until: Timestamp,
    },
    /// The time was over before everything was gone; the next run goes on.
    Progressing {
        /// What is left.
        remains: Remains,
    },
    /// What is left could not be moved; the next run tries again.
    Stuck {
        /// What is left.
        remains: Remains,
    },
    /// Nothing is left.
    Finished {
        /// The proof.
        receipt: Box<Receipt>,
    },
}

/// What is left of a stack that is being torn down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Remains {
    /// How many resources are gone.
    pub gone: usize,
    /// What is left, and why.
    pub left: Vec<Left>,
    /// What could not be looked at, in words.
    pub unreadable: Vec<String>,
    /// What lies in the stack's place, belongs to somebody else and is left alone, in words.
    pub left_alone: Vec<String>,
    /// How many runs in a row, this one included, moved nothing.
    pub idle_ticks: u32,
}

/// A resource that is left, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Left {
    /// The resource.
    pub resource: Resource,
    /// What holds it, in words.
    pub because: String,
}

impl Tick {
    /// One word for logs.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::NothingToDo => "nothing-to-do",
            Self::Idle { .. } => "idle",
            Self::Warned { .. } => "warned",
            Self::Busy { .. } => "busy",
            Self::Progressing { .. } => "progressing",
            Self::Stuck { .. } => "stuck",
            Self::Finished { .. } => "finished",
        }
    }
}

impl fmt::Display for Remains {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{} gone, {} left", self.gone, self.left.len())?;
        for left in &self.left {
            write!(formatter, "\n  {}: {}", left.resource, left.because)?;
        }
        for unreadable in &self.unreadable {
            write!(formatter, "\n  not seen: {unreadable}")?;
        }
        Ok(())
    }
}
