//! One expectation in force.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::response_pool::ResponsePool;
use super::{MatchCount, Prepared};
use crate::definition::{Action, Expectation, TimeToLive, Times};
use crate::node::Node;

/// Where an expectation came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A file, which replaces all of its expectations when it changes.
    File,
    /// A client of the control API.
    Client,
}

/// One expectation in force, and what has happened to it.
///
/// What each answer needs stands first and close together: thousands of entries do not fit in the caches
/// of a processor.
#[derive(Debug)]
#[repr(C)]
pub struct Entry {
    /// The times that are left, or [`UNLIMITED`].
    remaining: AtomicU64,
    /// [`Timestamp::MAX`] if never.
    expires: Timestamp,
    prepared: Option<Arc<Prepared>>,
    count: Arc<MatchCount>,
    weighed: AtomicBool,
    origin: Origin,
    position: u64,
    id: Arc<str>,
    expectation: Expectation,
}

/// Times without a limit.
const UNLIMITED: u64 = u64::MAX;

/// What an entry is besides its expectation.
#[derive(Clone, Debug)]
pub(super) struct Registration {
    pub(super) id: Arc<str>,
    pub(super) origin: Origin,
    pub(super) position: u64,
    pub(super) created: Timestamp,
    pub(super) count: Arc<MatchCount>,
}

/// When an expectation ends that began then.
fn expiry(created: Timestamp, time_to_live: TimeToLive) -> Timestamp {
    match time_to_live {
        TimeToLive::Unlimited => Timestamp::MAX,
        TimeToLive::For(limit) => SignedDuration::try_from(limit)
            .ok()
            .and_then(|limit| created.checked_add(limit).ok())
            .unwrap_or(Timestamp::MAX),
    }
}

impl Entry {
    pub(super) fn new(
        expectation: Expectation,
        registration: Registration,
        pool: &mut ResponsePool,
    ) -> Self {
        let Registration {
            id,
            origin,
            position,
            created,
            count,
        } = registration;
        let prepared = match &expectation.action {
            Action::Response(response) => Some(pool.share(Prepared::new(response.clone()))),
            _ => None,
        };
        let remaining = match expectation.times {
            Times::Unlimited => UNLIMITED,
            Times::Remaining(times) => times,
        };
        Self {
            remaining: AtomicU64::new(remaining),
            expires: expiry(created, expectation.time_to_live),
            prepared,
            count,
            weighed: AtomicBool::new(false),
            origin,
            position,
            id,
            expectation,
        }
    }

    /// What it is called by.
    #[must_use]
    pub fn id(&self) -> &Arc<str> {
        &self.id
    }

    /// Where it came from.
    #[must_use]
    pub fn origin(&self) -> Origin {
        self.origin
    }

    /// What it expects and does.
    #[must_use]
    pub fn expectation(&self) -> &Expectation {
        &self.expectation
    }

    /// Its response, if that is known beforehand.
    #[must_use]
    pub fn prepared(&self) -> Option<&Arc<Prepared>> {
        self.prepared.as_ref()
    }

    /// How often it has answered.
    #[must_use]
    pub fn count(&self) -> &Arc<MatchCount> {
        &self.count
    }

    /// How often it will still answer; nothing if there is no limit.
    #[must_use]
    pub fn remaining(&self) -> Option<u64> {
        let remaining = self.remaining.load(Ordering::Acquire);
        (remaining != UNLIMITED).then_some(remaining)
    }

    /// Whether it can still answer.
    #[must_use]
    pub fn is_alive(&self, now: Timestamp) -> bool {
        self.remaining() != Some(0) && now < self.expires
    }

    /// The rank by creation; the smaller is asked first among equal priorities.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// Takes one of the remaining times, and counts it. Fails when none is left.
    pub(super) fn take(&self) -> bool {
        let less = |times: u64| times.checked_sub(1);
        let taken = self.remaining.load(Ordering::Relaxed) == UNLIMITED
            || self
                .remaining
                .fetch_update(Ordering::AcqRel, Ordering::Acquire, less)
                .is_ok();
        if taken {
            self.count.add();
        }
        taken
    }

    /// The bytes of its response, told once: its records share them.
    pub(crate) fn weigh_once(&self) -> usize {
        if self.weighed.load(Ordering::Relaxed) || self.weighed.swap(true, Ordering::Relaxed) {
            return 0;
        }
        self.prepared
            .as_ref()
            .map_or(0, |prepared| prepared.body.len())
    }

    /// The expectation as a client gets it back: what it said, and what the server added.
    #[must_use]
    pub fn to_node(&self) -> Node {
        let mut members = vec![
            ("id".to_owned(), Node::from(&*self.id)),
            (
                "priority".to_owned(),
                i64::from(self.expectation.priority).into(),
            ),
        ];
        let said = self.expectation.source.as_object().unwrap_or_default();
        let added = ["id", "priority", "times", "timeToLive"];
        let said = said
            .iter()
            .filter(|(name, _)| !added.contains(&name.as_str()));
        members.extend(said.cloned());
        members.push(("times".to_owned(), self.times_to_node()));
        members.push(("timeToLive".to_owned(), self.time_to_live_to_node()));
        Node::Object(members)
    }

    fn times_to_node(&self) -> Node {
        match self.remaining() {
            None => Node::from([("unlimited", Node::from(true))]),
            Some(times) => Node::from([("remainingTimes", whole(times))]),
        }
    }

    fn time_to_live_to_node(&self) -> Node {
        match self.expectation.time_to_live {
            TimeToLive::Unlimited => Node::from([("unlimited", Node::from(true))]),
            TimeToLive::For(limit) => duration_to_node(limit),
        }
    }
}

/// In the coarsest of `MockServer`'s units that says it exactly.
fn duration_to_node(limit: Duration) -> Node {
    let (unit, value) = match (limit.as_secs(), limit.subsec_nanos()) {
        (seconds, 0) => ("SECONDS", u128::from(seconds)),
        (_, nanos) if nanos.is_multiple_of(1_000_000) => ("MILLISECONDS", limit.as_millis()),
        (_, nanos) if nanos.is_multiple_of(1_000) => ("MICROSECONDS", limit.as_micros()),
        _ => ("NANOSECONDS", limit.as_nanos()),
    };
    let value = u64::try_from(value).unwrap_or(u64::MAX);
    Node::from([("timeUnit", Node::from(unit)), ("timeToLive", whole(value))])
}

fn whole(value: u64) -> Node {
    Node::Number(value.into())
}
