//! The state of a teardown and what can be done next. Nothing here waits or calls anybody.

use std::fmt;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::{Outcome, Presence};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Resource, Unreadable};
use crate::kind::{Dependency, ResourceKind};

/// Waits between tries on one resource, doubled from the first to the last.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LAST_WAIT: Duration = Duration::from_secs(15);

/// A removal that was accepted but of which nothing is seen after this time is asked for again.
const ASK_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// After this many refusals in a row a resource is given up for this run.
const REFUSALS_TO_GIVE_UP: u32 = 3;

/// One thing to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask for the removal of the resource with this index.
    Remove(usize),
    /// Look whether the resource with this index is still there.
    Look(usize),
}

/// Why a resource is still there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Hold {
    /// It was not tried yet.
    Untried,
    /// Its removal was accepted and has not ended.
    Leaving,
    /// AWS says that something else has to go first.
    TooEarly(String),
    /// Its removal failed.
    Failed(CloudFailure),
    /// A resource that has to go first is still there.
    Blocked {
        /// The first such resource, in words.
        by: String,
        /// Why it has to go first.
        because: &'static str,
    },
    /// A kind that has to go first could not be looked at.
    Unreadable {
        /// That kind.
        kind: ResourceKind,
        /// Why it could not be looked at.
        reason: CloudFailure,
    },
}

/// A resource that is still there, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Remaining {
    /// The resource.
    pub resource: Resource,
    /// Why it is still there.
    pub hold: Hold,
}

/// Why a teardown stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ending {
    /// Nothing is left of what was found.
    Finished,
    /// What is left cannot be moved by trying again now.
    Stuck,
    /// The time that was given is over.
    OutOfTime,
}

/// The result of a teardown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Why it stopped.
    pub ending: Ending,
    /// What is gone.
    pub removed: Vec<Resource>,
    /// What is left of the stack.
    pub remaining: Vec<Remaining>,
    /// What lies in the stack's place and was left alone because it is not the stack's.
    pub foreign: Vec<Resource>,
    /// What could not be looked at, so that it may still exist.
    pub unreadable: Vec<Unreadable>,
}

impl Report {
    /// Whether nothing is left of what was found, and everything could be looked at.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.remaining.is_empty() && self.unreadable.is_empty()
    }
}

impl fmt::Display for Hold {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Untried => formatter.write_str("not tried yet"),
            Self::Leaving => formatter.write_str("on its way out"),
            Self::TooEarly(reason) => write!(formatter, "too early: {reason}"),
            Self::Failed(failure) => failure.fmt(formatter),
            Self::Blocked { by, because } => write!(formatter, "waits for {by}: {because}"),
            Self::Unreadable { kind, reason } => {
                write!(
                    formatter,
                    "a {kind} that has to go first may exist unseen: {reason}"
                )
            }
        }
    }
}

/// How far a teardown has come.
#[derive(Clone, Debug)]
pub struct Progress {
    items: Vec<Item>,
    foreign: Vec<Resource>,
    unreadable: Vec<Unreadable>,
}

#[derive(Clone, Debug)]
struct Item {
    resource: Resource,
    state: State,
    tries: u32,
    refusals: u32,
    accepted: bool,
    not_before: Timestamp,
}

#[derive(Clone, Debug)]
enum State {
    Waiting(Hold),
    Started { at: Timestamp },
    GivenUp(CloudFailure),
    Gone,
}

impl Progress {
    /// The beginning of a teardown of what was found.
    #[must_use]
    pub fn new(inventory: Inventory, now: Timestamp) -> Self {
        let (ours, foreign): (Vec<_>, Vec<_>) = inventory
            .found
            .into_iter()
            .partition(Resource::belongs_to_stack);
        let items = ours
            .into_iter()
            .map(|resource| Item::new(resource, now))
            .collect();
        Self {
            items,
            foreign,
            unreadable: inventory.unreadable,
        }
    }

    /// The resource with an index.
    ///
    /// # Panics
    /// When no step had this index.
    #[must_use]
    pub fn resource(&self, index: usize) -> &Resource {
        &self.items[index].resource
    }

    /// Everything that can be done now; the steps do not depend on each other.
    #[must_use]
    pub fn steps(&self, now: Timestamp) -> Vec<Step> {
        self.open_steps()
            .filter(|(_, due)| *due <= now)
            .map(|(step, _)| step)
            .collect()
    }

    /// When the next step is due, if there is one: among all steps, or, when nothing new may
    /// begin, among those that only look.
    #[must_use]
    pub fn next_step(&self, may_begin: bool) -> Option<Timestamp> {
        self.open_steps()
            .filter(|(step, _)| may_begin || matches!(step, Step::Look(_)))
            .map(|(_, due)| due)
            .min()
    }

    /// The steps that nothing stands against, and when each is due.
    fn open_steps(&self) -> impl Iterator<Item = (Step, Timestamp)> {
        let open = |(index, item): (usize, &Item)| {
            let step = match item.state {
                State::GivenUp(_) | State::Gone => return None,
                State::Waiting(_) if item.resource.may_be_deleted() => Step::Remove(index),
                State::Waiting(_) | State::Started { .. } => Step::Look(index),
            };
            self.obstacle(item)
                .is_none()
                .then_some((step, item.not_before))
        };
        self.items.iter().enumerate().filter_map(open)
    }

    /// Takes in the answer to a removal; tells whether the teardown has moved.
    pub fn removed(&mut self, index: usize, outcome: Outcome, now: Timestamp) -> bool {
        let item = &mut self.items[index];
        item.tries = item.tries.saturating_add(1);
        item.not_before = later(now, item.wait());
        match outcome {
            Outcome::Gone => item.end(),
            Outcome::Started => item.accept(now),
            Outcome::TooEarly(reason) => {
                item.refusals = 0;
                item.state = State::Waiting(Hold::TooEarly(reason));
                false
            }
            Outcome::Failed(failure) => {
                item.refuse(failure);
                false
            }
        }
    }

    /// Takes in the answer to a look; tells whether the teardown has moved.
    pub fn looked(&mut self, index: usize, presence: Presence, now: Timestamp) -> bool {
        let item = &mut self.items[index];
        item.tries = item.tries.saturating_add(1);
        item.not_before = later(now, item.wait());
        match presence {
            Presence::Gone => return item.end(),
            Presence::Unknown(failure) => item.unseen(failure),
            Presence::Leaving => item.seen_leaving(),
            Presence::Present => item.still_there(now),
        }
        false
    }

    /// Whether nothing is left of what was found.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.items
            .iter()
            .all(|item| matches!(item.state, State::Gone))
    }

    /// The result, if the teardown stopped now.
    #[must_use]
    pub fn report(&self, ending: Ending) -> Report {
        let (gone, left): (Vec<_>, Vec<_>) = self
            .items
            .iter()
            .partition(|item| matches!(item.state, State::Gone));
        Report {
            ending,
            removed: gone.into_iter().map(|item| item.resource.clone()).collect(),
            remaining: left.into_iter().map(|item| self.remaining(item)).collect(),
            foreign: self.foreign.clone(),
            unreadable: self.unreadable.clone(),
        }
    }

    fn remaining(&self, item: &Item) -> Remaining {
        let hold = match &item.state {
            State::GivenUp(failure) => Hold::Failed(failure.clone()),
            State::Started { .. } | State::Gone => Hold::Leaving,
            State::Waiting(hold) => self.obstacle(item).unwrap_or_else(|| hold.clone()),
        };
        Remaining {
            resource: item.resource.clone(),
            hold,
        }
    }

    /// What keeps a resource from being removed now, apart from AWS's own answers.
    fn obstacle(&self, item: &Item) -> Option<Hold> {
        // A removal that has begun is followed to its end whatever else turns up.
        if matches!(item.state, State::Started { .. }) {
            return None;
        }
        item.resource
            .kind
            .dependencies()
            .find_map(|needed| self.blocked_by(needed))
    }

    fn blocked_by(&self, needed: Dependency) -> Option<Hold> {
        if let Some(unseen) = self
            .unreadable
            .iter()
            .find(|unseen| unseen.kind == needed.after)
        {
            let reason = unseen.reason.clone();
            return Some(Hold::Unreadable {
                kind: needed.after,
                reason,
            });
        }
        let holds =
            |item: &&Item| item.resource.kind == needed.after && !matches!(item.state, State::Gone);
        let by = self.items.iter().find(holds)?.resource.to_string();
        Some(Hold::Blocked {
            by,
            because: needed.because,
        })
    }
}

impl Item {
    fn new(resource: Resource, now: Timestamp) -> Self {
        Self {
            resource,
            state: State::Waiting(Hold::Untried),
            tries: 0,
            refusals: 0,
            accepted: false,
            not_before: now,
        }
    }

    fn wait(&self) -> Duration {
        let doublings = self.tries.saturating_sub(1).min(8);
        FIRST_WAIT.saturating_mul(1 << doublings).min(LAST_WAIT)
    }

    fn end(&mut self) -> bool {
        self.state = State::Gone;
        true
    }

    /// Only the first acceptance is a movement: a removal that is accepted over and over and
    /// never happens must not keep the teardown going for ever.
    fn accept(&mut self, now: Timestamp) -> bool {
        self.state = State::Started { at: now };
        self.tries = 0;
        self.refusals = 0;
        self.not_before = now;
        !std::mem::replace(&mut self.accepted, true)
    }

    /// A failure that passes by itself is tried again as long as there is time; another one
    /// only a few times, because AWS's answers are not always consistent at once.
    fn refuse(&mut self, failure: CloudFailure) {
        self.count(&failure);
        self.state = if self.refusals >= REFUSALS_TO_GIVE_UP {
            State::GivenUp(failure)
        } else {
            State::Waiting(Hold::Failed(failure))
        };
    }

    /// A removal that has begun stays begun when nobody can see how it goes.
    fn unseen(&mut self, failure: CloudFailure) {
        self.count(&failure);
        if self.refusals >= REFUSALS_TO_GIVE_UP {
            self.state = State::GivenUp(failure);
        } else if let State::Waiting(hold) = &mut self.state {
            *hold = Hold::Failed(failure);
        }
    }

    fn count(&mut self, failure: &CloudFailure) {
        if !failure.is_transient() {
            self.refusals += 1;
        }
    }

    fn seen_leaving(&mut self) {
        self.refusals = 0;
        if let State::Waiting(hold) = &mut self.state {
            *hold = Hold::Leaving;
        }
    }

    fn still_there(&mut self, now: Timestamp) {
        self.seen_leaving();
        if let State::Started { at } = self.state
            && now >= later(at, ASK_AGAIN_AFTER)
        {
            self.state = State::Waiting(Hold::Leaving);
            self.tries = 0;
            self.not_before = now;
        }
    }
}

/// The moment `wait` after `now`.
pub(super) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
