//! Sending notices, each at most once.

use super::held::HeldJournal;
use super::io::Io;
use super::{Event, Message, NoticeKind, PublishError, ReaperError, Topic};

/// Sends a message. What was certainly not sent because of something that passes is tried again.
pub(super) async fn publish(
    io: Io<'_>,
    topic: &dyn Topic,
    message: &Message,
) -> Result<(), PublishError> {
    let mut tries = io.tries(&message.subject);
    loop {
        match topic.publish(&message.subject, &message.text).await {
            Err(PublishError::NotSent(failure)) if tries.again(failure.is_transient()).await => {}
            other => return other,
        }
    }
}

/// Sends a notice unless it was sent before, or may have been.
///
/// The journal is told first. A run that dies between that and the mail leaves the claim, so the
/// mail is rather lost than sent twice.
pub(super) async fn notify(
    io: Io<'_>,
    journal: &mut HeldJournal<'_>,
    kind: NoticeKind,
    message: Message,
    events: &mut (dyn FnMut(Event) + Send),
) -> Result<(), ReaperError> {
    let Some(topic) = io.world.topic else {
        return Ok(());
    };
    if !journal.change().claim(kind, &io.actor.run, io.now()) {
        return Ok(());
    }
    journal.save().await?;
    match publish(io, topic, &message).await {
        Ok(()) => {
            journal.change().confirm(kind, io.now());
            events(Event::NoticeSent(kind));
        }
        Err(failure) => {
            if matches!(failure, PublishError::NotSent(_)) {
                journal.change().unclaim(kind);
            }
            events(Event::NoticeFailed { kind, failure });
        }
    }
    journal.save_soon(events).await
}
