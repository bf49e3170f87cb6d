//! Taking, renewing and giving back a lease.

use std::time::Duration;

use automock_model::StackId;
use jiff::Timestamp;

use super::{HeldObject, Write};
use crate::reaper::io::Io;
use crate::reaper::{DocumentError, Object};
use crate::reaper::{Lease, ReaperError, lease_key};
use crate::teardown::later;

/// How long a lease lasts that is renewed while its holder works.
const TERM: Duration = Duration::from_mins(2);

/// How long a lease lasts during the last acts. A crash after the rule is gone leaves the rest to
/// Lambda's own second try of the invocation, which comes after a minute.
const SHORT_TERM: Duration = Duration::from_secs(30);

/// How long a lease to a fixed end is trusted without a look at it.
const BETWEEN_LOOKS: Duration = Duration::from_secs(30);

/// Attempts at a lease that others take and give back at the same time.
const ATTEMPTS: usize = 5;

/// A lease that this run holds.
pub struct HeldLease<'a> {
    io: Io<'a>,
    held: HeldObject,
    lease: Lease,
    term: Term,
    /// When it was last seen, or written, as this run's.
    seen_at: Timestamp,
}

/// How long a lease lasts.
#[derive(Clone, Copy)]
enum Term {
    /// To its end, which is that of the run.
    Fixed,
    /// For this time, over and over.
    Renewed(Duration),
}

/// What came of the attempt to take a lease.
pub(in crate::reaper) enum Taking<'a> {
    Taken(Box<HeldLease<'a>>),
    Busy(Lease),
}

impl<'a> HeldLease<'a> {
    /// Takes the lease on a stack until the deadline; without one, or with one that is far off, it
    /// has to be renewed.
    pub(in crate::reaper) async fn take(
        io: Io<'a>,
        stack: &StackId,
        deadline: Option<Timestamp>,
    ) -> Result<Taking<'a>, ReaperError> {
        let key = lease_key(stack);
        let longest = later(io.now(), Lease::LONGEST);
        let deadline = deadline.filter(|deadline| *deadline <= longest);
        for _ in 0..ATTEMPTS {
            let found = io.get(&key).await?;
            if let Some(other) = valid(&key, found.as_ref(), io.now())? {
                return Ok(Taking::Busy(other));
            }
            let now = io.now();
            let until = deadline.unwrap_or_else(|| later(now, TERM));
            let lease = Lease::new(stack, io.actor, now, until);
            let mut held = HeldObject::new(key.clone(), found.map(|it| it.version));
            if held.write(io, &lease.to_json()).await? == Write::Stored {
                let term = deadline.map_or(Term::Renewed(TERM), |_| Term::Fixed);
                return Ok(Taking::Taken(Box::new(Self {
                    io,
                    held,
                    lease,
                    term,
                    seen_at: io.now(),
                })));
            }
        }
        Err(ReaperError::LeaseLost {
            stack: stack.clone(),
        })
    }

    /// When the lease ends, unless it is renewed.
    #[must_use]
    pub fn until(&self) -> Timestamp {
        self.lease.until
    }

    /// Renews the lease if half of its term is over. One that lasts to a fixed end is looked at
    /// instead, because clocks differ, and another run may have taken it for over.
    ///
    /// # Errors
    /// [`ReaperError::LeaseLost`] when somebody else has it, or its time is over and it could not
    /// be renewed. Then nothing more may be begun.
    pub async fn keep(&mut self) -> Result<(), ReaperError> {
        let now = self.io.now();
        match self.term {
            Term::Fixed if self.lease.is_over(now) => Err(self.lost()),
            Term::Fixed if now < later(self.seen_at, BETWEEN_LOOKS) => Ok(()),
            Term::Fixed => self.look(now).await,
            Term::Renewed(term) if self.lease.until > later(now, term / 2) => Ok(()),
            Term::Renewed(term) => self.renew(later(now, term)).await,
        }
    }

    /// Keeps the lease while something else happens that takes its time, such as a run of
    /// terraform. It only returns when the lease is lost; the other thing then has to be stopped.
    /// It may be dropped at any time.
    pub async fn keep_on(&mut self) -> ReaperError {
        loop {
            self.io.world.clock.sleep(TERM / 4).await;
            if let Err(lost) = self.keep().await {
                return lost;
            }
        }
    }

    async fn look(&mut self, now: Timestamp) -> Result<(), ReaperError> {
        // What can't be read now is still held to its end.
        match self.held.is_unchanged(self.io).await {
            Ok(false) => return Err(self.lost()),
            Ok(true) => self.seen_at = now,
            Err(_) => {}
        }
        Ok(())
    }

    async fn renew(&mut self, until: Timestamp) -> Result<(), ReaperError> {
        let renewed = self.lease.renewed(until);
        match self.held.write(self.io, &renewed.to_json()).await {
            Ok(Write::Stored) => {
                self.lease = renewed;
                Ok(())
            }
            // What can't be renewed now is still held to its end.
            Err(_) if !self.lease.is_over(self.io.now()) => Ok(()),
            Ok(Write::Lost) | Err(_) => Err(self.lost()),
        }
    }

    /// Cuts the lease short and renews it from then on.
    pub(in crate::reaper) async fn shorten(&mut self) -> Result<(), ReaperError> {
        self.keep().await?;
        self.term = Term::Renewed(SHORT_TERM);
        let short = self.lease.ended(later(self.io.now(), SHORT_TERM));
        match self.held.write(self.io, &short.to_json()).await? {
            Write::Stored => {
                self.lease = short;
                Ok(())
            }
            Write::Lost => Err(self.lost()),
        }
    }

    /// Gives the lease back; somebody else's stays as it is.
    pub(in crate::reaper) async fn release(mut self) -> Result<(), ReaperError> {
        let ended = self.lease.ended(self.io.now());
        self.held.write(self.io, &ended.to_json()).await.map(drop)
    }

    /// Gives the lease back and leaves no trace of it, for a stack that is not there any more.
    pub(in crate::reaper) async fn purge(&mut self) -> Result<(), ReaperError> {
        // A deletion knows no condition, so it has to be certain that the lease is held.
        self.keep().await?;
        self.io.purge(self.held.key()).await
    }

    fn lost(&self) -> ReaperError {
        ReaperError::LeaseLost {
            stack: self.lease.stack.clone(),
        }
    }
}

/// The lease that stands in the way, if one does. What is no lease stands in nobody's way.
fn valid(key: &str, found: Option<&Object>, now: Timestamp) -> Result<Option<Lease>, ReaperError> {
    match found.map(|object| Lease::from_json(&object.bytes)) {
        None | Some(Err(DocumentError::Malformed(_))) => Ok(None),
        Some(Ok(lease)) => Ok((!lease.is_over(now)).then_some(lease)),
        Some(Err(source)) => Err(ReaperError::Unreadable {
            key: key.to_owned(),
            source,
        }),
    }
}
