//! Exact counters.

use std::sync::atomic::{AtomicU64, Ordering};

/// How many requests came, how many of them were expected, and how many were refused.
#[derive(Debug, Default)]
pub struct Counters {
    matched: AtomicU64,
    unmatched: AtomicU64,
    refused: AtomicU64,
}

impl Counters {
    /// All requests but those that were refused.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.matched() + self.unmatched()
    }

    /// Those that an expectation answered.
    #[must_use]
    pub fn matched(&self) -> u64 {
        self.matched.load(Ordering::Acquire)
    }

    /// Those that nothing expected.
    #[must_use]
    pub fn unmatched(&self) -> u64 {
        self.unmatched.load(Ordering::Acquire)
    }

    /// Those that were refused beside them, because their bodies were too large or too slow, or because there
    /// was no memory for them.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Acquire)
    }

    pub(crate) fn add_refused(&self) {
        self.refused.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn add_matched(&self) {
        self.matched.fetch_add(1, Ordering::Release);
    }

    pub(crate) fn add_unmatched(&self) {
        self.unmatched.fetch_add(1, Ordering::Release);
    }
}
