//! The world as one process sees it: every call can be its last one, or fail.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use async_trait::async_trait;
use automock_model::StackId;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::world::{Death, Earth, Fate, State, Thing, stack};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Resource, Unreadable};
use crate::kind::ResourceKind as K;
use crate::reaper::*;
use crate::record::StackRecord;
use crate::registry::{Listing, Registry, RegistryError, Version, Versioned};
use crate::teardown::{Clock, Cloud, Outcome, Presence, later};

/// The world as one process sees it.
pub(super) struct Port<'a> {
    pub(super) earth: &'a Earth,
    pub(super) run: String,
    /// Whether its calls let other processes go first.
    pub(super) yields: bool,
}

impl Port<'_> {
    pub(super) fn world(&self) -> World<'_> {
        World {
            scanner: self,
            cloud: self,
            registry: self,
            objects: self,
            topic: Some(self),
            clock: self,
        }
    }

    pub(super) fn reaper(&self) -> Reaper<'_> {
        Reaper::new(self.world(), Actor::new("reaper", self.run.clone()))
    }

    async fn call<T>(
        &self,
        happen: impl FnOnce(&mut State) -> T,
        fail: impl FnOnce(CloudFailure) -> T,
    ) -> T {
        if self.yields {
            Yield(false).await;
        }
        let (fate, death) = self.fate();
        if death == Some(Death::Before) {
            std::future::pending::<()>().await;
        }
        let answer = self.answer(fate, happen, fail);
        if death == Some(Death::After) {
            std::future::pending::<()>().await;
        }
        answer
    }

    fn answer<T>(
        &self,
        fate: Fate,
        happen: impl FnOnce(&mut State) -> T,
        fail: impl FnOnce(CloudFailure) -> T,
    ) -> T {
        let mut state = self.earth.lock();
        match fate {
            Fate::Happens => happen(&mut state),
            Fate::FailsBefore => fail(throttled()),
            Fate::FailsAfter => {
                happen(&mut state);
                fail(lost())
            }
        }
    }

    fn fate(&self) -> (Fate, Option<Death>) {
        let mut state = self.earth.lock();
        state.calls += 1;
        let calls = state.calls;
        let death = state.faults.dies_at.filter(|(at, _)| *at == calls);
        let bad = state.faults.per_mille;
        let scripted = state.faults.script.pop_front();
        let fate = match state.faults.next() % 1000 {
            _ if scripted.is_some() => scripted.unwrap_or(Fate::Happens),
            roll if roll >= bad => Fate::Happens,
            roll if roll % 2 == 0 => Fate::FailsBefore,
            _ => Fate::FailsAfter,
        };
        (fate, death.map(|(_, death)| death))
    }
}

pub(super) fn throttled() -> CloudFailure {
    CloudFailure::Throttled {
        code: "SlowDown".to_owned(),
        message: "please reduce your request rate".to_owned(),
    }
}

fn lost() -> CloudFailure {
    CloudFailure::RegionUnreachable {
        message: "connection reset".to_owned(),
    }
}

fn version_of(bytes: &[u8]) -> String {
    format!("{:x?}", &Sha256::digest(bytes)[..8])
}

#[async_trait]
impl Scanner for Port<'_> {
    async fn scan(&self, _: &StackRecord) -> Inventory {
        let happen = |state: &mut State| {
            let shown = |it: &&Thing| {
                !it.hidden && !state.is_gone(it) && !state.blind.contains(&it.resource.kind)
            };
            let unreadable = state.blind.iter().map(|kind| Unreadable {
                kind: *kind,
                reason: throttled(),
            });
            Inventory {
                found: state
                    .things
                    .iter()
                    .filter(shown)
                    .map(|it| it.resource.clone())
                    .collect(),
                unreadable: unreadable.collect(),
            }
        };
        let fail = |reason| Inventory {
            found: Vec::new(),
            unreadable: K::ALL
                .into_iter()
                .map(|kind| Unreadable {
                    kind,
                    reason: CloudFailure::clone(&reason),
                })
                .collect(),
        };
        self.call(happen, fail).await
    }

    async fn examine(
        &self,
        _: &StackRecord,
        named: &NamedByState,
    ) -> Result<Option<Resource>, CloudFailure> {
        let happen = |state: &mut State| {
            let same = |it: &&Thing| it.resource.kind == named.kind && it.resource.id == named.id;
            let found = state.things.iter().find(same);
            let found = found.filter(|it| !state.is_gone(it));
            Ok(found.map(|it| it.resource.clone()))
        };
        self.call(happen, Err).await
    }
}

#[async_trait]
impl Cloud for Port<'_> {
    async fn remove(&self, resource: &Resource) -> Outcome {
        self.earth.lock().assert_may_remove(&self.run, resource);
        let happen = |state: &mut State| {
            let call = (self.run.clone(), resource.clone());
            state.removals.push(call);
            state.remove(resource)
        };
        self.call(happen, Outcome::Failed).await
    }

    async fn presence(&self, resource: &Resource) -> Presence {
        let happen = |state: &mut State| {
            if state.blind.contains(&resource.kind) {
                return Presence::Unknown(throttled());
            }
            state.presence(resource)
        };
        self.call(happen, Presence::Unknown).await
    }
}

#[async_trait]
impl Objects for Port<'_> {
    async fn get(&self, key: &str) -> Result<Option<Object>, CloudFailure> {
        let happen = |state: &mut State| {
            Ok(state.objects.get(key).map(|bytes| Object {
                bytes: bytes.clone(),
                version: ObjectVersion(version_of(bytes)),
            }))
        };
        self.call(happen, Err).await
    }

    async fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        condition: Condition,
    ) -> Result<Written, CloudFailure> {
        let happen = |state: &mut State| {
            let present = state.objects.get(key).map(|bytes| version_of(bytes));
            let holds = match &condition {
                Condition::Absent => present.is_none(),
                Condition::Unchanged(version) => present.as_ref() == Some(&version.0),
            };
            if !holds {
                return Ok(Written::Refused);
            }
            let version = ObjectVersion(version_of(&bytes));
            state.objects.insert(key.to_owned(), bytes.clone());
            Ok(Written::Stored(version))
        };
        self.call(happen, Err).await
    }

    async fn purge(&self, key: &str) -> Result<(), CloudFailure> {
        let happen = |state: &mut State| {
            state.objects.remove(key);
            Ok(())
        };
        self.call(happen, Err).await
    }
}

#[async_trait]
impl Topic for Port<'_> {
    async fn publish(&self, subject: &str, text: &str) -> Result<(), PublishError> {
        assert!(subject.len() <= 100 && subject.is_ascii());
        let happen = |state: &mut State| {
            state.mails.push(format!("{subject}\n{text}"));
            Ok(())
        };
        // A throttled call was refused; a lost answer says nothing.
        let fail = |failure| {
            Err(match failure {
                CloudFailure::Throttled { .. } => PublishError::NotSent(failure),
                _ => PublishError::Unknown(failure),
            })
        };
        self.call(happen, fail).await
    }
}

fn cloud(source: CloudFailure) -> RegistryError {
    RegistryError::Cloud {
        action: "call",
        key: "registry".to_owned(),
        source,
    }
}

fn conflict() -> RegistryError {
    RegistryError::Conflict { stack: stack() }
}

fn record_version(record: &StackRecord) -> Version {
    Version::new(version_of(&record.to_json().expect("a record")))
}

#[async_trait]
impl Registry for Port<'_> {
    async fn get(&self, _: &StackId) -> Result<Option<Versioned>, RegistryError> {
        let happen = |state: &mut State| {
            Ok(state.record.clone().map(|record| Versioned {
                version: record_version(&record),
                record,
            }))
        };
        self.call(happen, |failure| Err(cloud(failure))).await
    }

    async fn list(&self) -> Result<Listing, RegistryError> {
        Ok(Listing::default())
    }

    async fn create(&self, record: &StackRecord) -> Result<Version, RegistryError> {
        self.earth.lock().record = Some(record.clone());
        Ok(record_version(record))
    }

    async fn update(
        &self,
        record: &StackRecord,
        expected: &Version,
    ) -> Result<Version, RegistryError> {
        let happen = |state: &mut State| {
            if state.record.as_ref().map(record_version).as_ref() != Some(expected) {
                return Err(conflict());
            }
            state.record = Some(record.clone());
            Ok(record_version(record))
        };
        self.call(happen, |failure| Err(cloud(failure))).await
    }

    async fn delete(&self, _: &StackId, expected: &Version) -> Result<(), RegistryError> {
        let happen = |state: &mut State| match &state.record {
            None => Ok(()),
            Some(record) if record_version(record) == *expected => {
                state.record = None;
                Ok(())
            }
            Some(_) => Err(conflict()),
        };
        self.call(happen, |failure| Err(cloud(failure))).await
    }
}

#[async_trait]
impl Clock for Port<'_> {
    fn now(&self) -> Timestamp {
        self.earth.lock().now
    }

    async fn sleep(&self, time: Duration) {
        assert!(!time.is_zero(), "sleeping for nothing spins");
        if !self.yields {
            return self.earth.pass(time);
        }
        let until = later(self.now(), time);
        let sleep = {
            let mut state = self.earth.lock();
            state.sleeps += 1;
            let sleep = state.sleeps;
            state.sleepers.insert(sleep, until);
            sleep
        };
        while self.now() < until {
            Yield(false).await;
        }
        self.earth.lock().sleepers.remove(&sleep);
    }
}

/// Pending once.
struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
