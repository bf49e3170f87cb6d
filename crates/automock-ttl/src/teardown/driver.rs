//! Carries a teardown as far as time and the cloud allow.

use std::time::Duration;

use async_trait::async_trait;
use futures::stream::{self, StreamExt as _};
use jiff::Timestamp;

use super::item::later;
use super::{Clock, Cloud, Ending, Outcome, Presence, Progress, Report, Step};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Resource};

/// How far a teardown may go.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// When it has to stop; without it, never.
    pub deadline: Option<Timestamp>,
    /// How long before the deadline nothing new is begun.
    pub reserve: Duration,
    /// For how long nothing may move before it stops. The interfaces of Fargate tasks can take
    /// twenty minutes.
    pub patience: Duration,
    /// How many calls may run at once. EC2 refills five mutating calls a second.
    pub parallel: usize,
}

/// Something that happened during a teardown.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A removal was accepted.
    Started(Resource),
    /// A resource does not exist any more.
    Gone(Resource),
    /// Something else has to go before the resource.
    TooEarly {
        /// The resource.
        resource: Resource,
        /// AWS's reason.
        reason: String,
    },
    /// A removal failed; it may be tried again.
    Failed {
        /// The resource.
        resource: Resource,
        /// Why.
        failure: CloudFailure,
    },
    /// A resource could not be looked at; it will be looked at again.
    Unseen {
        /// The resource.
        resource: Resource,
        /// Why.
        failure: CloudFailure,
    },
    /// A resource is left alone because it is not the stack's.
    LeftAlone(Resource),
}

/// The answer of the cloud to a step.
#[derive(Clone)]
enum Answer {
    Removed(Outcome),
    Looked(Presence),
    Untried,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            deadline: None,
            reserve: Duration::ZERO,
            patience: Duration::from_mins(25),
            parallel: 8,
        }
    }
}

impl Limits {
    /// Stops at the deadline, and begins nothing in the last minute before it.
    #[must_use]
    pub fn until(deadline: Timestamp) -> Self {
        Self {
            deadline: Some(deadline),
            reserve: Duration::from_mins(1),
            ..Self::default()
        }
    }

    fn over(&self, now: Timestamp) -> bool {
        self.deadline.is_some_and(|deadline| now >= deadline)
    }

    /// Whether there is time to begin something new.
    pub(crate) fn may_begin(&self, now: Timestamp) -> bool {
        self.deadline
            .is_none_or(|deadline| later(now, self.reserve) < deadline)
    }
}

/// Whoever watches a teardown, is told what happens, and may stop it between two rounds.
#[async_trait]
pub(crate) trait Watcher: Send {
    /// Something has happened.
    fn event(&mut self, event: Event);

    /// Before a round in which these are asked to go; tells whether the teardown goes on.
    async fn between_rounds(&mut self, to_remove: &[Resource]) -> bool;

    /// When the right to remove anything ends, if it does.
    fn acts_until(&self) -> Option<Timestamp>;
}

/// A watcher that only listens.
struct Listener<'a>(&'a mut (dyn FnMut(Event) + Send));

#[async_trait]
impl Watcher for Listener<'_> {
    fn event(&mut self, event: Event) {
        (self.0)(event);
    }

    async fn between_rounds(&mut self, _: &[Resource]) -> bool {
        true
    }

    fn acts_until(&self) -> Option<Timestamp> {
        None
    }
}

/// Removes everything of the inventory that belongs to the stack.
///
/// Whatever can go at a moment is asked for at that moment, in parallel; what is on its way out
/// is looked at with growing pauses. One failure holds up only what depends on it. It stops
/// when nothing is left, when nothing can be moved any more, or at the deadline, and can be
/// called again with a new inventory at any time.
pub async fn remove_all(
    cloud: &dyn Cloud,
    clock: &dyn Clock,
    inventory: Inventory,
    limits: Limits,
    events: &mut (dyn FnMut(Event) + Send),
) -> Report {
    remove_watched(cloud, clock, inventory, limits, &mut Listener(events)).await
}

/// Like [`remove_all`], for somebody who has more to do between two rounds than to listen.
pub(crate) async fn remove_watched(
    cloud: &dyn Cloud,
    clock: &dyn Clock,
    inventory: Inventory,
    limits: Limits,
    watcher: &mut dyn Watcher,
) -> Report {
    for resource in inventory.foreign() {
        watcher.event(Event::LeftAlone(resource.clone()));
    }
    let mut progress = Progress::new(inventory, clock.now());
    let ending = run(cloud, clock, &mut progress, limits, watcher).await;
    progress.report(ending)
}

async fn run(
    cloud: &dyn Cloud,
    clock: &dyn Clock,
    progress: &mut Progress,
    limits: Limits,
    watcher: &mut dyn Watcher,
) -> Ending {
    let mut moved_at = clock.now();
    loop {
        if progress.is_finished() {
            return Ending::Finished;
        }
        let steps = allowed_steps(progress, limits, clock.now());
        if !watcher.between_rounds(&to_remove(progress, &steps)).await {
            return Ending::Stopped;
        }
        let now = clock.now();
        if limits.over(now) {
            return Ending::OutOfTime;
        }
        if now >= later(moved_at, limits.patience) {
            return Ending::Stuck;
        }
        if steps.is_empty() {
            match (
                progress.next_step(limits.may_begin(now)),
                progress.next_step(true),
            ) {
                (Some(due), _) => clock.sleep(pause(now, due, limits)).await,
                (None, Some(_)) => return Ending::OutOfTime,
                (None, None) => return Ending::Stuck,
            }
        } else if round(cloud, clock, progress, &steps, limits, watcher).await {
            moved_at = clock.now();
        }
    }
}

fn to_remove(progress: &Progress, steps: &[Step]) -> Vec<Resource> {
    let removals = steps.iter().filter_map(|step| match step {
        Step::Remove(index) => Some(progress.resource(*index).clone()),
        Step::Look(_) => None,
    });
    removals.collect()
}

/// Takes all the steps and tells whether the teardown has moved.
async fn round(
    cloud: &dyn Cloud,
    clock: &dyn Clock,
    progress: &mut Progress,
    steps: &[Step],
    limits: Limits,
    watcher: &mut dyn Watcher,
) -> bool {
    let work: Vec<_> = steps
        .iter()
        .map(|&step| (step, progress.resource(step.index()).clone()))
        .collect();
    let acts_until = watcher.acts_until();
    let calls = work.into_iter().map(|(step, resource)| async move {
        let answer = match step {
            // A round can take long; what was allowed at its beginning may not be any more.
            Step::Remove(_) if !may_remove(clock.now(), limits, acts_until) => Answer::Untried,
            Step::Remove(_) => Answer::Removed(cloud.remove(&resource).await),
            Step::Look(_) => Answer::Looked(cloud.presence(&resource).await),
        };
        (step.index(), resource, answer)
    });
    let mut answers = stream::iter(calls).buffer_unordered(limits.parallel.max(1));
    let mut moved = false;
    while let Some((index, resource, answer)) = answers.next().await {
        if let Some(event) = answer.event(resource) {
            watcher.event(event);
        }
        let now = clock.now();
        moved |= match answer {
            Answer::Removed(outcome) => progress.removed(index, outcome, now),
            Answer::Looked(presence) => progress.looked(index, presence, now),
            Answer::Untried => false,
        };
    }
    moved
}

fn may_remove(now: Timestamp, limits: Limits, acts_until: Option<Timestamp>) -> bool {
    limits.may_begin(now) && acts_until.is_none_or(|until| now < until)
}

fn allowed_steps(progress: &Progress, limits: Limits, now: Timestamp) -> Vec<Step> {
    let may_begin = limits.may_begin(now);
    let allowed = |step: &Step| may_begin || matches!(step, Step::Look(_));
    progress.steps(now).into_iter().filter(allowed).collect()
}

/// The time to the next step, without sleeping past the deadline. It is never zero, or a
/// removal that is due inside the reserve would spin.
fn pause(now: Timestamp, due: Timestamp, limits: Limits) -> Duration {
    const SHORTEST: Duration = Duration::from_millis(250);
    let until = limits.deadline.map_or(due, |deadline| due.min(deadline));
    Duration::try_from(now.duration_until(until))
        .unwrap_or_default()
        .max(SHORTEST)
}

impl Step {
    fn index(self) -> usize {
        match self {
            Self::Remove(index) | Self::Look(index) => index,
        }
    }
}

impl Answer {
    fn event(&self, resource: Resource) -> Option<Event> {
        match self.clone() {
            Self::Removed(Outcome::Started) => Some(Event::Started(resource)),
            Self::Removed(Outcome::Gone) | Self::Looked(Presence::Gone) => {
                Some(Event::Gone(resource))
            }
            Self::Removed(Outcome::TooEarly(reason)) => Some(Event::TooEarly { resource, reason }),
            Self::Removed(Outcome::Failed(failure)) => Some(Event::Failed { resource, failure }),
            Self::Looked(Presence::Unknown(failure)) => Some(Event::Unseen { resource, failure }),
            Self::Looked(Presence::Present | Presence::Leaving) | Self::Untried => None,
        }
    }
}
