//! Following a terraform run to its end, whatever else fails meanwhile.

use std::time::{Duration, Instant};

use automock_tf::{Event as TfEvent, Message};
use automock_ttl::reaper::{HeldLease, HeldRecord, ReaperError};
use automock_ttl::record::StackRecord;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::events::{Event, Events};
use crate::held::Held;
use crate::progress::Tracker;

/// How often whoever owns the run is asked to keep it.
pub(crate) const KEEP_EVERY: Duration = Duration::from_secs(20);

/// On whose behalf terraform runs, and what has to happen for that meanwhile.
pub(crate) enum Owner<'a, 'w> {
    /// Nobody has to be told.
    Nobody,
    /// A record that learns of terraform's process.
    Record(&'a mut Held),
    /// A teardown, whose lease has to be kept as well.
    Teardown(TeardownOwner<'a, 'w>),
}

/// A teardown that keeps its lease while terraform runs.
pub(crate) struct TeardownOwner<'a, 'w> {
    pub(crate) record: &'a mut HeldRecord<'w>,
    pub(crate) lease: &'a mut HeldLease<'w>,
    /// Stops terraform when the lease is lost.
    pub(crate) stop: &'a CancellationToken,
    /// How the lease was lost.
    pub(crate) lost: &'a mut Option<ReaperError>,
}

impl Owner<'_, '_> {
    /// Terraform's process is known.
    async fn began(&mut self, pid: u32) -> Result<(), Error> {
        match self {
            Self::Nobody => Ok(()),
            Self::Record(held) => {
                if let Some(operation) = &mut held.record.operation {
                    operation.terraform_pid = Some(pid);
                }
                held.save().await
            }
            Self::Teardown(owner) => {
                let name = |record: &mut StackRecord| {
                    if let Some(operation) = &mut record.operation {
                        operation.terraform_pid = Some(pid);
                    }
                    Ok(())
                };
                Ok(owner.record.update(name).await?)
            }
        }
    }

    /// Shows that the run goes on.
    ///
    /// Only a lease that somebody else has is lost; one that can't be renewed for a moment may
    /// still be.
    async fn keep(&mut self, events: &Events) {
        match self {
            Self::Nobody => {}
            Self::Record(held) => held.keep_alive(Timestamp::now(), events).await,
            Self::Teardown(owner) => {
                if let Err(error @ ReaperError::LeaseLost { .. }) = owner.lease.keep().await {
                    *owner.lost = Some(error);
                    owner.stop.cancel();
                }
            }
        }
    }
}

/// Drives `run` and reports its messages as progress over `total` changes.
///
/// The owner learns terraform's process as soon as it exists. If that can't be remembered, it is
/// warned about: a run under way must never be left alone for it.
pub(crate) async fn follow<T>(
    run: impl Future<Output = automock_tf::Result<T>>,
    mut messages: UnboundedReceiver<Message>,
    total: u64,
    mut owner: Owner<'_, '_>,
    events: &Events,
) -> automock_tf::Result<T> {
    let mut tracker = Tracker::new(total, Instant::now());
    let mut keep = tokio::time::interval(KEEP_EVERY);
    tokio::pin!(run);
    loop {
        tokio::select! {
            Some(message) = messages.recv() => {
                observe(&message, &mut owner, &mut tracker, events).await;
            }
            outcome = &mut run => {
                while let Ok(message) = messages.try_recv() {
                    observe(&message, &mut owner, &mut tracker, events).await;
                }
                return outcome;
            }
            _ = keep.tick() => owner.keep(events).await,
        }
    }
}

async fn observe(
    message: &Message,
    owner: &mut Owner<'_, '_>,
    tracker: &mut Tracker,
    events: &Events,
) {
    events.detail(&message.text);
    let now = Instant::now();
    if let TfEvent::Started(started) = &message.event {
        if let Err(error) = owner.began(started.pid).await {
            events.warning(format!(
                "the registry does not know of terraform's process {}: {error}",
                started.pid
            ));
        }
    } else if tracker.take(&message.event, now) {
        events.send(Event::Progress(tracker.progress(now)));
    }
}
