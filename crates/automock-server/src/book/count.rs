//! How often an expectation has answered.

use std::sync::atomic::{AtomicU64, Ordering};

/// How often the expectations with one id have answered. It outlives each of them.
#[derive(Debug, Default)]
pub struct MatchCount {
    total: AtomicU64,
    cleared: AtomicU64,
}

impl MatchCount {
    /// Since the start.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total.load(Ordering::Acquire)
    }

    /// Since the journal was cleared.
    #[must_use]
    pub fn since_clear(&self) -> u64 {
        let cleared = self.cleared.load(Ordering::Acquire);
        self.total().saturating_sub(cleared)
    }

    pub(crate) fn add(&self) {
        self.total.fetch_add(1, Ordering::Release);
    }

    /// One of the requests was taken out of the journal.
    pub(crate) fn clear_one(&self) {
        self.cleared.fetch_add(1, Ordering::Release);
    }

    /// All of them were.
    pub(crate) fn clear(&self) {
        self.cleared.store(self.total(), Ordering::Release);
    }
}
