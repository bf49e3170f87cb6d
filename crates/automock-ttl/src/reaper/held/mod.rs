//! What a run holds while it works: the lease, the journal and the record, each with the version
//! that the next write to it presents.
//!
//! An answer can be lost although the write happened. So each holder remembers what it may have
//! written, and takes a refusal that is due to its own earlier write for what it is.

mod journal;
mod lease;
mod object;
mod record;

pub(super) use journal::HeldJournal;
pub use lease::HeldLease;
pub(super) use lease::Taking;
pub(super) use object::{HeldObject, Write};
pub use record::HeldRecord;
