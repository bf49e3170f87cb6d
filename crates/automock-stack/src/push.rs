//! Sending changed expectations to running tasks, and knowing when all of them serve them.

use std::collections::BTreeSet;
use std::time::Duration;

use automock_model::{Expectations, Names};
use jiff::Timestamp;
use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::aws::service::running_tasks;
use crate::aws::{AwsError, Session, objects};
use crate::events::{Event, Events};

/// How a push waits.
#[derive(Clone, Copy, Debug)]
pub struct PushOptions {
    /// How long to wait for all tasks at most; zero sends and does not wait.
    pub timeout: Duration,
    /// How often to look.
    pub poll: Duration,
}

impl Default for PushOptions {
    /// Five minutes, which suits tasks that look for changes every thirty seconds; see
    /// [`PushOptions::for_reload`].
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(5),
            poll: Duration::from_secs(2),
        }
    }
}

impl PushOptions {
    /// Waits long enough for tasks that look for changes every `reload_every_seconds`: twice that
    /// and a minute, and no less than the default.
    #[must_use]
    pub fn for_reload(reload_every_seconds: u64) -> Self {
        let enough = Duration::from_secs(reload_every_seconds.saturating_mul(2) + 60);
        let default = Self::default();
        Self {
            timeout: default.timeout.max(enough),
            ..default
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
    /// How long it took, in seconds.
    pub seconds: f64,
}

/// Where the expectations of a stack lie.
pub(crate) struct Target<'a> {
    pub(crate) session: &'a Session,
    pub(crate) names: &'a Names,
    pub(crate) bucket: &'a str,
}

/// Replaces the expectations object and waits until every running task confirms the revision.
pub(crate) async fn push(
    target: &Target<'_>,
    expectations: &Expectations,
    options: PushOptions,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Pushed, Error> {
    let started = Instant::now();
    let revision = expectations.revision().to_string();
    events.step(format!("sending revision {revision}"));
    let key = &target.names.expectations_key;
    let body = expectations.compose().into_bytes();
    objects::put(target.session, target.bucket, key, body, "application/json").await?;
    // Confirmations of an earlier push of the same content lie there for a day.
    let since = objects::last_modified(target.session, target.bucket, key).await?;
    let pushed = |(confirmed, tasks): (u32, u32)| Pushed {
        revision: revision.clone(),
        expectations: expectations.len(),
        confirmed,
        tasks,
        seconds: started.elapsed().as_secs_f64(),
    };
    if options.timeout.is_zero() {
        return Ok(pushed((0, 0)));
    }
    events.step("waiting until every task serves it");
    loop {
        let (confirmed, tasks) = confirmations(target, &revision, since).await?;
        events.send(Event::Confirmed {
            tasks: confirmed,
            of: tasks,
        });
        if confirmed == tasks {
            return Ok(pushed((confirmed, tasks)));
        }
        if started.elapsed() >= options.timeout {
            return Err(Error::NotConfirmed {
                revision,
                confirmed,
                tasks,
                waited_seconds: options.timeout.as_secs(),
            });
        }
        tokio::select! {
            () = tokio::time::sleep(options.poll) => {}
            () = cancel.cancelled() => return Err(Error::Interrupted { what: "waiting for the tasks" }),
        }
    }
}

/// How many of the running tasks confirmed a revision.
///
/// Confirmations of tasks that are gone do not count, and a task that started after the push
/// confirms like any other.
async fn confirmations(
    target: &Target<'_>,
    revision: &str,
    since: Option<Timestamp>,
) -> Result<(u32, u32), AwsError> {
    let prefix = format!("acks/{revision}/");
    let (running, confirmed) = tokio::try_join!(
        running_tasks(target.session, &target.names.cluster, &target.names.service),
        objects::names_below(target.session, target.bucket, &prefix, since),
    )?;
    Ok(count(&running, &confirmed))
}

fn count(running: &[String], confirmed: &BTreeSet<String>) -> (u32, u32) {
    let serving = running
        .iter()
        .filter(|task| confirmed.contains(*task))
        .count();
    let as_u32 = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    (as_u32(serving), as_u32(running.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_running_tasks_count() {
        let running = ["a".to_owned(), "b".to_owned()];
        let confirmed = ["b".to_owned(), "gone".to_owned()].into();
        assert_eq!(count(&running, &confirmed), (1, 2));
    }
}
