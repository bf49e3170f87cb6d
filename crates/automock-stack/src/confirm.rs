//! What the running tasks say about a revision: served, refused, or nothing yet.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use automock_model::{Names, Revision};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::aws::service::serving_tasks;
use crate::aws::{AwsError, Session, objects};
use crate::events::{Event, Events};
use crate::push::PushOptions;

/// Below this part of a revision's prefix lie the refusals.
const REFUSED: &str = "refused/";

/// How many refusals are read: tasks of one image refuse for one reason.
const READ_REFUSALS: usize = 20;

/// The engine's own words about expectations that it does not serve, and which tasks said them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// The revision.
    pub revision: String,
    /// Tasks that refuse it.
    pub refused: u32,
    /// Tasks that serve it.
    pub confirmed: u32,
    /// Tasks that run.
    pub tasks: u32,
    /// The reasons, the most frequent first, each with the tasks that gave it.
    pub reasons: Vec<(String, Vec<String>)>,
    /// Whether the previous revision was put back into the bucket.
    pub restored: bool,
}

impl Refusal {
    /// Each reason with its tasks, and what is served now.
    pub(crate) fn lines(&self) -> Vec<String> {
        let reasons = self
            .reasons
            .iter()
            .map(|(reason, tasks)| format!("{reason} (task {})", tasks.join(", ")));
        let served = match (self.confirmed, self.restored) {
            (0, true) => "the previous revision is still served, and is back in S3".to_owned(),
            (0, false) => {
                "the previous revision is still served, but S3 holds the refused one: tasks that \
                           start now serve nothing until other expectations are pushed or deployed"
                    .to_owned()
            }
            (confirmed, _) => {
                format!("{confirmed} tasks serve it; the others serve the previous one")
            }
        };
        reasons.chain([served]).collect()
    }
}

/// How waiting for confirmations ended.
pub(crate) enum Outcome {
    /// Every running task serves the revision.
    Served {
        /// Tasks that run.
        tasks: u32,
    },
    /// Some refuse it.
    Refused(Refusal),
    /// Not all have answered in time.
    Silent {
        /// Tasks that serve it.
        confirmed: u32,
        /// Tasks that run.
        tasks: u32,
    },
}

/// How long the other tasks get to answer once one has refused.
#[derive(Clone, Copy)]
pub(crate) struct Settling(Duration);

impl Settling {
    /// Two looks, and no more than ten seconds.
    pub(crate) fn for_reload(reload_every_seconds: u64) -> Self {
        Self(Duration::from_secs((reload_every_seconds * 2).min(10)))
    }
}

/// The confirmations of one revision.
pub(crate) struct Confirmations<'a> {
    pub(crate) session: &'a Session,
    pub(crate) names: &'a Names,
    pub(crate) bucket: &'a str,
    pub(crate) revision: Revision,
    /// Only what was written at or after this moment counts.
    pub(crate) since: Option<Timestamp>,
    /// Only tasks of this task definition count, where it is given: others are about to go.
    pub(crate) definition: Option<&'a str>,
}

impl Confirmations<'_> {
    /// Waits until every running task has answered, one refuses, or the time is over.
    pub(crate) async fn wait(
        &self,
        options: PushOptions,
        settling: Settling,
        events: &Events,
        cancel: &CancellationToken,
    ) -> Result<Outcome, Error> {
        let started = Instant::now();
        let mut refused_at = None;
        loop {
            let answers = match self.look().await {
                Ok(answers) => answers,
                // One lost answer in minutes says nothing.
                Err(error) if !error.is_credentials() && started.elapsed() < options.timeout => {
                    pause(options, cancel).await?;
                    continue;
                }
                Err(error) => return Err(error.into()),
            };
            events.send(Event::Confirmed {
                tasks: as_u32(answers.confirmed),
                of: as_u32(answers.tasks),
            });
            if answers.is_served() {
                return Ok(Outcome::Served {
                    tasks: as_u32(answers.tasks),
                });
            }
            if !answers.refused.is_empty() {
                let since = refused_at.get_or_insert_with(Instant::now);
                if answers.is_complete() || since.elapsed() >= settling.0 {
                    return Ok(Outcome::Refused(self.refusal(&answers).await?));
                }
            }
            if started.elapsed() >= options.timeout {
                return Ok(Outcome::Silent {
                    confirmed: as_u32(answers.confirmed),
                    tasks: as_u32(answers.tasks),
                });
            }
            pause(options, cancel).await?;
        }
    }

    /// Whether tasks refuse it, and none serves it.
    pub(crate) async fn is_refused(&self) -> bool {
        let answers = self.look().await;
        answers.is_ok_and(|answers| answers.confirmed == 0 && !answers.refused.is_empty())
    }

    fn prefix(&self) -> String {
        format!("acks/{}/", self.revision)
    }

    /// Confirmations of tasks that are gone do not count, and a task that started after the push
    /// confirms like any other. One that has not started yet is not waited for: it begins with what is in
    /// S3.
    async fn look(&self) -> Result<Answers, AwsError> {
        let prefix = self.prefix();
        let (running, names) = tokio::try_join!(
            serving_tasks(
                self.session,
                &self.names.cluster,
                &self.names.service,
                self.definition
            ),
            objects::names_below(self.session, self.bucket, &prefix, self.since),
        )?;
        Ok(Answers::count(&running, &names))
    }

    async fn refusal(&self, answers: &Answers) -> Result<Refusal, AwsError> {
        let mut words: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for task in answers.refused.iter().take(READ_REFUSALS) {
            let key = format!("{}{REFUSED}{task}", self.prefix());
            let object = objects::get(self.session, self.bucket, &key).await?;
            let reason = reason_of(&object.unwrap_or_default());
            words.entry(reason).or_default().push(task.clone());
        }
        let mut reasons: Vec<_> = words.into_iter().collect();
        reasons.sort_by_key(|(_, tasks)| std::cmp::Reverse(tasks.len()));
        Ok(Refusal {
            revision: self.revision.to_string(),
            refused: as_u32(answers.refused.len()),
            confirmed: as_u32(answers.confirmed),
            tasks: as_u32(answers.tasks),
            reasons,
            restored: false,
        })
    }
}

async fn pause(options: PushOptions, cancel: &CancellationToken) -> Result<(), Error> {
    tokio::select! {
        () = tokio::time::sleep(options.poll) => Ok(()),
        () = cancel.cancelled() => Err(Error::Interrupted { what: "waiting for the tasks" }),
    }
}

/// What the running tasks have said.
#[derive(Debug, PartialEq, Eq)]
struct Answers {
    tasks: usize,
    confirmed: usize,
    refused: Vec<String>,
}

impl Answers {
    /// A task that refused a revision and serves it now has changed its mind: another look at S3, or
    /// more memory.
    fn count(running: &[String], names: &BTreeSet<String>) -> Self {
        let is_confirmed = |task: &&String| names.contains(*task);
        let is_refused = |task: &&String| names.contains(&format!("{REFUSED}{task}"));
        let (confirmed, others): (Vec<&String>, Vec<&String>) =
            running.iter().partition(is_confirmed);
        Self {
            tasks: running.len(),
            confirmed: confirmed.len(),
            refused: others.into_iter().filter(is_refused).cloned().collect(),
        }
    }

    /// A fleet that has no task for a moment serves nothing.
    fn is_served(&self) -> bool {
        self.tasks > 0 && self.confirmed == self.tasks
    }

    fn is_complete(&self) -> bool {
        self.confirmed + self.refused.len() == self.tasks
    }
}

/// The engine's words in a refusal.
fn reason_of(object: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Refused {
        reason: String,
    }
    serde_json::from_slice::<Refused>(object)
        .map_or_else(|_| "the task gives no reason".to_owned(), |it| it.reason)
}

fn as_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(running: &[&str], names: &[&str]) -> Answers {
        let owned = |all: &[&str]| {
            all.iter()
                .map(|name| (*name).to_owned())
                .collect::<Vec<_>>()
        };
        Answers::count(&owned(running), &owned(names).into_iter().collect())
    }

    #[test]
    fn only_running_tasks_count() {
        for (running, names, confirmed, refused, served, complete) in [
            (&["a", "b"][..], &["b", "gone"][..], 1, 0, false, false),
            (&["a", "b"], &["a", "b", "refused/gone"], 2, 0, true, true),
            (&["a", "b"], &["refused/a"], 0, 1, false, false),
            (&["a", "b"], &["refused/a", "refused/b"], 0, 2, false, true),
            (&["a", "b"], &["a", "refused/b"], 1, 1, false, true),
            (&["a"], &["a", "refused/a"], 1, 0, true, true),
            (&[], &["a"], 0, 0, false, true),
        ] {
            let answers = count(running, names);
            assert_eq!(answers.confirmed, confirmed, "{running:?} {names:?}");
            assert_eq!(answers.refused.len(), refused, "{running:?} {names:?}");
            assert_eq!(answers.is_served(), served, "{running:?} {names:?}");
            assert_eq!(answers.is_complete(), complete, "{running:?} {names:?}");
        }
    }

    #[test]
    fn the_engines_words_are_kept() {
        let object =
            br#"{"task":"a","revision":"r","status":"refused","reason":"[0].times: is a number"}"#;
        assert_eq!(reason_of(object), "[0].times: is a number");
        assert_eq!(reason_of(b""), "the task gives no reason");
    }
}
