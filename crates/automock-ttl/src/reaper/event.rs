//! What happens during a run of the reaper, for logs and for people who watch.

use jiff::Timestamp;

use super::{NoticeKind, PublishError};
use crate::teardown;

/// Something that happened during a run of the reaper.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// The stack's time is up, and its record says so now.
    Expired,
    /// This run holds the lease.
    LeaseTaken {
        /// Until when.
        until: Timestamp,
    },
    /// The journal was opened, or taken up again.
    JournalOpened {
        /// Which teardown it is.
        epoch: String,
        /// Which run of it this is, from one on.
        tick: u32,
    },
    /// The inventory was written down; it bounds what is waited for.
    Frozen {
        /// Resources of the stack.
        resources: usize,
        /// Resources in the stack's place that are not its own.
        foreign: usize,
    },
    /// The cloud was looked at.
    Looked {
        /// Resources of the stack that are left.
        left: usize,
        /// Kinds and resources that could not be looked at, in words.
        unreadable: Vec<String>,
    },
    /// Something happened to a resource.
    Resource(teardown::Event),
    /// A look found nothing of the stack; a second one is due at this time.
    Clean {
        /// When.
        again_at: Timestamp,
    },
    /// Two looks found nothing of the stack.
    Proven,
    /// A notice was sent.
    NoticeSent(NoticeKind),
    /// A notice was not, or perhaps not, sent.
    NoticeFailed {
        /// Which.
        kind: NoticeKind,
        /// Why.
        failure: PublishError,
    },
    /// The receipt was written.
    ReceiptWritten {
        /// Under which key.
        key: String,
    },
    /// Terraform's state and its lock were deleted.
    StatePurged {
        /// Under which key it was.
        key: String,
    },
    /// The record says that nothing is left.
    Done,
    /// The record itself was deleted.
    Forgotten,
    /// Something went wrong that does not stop the run.
    Trouble(String),
}

impl From<teardown::Event> for Event {
    fn from(event: teardown::Event) -> Self {
        Self::Resource(event)
    }
}
