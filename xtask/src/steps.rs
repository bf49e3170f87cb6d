//! Runs a list of steps one after another, with progress and a summary.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use crate::error::Error;
use crate::printer;

/// One thing to do.
pub(crate) struct Step<'a> {
    title: String,
    action: Box<dyn FnOnce() -> Result<(), Error> + 'a>,
}

impl<'a> Step<'a> {
    /// Names an action.
    pub(crate) fn new(
        title: impl Into<String>,
        action: impl FnOnce() -> Result<(), Error> + 'a,
    ) -> Self {
        Self {
            title: title.into(),
            action: Box::new(action),
        }
    }
}

/// What to do with the remaining steps when one has failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OnFailure {
    Stop,
    KeepGoing,
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    Passed(Duration),
    Failed(Duration),
    NotRun,
}

/// Runs all steps and prints a summary.
///
/// # Errors
///
/// Returns [`Error::Steps`] when a step failed; its own error has been printed by then.
pub(crate) fn run_all(steps: Vec<Step<'_>>, on_failure: OnFailure) -> Result<(), Error> {
    let started = Instant::now();
    let mut outcomes = Vec::with_capacity(steps.len());
    let mut stopped = false;
    for step in steps {
        let outcome = if stopped {
            Outcome::NotRun
        } else {
            run_one(step.action, &step.title, started)
        };
        stopped |= on_failure == OnFailure::Stop && matches!(outcome, Outcome::Failed(_));
        outcomes.push((step.title, outcome));
    }
    printer::progress(summary(&outcomes, started.elapsed()));
    let failed = outcomes
        .iter()
        .filter(|(_, outcome)| matches!(outcome, Outcome::Failed(_)))
        .count();
    if failed == 0 {
        return Ok(());
    }
    Err(Error::Steps {
        failed,
        total: outcomes.len(),
    })
}

fn run_one(
    action: Box<dyn FnOnce() -> Result<(), Error> + '_>,
    title: &str,
    started: Instant,
) -> Outcome {
    printer::progress(format_args!("==> {title} ({})", shown(started.elapsed())));
    let step_started = Instant::now();
    match action() {
        Ok(()) => Outcome::Passed(step_started.elapsed()),
        Err(error) => {
            printer::error(&error);
            Outcome::Failed(step_started.elapsed())
        }
    }
}

/// Lists every step with how it ended and how long it took.
fn summary(outcomes: &[(String, Outcome)], total: Duration) -> String {
    let mut text = format!("==> summary ({})", shown(total));
    for (title, outcome) in outcomes {
        let (word, time) = match outcome {
            Outcome::Passed(time) => ("passed", shown(*time)),
            Outcome::Failed(time) => ("FAILED", shown(*time)),
            Outcome::NotRun => ("not run", "-".to_owned()),
        };
        // Writing to a string cannot fail.
        let _ = write!(text, "\n    {word:<8}{time:>8}  {title}");
    }
    text
}

/// Shows a duration as a person reads it: `0.4s`, `12s`, `3m05s`.
fn shown(duration: Duration) -> String {
    let seconds = duration.as_secs();
    match seconds {
        0..10 => format!("{:.1}s", duration.as_secs_f64()),
        10..60 => format!("{seconds}s"),
        _ => format!("{}m{:02}s", seconds / 60, seconds % 60),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn three_steps(log: &RefCell<Vec<u8>>) -> Vec<Step<'_>> {
        vec![
            Step::new("one", || {
                log.borrow_mut().push(1);
                Ok(())
            }),
            Step::new("two", || {
                log.borrow_mut().push(2);
                Err(Error::Unprepared)
            }),
            Step::new("three", || {
                log.borrow_mut().push(3);
                Ok(())
            }),
        ]
    }

    #[test]
    fn the_first_failure_stops_the_rest() {
        let log = RefCell::default();
        let error = run_all(three_steps(&log), OnFailure::Stop).unwrap_err();
        assert_eq!(*log.borrow(), [1, 2]);
        assert!(matches!(
            error,
            Error::Steps {
                failed: 1,
                total: 3
            }
        ));
    }

    #[test]
    fn keep_going_runs_all_and_still_fails() {
        let log = RefCell::default();
        assert!(run_all(three_steps(&log), OnFailure::KeepGoing).is_err());
        assert_eq!(*log.borrow(), [1, 2, 3]);
    }

    #[test]
    fn the_summary_names_every_step() {
        let outcomes = [
            (
                "cargo test".to_owned(),
                Outcome::Passed(Duration::from_secs(185)),
            ),
            (
                "module iam".to_owned(),
                Outcome::Failed(Duration::from_millis(420)),
            ),
            ("module domain".to_owned(), Outcome::NotRun),
        ];
        assert_eq!(
            summary(&outcomes, Duration::from_secs(12)),
            "==> summary (12s)\n    \
             passed     3m05s  cargo test\n    \
             FAILED      0.4s  module iam\n    \
             not run        -  module domain"
        );
    }
}
