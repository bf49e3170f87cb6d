//! Rounds of removals, and the proof that nothing is left.

use std::time::Duration;

use async_trait::async_trait;
use jiff::Timestamp;

use super::held::{HeldJournal, HeldLease};
use super::io::Io;
use super::look::{Looked, responsible};
use super::teardown::{Bounds, NOT_RECORDED, Teardown};
use super::{Event, ReaperError, Tick};
use crate::inventory::Resource;
use crate::jitter::backoff;
use crate::teardown::{Ending, Event as CloudEvent, Limits, Watcher, later, remove_watched};

/// Two looks that find nothing prove the end if they are this far apart: some of AWS's lists lag
/// behind.
const BETWEEN_CLEAN_LOOKS: Duration = Duration::from_secs(30);

/// Pauses before another look, where the last one led nowhere.
const FIRST_PAUSE: Duration = Duration::from_secs(3);
const LAST_PAUSE: Duration = Duration::from_secs(15);

/// After this many looks in a row that led nowhere, and of which nothing passes by itself, a run
/// gives up.
const HOPELESS_LOOKS: u32 = 3;

/// Why the removing ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Removing {
    /// Nothing is left, and that is proven.
    Proven,
    /// The limits, or whoever asked for it, ended it.
    Over,
    /// What is left can't be moved now.
    Stuck,
}

/// How the passes of a run have gone so far.
struct Course {
    moved_at: Timestamp,
    fruitless: u32,
    hopeless: u32,
}

impl Teardown<'_> {
    /// Looks and removes in turn, until two looks have found nothing.
    pub(super) async fn remove_and_prove(
        &mut self,
        bounds: Bounds<'_>,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Removing, ReaperError> {
        let mut course = Course {
            moved_at: self.io.now(),
            fruitless: 0,
            hopeless: 0,
        };
        while !bounds.is_over(self.io.now()) {
            self.lease.keep().await?;
            let before = self.journal().movements();
            let looked = Box::pin(self.look(NOT_RECORDED, events)).await?;
            if !looked.is_clean() {
                self.journal.change().not_clean();
            }
            // What is about to go has to be written down, or the receipt would not know of it.
            self.journal.save().await?;
            self.tell_start(events).await?;
            if looked.is_clean() {
                if self.prove(&looked, events).await? {
                    return Ok(Removing::Proven);
                }
                self.wait_for_second_look(bounds).await?;
                continue;
            }
            let may_pass = looked.failures().any(crate::CloudFailure::is_transient);
            let unreadable = looked.failures().next().is_some();
            let ending = self.rounds(looked, &course, bounds, events).await?;
            self.journal.save_soon(events).await?;
            if ending == Ending::OutOfTime {
                return Ok(Removing::Over);
            }
            if self.journal().movements() > before {
                course.moved(self.io.now());
                continue;
            }
            // A scan that still lists what is gone only needs time.
            let may_pass = may_pass || (ending == Ending::Finished && !unreadable);
            if course.leads_nowhere(may_pass, bounds.limits, self.io.now()) {
                return Ok(Removing::Stuck);
            }
            let seed = &self.io.actor.run;
            let pause = backoff(FIRST_PAUSE, LAST_PAUSE, seed, course.fruitless);
            self.pause(pause, bounds).await?;
        }
        Ok(Removing::Over)
    }

    /// Takes in a look that found nothing; tells whether it was the second one.
    async fn prove(
        &mut self,
        looked: &Looked,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<bool, ReaperError> {
        let now = self.io.now();
        let first = self.journal().clean_since;
        let proven = first.is_some_and(|at| looked.began_at >= later(at, BETWEEN_CLEAN_LOOKS));
        let journal = self.journal.change();
        if proven {
            journal.prove(now);
            events(Event::Proven);
        } else {
            journal.clean(now);
            let again_at = later(first.unwrap_or(now), BETWEEN_CLEAN_LOOKS);
            events(Event::Clean { again_at });
        }
        self.journal.save().await?;
        Ok(proven)
    }

    async fn wait_for_second_look(&mut self, bounds: Bounds<'_>) -> Result<(), ReaperError> {
        let first = self.journal().clean_since.unwrap_or_else(|| self.io.now());
        let due = later(first, BETWEEN_CLEAN_LOOKS);
        let left = Duration::try_from(self.io.now().duration_until(due)).unwrap_or_default();
        self.pause(left, bounds).await
    }

    /// Removes what a look has found, as far as it can be done now.
    async fn rounds(
        &mut self,
        looked: Looked,
        course: &Course,
        bounds: Bounds<'_>,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Ending, ReaperError> {
        let limits = course.rest_of(bounds.limits, self.io.now());
        let mut watch = Watch {
            io: self.io,
            lease: &mut self.lease,
            journal: &mut self.journal,
            cancelled: bounds.cancelled,
            events,
            stopped_by: None,
        };
        let world = self.io.world;
        let report = remove_watched(
            world.cloud,
            world.clock,
            looked.inventory,
            limits,
            &mut watch,
        )
        .await;
        if let Some(error) = watch.stopped_by {
            return Err(error);
        }
        for left in &report.remaining {
            self.journal
                .change()
                .held(&left.resource, left.hold.to_string());
        }
        Ok(report.ending)
    }

    /// What a run comes to that did not prove the end; `None` if it did.
    pub(super) async fn unless_proven(
        &mut self,
        ending: Removing,
    ) -> Result<Option<Tick>, ReaperError> {
        if ending == Removing::Proven {
            return Ok(None);
        }
        let remains = self.journal().remains();
        self.journal.save().await?;
        Ok(Some(
            if self.journal().is_stuck() || ending == Removing::Stuck {
                Tick::Stuck { remains }
            } else {
                Tick::Progressing { remains }
            },
        ))
    }
}

impl Course {
    fn moved(&mut self, now: Timestamp) {
        *self = Self {
            moved_at: now,
            fruitless: 0,
            hopeless: 0,
        };
    }

    /// Takes in a pass that moved nothing; tells whether another one makes no sense now.
    fn leads_nowhere(&mut self, may_pass: bool, limits: Limits, now: Timestamp) -> bool {
        self.fruitless += 1;
        self.hopeless = if may_pass { 0 } else { self.hopeless + 1 };
        self.hopeless >= HOPELESS_LOOKS || now >= later(self.moved_at, limits.patience)
    }

    /// The limits with what is left of the patience.
    fn rest_of(&self, limits: Limits, now: Timestamp) -> Limits {
        let waited = Duration::try_from(self.moved_at.duration_until(now)).unwrap_or_default();
        Limits {
            patience: limits.patience.saturating_sub(waited).max(FIRST_PAUSE),
            ..limits
        }
    }
}

/// Writes down what happens, and keeps the lease between two rounds.
pub(super) struct Watch<'a, 'b> {
    pub(super) io: Io<'b>,
    pub(super) lease: &'a mut HeldLease<'b>,
    pub(super) journal: &'a mut HeldJournal<'b>,
    pub(super) cancelled: &'a (dyn Fn() -> bool + Send + Sync),
    pub(super) events: &'a mut (dyn FnMut(Event) + Send),
    /// The failure that ended the removing.
    pub(super) stopped_by: Option<ReaperError>,
}

impl Watch<'_, '_> {
    async fn keep(&mut self) -> Result<(), ReaperError> {
        self.lease.keep().await?;
        self.journal.save_soon(self.events).await
    }
}

#[async_trait]
impl Watcher for Watch<'_, '_> {
    fn event(&mut self, event: CloudEvent) {
        let now = self.io.now();
        let journal = self.journal.change();
        match &event {
            CloudEvent::Started(resource) => journal.requested(resource, &self.io.actor.name, now),
            CloudEvent::Gone(resource) => {
                journal.gone(resource, responsible(resource, NOT_RECORDED), now);
            }
            CloudEvent::TooEarly { resource, .. } => journal.refused(resource),
            CloudEvent::Failed { resource, failure } if !failure.is_transient() => {
                journal.refused(resource);
            }
            _ => {}
        }
        (self.events)(event.into());
    }

    async fn between_rounds(&mut self, to_remove: &[Resource]) -> bool {
        let now = self.io.now();
        for resource in to_remove {
            self.journal
                .change()
                .asked(resource, &self.io.actor.name, now);
        }
        if let Err(error) = self.keep().await {
            self.stopped_by = Some(error);
            return false;
        }
        !(self.cancelled)()
    }

    fn acts_until(&self) -> Option<Timestamp> {
        Some(self.lease.until())
    }
}
