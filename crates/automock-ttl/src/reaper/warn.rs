//! The warning before the end.

use jiff::{SignedDuration, Timestamp};

use super::held::HeldRecord;
use super::io::Io;
use super::notify::publish;
use super::{Event, Message, NoticeKind, PublishError, ReaperError, Tick};
use crate::registry::Versioned;

/// Sends the warning, at most once for each end that the stack is given.
///
/// It needs no lease: the record is marked first, and of two runs only one can mark it. A run
/// that dies in between leaves the mark, because nobody can tell whether the mail went out.
pub(super) async fn warn(
    io: Io<'_>,
    found: Versioned,
    expires_at: Timestamp,
    left: SignedDuration,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<Tick, ReaperError> {
    let Some(topic) = io.world.topic else {
        return Ok(Tick::Idle {
            until: Some(expires_at),
        });
    };
    let (now, run) = (io.now(), io.actor.run.clone());
    let mut record = HeldRecord::new(io, found);
    record
        .update(|record| {
            record.claim_warning(&run, now);
            Ok(())
        })
        .await?;
    let message = Message::warning(record.record(), expires_at);
    let sent = publish(io, topic, &message).await;
    let failure = sent.as_ref().err().cloned();
    match sent {
        Ok(()) => events(Event::NoticeSent(NoticeKind::Warning)),
        Err(failure) => {
            if matches!(failure, PublishError::NotSent(_)) {
                take_back(&mut record, now, events).await;
            }
            events(Event::NoticeFailed {
                kind: NoticeKind::Warning,
                failure,
            });
        }
    }
    Ok(Tick::Warned {
        expires_at,
        left,
        failure,
    })
}

/// Nobody was warned, so the next run has to try again. Where that can't be written down there
/// will be no warning, which is better than two.
async fn take_back(
    record: &mut HeldRecord<'_>,
    now: Timestamp,
    events: &mut (dyn FnMut(Event) + Send),
) {
    let change = record.update(|record| {
        record.unclaim_warning(now);
        Ok(())
    });
    if let Err(error) = change.await {
        events(Event::Trouble(format!(
            "the record still says that the warning was sent: {error}"
        )));
    }
}
