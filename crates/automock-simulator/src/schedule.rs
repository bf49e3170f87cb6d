//! How long a teardown has to take, if everything but AWS took no time.
//!
//! Both lengths come from the delays that the simulated world itself draws, and from the declared
//! dependencies between kinds.

use std::collections::BTreeMap;
use std::time::Duration;

use automock_ttl::kind::{ResourceKind as K, waves};

use crate::delays::Wait;
use crate::state::State;
use crate::thing::{Body, Thing};
use crate::time::Moment;

/// When removals begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    /// One after the other; the next one begins when the last one has ended.
    OneByOne,
    /// Each as soon as everything that it waits for has gone.
    AsSoonAsPossible,
}

/// The time of a teardown that removes one thing after the other and waits for each.
#[must_use]
pub fn one_by_one(world: &State) -> Duration {
    Schedule::of(world, Order::OneByOne).end().since_beginning()
}

/// The time of the longest chain of things of which each waits for the one before.
#[must_use]
pub fn longest_chain(world: &State) -> Duration {
    let schedule = Schedule::of(world, Order::AsSoonAsPossible);
    schedule.end().since_beginning()
}

/// When each thing of a stack is asked to go and is gone.
struct Schedule<'a> {
    world: &'a State,
    asked: BTreeMap<&'a str, Moment>,
    gone: BTreeMap<&'a str, Moment>,
    /// When everything of a kind is seen to be gone.
    cleared: BTreeMap<K, Moment>,
    last: Moment,
}

impl<'a> Schedule<'a> {
    fn of(world: &'a State, order: Order) -> Self {
        let mut schedule = Self {
            world,
            asked: BTreeMap::new(),
            gone: BTreeMap::new(),
            cleared: BTreeMap::new(),
            last: Moment::default(),
        };
        for kind in waves().concat() {
            let things = world.left_besides_reaper();
            for thing in things.filter(|it| it.kind == kind) {
                schedule.remove(thing, order);
            }
        }
        schedule
    }

    fn end(&self) -> Moment {
        self.cleared.values().copied().max().unwrap_or_default()
    }

    fn remove(&mut self, thing: &'a Thing, order: Order) {
        let asked = match order {
            Order::OneByOne => self.last,
            Order::AsSoonAsPossible => {
                let needed = thing.kind.dependencies();
                let times = needed.filter_map(|it| self.cleared.get(&it.after).copied());
                times.max().unwrap_or_default()
            }
        };
        let gone = self.gone_at(thing, asked);
        let seen = gone + self.world.delays.of(Wait::List, &thing.id);
        self.asked.insert(&thing.id, asked);
        self.gone.insert(&thing.id, gone);
        self.last = self.last.max(seen);
        let cleared = self.cleared.entry(thing.kind).or_default();
        *cleared = (*cleared).max(seen);
    }

    /// When a thing is gone whose removal is asked for at a moment.
    fn gone_at(&self, thing: &Thing, asked: Moment) -> Moment {
        let delay = |wait, id: &str| self.world.delays.of(wait, id);
        match &thing.body {
            Body::Task { service, .. } => {
                self.asked_at(service, asked) + delay(Wait::Task, &thing.id)
            }
            Body::Interface { owner, .. } => self.interface_gone(owner, asked),
            _ => {
                let free = self.free_at(thing, asked);
                free + delay(own_wait(thing), &thing.id)
            }
        }
    }

    fn interface_gone(&self, owner: &str, asked: Moment) -> Moment {
        let delay = |wait| self.world.delays.of(wait, owner);
        let own = self.world.things.iter().find(|it| it.id == owner);
        let gone = self.gone.get(owner).copied().unwrap_or(asked);
        match own.map(|it| it.kind) {
            Some(K::EcsTask) => gone + delay(Wait::TaskInterface),
            Some(K::LoadBalancer) => {
                self.asked_at(owner, asked) + delay(Wait::LoadBalancerInterface)
            }
            _ => gone,
        }
    }

    /// When AWS does not count a thing as used any more.
    fn free_at(&self, thing: &Thing, asked: Moment) -> Moment {
        let lag = match thing.kind {
            K::Certificate => Wait::Certificate,
            K::TargetGroup => Wait::TargetGroup,
            _ => return asked,
        };
        let mut own = self.world.left();
        let balancer = own.find(|it| it.kind == K::LoadBalancer);
        let free = balancer.and_then(|it| {
            let gone = self.gone.get(it.id.as_str())?;
            Some(*gone + self.world.delays.of(lag, &it.id))
        });
        free.map_or(asked, |free| free.max(asked))
    }

    fn asked_at(&self, owner: &str, otherwise: Moment) -> Moment {
        self.asked.get(owner).copied().unwrap_or(otherwise)
    }
}

/// How long a thing takes to go, once nothing holds it.
fn own_wait(thing: &Thing) -> Wait {
    match &thing.body {
        Body::NatGateway { .. } => Wait::NatGateway,
        Body::Address { .. } => Wait::Address,
        Body::Service { .. } => Wait::Service,
        Body::Cluster => Wait::Cluster,
        Body::Endpoint { has_interfaces, .. } if *has_interfaces => Wait::InterfaceEndpoint,
        Body::Endpoint { .. } => Wait::GatewayEndpoint,
        _ => Wait::Other,
    }
}
