//! What a run reports while it goes on.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::progress::Progress;
use crate::removals::RemovalProgress;

/// One report of a run in progress.
#[derive(Clone, Debug, Serialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// A new step begins.
    Step {
        /// What begins, as a person would say it: `checking credentials`.
        what: String,
    },
    /// Something only a curious person wants to know.
    Detail {
        /// The text.
        text: String,
    },
    /// Something a person should know that does not stop the run.
    Warning {
        /// The text.
        text: String,
    },
    /// Terraform changed or is about to change resources.
    Progress(Progress),
    /// Tasks and targets while the newest deployment goes on.
    Health {
        /// Targets that pass the health check.
        healthy: u32,
        /// Targets wanted.
        wanted: u32,
        /// Tasks of the newest deployment that run.
        running: u32,
        /// Tasks of the newest deployment that are starting.
        pending: u32,
        /// Why the others do not pass, where AWS tells.
        reason: Option<String>,
    },
    /// Tasks that confirmed a pushed revision.
    Confirmed {
        /// Tasks that serve the new revision.
        tasks: u32,
        /// Tasks that run.
        of: u32,
    },
    /// A resource was found or removed outside of terraform.
    Removal {
        /// Kind and name of the resource.
        resource: String,
        /// What became of it: `removing`, `gone`, or why not.
        state: String,
    },
    /// How far the removal of resources without terraform has come.
    Removals(RemovalProgress),
}

/// Receives the events of a run; cheap to clone.
#[derive(Clone)]
pub struct Events(Arc<dyn Fn(Event) + Send + Sync>);

impl Events {
    /// Calls `sink` for every event.
    pub fn new(sink: impl Fn(Event) + Send + Sync + 'static) -> Self {
        Self(Arc::new(sink))
    }

    /// Ignores all events.
    #[must_use]
    pub fn ignore() -> Self {
        Self::new(|_| ())
    }

    /// Hands an event on.
    pub fn send(&self, event: Event) {
        (self.0)(event);
    }

    pub(crate) fn step(&self, what: impl Into<String>) {
        self.send(Event::Step { what: what.into() });
    }

    pub(crate) fn detail(&self, text: impl Into<String>) {
        self.send(Event::Detail { text: text.into() });
    }

    pub(crate) fn warning(&self, text: impl Into<String>) {
        self.send(Event::Warning { text: text.into() });
    }
}

impl fmt::Debug for Events {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Events(…)")
    }
}
