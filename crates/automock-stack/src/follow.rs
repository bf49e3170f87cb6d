//! Following a terraform run to its end, whatever else fails meanwhile.

use std::time::Instant;

use automock_tf::{Event as TfEvent, Message};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::events::{Event, Events};
use crate::progress::Tracker;
use crate::stack::Held;

/// Drives `run` and reports its messages as progress over `total` changes.
///
/// The record, where there is one, learns terraform's process as soon as it exists. If it can't be
/// written, that is warned about: a run under way must never be left alone for it.
pub(crate) async fn follow<T>(
    run: impl Future<Output = automock_tf::Result<T>>,
    mut messages: UnboundedReceiver<Message>,
    total: u64,
    mut held: Option<&mut Held>,
    events: &Events,
) -> automock_tf::Result<T> {
    let mut tracker = Tracker::new(total, Instant::now());
    tokio::pin!(run);
    loop {
        tokio::select! {
            Some(message) = messages.recv() => {
                observe(&message, held.as_deref_mut(), &mut tracker, events).await;
            }
            outcome = &mut run => {
                while let Ok(message) = messages.try_recv() {
                    observe(&message, held.as_deref_mut(), &mut tracker, events).await;
                }
                return outcome;
            }
        }
    }
}

async fn observe(
    message: &Message,
    held: Option<&mut Held>,
    tracker: &mut Tracker,
    events: &Events,
) {
    events.detail(&message.text);
    let now = Instant::now();
    if let (TfEvent::Started(started), Some(held)) = (&message.event, held) {
        if let Some(operation) = &mut held.record.operation {
            operation.terraform_pid = Some(started.pid);
        }
        if let Err(error) = held.save().await {
            events.warning(format!(
                "the registry does not know of terraform's process {}: {error}",
                started.pid
            ));
        }
    } else if tracker.take(&message.event, now) {
        events.send(Event::Progress(tracker.progress(now)));
    }
}
