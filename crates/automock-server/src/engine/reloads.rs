//! Which revisions were served, and what was refused.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

/// How many are kept.
const KEPT: usize = 20;

/// How many bytes of a reason are kept.
const LONGEST_REASON: usize = 4 << 10;

/// What became of a file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReloadResult {
    /// Its expectations are in force since then.
    Served {
        /// What it is called by: a hash of its content.
        revision: Arc<str>,
        /// How many expectations it has.
        expectations: usize,
    },
    /// It was broken, and the expectations before it stayed.
    Refused {
        /// Why.
        reason: String,
    },
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reload {
    /// When.
    pub at: Timestamp,
    /// What became of it.
    pub result: ReloadResult,
}

/// The latest reloads.
#[derive(Debug, Default)]
pub(super) struct Reloads(Mutex<VecDeque<Reload>>);

impl ReloadResult {
    /// A refusal; a reason that is too long is cut.
    pub(super) fn refused(reason: &str) -> Self {
        let end = reason.floor_char_boundary(LONGEST_REASON);
        Self::Refused {
            reason: reason[..end].to_owned(),
        }
    }
}

impl Reloads {
    pub(super) fn add(&self, result: ReloadResult) {
        let at = Timestamp::now();
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.truncate(KEPT - 1);
        kept.push_front(Reload { at, result });
    }

    /// Newest first.
    pub(super) fn latest(&self) -> Vec<Reload> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_are_kept_newest_first_and_reasons_are_cut() {
        let reloads = Reloads::default();
        for number in 0..KEPT + 5 {
            reloads.add(ReloadResult::refused(&number.to_string()));
        }
        reloads.add(ReloadResult::refused(&"é".repeat(LONGEST_REASON)));
        let latest = reloads.latest();
        assert_eq!(latest.len(), KEPT);
        let ReloadResult::Refused { reason } = &latest[0].result else {
            panic!("{latest:?}")
        };
        assert_eq!(reason.len(), LONGEST_REASON);
        let next = ReloadResult::refused(&(KEPT + 4).to_string());
        assert_eq!(latest[1].result, next);
    }
}
