//! A teardown that has begun.

use std::time::Duration;

use jiff::Timestamp;

use super::held::{HeldJournal, HeldLease, HeldRecord};
use super::io::Io;
use super::notify::notify;
use super::state_lock::StateLock;
use super::{Event, Journal, Message, NoticeKind, ReaperError, Tick};
use crate::record::{Phase, StackRecord};
use crate::teardown::{Limits, later};

/// A pause is cut into slices this long, to notice a cancellation.
const SLICE: Duration = Duration::from_secs(5);

/// A teardown that has begun, with its lease held and its journal open.
///
/// Dropping it, or one of its futures, is the same as a crash: whoever comes next goes on, once
/// the lease is over. [`Teardown::release`] lets them go on at once.
pub struct Teardown<'a> {
    pub(super) io: Io<'a>,
    pub(super) lease: HeldLease<'a>,
    pub(super) record: HeldRecord<'a>,
    pub(super) journal: HeldJournal<'a>,
    /// Whether this run is entered in the journal.
    joined: bool,
    /// Whether this run has tried to tell people that the teardown has begun.
    told_start: bool,
}

/// How far a run may go.
#[derive(Clone, Copy)]
pub(super) struct Bounds<'a> {
    pub(super) limits: Limits,
    pub(super) cancelled: &'a (dyn Fn() -> bool + Send + Sync),
}

impl Bounds<'_> {
    /// Whether the run has to end.
    pub(super) fn is_over(&self, now: Timestamp) -> bool {
        (self.cancelled)() || !self.limits.may_begin(now)
    }
}

impl<'a> Teardown<'a> {
    pub(super) fn new(
        io: Io<'a>,
        lease: HeldLease<'a>,
        record: HeldRecord<'a>,
        journal: HeldJournal<'a>,
    ) -> Self {
        Self {
            io,
            lease,
            record,
            journal,
            joined: false,
            told_start: false,
        }
    }

    /// The record as it is now.
    #[must_use]
    pub fn record(&self) -> &StackRecord {
        self.record.record()
    }

    /// What is known of the teardown so far.
    #[must_use]
    pub fn journal(&self) -> &Journal {
        self.journal.journal()
    }

    /// The record and the lease, for somebody who changes the one while the other is kept, such
    /// as a run of terraform that writes its process into the record.
    pub fn parts(&mut self) -> (&mut HeldRecord<'a>, &mut HeldLease<'a>) {
        (&mut self.record, &mut self.lease)
    }

    /// Adds what a person should know to the journal and thereby to the receipt.
    pub fn note(&mut self, note: impl Into<String>) {
        self.journal.change().note(note);
    }

    /// Looks what has gone since the last look, and holds `by` responsible for it.
    ///
    /// # Errors
    /// When the lease is lost or the journal can't be written.
    pub async fn note_gone(
        &mut self,
        by: &str,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), ReaperError> {
        self.lease.keep().await?;
        Box::pin(self.look(by, events)).await?;
        self.journal.save().await
    }

    /// What a command does before terraform: everything up to the first removal.
    pub(super) async fn prepare(
        &mut self,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), ReaperError> {
        if self.record().phase == Phase::Done {
            return Ok(());
        }
        if let Some(lock) = StateLock::of(self.io, self.record.record())
            && self.journal.is_stored()
        {
            lock.give_back(&self.journal.journal().epoch).await?;
        }
        self.join(events).await?;
        Box::pin(self.look(NOT_RECORDED, events)).await?;
        self.journal.save().await?;
        self.tell_start(events).await
    }

    /// Enters this run in the journal. The write also ends whatever an earlier run whose lease is
    /// over may still be at: its next write is refused.
    async fn join(&mut self, events: &mut (dyn FnMut(Event) + Send)) -> Result<(), ReaperError> {
        if self.joined {
            return Ok(());
        }
        self.joined = true;
        self.journal.change().join(self.io.actor);
        self.journal.save().await?;
        let journal = self.journal.journal();
        events(Event::JournalOpened {
            epoch: journal.epoch.clone(),
            tick: journal.ticks,
        });
        Ok(())
    }

    /// Tells people that the teardown has begun. What can't be sent now is left to the next run.
    pub(super) async fn tell_start(
        &mut self,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<(), ReaperError> {
        if std::mem::replace(&mut self.told_start, true) {
            return Ok(());
        }
        let message = Message::start(self.record.record(), self.journal.journal());
        let journal = &mut self.journal;
        notify(self.io, journal, NoticeKind::Start, message, events).await
    }

    /// Removes what is left, proves that nothing is, and does the last acts: receipt, mail,
    /// Terraform's state, the record, the stack's own reaper.
    ///
    /// It returns [`Tick::Finished`]; [`Tick::Stuck`]; [`Tick::Progressing`] when the limits or
    /// the cancellation end it early; or [`Tick::Busy`] when somebody's terraform holds the lock
    /// on the state.
    ///
    /// `cancelled` is asked between two rounds of calls. Local state is left to the caller.
    ///
    /// People are told when nothing has moved for some runs, whatever the reason.
    ///
    /// # Errors
    /// When something that it can't do without fails, or the lease is lost.
    pub async fn carry_on(
        &mut self,
        limits: Limits,
        cancelled: &(dyn Fn() -> bool + Send + Sync),
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Tick, ReaperError> {
        let bounds = Bounds { limits, cancelled };
        let came_of_it = Box::pin(self.go_on(bounds, events)).await;
        self.tell_if_stuck(&came_of_it, events).await;
        came_of_it
    }

    /// Tells people that nothing moves. A run that has lost its lease tells nobody anything.
    pub(super) async fn tell_if_stuck(
        &mut self,
        came_of_it: &Result<Tick, ReaperError>,
        events: &mut (dyn FnMut(Event) + Send),
    ) {
        let because = match came_of_it {
            Ok(Tick::Finished { .. }) | Err(ReaperError::LeaseLost { .. }) => return,
            Ok(Tick::Busy { holder, .. }) => Some(format!("{holder} holds Terraform's state")),
            Ok(_) => None,
            Err(error) => Some(error.in_words()),
        };
        if !self.journal.is_stored() || !self.journal().is_stuck() {
            return;
        }
        let message = Message::stuck(self.record.record(), &self.journal().remains(), because);
        let journal = &mut self.journal;
        let told = notify(self.io, journal, NoticeKind::Stuck, message, events).await;
        if let Err(error) = told {
            events(Event::Trouble(format!(
                "nobody was told that nothing moves: {error}"
            )));
        }
    }

    async fn go_on(
        &mut self,
        bounds: Bounds<'_>,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Tick, ReaperError> {
        let limits = bounds.limits;
        self.lease.keep().await?;
        if self.record().phase == Phase::Done {
            if self.journal.is_stored() {
                self.join(events).await?;
            }
            return Box::pin(self.last_acts(limits, events)).await;
        }
        self.join(events).await?;
        if let Some(busy) = self.hold_state().await? {
            return Ok(busy);
        }
        if self.journal().proven_at.is_none() {
            let ending = Box::pin(self.remove_and_prove(bounds, events)).await?;
            if let Some(tick) = self.unless_proven(ending).await? {
                return Ok(tick);
            }
        }
        if bounds.is_over(self.io.now()) {
            return Ok(self.progressing());
        }
        Box::pin(self.finish(limits, events)).await
    }

    /// Takes the lock on Terraform's state, so that nobody creates anything from now on.
    pub(super) async fn hold_state(&self) -> Result<Option<Tick>, ReaperError> {
        let Some(lock) = StateLock::of(self.io, self.record.record()) else {
            return Ok(None);
        };
        let blocker = lock.hold(&self.journal.journal().epoch).await?;
        Ok(blocker.map(|blocker| Tick::Busy {
            holder: blocker.holder,
            until: blocker.until,
        }))
    }

    pub(super) fn progressing(&self) -> Tick {
        Tick::Progressing {
            remains: self.journal.journal().remains(),
        }
    }

    /// Lets time pass while the lease is kept, but not past the end of the run.
    pub(super) async fn pause(
        &mut self,
        time: Duration,
        bounds: Bounds<'_>,
    ) -> Result<(), ReaperError> {
        let until = later(self.io.now(), time);
        loop {
            let now = self.io.now();
            if now >= until || bounds.is_over(now) {
                return Ok(());
            }
            let left = Duration::try_from(now.duration_until(until)).unwrap_or_default();
            self.io.world.clock.sleep(left.min(SLICE)).await;
            self.lease.keep().await?;
        }
    }

    /// Gives the lease back, so that whoever comes next need not wait for its end.
    ///
    /// # Errors
    /// When it could not be given back; it then ends by itself.
    pub async fn release(self) -> Result<(), ReaperError> {
        self.lease.release().await
    }
}

/// Who is held responsible for what went although nobody is known to have asked for it.
pub(super) const NOT_RECORDED: &str = "somebody who is not recorded";
