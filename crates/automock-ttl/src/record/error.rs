//! What can be wrong with a record.

use super::{IllegalTransition, Operation, Phase};

/// A record that cannot be read, or a change that it does not allow.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecordError {
    /// The text is no record.
    #[error("not a stack record")]
    Malformed(#[from] serde_json::Error),
    /// A newer AutoMock wrote the record.
    #[error(
        "the record has schema version {found}, and this version reads up to {known}; use a newer automock"
    )]
    NewerSchema {
        /// Version in the record.
        found: u32,
        /// Newest version that can be read.
        known: u32,
    },
    /// The phase does not allow the change.
    #[error(transparent)]
    IllegalTransition(#[from] IllegalTransition),
    /// Another operation holds the stack.
    #[error("{kind} by {user} on {host} (process {pid}) is running since {started_at}", kind = .0.kind.word(), user = .0.user, host = .0.host, pid = .0.pid, started_at = .0.started_at)]
    Busy(Box<Operation>),
    /// The end of a stack can no longer be moved.
    #[error("the stack is {0}; its time cannot be extended")]
    NotExtendable(Phase),
}
