//! How far the removal of single resources has come, reduced from the engine's events.

use std::time::Instant;

use automock_ttl::inventory::Resource;
use automock_ttl::reaper::{self, Journal};
use automock_ttl::teardown::Event;
use serde::Serialize;

use crate::events::{self, Events};

/// How far the removal of a stack's resources has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RemovalProgress {
    /// Resources that are gone.
    pub gone: usize,
    /// Resources that there were.
    pub total: usize,
    /// What is left and why, in words: first what is on its way out.
    pub waiting: Vec<Waiting>,
    /// Seconds since this run began to remove.
    pub elapsed_seconds: f64,
}

/// A resource that is still there, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Waiting {
    /// Kind and name of the resource.
    pub resource: String,
    /// What it waits for.
    pub because: String,
}

/// Reduces events to [`RemovalProgress`].
#[derive(Debug)]
pub(crate) struct Removals {
    items: Vec<(Resource, State)>,
    started: Instant,
}

/// Hands the engine's events on to whoever watches the run.
pub(crate) struct Sink<'a> {
    events: &'a Events,
    removals: Removals,
}

impl<'a> Sink<'a> {
    pub(crate) fn new(events: &'a Events, journal: &Journal) -> Self {
        Self {
            events,
            removals: Removals::of(journal, Instant::now()),
        }
    }

    /// An event of the reaper.
    pub(crate) fn take(&mut self, event: reaper::Event) {
        match event {
            reaper::Event::Resource(event) => self.resource(&event),
            reaper::Event::Looked { left, unreadable } if left + unreadable.len() > 0 => {
                self.events
                    .detail(format!("{left} left, {} not seen", unreadable.len()));
            }
            reaper::Event::Clean { again_at } => self.events.step(format!(
                "nothing found; looking once more at {}",
                again_at.strftime("%H:%M:%S UTC")
            )),
            reaper::Event::NoticeFailed { failure, .. } => {
                self.events.warning(format!("no mail was sent: {failure}"));
            }
            reaper::Event::ReceiptWritten { key } => {
                self.events.detail(format!("receipt: {key}"));
            }
            reaper::Event::Trouble(text) => self.events.warning(text),
            _ => {}
        }
    }

    /// An event of a removal.
    pub(crate) fn resource(&mut self, event: &Event) {
        if let Event::LeftAlone(resource) = event {
            self.events
                .detail(format!("{resource} is not the stack's and is left alone"));
        }
        if let Some((resource, state)) = self.removals.take(event) {
            self.events.send(events::Event::Removal { resource, state });
        }
        // Also the same answer again tells how long it is waited for already.
        let progress = self.removals.progress(Instant::now());
        self.events.send(events::Event::Removals(progress));
    }
}

/// What the last event said.
#[derive(Clone, Debug, PartialEq, Eq)]
enum State {
    Untouched,
    Leaving,
    Held(String),
    Gone,
}

impl Removals {
    /// The beginning, with what the journal knows.
    pub(crate) fn of(journal: &Journal, now: Instant) -> Self {
        let items = journal.items.iter().map(|entry| {
            let state = match entry.gone_at {
                Some(_) => State::Gone,
                None => State::Untouched,
            };
            (entry.resource.clone(), state)
        });
        Self {
            items: items.collect(),
            started: now,
        }
    }

    /// Takes an event; returns the resource and its new state in words, where that is news.
    pub(crate) fn take(&mut self, event: &Event) -> Option<(String, String)> {
        let (resource, state) = match event {
            Event::Started(resource) => (resource, State::Leaving),
            Event::Gone(resource) => (resource, State::Gone),
            Event::TooEarly { resource, reason } => {
                (resource, State::Held(format!("too early: {reason}")))
            }
            Event::Failed { resource, failure } => {
                (resource, State::Held(format!("failed: {failure}")))
            }
            Event::Unseen { resource, failure } => {
                (resource, State::Held(format!("not seen: {failure}")))
            }
            _ => return None,
        };
        let words = state.words();
        self.put(resource, state)
            .then(|| (resource.to_string(), words))
    }

    /// Tells whether the state is a new one.
    fn put(&mut self, resource: &Resource, state: State) -> bool {
        let same = |item: &&mut (Resource, State)| {
            item.0.kind == resource.kind && item.0.id == resource.id
        };
        if let Some((_, known)) = self.items.iter_mut().find(same) {
            return std::mem::replace(known, state.clone()) != state;
        }
        self.items.push((resource.clone(), state));
        true
    }

    pub(crate) fn progress(&self, now: Instant) -> RemovalProgress {
        let mut left: Vec<_> = self.items.iter().filter(|it| it.1 != State::Gone).collect();
        left.sort_by_key(|(_, state)| match state {
            State::Leaving => 0,
            State::Held(_) => 1,
            State::Untouched | State::Gone => 2,
        });
        RemovalProgress {
            gone: self.items.len() - left.len(),
            total: self.items.len(),
            waiting: left
                .into_iter()
                .map(|(resource, state)| Waiting {
                    resource: resource.to_string(),
                    because: self.reason(resource, state),
                })
                .collect(),
            elapsed_seconds: now.saturating_duration_since(self.started).as_secs_f64(),
        }
    }

    /// What has not been touched waits for something else that has to go first.
    fn reason(&self, resource: &Resource, state: &State) -> String {
        if *state != State::Untouched {
            return state.words();
        }
        let blocked = resource.kind.dependencies().find_map(|needed| {
            let holds =
                |item: &&(Resource, State)| item.0.kind == needed.after && item.1 != State::Gone;
            let (by, _) = self.items.iter().find(holds)?;
            Some(format!("waits for {by}: {}", needed.because))
        });
        blocked.unwrap_or_else(|| state.words())
    }
}

impl State {
    fn words(&self) -> String {
        match self {
            Self::Untouched => "its turn comes".into(),
            Self::Leaving => "removing".into(),
            Self::Held(reason) => reason.clone(),
            Self::Gone => "gone".into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use automock_ttl::inventory::Ownership;
    use automock_ttl::kind::ResourceKind;

    use super::*;

    fn resource(kind: ResourceKind, id: &str) -> Resource {
        let proof = Ownership::Proven { by: "it".into() };
        Resource::untagged(kind, id, "us-east-1", proof)
    }

    fn removals(resources: &[Resource]) -> Removals {
        let items = resources.iter().cloned();
        Removals {
            items: items.map(|it| (it, State::Untouched)).collect(),
            started: Instant::now(),
        }
    }

    fn waiting(removals: &Removals) -> Vec<String> {
        let progress = removals.progress(Instant::now());
        let line = |it: &Waiting| format!("{}: {}", it.resource, it.because);
        progress.waiting.iter().map(line).collect()
    }

    #[test]
    fn what_waits_says_for_what() {
        let nat = resource(ResourceKind::NatGateway, "nat-1");
        let address = resource(ResourceKind::ElasticIp, "eip-1");
        let mut removals = removals(&[address.clone(), nat.clone()]);
        let news = removals.take(&Event::Started(nat.clone()));
        assert_eq!(news, Some(("NAT gateway nat-1".into(), "removing".into())));
        let lines = waiting(&removals);
        assert_eq!(lines[0], "NAT gateway nat-1: removing");
        assert!(
            lines[1].starts_with("elastic IP eip-1: waits for NAT gateway nat-1: "),
            "{lines:?}"
        );
        removals.take(&Event::Gone(nat));
        assert_eq!(waiting(&removals), ["elastic IP eip-1: its turn comes"]);
        removals.take(&Event::Gone(address));
        let progress = removals.progress(Instant::now());
        assert_eq!((progress.gone, progress.total), (2, 2));
    }

    #[test]
    fn the_same_answer_again_is_no_news() {
        let subnet = resource(ResourceKind::Subnet, "subnet-1");
        let mut removals = removals(&[]);
        let early = Event::TooEarly {
            resource: subnet,
            reason: "DependencyViolation".into(),
        };
        assert!(removals.take(&early).is_some());
        assert_eq!(removals.take(&early), None);
        assert_eq!(
            waiting(&removals),
            ["subnet subnet-1: too early: DependencyViolation"]
        );
    }
}
