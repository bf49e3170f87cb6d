//! What has been asked and answered: exact counters, and the latest requests.
//!
//! Counters are atomics and never lose a request. The requests themselves are kept in a ring that is
//! bounded by number and by bytes, in shards, so that workers do not wait for each other.

mod chunks;
mod counters;
mod describe;
mod entries;
mod head;
mod record;
mod ring;
mod sequence;
mod show;
mod verification;

pub use counters::Counters;
pub use describe::{request_to_node, response_to_node};
pub use entries::{forwarded_entries, request_entries, response_entries};
pub use head::Head;
pub use record::{Outcome, Record};
pub use ring::{Journal, JournalLimits, Recorded};
pub use sequence::{SequenceVerification, Step};
pub use show::{logs, recorded_expectations, request_responses, requests};
pub use verification::{Bounds, Verdict, Verification};

#[cfg(test)]
mod tests;
