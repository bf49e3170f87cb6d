//! A plan or an apply, summed up from its events alone.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::event::{Action, Change, ChangeSummary, Event, Message, OutputChange};

/// What a plan will do, as told by the stream of events.
///
/// It knows which resources change, how and why, but not which attributes. For those, read the
/// plan file with [`Workspace::show_plan`](crate::Workspace::show_plan), which starts the
/// providers again and takes a few seconds.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[non_exhaustive]
pub struct PlanReport {
    /// The planned changes, in terraform's order.
    pub changes: Vec<Change>,
    /// What changed outside of Terraform since the last run.
    pub drift: Vec<Change>,
    /// Terraform's own counts; none if nothing changes or the plan failed.
    pub summary: Option<ChangeSummary>,
    /// The outputs that change or stay, by name.
    pub outputs: BTreeMap<String, OutputChange>,
}

impl PlanReport {
    /// Takes a message into account.
    pub fn observe(&mut self, message: &Message) {
        match &message.event {
            Event::PlannedChange(change) => self.changes.push(change.clone()),
            Event::ResourceDrift(change) => self.drift.push(change.clone()),
            Event::ChangeSummary(summary) => self.summary = Some(summary.clone()),
            Event::Outputs(outputs) => self.outputs.clone_from(outputs),
            _ => {}
        }
    }

    /// The changes that delete a resource to make it anew.
    pub fn replacements(&self) -> impl Iterator<Item = &Change> {
        self.of(Action::Replace)
    }

    /// The changes that delete a resource for good.
    pub fn deletions(&self) -> impl Iterator<Item = &Change> {
        self.of(Action::Delete)
    }

    /// Whether the plan deletes anything, to replace it or for good.
    #[must_use]
    pub fn destroys(&self) -> bool {
        self.replacements().chain(self.deletions()).next().is_some()
    }

    fn of(&self, action: Action) -> impl Iterator<Item = &Change> {
        self.changes
            .iter()
            .filter(move |change| change.action == action)
    }
}
