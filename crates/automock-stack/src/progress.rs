//! How far an apply or a destroy has come, reduced from terraform's events.

use std::time::{Duration, Instant};

use automock_tf::event::{Action, Event, Hook};
use serde::Serialize;

/// How far terraform has come.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Progress {
    /// Changes that are done.
    pub done: u64,
    /// Changes in the plan.
    pub total: u64,
    /// Changes that failed.
    pub failed: u64,
    /// Changes under way, longest first.
    pub running: Vec<Running>,
    /// Seconds since the run began.
    pub elapsed_seconds: f64,
}

/// One change under way.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Running {
    /// Terraform's address of the resource.
    pub address: String,
    /// What is done to it: `creating`, `deleting`, `updating`.
    pub action: &'static str,
    /// Seconds since it began.
    pub elapsed_seconds: f64,
}

/// Reduces events to [`Progress`].
///
/// A replacement is two changes: the deletion and the creation both report.
#[derive(Debug)]
pub(crate) struct Tracker {
    total: u64,
    done: u64,
    failed: u64,
    running: Vec<(String, &'static str, Instant)>,
    started: Instant,
}

impl Tracker {
    pub(crate) fn new(total: u64, now: Instant) -> Self {
        Self {
            total,
            done: 0,
            failed: 0,
            running: Vec::new(),
            started: now,
        }
    }

    /// Takes an event; returns whether the progress changed.
    pub(crate) fn take(&mut self, event: &Event, now: Instant) -> bool {
        match event {
            Event::ApplyStart(hook) => {
                if let Some(verb) = verb(hook) {
                    self.running
                        .push((hook.resource.addr.to_string(), verb, now));
                }
                true
            }
            Event::ApplyProgress(_) => true,
            Event::ApplyComplete(hook) => {
                self.done += self.finish(hook);
                true
            }
            Event::ApplyErrored(hook) => {
                self.failed += self.finish(hook);
                true
            }
            _ => false,
        }
    }

    /// Forgets a change under way; data sources and the like were never counted.
    fn finish(&mut self, hook: &Hook) -> u64 {
        let Some(verb) = verb(hook) else { return 0 };
        let address = hook.resource.addr.to_string();
        let found = self
            .running
            .iter()
            .position(|(running, action, _)| *running == address && *action == verb);
        match found {
            Some(index) => {
                self.running.remove(index);
                1
            }
            None => 0,
        }
    }

    pub(crate) fn progress(&self, now: Instant) -> Progress {
        let seconds = |since: Instant| now.saturating_duration_since(since).as_secs_f64();
        let mut running: Vec<Running> = self
            .running
            .iter()
            .map(|(address, action, since)| Running {
                address: address.clone(),
                action,
                elapsed_seconds: seconds(*since),
            })
            .collect();
        running.sort_by(|a, b| b.elapsed_seconds.total_cmp(&a.elapsed_seconds));
        Progress {
            done: self.done,
            // A plan from another time could count fewer changes than really come.
            total: self.total.max(self.done + self.failed),
            failed: self.failed,
            running,
            elapsed_seconds: seconds(self.started),
        }
    }
}

fn verb(hook: &Hook) -> Option<&'static str> {
    match hook.action.as_ref()? {
        Action::Create => Some("creating"),
        Action::Update => Some("updating"),
        Action::Delete => Some("deleting"),
        _ => None,
    }
}

/// Formats a duration the way people say it: `8s`, `3m 05s`, `2h 10m`.
#[must_use]
pub fn in_words(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m {seconds:02}s"),
        (hours, minutes, _) => format!("{hours}h {minutes:02}m"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use automock_tf::event::Message;

    fn event(kind: &str, address: &str, action: &str) -> Event {
        let line = format!(
            r#"{{"@message":"m","type":"{kind}","hook":{{"resource":{{"addr":"{address}"}},"action":"{action}"}}}}"#
        );
        Message::parse(&line).event
    }

    #[test]
    fn counts_what_is_done_and_what_runs() {
        let start = Instant::now();
        let later = start + Duration::from_secs(5);
        let mut tracker = Tracker::new(3, start);
        assert!(tracker.take(&event("apply_start", "aws_vpc.a", "create"), start));
        assert!(tracker.take(&event("apply_start", "aws_eip.b", "create"), later));
        assert!(tracker.take(&event("apply_complete", "aws_eip.b", "create"), later));
        let progress = tracker.progress(later);
        assert_eq!((progress.done, progress.total), (1, 3));
        assert_eq!(progress.running[0].address, "aws_vpc.a");
        assert!((progress.running[0].elapsed_seconds - 5.0).abs() < 0.01);
    }

    #[test]
    fn a_replacement_is_two_changes() {
        let now = Instant::now();
        let mut tracker = Tracker::new(2, now);
        for action in ["delete", "create"] {
            tracker.take(&event("apply_start", "aws_vpc.a", action), now);
            tracker.take(&event("apply_complete", "aws_vpc.a", action), now);
        }
        assert_eq!(tracker.progress(now).done, 2);
    }

    #[test]
    fn failures_and_reads_are_not_done() {
        let now = Instant::now();
        let mut tracker = Tracker::new(1, now);
        tracker.take(&event("apply_start", "data.x.y", "read"), now);
        tracker.take(&event("apply_complete", "data.x.y", "read"), now);
        tracker.take(&event("apply_start", "aws_vpc.a", "create"), now);
        tracker.take(&event("apply_errored", "aws_vpc.a", "create"), now);
        let progress = tracker.progress(now);
        assert_eq!((progress.done, progress.failed), (0, 1));
        assert!(progress.running.is_empty());
    }

    #[test]
    fn durations_read_like_speech() {
        for (seconds, words) in [(8, "8s"), (185, "3m 05s"), (7800, "2h 10m")] {
            assert_eq!(in_words(Duration::from_secs(seconds)), words);
        }
    }
}
