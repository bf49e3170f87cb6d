//! One run of the reaper: what is due, and who may do it.

use automock_model::StackId;
use jiff::{SignedDuration, Timestamp};

use super::held::{HeldJournal, HeldLease, HeldRecord, Taking};
use super::io::Io;
use super::state_lock::StateLock;
use super::teardown::Teardown;
use super::{Actor, Event, Lease, ReaperError, Tick, World, warn};
use crate::deadline::{Decision, decide};
use crate::record::{Operation, Phase, RecordError, StackRecord};
use crate::registry::{RegistryError, Version, Versioned};
use crate::teardown::Limits;

/// Records that change while they are looked at are read again this often.
const READS: usize = 5;

/// The part of a run that is kept for its last writes.
const TO_WRITE_DOWN: SignedDuration = SignedDuration::from_secs(10);

/// Tears stacks down.
///
/// Whatever a run does it can be stopped at: every call may be the last one of its process, and
/// the next run goes on from what AWS and the journal show. Dropping one of its futures is the
/// same as a crash.
pub struct Reaper<'a> {
    world: World<'a>,
    actor: Actor,
}

/// How a teardown by a command begins.
#[derive(Clone, Debug, Default)]
pub struct Begin {
    /// What the record says from now on about who is at work.
    pub operation: Option<Operation>,
    /// The operation in the record that is known to be dead, and taken over. Any other one that
    /// the record names is respected.
    pub replaces: Option<Operation>,
    /// The version of the record that the decision to end the stack was made on. A record that
    /// somebody has written since then is left alone: the stack may have got more time.
    pub unchanged_since: Option<Version>,
}

/// What a run with the lease found.
enum Opened<'a> {
    Teardown(Box<Teardown<'a>>),
    /// There is nothing to tear down after all.
    Otherwise(Tick),
}

impl<'a> Reaper<'a> {
    /// A reaper that works on a world in somebody's name.
    #[must_use]
    pub fn new(world: World<'a>, actor: Actor) -> Self {
        Self { world, actor }
    }

    fn io(&self) -> Io<'_> {
        Io {
            world: self.world,
            actor: &self.actor,
        }
    }

    /// One run of the Lambda: looks what is due and does as much as the deadline allows.
    ///
    /// # Errors
    /// When something that it can't do without fails. The next run goes on.
    pub async fn tick(
        &self,
        stack: &StackId,
        deadline: Option<Timestamp>,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Tick, ReaperError> {
        let io = self.io();
        for _ in 0..READS {
            let Some(found) = io.record(stack).await? else {
                return Ok(Tick::NothingToDo);
            };
            match decide(&found.record, io.now()) {
                Decision::Idle { until } => return Ok(Tick::Idle { until }),
                Decision::Warn { expires_at, left } => {
                    match Box::pin(warn::warn(io, found, expires_at, left, events)).await {
                        Err(error) if is_conflict(&error) => {}
                        other => return other,
                    }
                }
                Decision::Expire { .. } | Decision::Resume | Decision::Finished => {
                    return Box::pin(self.tear_down(stack, deadline, events)).await;
                }
            }
        }
        Err(conflict(stack))
    }

    async fn tear_down(
        &self,
        stack: &StackId,
        deadline: Option<Timestamp>,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Tick, ReaperError> {
        let io = self.io();
        let limits = deadline.map_or_else(Limits::default, limits_until);
        if !limits.may_begin(io.now()) {
            return Ok(Tick::Idle {
                until: Some(io.now()),
            });
        }
        let lease = match HeldLease::take(io, stack, deadline).await? {
            Taking::Taken(lease) => *lease,
            Taking::Busy(lease) => return Ok(busy(lease)),
        };
        events(Event::LeaseTaken {
            until: lease.until(),
        });
        let mut teardown = match Box::pin(open_due(io, stack, lease, events)).await? {
            Opened::Teardown(teardown) => teardown,
            Opened::Otherwise(tick) => return Ok(tick),
        };
        let came_of_it = Box::pin(teardown.carry_on(limits, &|| false, events)).await;
        leave(*teardown, &came_of_it, events).await;
        came_of_it
    }

    /// Begins a teardown by a command, or takes one up: takes the lease, writes into the record
    /// that the stack is being torn down, opens the journal and writes the inventory down.
    ///
    /// A lock on Terraform's state is the caller's business until [`Teardown::carry_on`], except
    /// for one of this teardown itself, which is given back so that terraform can run.
    ///
    /// # Errors
    /// When somebody else is at work on the stack, or something fails.
    pub async fn begin(
        &self,
        stack: &StackId,
        begin: Begin,
        events: &mut (dyn FnMut(Event) + Send),
    ) -> Result<Teardown<'_>, ReaperError> {
        let io = self.io();
        let lease = match HeldLease::take(io, stack, None).await? {
            Taking::Taken(lease) => *lease,
            Taking::Busy(lease) => {
                return Err(ReaperError::Busy {
                    stack: stack.clone(),
                    holder: lease.name,
                    until: lease.until,
                });
            }
        };
        events(Event::LeaseTaken {
            until: lease.until(),
        });
        let mut teardown = Box::pin(open_asked(io, stack, lease, begin, events)).await?;
        match Box::pin(teardown.prepare(events)).await {
            Ok(()) => Ok(*teardown),
            Err(error) => {
                leave(
                    *teardown,
                    &Err(ReaperError::NoStack {
                        stack: stack.clone(),
                    }),
                    events,
                )
                .await;
                Err(error)
            }
        }
    }
}

/// The limits of a run whose process ends at the deadline. It needs some seconds before that to
/// write down how far it has come and to give the lease back.
fn limits_until(deadline: Timestamp) -> Limits {
    let limits = Limits::until(deadline);
    Limits {
        deadline: deadline.checked_sub(TO_WRITE_DOWN).ok(),
        reserve: limits.reserve.saturating_sub(TO_WRITE_DOWN.unsigned_abs()),
        ..limits
    }
}

/// Opens the teardown of a stack whose time is up. The lease is given back if that fails.
async fn open_due<'a>(
    io: Io<'a>,
    stack: &StackId,
    mut lease: HeldLease<'a>,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Opened<'a>, ReaperError> {
    match step_if_due(io, stack, events).await {
        Ok(Step::Held(record)) => open(io, lease, *record, events).await.map(Opened::Teardown),
        Ok(Step::Gone) => {
            lease.purge().await?;
            Ok(Opened::Otherwise(Tick::NothingToDo))
        }
        Ok(Step::Otherwise(tick)) => {
            lease.release().await?;
            Ok(Opened::Otherwise(tick))
        }
        Err(error) => {
            give_back(lease, events).await;
            Err(error)
        }
    }
}

/// Opens the teardown of a stack because somebody asks for it.
async fn open_asked<'a>(
    io: Io<'a>,
    stack: &StackId,
    mut lease: HeldLease<'a>,
    begin: Begin,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Box<Teardown<'a>>, ReaperError> {
    match step_because_asked(io, stack, &begin).await {
        Ok(Some(record)) => open(io, lease, record, events).await,
        Ok(None) => {
            lease.purge().await?;
            Err(ReaperError::NoStack {
                stack: stack.clone(),
            })
        }
        Err(error) => {
            give_back(lease, events).await;
            Err(error)
        }
    }
}

async fn open<'a>(
    io: Io<'a>,
    lease: HeldLease<'a>,
    record: HeldRecord<'a>,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Box<Teardown<'a>>, ReaperError> {
    match HeldJournal::read(io, record.record()).await {
        Ok(journal) => Ok(Box::new(Teardown::new(io, lease, record, journal))),
        Err(error) => {
            give_back(lease, events).await;
            Err(error)
        }
    }
}

/// What became of the attempt to step a stack to its teardown.
enum Step<'a> {
    Held(Box<HeldRecord<'a>>),
    Gone,
    Otherwise(Tick),
}

impl<'a> Step<'a> {
    fn held(io: Io<'a>, found: Versioned) -> Self {
        Self::Held(Box::new(HeldRecord::new(io, found)))
    }
}

/// Reads the record again, now that nobody else can end the stack, and steps it to its teardown.
///
/// What was known before the lease may be long past: the stack may be extended, gone, or another
/// one of the same name.
async fn step_if_due<'a>(
    io: Io<'a>,
    stack: &StackId,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Step<'a>, ReaperError> {
    for _ in 0..READS {
        let Some(found) = io.record(stack).await? else {
            return Ok(Step::Gone);
        };
        let expires = match decide(&found.record, io.now()) {
            Decision::Idle { until } => return Ok(Step::Otherwise(Tick::Idle { until })),
            Decision::Warn { .. } => {
                let until = Some(io.now());
                return Ok(Step::Otherwise(Tick::Idle { until }));
            }
            Decision::Finished => return Ok(Step::held(io, found)),
            Decision::Expire { .. } => true,
            Decision::Resume => false,
        };
        if let Some(busy) = locked(io, &found.record).await? {
            return Ok(Step::Otherwise(busy));
        }
        if !expires {
            return Ok(Step::held(io, found));
        }
        match step(io, found, None).await {
            Ok(record) => {
                events(Event::Expired);
                return Ok(Step::Held(Box::new(record)));
            }
            Err(error) if is_conflict(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Err(conflict(stack))
}

async fn step_because_asked<'a>(
    io: Io<'a>,
    stack: &StackId,
    begin: &Begin,
) -> Result<Option<HeldRecord<'a>>, ReaperError> {
    for _ in 0..READS {
        let Some(found) = io.record(stack).await? else {
            return Ok(None);
        };
        if found.record.phase == Phase::Done {
            return Ok(Some(HeldRecord::new(io, found)));
        }
        if begin
            .unchanged_since
            .as_ref()
            .is_some_and(|it| *it != found.version)
        {
            return Err(conflict(stack));
        }
        if let Some(other) = &found.record.operation
            && begin.replaces.as_ref() != Some(other)
            && begin.operation.as_ref() != Some(other)
        {
            return Err(RecordError::Busy(Box::new(other.clone())).into());
        }
        match step(io, found, begin.operation.clone()).await {
            Ok(record) => return Ok(Some(record)),
            Err(error) if is_conflict(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Err(conflict(stack))
}

/// The write that an extension races against: of the two exactly one wins.
///
/// A deploy that the record names has lost the stack. If its terraform still runs, the lock on
/// its state has told so.
async fn step(
    io: Io<'_>,
    found: Versioned,
    operation: Option<Operation>,
) -> Result<HeldRecord<'_>, ReaperError> {
    let now = io.now();
    let mut record = HeldRecord::new(io, found);
    record
        .update(|record| {
            record.step(Phase::TearingDown, now)?;
            record.operation = operation;
            record.failure = None;
            Ok(())
        })
        .await?;
    Ok(record)
}

async fn locked(io: Io<'_>, record: &StackRecord) -> Result<Option<Tick>, ReaperError> {
    let Some(lock) = StateLock::of(io, record) else {
        return Ok(None);
    };
    // A lock that this teardown took itself does not stand in its way.
    let journal = HeldJournal::read(io, record).await?;
    let epoch = journal.is_stored().then(|| journal.journal().epoch.clone());
    let blocker = lock.blocker(epoch.as_deref()).await?;
    Ok(blocker.map(|blocker| Tick::Busy {
        holder: blocker.holder,
        until: blocker.until,
    }))
}

/// Gives the lease back at the end of a run, whatever came of it.
async fn leave(
    teardown: Teardown<'_>,
    came_of_it: &Result<Tick, ReaperError>,
    events: &mut (dyn FnMut(Event) + Send),
) {
    // After the last acts there is no lease any more. One that is somebody else's stays as it is.
    if matches!(came_of_it, Ok(Tick::Finished { .. })) {
        return;
    }
    if let Err(error) = teardown.release().await {
        events(Event::Trouble(format!(
            "the lease was not given back: {error}"
        )));
    }
}

/// Gives a lease back after a failure, which is what is reported in any case.
async fn give_back(lease: HeldLease<'_>, events: &mut (dyn FnMut(Event) + Send)) {
    if let Err(error) = lease.release().await {
        events(Event::Trouble(format!(
            "the lease was not given back: {error}"
        )));
    }
}

fn busy(lease: Lease) -> Tick {
    Tick::Busy {
        holder: lease.name,
        until: lease.until,
    }
}

pub(super) fn is_conflict(error: &ReaperError) -> bool {
    matches!(error, ReaperError::Registry(RegistryError::Conflict { .. }))
}

fn conflict(stack: &StackId) -> ReaperError {
    RegistryError::Conflict {
        stack: stack.clone(),
    }
    .into()
}
