//! One resource on its way out.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use super::Hold;
use crate::failure::CloudFailure;
use crate::inventory::Resource;
use crate::jitter::backoff;

/// Waits between looks at one resource, doubled from the first to the last.
///
/// What has gone is noticed late by half of the last wait on average, and that adds up along a
/// chain of dependencies. A whole teardown takes five minutes and more, so five seconds at each
/// of the two or three slow links are a small part of it, while thirty resources that are looked
/// at that often stay far below the twenty describing calls a second that EC2 refills.
const FIRST_WAIT: Duration = Duration::from_secs(1);
const LAST_WAIT: Duration = Duration::from_secs(5);

/// Waits after a failure, which are longer: whoever is asked to slow down has to. They are spread
/// by resource and try, so that those who were throttled together do not come back together.
const LAST_WAIT_AFTER_FAILURE: Duration = Duration::from_secs(20);

/// A removal that was accepted but of which nothing is seen after this time is asked for again.
const ASK_AGAIN_AFTER: Duration = Duration::from_mins(1);

/// After this many refusals in a row a resource is given up for this run.
const REFUSALS_TO_GIVE_UP: u32 = 3;

/// One resource and what is known of its removal.
#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) resource: Resource,
    pub(super) state: State,
    tries: u32,
    refusals: u32,
    /// Failures in a row, those that pass by themselves included.
    failures: u32,
    accepted: bool,
    /// When the next step is due.
    pub(super) not_before: Timestamp,
}

/// Where the removal of a resource is.
#[derive(Clone, Debug)]
pub(super) enum State {
    Waiting(Hold),
    Started { at: Timestamp },
    GivenUp(CloudFailure),
    Gone,
}

impl Item {
    pub(super) fn new(resource: Resource, now: Timestamp) -> Self {
        Self {
            resource,
            state: State::Waiting(Hold::Untried),
            tries: 0,
            refusals: 0,
            failures: 0,
            accepted: false,
            not_before: now,
        }
    }

    /// Counts a try and puts the next one off.
    pub(super) fn tried(&mut self, now: Timestamp) {
        self.tries = self.tries.saturating_add(1);
        self.not_before = later(now, self.wait());
    }

    /// AWS wants something else to go first.
    pub(super) fn postpone(&mut self, reason: String) {
        self.refusals = 0;
        self.failures = 0;
        self.state = State::Waiting(Hold::TooEarly(reason));
    }

    /// Something that it depends on has just gone: it need not wait any longer.
    pub(super) fn wake(&mut self, now: Timestamp) {
        if matches!(
            self.state,
            State::Waiting(Hold::TooEarly(_) | Hold::Leaving)
        ) {
            self.tries = 0;
            self.not_before = now;
        }
    }

    fn wait(&self) -> Duration {
        let doublings = self.tries.saturating_sub(1).min(8);
        FIRST_WAIT.saturating_mul(1 << doublings).min(LAST_WAIT)
    }

    fn back_off(&mut self, now: Timestamp) {
        let seed = format!("{}/{}", self.resource.kind, self.resource.id);
        let wait = backoff(FIRST_WAIT, LAST_WAIT_AFTER_FAILURE, &seed, self.failures);
        self.failures = self.failures.saturating_add(1);
        self.not_before = later(now, wait);
    }

    pub(super) fn end(&mut self) {
        self.state = State::Gone;
    }

    /// Only the first acceptance is a movement: a removal that is accepted over and over and
    /// never happens must not keep the teardown going for ever.
    pub(super) fn accept(&mut self, now: Timestamp) -> bool {
        self.state = State::Started { at: now };
        self.tries = 0;
        self.refusals = 0;
        self.failures = 0;
        self.not_before = now;
        !std::mem::replace(&mut self.accepted, true)
    }

    /// A failure that passes by itself is tried again as long as there is time; another one
    /// only a few times, because AWS's answers are not always consistent at once.
    pub(super) fn refuse(&mut self, failure: CloudFailure, now: Timestamp) {
        self.count(&failure);
        self.back_off(now);
        self.state = if self.refusals >= REFUSALS_TO_GIVE_UP {
            State::GivenUp(failure)
        } else {
            State::Waiting(Hold::Failed(failure))
        };
    }

    /// A removal that has begun stays begun when nobody can see how it goes.
    pub(super) fn unseen(&mut self, failure: CloudFailure, now: Timestamp) {
        self.count(&failure);
        self.back_off(now);
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

    pub(super) fn seen_leaving(&mut self) {
        self.refusals = 0;
        self.failures = 0;
        if let State::Waiting(hold) = &mut self.state {
            *hold = Hold::Leaving;
        }
    }

    pub(super) fn still_there(&mut self, now: Timestamp) {
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
pub(crate) fn later(now: Timestamp, wait: Duration) -> Timestamp {
    let wait = SignedDuration::try_from(wait).unwrap_or(SignedDuration::MAX);
    now.checked_add(wait).unwrap_or(Timestamp::MAX)
}
