//! The life of a teardown: who may work on it, what it remembers, whom it tells, and its end.
//!
//! A run may die at every call, its answers may get lost, and others may run at the same time.
//! What holds nevertheless, and why:
//!
//! - *Extending and ending can't both win*: both are conditional writes to the same record.
//! - *One works at a time*: the lease is taken by a conditional write and looked after between
//!   two rounds; no removal is begun after its end. Should a run act on in spite of that, because
//!   its clock is wrong, its next write to the journal is refused and it stops.
//! - *Nothing foreign goes*: only what carries the tag, or has a proof, is removed; what can't be
//!   looked at is not, and holds up what depends on it.
//! - *No notice is sent twice*: the claim is written before the mail is sent. Only a mail that
//!   AWS has certainly refused is claimed again.
//! - *A write of one's own is recognised*: what may have been written in spite of an error is
//!   remembered, and a refusal because of it is none.
//! - *There is always somebody left*: the record stays until the rule and the function are gone,
//!   and these until the record says that nothing else is.

mod actor;
mod document;
mod error;
mod event;
mod finale;
mod held;
mod io;
mod journal;
mod keys;
mod lease;
mod look;
mod notice;
mod notify;
mod ports;
mod receipt;
mod rounds;
mod run;
mod state_file;
mod state_lock;
mod teardown;
mod tick;
mod warn;

pub use actor::Actor;
pub use document::DocumentError;
pub use error::ReaperError;
pub use event::Event;
pub use held::{HeldLease, HeldRecord};
pub use journal::{
    Entry, IDLE_TICKS_TO_TELL, JOURNAL_SCHEMA_VERSION, Journal, Notice, Notices, Source,
};
pub use keys::{journal_key, lease_key, receipt_key, terraform_lock_key};
pub use lease::Lease;
pub use notice::{Message, NoticeKind};
pub use ports::{
    Condition, NamedByState, Object, ObjectVersion, Objects, PublishError, Scanner, Topic, World,
    Written,
};
pub use receipt::{Last, Leftover, RECEIPT_SCHEMA_VERSION, Receipt, Removed};
pub use run::{Begin, Reaper};
pub use state_file::{StateFileError, named_by_state};
pub use state_lock::{LOCK_IS_STALE_AFTER, TerraformLock};
pub use teardown::Teardown;
pub use tick::{Left, Remains, Tick};

#[cfg(test)]
mod tests;
