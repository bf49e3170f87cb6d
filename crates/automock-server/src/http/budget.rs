//! The memory of all request bodies together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The memory that all request bodies may take together, from their first byte until they are answered. What
/// the journal keeps of them afterwards has a limit of its own.
#[derive(Debug)]
pub(super) struct Budget {
    bytes: usize,
    held: AtomicUsize,
}

/// A part of a budget, until it is dropped.
#[derive(Debug)]
pub(super) struct Held {
    budget: Arc<Budget>,
    bytes: usize,
}

impl Budget {
    pub(super) fn new(bytes: usize) -> Arc<Self> {
        let held = AtomicUsize::new(0);
        Arc::new(Self { bytes, held })
    }

    /// All of it.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// A part of so many bytes, if so many are left.
    pub(super) fn hold(self: &Arc<Self>, bytes: usize) -> Option<Held> {
        let mut held = Held {
            budget: Arc::clone(self),
            bytes: 0,
        };
        held.grow_to(bytes).then_some(held)
    }
}

impl Held {
    /// Whether the part has so many bytes now. It never shrinks, and stays as it is if so many are not left.
    pub(super) fn grow_to(&mut self, bytes: usize) -> bool {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return true;
        }
        let Budget { bytes: all, held } = &*self.budget;
        let add = |held: usize| held.checked_add(more).filter(|sum| sum <= all);
        let has_grown = held
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, add)
            .is_ok();
        if has_grown {
            self.bytes = bytes;
        }
        has_grown
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.budget.held.fetch_sub(self.bytes, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_never_exceed_the_whole_and_come_back() {
        let budget = Budget::new(100);
        let mut first = budget.hold(60).unwrap();
        assert!(budget.hold(41).is_none());
        let second = budget.hold(30).unwrap();
        assert!(!first.grow_to(71), "only 10 are left");
        assert!(first.grow_to(70) && first.grow_to(5));
        assert!(budget.hold(1).is_none() && budget.hold(0).is_some());
        drop(second);
        assert!(!first.grow_to(usize::MAX));
        assert!(first.grow_to(100));
        drop(first);
        assert_eq!(budget.held.load(Ordering::Relaxed), 0);
        assert!(budget.hold(101).is_none() && budget.hold(100).is_some());
    }
}
