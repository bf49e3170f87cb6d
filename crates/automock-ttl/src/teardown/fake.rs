//! A cloud in memory, in virtual time, that is as strict and as slow as the tests want.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::item::later;
use super::{Clock, Cloud, Outcome, Presence};
use crate::fixture::start;
use crate::inventory::{Ownership, Resource};
use crate::kind::ResourceKind;

/// The world that a teardown works on.
#[derive(Default)]
pub(super) struct World {
    state: Mutex<State>,
}

struct State {
    now: Timestamp,
    things: BTreeMap<String, Thing>,
    calls: Vec<(Timestamp, String)>,
    looks: usize,
}

/// One resource of the world.
#[derive(Clone, Debug, Default)]
pub(super) struct Thing {
    /// How long it takes to go after its removal was asked for.
    pub(super) takes: Duration,
    /// The resources that hold it in truth, whatever the declared order says.
    pub(super) held_by: Vec<String>,
    /// Answers to the next removals, before the regular ones.
    pub(super) removals: VecDeque<Outcome>,
    /// Answers to the next looks, before the regular ones.
    pub(super) looks: VecDeque<Presence>,
    /// A wait-only resource that goes with this one.
    pub(super) owner: Option<String>,
    /// When it goes, once its removal was accepted.
    pub(super) gone_at: Option<Timestamp>,
}

impl Default for State {
    fn default() -> Self {
        Self {
            now: start(),
            things: BTreeMap::new(),
            calls: Vec::new(),
            looks: 0,
        }
    }
}

/// A resource of the stack, called by its kind and number.
pub(super) fn owned(kind: ResourceKind, number: u32) -> Resource {
    let id = format!("{kind} {number}");
    let ownership = if kind.is_wait_only() {
        Ownership::Attached {
            to: "the stack".to_owned(),
        }
    } else {
        Ownership::Tagged
    };
    Resource::untagged(kind, id, "us-east-1", ownership)
}

impl World {
    /// Puts a resource into the world.
    pub(super) fn put(&self, resource: &Resource, thing: Thing) {
        self.lock().things.insert(resource.id.clone(), thing);
    }

    /// The resources whose removal was asked for, in order.
    pub(super) fn asked(&self) -> Vec<String> {
        self.lock().calls.iter().map(|(_, id)| id.clone()).collect()
    }

    /// How often anything was looked at.
    pub(super) fn looks(&self) -> usize {
        self.lock().looks
    }

    /// When the removal was first asked for.
    pub(super) fn first_asked(&self, id: &str) -> Option<Timestamp> {
        self.lock()
            .calls
            .iter()
            .find(|(_, called)| called == id)
            .map(|(at, _)| *at)
    }

    /// When the resource went, if it has.
    pub(super) fn gone_at(&self, id: &str) -> Option<Timestamp> {
        let state = self.lock();
        state.gone_at(id).filter(|at| *at <= state.now)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no test panics while it holds the world")
    }
}

impl State {
    fn gone_at(&self, id: &str) -> Option<Timestamp> {
        let thing = self.things.get(id)?;
        let own = thing.gone_at;
        let with_owner = || {
            let owner = thing.owner.as_deref()?;
            Some(later(self.gone_at(owner)?, thing.takes))
        };
        own.or_else(with_owner)
    }

    fn is_gone(&self, id: &str) -> bool {
        !self.things.contains_key(id) || self.gone_at(id).is_some_and(|at| at <= self.now)
    }

    fn remove(&mut self, id: &str) -> Outcome {
        let now = self.now;
        self.calls.push((now, id.to_owned()));
        if self.is_gone(id) {
            return Outcome::Gone;
        }
        let thing = self.things.get_mut(id).expect("what is not gone is there");
        if let Some(answer) = thing.removals.pop_front() {
            return answer;
        }
        let (takes, held_by) = (thing.takes, thing.held_by.clone());
        if let Some(holder) = held_by.iter().find(|holder| !self.is_gone(holder)) {
            return Outcome::TooEarly(format!("DependencyViolation: {holder}"));
        }
        let thing = self.things.get_mut(id).expect("what is not gone is there");
        thing.gone_at.get_or_insert_with(|| later(now, takes));
        Outcome::Started
    }

    fn look(&mut self, id: &str) -> Presence {
        self.looks += 1;
        let queued = self
            .things
            .get_mut(id)
            .and_then(|thing| thing.looks.pop_front());
        if let Some(answer) = queued {
            answer
        } else if self.is_gone(id) {
            Presence::Gone
        } else if self.gone_at(id).is_some() {
            Presence::Leaving
        } else {
            Presence::Present
        }
    }
}

#[async_trait]
impl Cloud for World {
    async fn remove(&self, resource: &Resource) -> Outcome {
        assert!(resource.may_be_deleted(), "{resource} must not be deleted");
        self.lock().remove(&resource.id)
    }

    async fn presence(&self, resource: &Resource) -> Presence {
        self.lock().look(&resource.id)
    }
}

#[async_trait]
impl Clock for World {
    fn now(&self) -> Timestamp {
        self.lock().now
    }

    async fn sleep(&self, time: Duration) {
        assert!(!time.is_zero(), "a teardown that sleeps for nothing spins");
        let mut state = self.lock();
        state.now = later(state.now, time);
    }
}
