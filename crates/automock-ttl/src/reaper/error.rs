//! What can stop a run of the reaper.

use automock_model::StackId;
use jiff::Timestamp;

use super::DocumentError;
use crate::failure::CloudFailure;
use crate::record::{Phase, RecordError};
use crate::registry::RegistryError;

/// A run of the reaper that could not go on. A later one takes up from there.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReaperError {
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
    /// The record does not allow it.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A lease, journal, receipt, state or lock could not be read or written.
    #[error("cannot {action} {key}")]
    Objects {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which object.
        key: String,
        /// Why it failed.
        #[source]
        source: CloudFailure,
    },
    /// A document is there but cannot be understood.
    #[error("{key} cannot be read")]
    Unreadable {
        /// Key of the document.
        key: String,
        /// Why.
        #[source]
        source: DocumentError,
    },
    /// Somebody else took over; nothing more was begun.
    #[error("the lease on stack {stack} was lost; somebody else goes on with its teardown")]
    LeaseLost {
        /// The stack.
        stack: StackId,
    },
    /// Somebody else is at work on the stack.
    #[error("{holder} is at work on stack {stack}, until {until} at the latest")]
    Busy {
        /// The stack.
        stack: StackId,
        /// Who.
        holder: String,
        /// When to try again at the latest.
        until: Timestamp,
    },
    /// The registry does not know the stack.
    #[error("stack {stack} is not in the registry")]
    NoStack {
        /// The stack.
        stack: StackId,
    },
    /// The stack is torn down and its record says so; only the reaper's own parts are left.
    #[error("the teardown of stack {stack}, which is {phase}, ends without {what}")]
    Unfinished {
        /// The stack.
        stack: StackId,
        /// Its phase.
        phase: Phase,
        /// What is still to be done, and why it was not.
        what: String,
    },
}

impl ReaperError {
    /// The error with all its causes.
    #[must_use]
    pub fn in_words(&self) -> String {
        let mut words = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            words = format!("{words}: {error}");
            cause = error.source();
        }
        words
    }
}
