//! What happens in the engine, for a person to read.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU32, Ordering};

use jiff::Timestamp;

use crate::book::{Entry, Snapshot};
use crate::matching::Difference;
use crate::request::Request;

/// Gets the events. It is called where requests are answered, so it must not wait.
pub type Observer = Arc<dyn Fn(&Event) + Send + Sync>;

/// Something that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Nothing expected a request. Under load only some are told.
    Miss(Miss),
    /// An expectation could not answer.
    Failure {
        /// Its id.
        id: Arc<str>,
        /// Why.
        reason: String,
    },
}

/// A request that nothing expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Miss {
    /// Its method.
    pub method: String,
    /// Its path.
    pub path: String,
    /// The expectation that comes closest.
    pub closest: Option<Closest>,
}

/// The expectation that comes closest to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closest {
    /// Its id.
    pub id: Arc<str>,
    /// The first property in which the request differs; nothing if only its times or its time are
    /// over.
    pub difference: Option<Difference>,
}

impl fmt::Display for Miss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            method,
            path,
            closest,
        } = self;
        write!(formatter, "no expectation for {method} {path}")?;
        match closest {
            None => Ok(()),
            Some(Closest {
                id,
                difference: Some(difference),
            }) => {
                write!(formatter, "; closest is {id}: {difference}")
            }
            Some(Closest {
                id,
                difference: None,
            }) => {
                write!(formatter, "; {id} would match, but no longer answers")
            }
        }
    }
}

/// Lets a few events per second through.
#[derive(Debug)]
pub(super) struct Sampler {
    per_second: u32,
    second: AtomicI64,
    passed: AtomicU32,
}

impl Sampler {
    pub(super) fn new(per_second: u32) -> Self {
        Self {
            per_second,
            second: AtomicI64::new(0),
            passed: AtomicU32::new(0),
        }
    }

    /// Whether one more may pass now.
    pub(super) fn passes(&self, now: Timestamp) -> bool {
        let second = now.as_second();
        if self.second.swap(second, Ordering::Relaxed) != second {
            self.passed.store(0, Ordering::Relaxed);
        }
        self.passed.load(Ordering::Relaxed) < self.per_second
            && self.passed.fetch_add(1, Ordering::Relaxed) < self.per_second
    }
}

/// How many expectations are looked at for the closest one.
const COMPARED: usize = 1_000;

/// Says what comes closest to a request that nothing expected.
pub(super) fn explain(snapshot: &Snapshot, request: &Request) -> Miss {
    Miss {
        method: request.method.to_string(),
        path: request.path.clone(),
        closest: closest(snapshot, request).map(|entry| compare(entry, request)),
    }
}

/// The expectation that comes closest to a request. It looks at a bounded number of them.
pub(crate) fn closest<'s>(snapshot: &'s Snapshot, request: &Request) -> Option<&'s Arc<Entry>> {
    let entries = snapshot.entries().iter().take(COMPARED);
    let scored = entries.map(|entry| (entry.expectation().matcher.score(request), entry));
    // Of equal scores the first is asked first.
    let closest = scored.reduce(|best, other| if other.0 > best.0 { other } else { best });
    closest.map(|(_, entry)| entry)
}

fn compare(entry: &Entry, request: &Request) -> Closest {
    let difference = entry.expectation().matcher.difference(request);
    Closest {
        id: Arc::clone(entry.id()),
        difference,
    }
}
