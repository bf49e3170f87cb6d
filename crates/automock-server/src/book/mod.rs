//! The expectations in force.
//!
//! Requests read an immutable snapshot, which is sorted and indexed; every change makes a new one.
//! What happens to an expectation, how often it answered and how often it still will, survives that.

mod count;
mod entry;
mod expectations;
mod prepared;
mod response_pool;
mod selection;
mod snapshot;

pub use count::MatchCount;
pub use entry::{Entry, Origin};
pub use expectations::{Book, BookFull};
pub use prepared::{Prepared, Rare};
pub use selection::Selection;
pub use snapshot::Snapshot;

#[cfg(test)]
mod tests;
