//! What a running terraform says, as it says it.
//!
//! Terraform's `-json` output is one JSON object per line. [`Message::parse`] turns a line into
//! an [`Event`] with a typed payload; it never fails, because a line that this version does not
//! understand must not end a deployment. [`Events`] is the way from the runner to the caller.

mod parse;
mod payload;
mod sink;

use serde::Serialize;
use serde_json::{Map, Value};

pub use payload::{
    Action, Change, ChangeSummary, Hook, Importing, Level, Operation, OutputChange, Provision,
    Reason, Resource, Started, StreamVersion,
};
pub use sink::Events;

use crate::diagnostic::Diagnostic;

/// One line of the stream, or one step of the runner itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Message {
    /// When terraform wrote it (RFC 3339); none for what the runner itself reports.
    pub timestamp: Option<String>,
    /// How grave it is.
    pub level: Level,
    /// Terraform's own wording, fit to be shown when nothing better is known.
    pub text: String,
    /// What happened.
    pub event: Event,
    /// Fields of the line that this version does not know.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub extra: Map<String, Value>,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", content = "payload", rename_all = "snake_case")]
#[non_exhaustive]
pub enum Event {
    /// The runner started the process.
    Started(Started),
    /// The runner asked the process to stop; it has this many seconds left.
    Interrupting {
        /// Seconds until the process is killed.
        grace_seconds: u64,
    },
    /// The runner killed the process: it did not stop in time, or the caller could not wait.
    Killing,
    /// The first line of the stream.
    Version(StreamVersion),
    /// Words for a person, in the message's text.
    Log,
    /// A step of `init`, named by a stable code; the words are in the message's text.
    InitOutput {
        /// The code, such as `initializing_backend_message`.
        code: String,
    },
    /// An error or a warning.
    Diagnostic(Diagnostic),
    /// The plan will change a resource.
    PlannedChange(Change),
    /// A resource was changed outside of Terraform.
    ResourceDrift(Change),
    /// The counts at the end of a plan, an apply or a destroy.
    ChangeSummary(ChangeSummary),
    /// The outputs, by name; sensitive ones come without their value.
    Outputs(std::collections::BTreeMap<String, OutputChange>),
    /// A resource is being read anew.
    RefreshStart(Hook),
    /// A resource has been read anew.
    RefreshComplete(Hook),
    /// Work on a resource began.
    ApplyStart(Hook),
    /// Work on a resource goes on; comes every ten seconds.
    ApplyProgress(Hook),
    /// Work on a resource is done.
    ApplyComplete(Hook),
    /// Work on a resource failed; the reason comes as a diagnostic.
    ApplyErrored(Hook),
    /// A provisioner began.
    ProvisionStart(Provision),
    /// A provisioner wrote a line.
    ProvisionProgress(Provision),
    /// A provisioner is done.
    ProvisionComplete(Provision),
    /// A provisioner failed.
    ProvisionErrored(Provision),
    /// An ephemeral resource is being opened, renewed or closed.
    EphemeralStart(Hook),
    /// Work on an ephemeral resource goes on.
    EphemeralProgress(Hook),
    /// Work on an ephemeral resource is done.
    EphemeralComplete(Hook),
    /// Work on an ephemeral resource failed.
    EphemeralErrored(Hook),
    /// A line that is not JSON; without its colours it is the message's text.
    Plain,
    /// A type of line that this version does not know.
    Unknown {
        /// The line's `type`.
        kind: String,
        /// The whole line.
        raw: Value,
    },
}
