//! An immutable state of the book.

use std::cmp::Reverse;
use std::sync::{Arc, OnceLock};

use jiff::Timestamp;

use super::Entry;
use crate::arrival::Arrival;
use crate::index::Index;
use crate::matching::RequestMatcher;

/// An immutable state of the book: what a request is compared with from start to end.
#[derive(Debug, Default)]
pub struct Snapshot {
    entries: Vec<Arc<Entry>>,
    index: OnceLock<Index>,
    revision: Option<Arc<str>>,
}

impl Snapshot {
    /// Sorts the entries: higher priorities first, then in the order of creation.
    pub(super) fn new(mut entries: Vec<Arc<Entry>>, revision: Option<Arc<str>>) -> Self {
        entries.sort_by_key(|entry| (Reverse(entry.expectation().priority), entry.position()));
        Self {
            entries,
            index: OnceLock::new(),
            revision,
        }
    }

    /// The entries in the order in which they are asked.
    #[must_use]
    pub fn entries(&self) -> &[Arc<Entry>] {
        &self.entries
    }

    /// The revision of the file whose expectations these are.
    #[must_use]
    pub fn revision(&self) -> Option<&Arc<str>> {
        self.revision.as_ref()
    }

    /// Whether a request has been compared with it.
    pub(super) fn is_indexed(&self) -> bool {
        self.index.get().is_some()
    }

    /// Makes the index now instead of with the first request. A client that creates thousands of
    /// expectations one by one before it sends a request would otherwise wait for thousands of indexes.
    pub(super) fn index(&self) -> &Index {
        self.index.get_or_init(|| {
            let matchers = self
                .entries
                .iter()
                .map(|entry| &entry.expectation().matcher);
            Index::build(matchers)
        })
    }

    /// The first entry that is alive, expects the request and has one of its times left, which it
    /// loses.
    pub(super) fn find(&self, arrival: &mut Arrival<'_>, now: Timestamp) -> Option<Arc<Entry>> {
        let mut candidates = self.index().candidates(arrival.known());
        let found = candidates.find_map(|candidate| {
            let entry = self.entries.get(candidate.position)?;
            let matches = candidate.is_sure || is_for(&entry.expectation().matcher, arrival);
            (entry.is_alive(now) && matches && entry.take()).then_some(entry)
        });
        found.cloned()
    }
}

fn is_for(matcher: &RequestMatcher, arrival: &mut Arrival<'_>) -> bool {
    let request = if matcher.looks_at_headers() {
        arrival.read()
    } else {
        arrival.known()
    };
    matcher.matches(request)
}
