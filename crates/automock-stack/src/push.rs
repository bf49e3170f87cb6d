//! Sending changed expectations to running tasks, and knowing when all of them serve them.

use std::time::Duration;

use automock_model::{EngineKind, Expectations, StopTiming};
use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::aws::objects;
use crate::confirm::{Confirmations, Outcome, Settling};
use crate::events::Events;
use crate::stack::Stack;

/// How a push waits.
#[derive(Clone, Copy, Debug)]
pub struct PushOptions {
    /// How long to wait for all tasks at most; zero sends and does not wait.
    pub timeout: Duration,
    /// How often to look.
    pub poll: Duration,
}

impl Default for PushOptions {
    /// Five minutes; see [`PushOptions::for_reload`].
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(5),
            poll: Duration::from_secs(1),
        }
    }
}

impl PushOptions {
    /// Waits long enough for tasks that look for changes every `reload_every_seconds`: four looks and
    /// a minute.
    #[must_use]
    pub fn for_reload(reload_every_seconds: u64) -> Self {
        Self {
            timeout: Duration::from_secs(reload_every_seconds.saturating_mul(4) + 60),
            ..Self::default()
        }
    }
}

/// What a push did.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Pushed {
    /// Revision that was sent.
    pub revision: String,
    /// Expectations in it.
    pub expectations: usize,
    /// Tasks that confirmed it.
    pub confirmed: u32,
    /// Tasks that run.
    pub tasks: u32,
    /// Whether the object in S3 was written; it is not when it has the same content already.
    pub written: bool,
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// What was in the bucket before, and what is there now.
struct Sent {
    previous: Option<Vec<u8>>,
    /// Entity tag of what was written; `None` when nothing was.
    etag: Option<String>,
}

/// Replaces the expectations object and waits until every running task confirms the revision.
pub(crate) async fn push(
    stack: &Stack,
    bucket: &str,
    expectations: &Expectations,
    options: PushOptions,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Pushed, Error> {
    let started = Instant::now();
    let key = &stack.names.expectations_key;
    let kind = stack.project.engine.kind;
    let sent = send(stack, bucket, expectations, events).await?;
    warn_of_longer_answers(stack, sent.previous.as_deref(), expectations, events);
    let confirmations = Confirmations {
        session: &stack.session,
        names: &stack.names,
        bucket,
        revision: expectations.revision(),
        // Confirmations of an earlier push of the same content lie there for a day.
        since: objects::last_modified(&stack.session, bucket, key).await?,
        definition: None,
    };
    let pushed = |confirmed, tasks| Pushed {
        revision: confirmations.revision.to_string(),
        expectations: expectations.len(),
        confirmed,
        tasks,
        written: sent.etag.is_some(),
        seconds: started.elapsed().as_secs_f64(),
    };
    if options.timeout.is_zero() {
        return Ok(pushed(0, 0));
    }
    events.step("waiting until every task serves it");
    let settling = Settling::for_reload(stack.project.engine.reload_every_seconds);
    let outcome = confirmations.wait(options, settling, events, cancel).await;
    let outcome = match outcome {
        Ok(outcome) => outcome,
        // Whoever leaves early must not leave behind what tasks refuse.
        Err(error) => {
            if confirmations.is_refused().await {
                restore(stack, bucket, &sent, events).await;
            }
            return Err(error);
        }
    };
    match outcome {
        Outcome::Served { tasks } => Ok(pushed(tasks, tasks)),
        Outcome::Silent { confirmed, tasks } => Err(Error::NotConfirmed {
            revision: confirmations.revision.to_string(),
            confirmed,
            tasks,
            waited_seconds: options.timeout.as_secs(),
            has_loader: kind == EngineKind::MockServer,
        }),
        Outcome::Refused(mut refusal) => {
            // Where some tasks serve it, it is not for us to say which ones are right.
            if refusal.confirmed == 0 {
                refusal.restored = restore(stack, bucket, &sent, events).await;
            }
            Err(Error::Refused {
                stack: stack.id(),
                refusal,
            })
        }
    }
}

/// Writes the object unless it is there already. MockServer's loader goes by the object's version, so
/// for it the object is always written.
async fn send(
    stack: &Stack,
    bucket: &str,
    expectations: &Expectations,
    events: &Events,
) -> Result<Sent, Error> {
    let (session, key) = (&stack.session, &stack.names.expectations_key);
    let body = expectations.compose(stack.project.engine.kind).into_bytes();
    let previous = objects::get(session, bucket, key).await?;
    let is_there = previous.as_ref() == Some(&body);
    if is_there && stack.project.engine.kind == EngineKind::AutoMock {
        events.step(format!(
            "revision {} is in S3 already",
            expectations.revision()
        ));
        return Ok(Sent {
            previous,
            etag: None,
        });
    }
    events.step(format!("sending revision {}", expectations.revision()));
    let etag = objects::put(session, bucket, key, body, "application/json").await?;
    Ok(Sent {
        previous,
        etag: Some(etag),
    })
}

/// The time in which a task stops is part of its task definition, which a push does not change.
fn warn_of_longer_answers(
    stack: &Stack,
    previous: Option<&[u8]>,
    expectations: &Expectations,
    events: &Events,
) {
    let previous = previous.and_then(|bytes| std::str::from_utf8(bytes).ok());
    let Some(previous) = previous.and_then(|text| Expectations::parse(text).ok()) else {
        return;
    };
    let project = &stack.project;
    let longest = expectations.longest_answer().wait;
    let timing = StopTiming::of(
        project.engine.kind,
        project.tasks.capacity,
        previous.longest_answer().wait,
    );
    if longest > previous.longest_answer().wait && timing.cuts(longest) {
        events.warning(format!(
            "answers wait up to {:.1} s now, and a task that is replaced has {} s for them: `automock \
             deploy` gives them their time",
            longest.as_secs_f64(),
            timing.survives_seconds
        ));
    }
}

/// Puts back what was there: a task that starts from now on would never get ready with what all the
/// others refuse. Nothing is put back over what somebody else has sent since.
async fn restore(stack: &Stack, bucket: &str, sent: &Sent, events: &Events) -> bool {
    let (Some(previous), Some(etag)) = (&sent.previous, &sent.etag) else {
        return false;
    };
    events.step("putting the previous revision back");
    let put = objects::put_if(
        &stack.session,
        bucket,
        &stack.names.expectations_key,
        previous.clone(),
        etag,
    );
    match put.await {
        Ok(()) => true,
        Err(error) => {
            events.warning(format!(
                "the previous revision could not be put back: {error}: {}",
                error.cause()
            ));
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_push_waits_for_several_looks() {
        let seconds = |reload| PushOptions::for_reload(reload).timeout.as_secs();
        assert_eq!((seconds(2), seconds(30), seconds(600)), (68, 180, 2460));
    }
}
