//! `terraform apply`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::num::NonZeroU16;
use std::path::PathBuf;

use super::args::{Args, Lock};
use crate::cancel::Cancel;
use crate::diagnostic::Diagnostic;
use crate::error::Result;
use crate::event::{ChangeSummary, Event, Events, Message, Operation, OutputChange};
use crate::run::{self, Finished, Invocation};
use crate::workspace::Workspace;

/// Options of `apply`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApplyOptions {
    /// The plan to carry out; without one, terraform plans anew and carries it out unseen.
    pub plan: Option<PathBuf>,
    /// How many operations run at once; Terraform's default is 10.
    pub parallelism: Option<NonZeroU16>,
    /// What to do about the state's lock.
    pub lock: Lock,
}

impl ApplyOptions {
    /// Carries out a plan. Relative paths start from the workspace's directory.
    #[must_use]
    pub fn plan(file: impl Into<PathBuf>) -> Self {
        Self {
            plan: Some(file.into()),
            ..Self::default()
        }
    }

    /// Plans anew and carries it out without showing it to anybody.
    #[must_use]
    pub fn unseen() -> Self {
        Self::default()
    }

    fn argv(&self) -> Vec<OsString> {
        let args = Args::new(&["apply", "-json", "-input=false", "-auto-approve"])
            .lock(self.lock)
            .pair_if("-parallelism", self.parallelism.map(|n| n.to_string()));
        match &self.plan {
            Some(plan) => args.push(plan).finish(),
            None => args.finish(),
        }
    }
}

/// An apply or a destroy that came to a good end.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ApplyOutcome {
    /// Terraform's own counts.
    pub summary: Option<ChangeSummary>,
    /// The outputs, by name; sensitive ones without their value.
    pub outputs: BTreeMap<String, OutputChange>,
    /// What terraform warned of, failed `check` blocks included.
    pub warnings: Vec<Diagnostic>,
    /// The run's log.
    pub log: PathBuf,
}

/// The parts of an [`ApplyOutcome`] that come with the events.
#[derive(Default)]
pub(super) struct ApplyReport {
    summary: Option<ChangeSummary>,
    outputs: BTreeMap<String, OutputChange>,
}

impl ApplyReport {
    pub(super) fn observe(&mut self, message: &Message) {
        match &message.event {
            // An apply without a plan file plans first, and says so with the same events.
            Event::ChangeSummary(summary) if summary.operation != Operation::Plan => {
                self.summary = Some(summary.clone());
            }
            Event::Outputs(outputs) if outputs.values().all(|output| output.action.is_none()) => {
                self.outputs.clone_from(outputs);
            }
            _ => {}
        }
    }

    pub(super) fn finish(self, finished: Finished) -> ApplyOutcome {
        ApplyOutcome {
            summary: self.summary,
            outputs: self.outputs,
            warnings: finished.warnings,
            log: finished.log,
        }
    }
}

impl Workspace {
    /// Applies.
    ///
    /// If the returned future is dropped, terraform goes on by itself.
    ///
    /// # Errors
    ///
    /// See [`Error`](crate::Error).
    pub async fn apply(
        &self,
        options: &ApplyOptions,
        events: &Events,
        cancel: &Cancel,
    ) -> Result<ApplyOutcome> {
        let invocation = Invocation::locking("apply", options.argv());
        let mut report = ApplyReport::default();
        let finished = run::follow(self, &invocation, events, cancel, &mut |message| {
            report.observe(message);
        })
        .await?;
        Ok(report.finish(finished))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::args::text;
    use super::*;

    #[test]
    fn a_plan_comes_last() {
        let options = ApplyOptions {
            parallelism: NonZeroU16::new(5),
            lock: Lock::Wait(Duration::from_mins(1)),
            ..ApplyOptions::plan("stack.tfplan")
        };
        let expected = [
            "apply",
            "-json",
            "-input=false",
            "-auto-approve",
            "-lock-timeout=60s",
            "-parallelism=5",
            "stack.tfplan",
        ];
        assert_eq!(text(&options.argv()), expected);
    }

    #[test]
    fn without_a_plan_nothing_is_asked() {
        assert_eq!(
            text(&ApplyOptions::unseen().argv()),
            ["apply", "-json", "-input=false", "-auto-approve"]
        );
    }
}
