//! The typed payloads of events.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::address::{Address, InstanceKey};
use crate::wire::wire_enum;

wire_enum! {
    /// How grave a message is.
    pub enum Level {
        /// Of use to Terraform's developers.
        Trace = "trace",
        /// Of use when something is wrong.
        Debug = "debug",
        /// The usual course.
        Info = "info",
        /// Worth a look.
        Warn = "warn",
        /// Something failed.
        Error = "error",
    }
}

wire_enum! {
    /// What is done to a resource.
    pub enum Action {
        /// Nothing.
        NoOp = "noop" | "no-op",
        /// It gets a new address.
        Move = "move",
        /// It is made.
        Create = "create",
        /// A data source is read.
        Read = "read",
        /// It is changed in place.
        Update = "update",
        /// It is deleted and made anew, in either order.
        Replace = "replace",
        /// It is deleted.
        Delete = "delete",
        /// It is taken into the state.
        Import = "import",
        /// It leaves the state and goes on existing.
        Forget = "remove" | "forget",
        /// An ephemeral resource is opened.
        Open = "open",
        /// An ephemeral resource is renewed.
        Renew = "renew",
        /// An ephemeral resource is closed.
        Close = "close",
    }
}

wire_enum! {
    /// Why an action was chosen; the stream and the plan file spell some of them differently.
    pub enum Reason {
        /// The last attempt to make it failed half-way.
        Tainted = "tainted" | "replace_because_tainted",
        /// The caller asked for the replacement.
        Requested = "requested" | "replace_by_request",
        /// Its `replace_triggered_by` names something that changes.
        ReplaceTriggeredBy = "replace_triggered_by" | "replace_by_triggers",
        /// An attribute changed that cannot be changed in place.
        CannotUpdate = "cannot_update" | "replace_because_cannot_update",
        /// The configuration no longer has the resource.
        DeleteBecauseNoResourceConfig = "delete_because_no_resource_config",
        /// The configuration switched between `count`, `for_each` and neither.
        DeleteBecauseWrongRepetition = "delete_because_wrong_repetition",
        /// `count` became smaller.
        DeleteBecauseCountIndex = "delete_because_count_index",
        /// `for_each` lost the key.
        DeleteBecauseEachKey = "delete_because_each_key",
        /// The configuration no longer has the module.
        DeleteBecauseNoModule = "delete_because_no_module",
        /// A `moved` block leads to nothing.
        DeleteBecauseNoMoveTarget = "delete_because_no_move_target",
        /// The data source depends on values known only after apply.
        ReadBecauseConfigUnknown = "read_because_config_unknown",
        /// The data source depends on a resource that changes.
        ReadBecauseDependencyPending = "read_because_dependency_pending",
        /// The data source stands in a `check` block.
        ReadBecauseCheckNested = "read_because_check_nested",
    }
}

wire_enum! {
    /// Which operation a summary is about.
    pub enum Operation {
        /// A plan.
        Plan = "plan",
        /// An apply.
        Apply = "apply",
        /// A destroy.
        Destroy = "destroy",
    }
}

/// The process that the runner started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Started {
    /// Its process id, which is its process group too.
    pub pid: u32,
    /// The subcommand, such as `apply`.
    pub command: String,
    /// The file that receives its standard output; it outlives the caller.
    pub log: PathBuf,
}

/// The first line of the stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct StreamVersion {
    /// Terraform's version, when Terraform speaks.
    pub terraform: Option<String>,
    /// OpenTofu's version, when OpenTofu speaks.
    pub tofu: Option<String>,
    /// The version of the stream's format.
    pub ui: String,
}

/// The resource that an event is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Resource {
    /// The absolute address.
    pub addr: Address,
    /// The module's address; empty for the root module.
    #[serde(default)]
    pub module: String,
    /// The address inside the module.
    #[serde(default)]
    pub resource: String,
    /// The provider's local name.
    #[serde(default)]
    pub implied_provider: String,
    /// The type, such as `aws_vpc`.
    #[serde(default)]
    pub resource_type: String,
    /// The name in the configuration.
    #[serde(default)]
    pub resource_name: String,
    /// The instance's key, with `count` and `for_each`.
    #[serde(default)]
    pub resource_key: Option<InstanceKey>,
}

/// A change that is planned, or that was found (drift).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Change {
    /// The resource.
    pub resource: Resource,
    /// Where it was before a move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub previous_resource: Option<Resource>,
    /// What happens to it.
    pub action: Action,
    /// Why, when Terraform says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The import that comes with the change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub importing: Option<Importing>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// An existing object that is taken into the state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Importing {
    /// The object's id, unless it is known only after apply.
    #[serde(default)]
    pub id: Option<String>,
}

/// Work on a resource.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Hook {
    /// The resource.
    pub resource: Resource,
    /// What is done to it; refreshing has none.
    #[serde(default)]
    pub action: Option<Action>,
    /// The name of the attribute that identifies the object.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_key: Option<String>,
    /// The object's id, once there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id_value: Option<String>,
    /// Whole seconds since the work began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub elapsed_seconds: Option<f64>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// Work of a provisioner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Provision {
    /// The resource that it belongs to.
    pub resource: Resource,
    /// Its type, such as `local-exec`.
    pub provisioner: String,
    /// The line it wrote; Terraform withholds it when it may carry sensitive values.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output: Option<String>,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

/// How much changes, or changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ChangeSummary {
    /// Resources made, replacements among them.
    #[serde(default)]
    pub add: u64,
    /// Resources changed in place.
    #[serde(default)]
    pub change: u64,
    /// Resources taken into the state.
    #[serde(default)]
    pub import: u64,
    /// Resources deleted, replacements among them.
    #[serde(default)]
    pub remove: u64,
    /// Resources dropped from the state; only some versions count them.
    #[serde(default)]
    pub forget: u64,
    /// The operation that is summed up.
    pub operation: Operation,
    /// Fields that this version does not know.
    #[serde(flatten)]
    pub extra: Map<String, Value>,
}

impl ChangeSummary {
    /// Whether no resource is touched.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.add + self.change + self.import + self.remove + self.forget == 0
    }
}

/// An output, planned or final.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct OutputChange {
    /// Whether the value is withheld.
    #[serde(default)]
    pub sensitive: bool,
    /// What happens to it; only plans say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<Action>,
    /// Its type in Terraform's JSON notation; only after an apply.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub value_type: Option<Value>,
    /// Its value, if it is known and not sensitive.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub value: Option<Value>,
}
