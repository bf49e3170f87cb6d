//! A cloud, a registry, a bucket, a topic and a clock in memory, shared by all processes.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Mutex, MutexGuard};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use automock_model::StackId;
use jiff::Timestamp;

use super::port::Port;
use crate::fixture::{record, start};
use crate::inventory::{Ownership, Resource};
use crate::kind::ResourceKind as K;
use crate::reaper::*;
use crate::record::{StackRecord, StateLocation};
use crate::teardown::{Outcome, Presence, later};

pub(super) const STATE: &str = "stacks/petstore-dev/terraform.tfstate";

/// Everything outside, shared by all processes.
pub(super) struct Earth {
    state: Mutex<State>,
}

pub(super) struct State {
    pub(super) now: Timestamp,
    pub(super) things: Vec<Thing>,
    pub(super) objects: BTreeMap<String, Vec<u8>>,
    pub(super) record: Option<StackRecord>,
    pub(super) mails: Vec<String>,
    /// Removals that were asked for, by run and resource.
    pub(super) removals: Vec<(String, Resource)>,
    /// What can't be looked at.
    pub(super) blind: Vec<K>,
    pub(super) calls: usize,
    pub(super) faults: Faults,
    pub(super) sleepers: BTreeMap<usize, Timestamp>,
    pub(super) sleeps: usize,
}

/// What goes wrong.
#[derive(Clone, Debug, Default)]
pub(super) struct Faults {
    /// The process that makes this call dies.
    pub(super) dies_at: Option<(usize, Death)>,
    /// How many of a thousand calls fail.
    pub(super) per_mille: u64,
    pub(super) seed: u64,
    /// How the next calls go, before chance decides.
    pub(super) script: VecDeque<Fate>,
}

/// How a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Happens,
    FailsBefore,
    FailsAfter,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Death {
    Before,
    After,
}

/// A resource in the world.
#[derive(Clone, Debug)]
pub(super) struct Thing {
    pub(super) resource: Resource,
    takes: Duration,
    pub(super) gone_at: Option<Timestamp>,
    /// What it goes with.
    owner: Option<String>,
    /// Whether a scan does not show it.
    pub(super) hidden: bool,
}

impl Faults {
    pub(super) fn next(&mut self) -> u64 {
        // SplitMix64: <https://prng.di.unimi.it/splitmix64.c>.
        self.seed = self.seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.seed;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

pub(super) fn stack() -> StackId {
    stack_record().stack_id
}

/// A stack with state in S3 that lives an hour.
pub(super) fn stack_record() -> StackRecord {
    let mut record = record("petstore", Some(3600));
    record.state = StateLocation::S3 {
        bucket: "foundation".to_owned(),
        key: STATE.to_owned(),
        region: "us-east-1".to_owned(),
    };
    record
}

fn thing(kind: K, number: usize, ownership: Ownership) -> Thing {
    let id = format!("{kind}-{number}").replace(' ', "-");
    let takes = match kind {
        K::EcsService => 160,
        K::NatGateway => 60,
        K::EcsTask => 20,
        K::NetworkInterface => 240,
        _ => 1,
    };
    let owner = match kind {
        K::EcsTask => Some("ECS-service-0".to_owned()),
        K::NetworkInterface => Some("load-balancer-0".to_owned()),
        _ => None,
    };
    Thing {
        resource: Resource::untagged(kind, id, "us-east-1", ownership),
        takes: Duration::from_secs(takes),
        gone_at: None,
        owner,
        hidden: false,
    }
}

fn foreign() -> Ownership {
    Ownership::Foreign {
        because: "it has no tag automock:stack".to_owned(),
    }
}

fn attached() -> Ownership {
    Ownership::Attached {
        to: "the stack".to_owned(),
    }
}

impl Earth {
    /// A whole stack and a foreign thing of each kind, at the moment at which the time is up.
    pub(super) fn new() -> Self {
        let mut things = Vec::new();
        for kind in K::ALL {
            let own = if kind.is_wait_only() {
                attached()
            } else {
                Ownership::Tagged
            };
            things.push(thing(kind, 0, own));
            if !kind.is_wait_only() {
                things.push(thing(kind, 9, foreign()));
            }
        }
        let state = br#"{"version": 4, "resources": []}"#.to_vec();
        Self {
            state: Mutex::new(State {
                now: later(start(), Duration::from_hours(1)),
                things,
                objects: BTreeMap::from([(STATE.to_owned(), state)]),
                record: Some(stack_record()),
                mails: Vec::new(),
                removals: Vec::new(),
                blind: Vec::new(),
                calls: 0,
                faults: Faults::default(),
                sleepers: BTreeMap::new(),
                sleeps: 0,
            }),
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("no test panics with the world")
    }

    pub(super) fn pass(&self, time: Duration) {
        let mut state = self.lock();
        state.now = later(state.now, time);
    }

    /// Lets time pass until the next sleeper wakes.
    fn wake_next(&self) {
        let mut state = self.lock();
        if let Some(next) = state.sleepers.values().min().copied() {
            state.now = state.now.max(next);
        }
    }

    pub(super) fn port(&self, run: &str) -> Port<'_> {
        Port {
            earth: self,
            run: run.to_owned(),
            yields: false,
        }
    }

    /// A port whose calls let other processes go first.
    pub(super) fn yielding(&self, run: &str) -> Port<'_> {
        Port {
            yields: true,
            ..self.port(run)
        }
    }

    /// One tick of the Lambda, of 15 minutes. `None` means that its process died.
    pub(super) fn tick(&self, run: &str) -> Option<Result<Tick, ReaperError>> {
        let port = self.port(run);
        let reaper = port.reaper();
        let deadline = later(self.lock().now, Duration::from_mins(15));
        let stack = stack();
        let mut ignore = |_| {};
        now_or_never(reaper.tick(&stack, Some(deadline), &mut ignore))
    }

    /// Ticks every five minutes until there is nothing to do any more.
    ///
    /// Lambda invokes a run that died or failed twice more, and the rule only wakes a function
    /// while both are there.
    pub(super) fn ticks(&self) -> usize {
        for tick in 1..=60 {
            for attempt in 0..3 {
                if !self.exists("Lambda-function-0") {
                    return tick;
                }
                if let Some(Ok(_)) = self.tick(&format!("tick-{tick}-{attempt}")) {
                    break;
                }
                self.pass(Duration::from_mins(1));
            }
            if !self.exists("event-rule-0") {
                return tick;
            }
            self.pass(Duration::from_mins(5));
        }
        panic!("sixty ticks were not enough: {:#?}", self.leftovers());
    }

    pub(super) fn exists(&self, id: &str) -> bool {
        let state = self.lock();
        state
            .things
            .iter()
            .any(|it| it.resource.id == id && !state.is_gone(it))
    }

    pub(super) fn leftovers(&self) -> Vec<String> {
        let state = self.lock();
        let left = state.things.iter().filter(|it| !state.is_gone(it));
        left.filter(|it| it.resource.belongs_to_stack())
            .map(|it| it.resource.to_string())
            .collect()
    }

    pub(super) fn mails(&self, word: &str) -> usize {
        let state = self.lock();
        state.mails.iter().filter(|it| it.contains(word)).count()
    }

    pub(super) fn journal(&self) -> Option<Journal> {
        let state = self.lock();
        let bytes = state.objects.get(&journal_key(&stack()))?;
        Some(Journal::from_json(bytes).expect("a journal"))
    }

    pub(super) fn receipt(&self) -> Option<Receipt> {
        let state = self.lock();
        let of_receipt = |key: &&String| key.starts_with("receipts/");
        let key = state.objects.keys().rfind(of_receipt)?;
        Some(Receipt::from_json(&state.objects[key]).expect("a receipt"))
    }

    /// How many resources of the stack there are or were.
    fn owned(&self) -> usize {
        let state = self.lock();
        let own = state
            .things
            .iter()
            .filter(|it| it.resource.belongs_to_stack());
        own.count()
    }

    /// What must hold after every end.
    pub(super) fn assert_over(&self, context: &str) {
        assert!(
            self.leftovers().is_empty(),
            "{context}: {:?}",
            self.leftovers()
        );
        let state = self.lock();
        let foreign = state
            .things
            .iter()
            .filter(|it| !it.resource.belongs_to_stack());
        for thing in foreign {
            assert!(
                thing.gone_at.is_none(),
                "{context}: {} is gone",
                thing.resource
            );
        }
        assert!(
            !state.objects.contains_key(STATE),
            "{context}: the state is left"
        );
        let lock = terraform_lock_key(STATE);
        assert!(
            !state.objects.contains_key(&lock),
            "{context}: the lock is left"
        );
        drop(state);
        let receipt = self.receipt().expect("a receipt");
        assert_eq!(
            receipt.resources.len() + receipt.going_last.len(),
            self.owned(),
            "{context}"
        );
        for word in ["begun", "nothing of", "ends at"] {
            assert!(
                self.mails(word) <= 1,
                "{context}: {word} was sent {}",
                self.mails(word)
            );
        }
    }
}

impl State {
    fn gone_at(&self, thing: &Thing) -> Option<Timestamp> {
        let with_owner = || {
            let owner = thing.owner.as_ref()?;
            let owner = self.things.iter().find(|it| it.resource.id == *owner)?;
            Some(later(self.gone_at(owner)?, thing.takes))
        };
        thing.gone_at.or_else(with_owner)
    }

    pub(super) fn is_gone(&self, thing: &Thing) -> bool {
        self.gone_at(thing).is_some_and(|at| at <= self.now)
    }

    fn find(&self, resource: &Resource) -> Option<&Thing> {
        let same = |it: &&Thing| it.resource.kind == resource.kind && it.resource.id == resource.id;
        self.things.iter().find(same).filter(|it| !self.is_gone(it))
    }

    pub(super) fn remove(&mut self, resource: &Resource) -> Outcome {
        let Some(found) = self.find(resource) else {
            return Outcome::Gone;
        };
        assert!(
            found.resource.may_be_deleted(),
            "{resource} is removed and is not the stack's"
        );
        let needed = resource.kind.dependencies();
        let needed: Vec<_> = needed
            .map(|it| it.after)
            .filter(|it| !it.is_reaper())
            .collect();
        let blocking = self.things.iter().find(|it| {
            needed.contains(&it.resource.kind)
                && it.resource.belongs_to_stack()
                && !self.is_gone(it)
        });
        if let Some(thing) = blocking {
            return Outcome::TooEarly(format!("DependencyViolation: {}", thing.resource));
        }
        let (now, id) = (self.now, resource.id.clone());
        let same = |it: &&mut Thing| it.resource.kind == resource.kind && it.resource.id == id;
        let thing = self.things.iter_mut().find(same).expect("it was found");
        let at = later(now, thing.takes);
        thing.gone_at.get_or_insert(at);
        Outcome::Started
    }

    pub(super) fn presence(&self, resource: &Resource) -> Presence {
        match self.find(resource) {
            None => Presence::Gone,
            Some(thing) if self.gone_at(thing).is_some() => Presence::Leaving,
            Some(_) => Presence::Present,
        }
    }

    /// A run may only remove something while it holds the lease, and the reaper itself only
    /// when the record says that nothing else is left.
    pub(super) fn assert_may_remove(&self, run: &str, resource: &Resource) {
        let lease = &self.objects[&lease_key(&stack())];
        let lease = Lease::from_json(lease).expect("a lease");
        assert_eq!(lease.holder, run, "{resource} is removed without the lease");
        assert!(
            !lease.is_over(self.now),
            "{resource} is removed after the lease"
        );
        let record = self.record.as_ref().expect("a record");
        assert!(!record.phase.may_become(crate::record::Phase::Updating));
        if resource.kind.is_reaper() {
            assert_eq!(record.phase, crate::record::Phase::Done, "{resource}");
        }
    }
}

/// Runs a future that only ever waits for its own death.
pub(super) fn now_or_never<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut future = std::pin::pin!(future);
    match future
        .as_mut()
        .poll(&mut Context::from_waker(Waker::noop()))
    {
        Poll::Ready(answer) => Some(answer),
        Poll::Pending => None,
    }
}

/// Lets processes run against each other in a random order; time passes when nobody calls.
pub(super) fn interleave<T>(
    earth: &Earth,
    mut processes: Vec<Pin<Box<dyn Future<Output = T> + '_>>>,
) -> Vec<T> {
    let mut answers = Vec::new();
    let (mut calls, mut quiet) = (0, 0);
    for _ in 0..200_000 {
        if processes.is_empty() {
            return answers;
        }
        let pick = usize::try_from(earth.lock().faults.next() % 64).expect("a small number");
        let pick = pick % processes.len();
        let poll = processes[pick]
            .as_mut()
            .poll(&mut Context::from_waker(Waker::noop()));
        if let Poll::Ready(answer) = poll {
            answers.push(answer);
            drop(processes.remove(pick));
        }
        let so_far = earth.lock().calls;
        quiet = if so_far == calls { quiet + 1 } else { 0 };
        calls = so_far;
        if quiet > 20 {
            quiet = 0;
            earth.wake_next();
        }
    }
    panic!("the processes never end");
}
