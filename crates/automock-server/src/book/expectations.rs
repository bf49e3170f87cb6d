//! The book itself: what changes it, and what reads it.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::entry::Registration;
use super::response_pool::ResponsePool;
use super::{Entry, MatchCount, Origin, Selection, Snapshot};
use crate::arrival::Arrival;
use crate::definition::Expectation;
use crate::node::Node;

/// The expectations of a file keep its order, before all that clients create.
const FIRST_POSITION_OF_CLIENTS: u64 = 1 << 32;

/// How many counters of removed expectations are kept.
const KEPT_COUNTS: usize = 10_000;

/// More expectations than the book takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("more than {limit} expectations")]
pub struct BookFull {
    /// How many it takes.
    pub limit: usize,
}

/// The expectations in force.
#[derive(Debug)]
pub struct Book {
    current: ArcSwap<Snapshot>,
    desk: Mutex<Desk>,
    limit: usize,
}

/// What changes need and requests do not.
#[derive(Debug, Default)]
struct Desk {
    created: u64,
    counts: HashMap<Arc<str>, Arc<MatchCount>>,
    responses: ResponsePool,
}

impl Book {
    /// An empty book that takes so many expectations.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            current: ArcSwap::default(),
            desk: Mutex::default(),
            limit,
        }
    }

    /// What is in force now.
    #[must_use]
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.current.load_full()
    }

    /// The expectation that answers a request; it loses one of its times by that.
    #[must_use]
    pub fn find(&self, arrival: &mut Arrival<'_>, now: Timestamp) -> Option<Arc<Entry>> {
        self.current.load().find(arrival, now)
    }

    /// Takes expectations of a client, all or none. One with a known id replaces the other and
    /// keeps its place; one without gets an id.
    ///
    /// # Errors
    /// When there would be too many.
    pub fn upsert(
        &self,
        expectations: Vec<Expectation>,
        now: Timestamp,
    ) -> Result<Vec<Arc<Entry>>, BookFull> {
        let mut desk = self.desk();
        let before = self.current.load();
        let mut entries = alive(&before, now);
        let mut places = places_by_id(&entries);
        let mut added = Vec::with_capacity(expectations.len());
        for expectation in expectations {
            let id = expectation
                .id
                .clone()
                .unwrap_or_else(|| Uuid::new_v4().to_string());
            let id: Arc<str> = id.into();
            let place = places.get(&id).copied();
            let position = place
                .and_then(|place| entries.get(place))
                .map(|entry| entry.position());
            let position = position.unwrap_or_else(|| desk.next_position());
            let count = desk.count(&id);
            let origin = Origin::Client;
            let registration = Registration {
                id,
                origin,
                position,
                created: now,
                count,
            };
            let entry = Arc::new(Entry::new(expectation, registration, &mut desk.responses));
            added.push(Arc::clone(&entry));
            if let Some(known) = place.and_then(|place| entries.get_mut(place)) {
                *known = entry;
            } else {
                places.insert(Arc::clone(entry.id()), entries.len());
                entries.push(entry);
            }
        }
        self.check(entries.len())?;
        desk.forget_many(&entries);
        self.publish(&before, entries, before.revision().cloned());
        Ok(added)
    }

    /// Puts a file's expectations in force in place of those of the file before, at once. What
    /// clients created stays, and wins where an id is the same.
    ///
    /// # Errors
    /// When there would be too many.
    pub fn replace_file(
        &self,
        revision: &str,
        expectations: Vec<Expectation>,
        now: Timestamp,
    ) -> Result<(), BookFull> {
        let mut desk = self.desk();
        let before = self.current.load();
        let mut entries = alive(&before, now);
        entries.retain(|entry| entry.origin() == Origin::Client);
        let mut places = places_by_id(&entries);
        for (expectation, position) in expectations.into_iter().zip(0..) {
            let id = expectation.id.clone().map(Arc::from);
            let id = id.unwrap_or_else(|| id_of_content(&expectation.source, &places));
            let place = places.get(&id).copied();
            let known = place.and_then(|place| entries.get_mut(place));
            let position = known.as_ref().map_or(position, |known| known.position());
            let count = desk.count(&id);
            let origin = Origin::File;
            let registration = Registration {
                id,
                origin,
                position,
                created: now,
                count,
            };
            let entry = Arc::new(Entry::new(expectation, registration, &mut desk.responses));
            match known {
                Some(known) if known.origin() == Origin::File => *known = entry,
                Some(_) => {}
                None => {
                    places.insert(Arc::clone(entry.id()), entries.len());
                    entries.push(entry);
                }
            }
        }
        self.check(entries.len())?;
        desk.forget_unused(&entries);
        self.publish(&before, entries, Some(revision.into()));
        Ok(())
    }

    /// Removes what is selected.
    pub fn clear(&self, selection: &Selection, now: Timestamp) {
        let mut desk = self.desk();
        let before = self.current.load();
        let mut entries = alive(&before, now);
        entries.retain(|entry| !selection.selects(entry));
        desk.forget_unused(&entries);
        self.publish(&before, entries, before.revision().cloned());
    }

    /// What is selected and still alive, as a client gets it back.
    #[must_use]
    pub fn list(&self, selection: &Selection, now: Timestamp) -> Vec<Node> {
        let snapshot = self.current.load();
        let entries = snapshot.entries().iter();
        let entries = entries.filter(|entry| entry.is_alive(now) && selection.selects(entry));
        entries.map(|entry| entry.to_node()).collect()
    }

    /// How often the expectations with an id have answered, whether or not one is in force.
    #[must_use]
    pub fn count(&self, id: &str) -> Option<Arc<MatchCount>> {
        self.desk().counts.get(id).cloned()
    }

    /// Starts to count anew for the journal.
    pub(crate) fn clear_counts(&self) {
        for count in self.desk().counts.values() {
            count.clear();
        }
    }

    fn desk(&self) -> std::sync::MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self, count: usize) -> Result<(), BookFull> {
        let limit = self.limit;
        (count <= limit).then_some(()).ok_or(BookFull { limit })
    }

    /// Under load the new index is made before the first request can ask for it.
    fn publish(&self, before: &Snapshot, entries: Vec<Arc<Entry>>, revision: Option<Arc<str>>) {
        let is_file_new = before.revision() != revision.as_ref();
        let next = Snapshot::new(entries, revision);
        if before.is_indexed() || is_file_new {
            next.index();
        }
        self.current.store(Arc::new(next));
    }
}

impl Desk {
    fn next_position(&mut self) -> u64 {
        self.created += 1;
        FIRST_POSITION_OF_CLIENTS + self.created
    }

    fn count(&mut self, id: &Arc<str>) -> Arc<MatchCount> {
        Arc::clone(self.counts.entry(Arc::clone(id)).or_default())
    }

    /// Counters of removed expectations are kept while verification can ask for them, up to a
    /// number that nobody asks for.
    fn forget_unused(&mut self, entries: &[Arc<Entry>]) {
        let ids: HashSet<_> = entries.iter().map(|entry| entry.id()).collect();
        self.counts
            .retain(|id, count| count.since_clear() > 0 || ids.contains(id));
        if self.counts.len() > entries.len() + KEPT_COUNTS {
            self.counts.retain(|id, _| ids.contains(id));
        }
    }

    /// Forgets when there is much to forget.
    fn forget_many(&mut self, entries: &[Arc<Entry>]) {
        if self.counts.len() > 2 * entries.len() + KEPT_COUNTS {
            self.forget_unused(entries);
        }
    }
}

fn alive(snapshot: &Snapshot, now: Timestamp) -> Vec<Arc<Entry>> {
    let entries = snapshot.entries().iter();
    entries
        .filter(|entry| entry.is_alive(now))
        .cloned()
        .collect()
}

fn places_by_id(entries: &[Arc<Entry>]) -> HashMap<Arc<str>, usize> {
    let ids = entries.iter().map(|entry| Arc::clone(entry.id()));
    ids.zip(0..).collect()
}

/// An id that every task which serves the file gives to the same expectation.
fn id_of_content(source: &Node, taken: &HashMap<Arc<str>, usize>) -> Arc<str> {
    let digest = Sha256::digest(source.to_string());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    let mut number = u128::from_be_bytes(bytes);
    loop {
        let id = uuid::Builder::from_custom_bytes(number.to_be_bytes())
            .into_uuid()
            .to_string();
        if !taken.contains_key(id.as_str()) {
            return id.into();
        }
        number = number.wrapping_add(1);
    }
}
