//! The state of a teardown and what can be done next. Nothing here waits or calls anybody.

use std::time::Duration;

use jiff::Timestamp;

use super::item::{Item, State, later};
use super::{Ending, Hold, Outcome, Presence, Remaining, Report};
use crate::inventory::{Inventory, Resource, Unreadable};
use crate::kind::Dependency;

/// The pause between two looks at anything. EC2 refills twenty describing calls a second, of
/// which hundreds of interfaces on their way out must not take more than half.
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// One thing to do now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Ask for the removal of the resource with this index.
    Remove(usize),
    /// Look whether the resource with this index is still there.
    Look(usize),
}

/// How far a teardown has come.
#[derive(Clone, Debug)]
pub struct Progress {
    items: Vec<Item>,
    foreign: Vec<Resource>,
    unreadable: Vec<Unreadable>,
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
        item.tried(now);
        match outcome {
            Outcome::Gone => self.end(index, now),
            Outcome::Started => item.accept(now),
            Outcome::TooEarly(reason) => {
                item.postpone(reason);
                false
            }
            Outcome::Failed(failure) => {
                item.refuse(failure, now);
                false
            }
        }
    }

    /// Takes in the answer to a look; tells whether the teardown has moved.
    pub fn looked(&mut self, index: usize, presence: Presence, now: Timestamp) -> bool {
        let most_often = BETWEEN_LOOKS.saturating_mul(self.watched());
        let item = &mut self.items[index];
        item.tried(now);
        item.not_before = item.not_before.max(later(now, most_often));
        match presence {
            Presence::Gone => return self.end(index, now),
            Presence::Unknown(failure) => item.unseen(failure, now),
            Presence::Leaving => item.seen_leaving(),
            Presence::Present => item.still_there(now),
        }
        false
    }

    /// How many resources are looked at again and again.
    fn watched(&self) -> u32 {
        let watched = |item: &&Item| match item.state {
            State::Started { .. } => true,
            State::Waiting(_) => item.resource.kind.is_wait_only(),
            State::GivenUp(_) | State::Gone => false,
        };
        u32::try_from(self.items.iter().filter(watched).count()).unwrap_or(u32::MAX)
    }

    /// A resource is gone, and what depends on its kind can be tried at once.
    fn end(&mut self, index: usize, now: Timestamp) -> bool {
        let gone = self.items[index].resource.kind;
        self.items[index].end();
        for item in &mut self.items {
            let waits = |needed: Dependency| needed.after == gone;
            if item.resource.kind.dependencies().any(waits) {
                item.wake(now);
            }
        }
        true
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
