//! The bounded ring of recorded requests.

use std::cell::Cell;
use std::collections::HashSet;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::chunks::Chunks;
use super::{Counters, Record};

/// How much the journal keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalLimits {
    /// So many requests; with 0 none is recorded, and only counted.
    pub requests: u64,
    /// So many bytes, of requests and of what they alone keep in memory.
    pub bytes: u64,
}

impl Default for JournalLimits {
    fn default() -> Self {
        Self {
            requests: 10_000,
            bytes: 64 << 20,
        }
    }
}

/// Counts all requests and keeps the latest.
///
/// Each thread records in its own shard. Every record has a number and the count of bytes before it,
/// over all shards; from both follows whether it still is among the latest, so a shard drops its old
/// records without a look at the others.
#[derive(Debug)]
pub struct Journal {
    limits: JournalLimits,
    counters: Counters,
    shards: Box<[Mutex<Shard>]>,
    recorded: AtomicU64,
    bytes: AtomicU64,
    dropped: AtomicU64,
}

/// Records lie one after the other, so that the oldest is near when the next one is recorded.
type Shard = Chunks<Recorded>;

/// A record and its place among all.
#[derive(Clone, Debug)]
pub struct Recorded {
    /// Its number, from 0.
    pub number: u64,
    /// The bytes that were recorded before it.
    before: u64,
    /// What was recorded.
    pub record: Record,
}

impl Journal {
    /// An empty journal with as many shards as there are processors.
    #[must_use]
    pub fn new(limits: JournalLimits) -> Self {
        let shards = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        Self {
            limits,
            counters: Counters::default(),
            shards: (0..shards).map(|_| Mutex::default()).collect(),
            recorded: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
            dropped: AtomicU64::new(0),
        }
    }

    /// The exact counters.
    #[must_use]
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// How much is kept.
    #[must_use]
    pub fn limits(&self) -> JournalLimits {
        self.limits
    }

    /// Records a request; the oldest ones make place for it.
    pub fn record(&self, record: Record) {
        if self.limits.requests == 0 {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let weight = u64::try_from(record.weight()).unwrap_or(u64::MAX);
        let mut shard = self.own_shard();
        let number = self.recorded.fetch_add(1, Ordering::AcqRel);
        let before = self.bytes.fetch_add(weight, Ordering::AcqRel);
        shard.push_back(Recorded {
            number,
            before,
            record,
        });
        self.drop_old(&mut shard);
    }

    /// The requests that are kept, oldest first. It sees every request that was recorded before.
    #[must_use]
    pub fn records(&self) -> Vec<Recorded> {
        let mut found = Vec::new();
        for shard in &self.shards {
            let mut shard = lock(shard);
            self.drop_old(&mut shard);
            found.extend(shard.iter().cloned());
        }
        found.retain(|recorded| !self.is_old(recorded));
        found.sort_unstable_by_key(|recorded| recorded.number);
        found
    }

    /// The number that the next request gets.
    #[must_use]
    pub fn next_number(&self) -> u64 {
        self.recorded.load(Ordering::Acquire)
    }

    /// The newest requests whose numbers are in a range, oldest first, and at most so many. It takes
    /// no longer when more are kept. What has a number below [`Journal::next_number`] is seen.
    #[must_use]
    pub fn newest(&self, numbers: Range<u64>, limit: usize) -> Vec<Recorded> {
        let mut found = Vec::new();
        for shard in &self.shards {
            let shard = lock(shard);
            let newest = shard.iter().rev();
            let newest = newest.skip_while(|recorded| recorded.number >= numbers.end);
            let newest = newest.take_while(|recorded| recorded.number >= numbers.start);
            found.extend(newest.take(limit).cloned());
        }
        found.retain(|recorded| !self.is_old(recorded));
        found.sort_unstable_by_key(|recorded| recorded.number);
        let surplus = found.len().saturating_sub(limit);
        found.drain(..surplus);
        found
    }

    /// The request with a number, if it is still kept.
    #[must_use]
    pub fn find(&self, number: u64) -> Option<Recorded> {
        let found = self.shards.iter().find_map(|shard| {
            let shard = lock(shard);
            let found = shard.find_by_key(&number, |recorded| recorded.number);
            found.cloned()
        });
        found.filter(|recorded| !self.is_old(recorded))
    }

    /// How many requests were dropped since the journal was cleared.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Acquire)
    }

    /// Drops what is too old in shards whose threads have nothing to do.
    pub fn trim(&self) {
        for shard in &self.shards {
            self.drop_old(&mut lock(shard));
        }
    }

    /// Forgets all requests; the counters stay.
    pub(crate) fn clear(&self) {
        for shard in &self.shards {
            let forgotten = std::mem::take(&mut *lock(shard));
            drop(forgotten);
        }
        self.dropped.store(0, Ordering::Release);
    }

    /// Forgets some requests.
    pub(crate) fn remove(&self, numbers: &HashSet<u64>) {
        for shard in &self.shards {
            lock(shard).retain(|recorded| !numbers.contains(&recorded.number));
        }
    }

    fn drop_old(&self, shard: &mut Shard) {
        while shard.front().is_some_and(|oldest| self.is_old(oldest)) {
            shard.pop_front();
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn is_old(&self, recorded: &Recorded) -> bool {
        let number = self.recorded.load(Ordering::Acquire);
        let bytes = self.bytes.load(Ordering::Acquire);
        number - recorded.number > self.limits.requests
            || bytes - recorded.before > self.limits.bytes
    }

    fn own_shard(&self) -> MutexGuard<'_, Shard> {
        let index = SHARD.with(Cell::get) % self.shards.len();
        lock(&self.shards[index])
    }
}

fn lock(shard: &Mutex<Shard>) -> MutexGuard<'_, Shard> {
    shard.lock().unwrap_or_else(PoisonError::into_inner)
}

static THREADS: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// Threads take shards in turn.
    static SHARD: Cell<usize> = Cell::new(THREADS.fetch_add(1, Ordering::Relaxed));
}
