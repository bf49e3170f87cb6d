//! A plan file with its attributes, compacted.
//!
//! `terraform show -json` prints a plan together with the whole configuration and the whole prior
//! state, hundreds of megabytes for a large stack. [`Plan::from_reader`] reads it as a stream and
//! keeps what a person or a policy asks about: which resources change, which of their attributes
//! change from what to what, and which attribute forces a replacement. Sensitive values are
//! dropped as they are read, long ones are shortened.

mod actions;
mod attribute;
mod diff;
mod read;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;

pub use actions::Actions;
pub use attribute::{AttributeChange, AttributePath, Step};

use crate::address::{Address, InstanceKey};
use crate::event::Reason;
use crate::wire::wire_enum;

wire_enum! {
    /// Whether Terraform owns a resource or only reads it.
    pub enum Mode {
        /// A `resource` block.
        Managed = "managed",
        /// A `data` block.
        Data = "data",
        /// An `ephemeral` block.
        Ephemeral = "ephemeral",
    }
}

/// A plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Plan {
    /// The version of the format, `1.x`.
    pub format_version: String,
    /// The version of the program that planned.
    pub terraform_version: String,
    /// Whether planning itself failed half-way.
    pub errored: bool,
    /// Whether it can be applied; old versions do not say.
    pub applyable: Option<bool>,
    /// What will happen to each resource; those that stay as they are included.
    pub resource_changes: Vec<ResourceChange>,
    /// What happened to resources outside of Terraform.
    pub drift: Vec<ResourceChange>,
    /// What will happen to each output.
    pub output_changes: BTreeMap<String, OutputDelta>,
}

/// What happens to one resource.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ResourceChange {
    /// The absolute address.
    pub address: Address,
    /// The module's address; none for the root module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module_address: Option<String>,
    /// The address before a move.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous_address: Option<Address>,
    /// Managed or only read.
    pub mode: Mode,
    /// The type, such as `aws_vpc`.
    #[serde(rename = "type")]
    pub resource_type: String,
    /// The name in the configuration.
    pub name: String,
    /// The instance's key, with `count` and `for_each`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<InstanceKey>,
    /// The provider's full name.
    pub provider: String,
    /// The key of a leftover of an earlier replacement; such an object is only ever deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// What is done.
    pub actions: Actions,
    /// Whether an existing object is taken into the state first.
    pub import: bool,
    /// Why, when Terraform says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_reason: Option<Reason>,
    /// The attributes that force a replacement.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub replace_paths: Vec<AttributePath>,
    /// The attributes that change, at most [`ResourceChange::MAX_ATTRIBUTES`].
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub attributes: Vec<AttributeChange>,
    /// How many further attributes change.
    pub omitted_attributes: usize,
}

impl ResourceChange {
    /// How many changed attributes are kept for one resource.
    pub const MAX_ATTRIBUTES: usize = 100;

    /// The attributes that force a replacement, with their values.
    pub fn forcing_attributes(&self) -> impl Iterator<Item = &AttributeChange> {
        self.attributes
            .iter()
            .filter(|attribute| attribute.forces_replacement)
    }
}

/// What happens to an output.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct OutputDelta {
    /// What is done.
    pub actions: Actions,
    /// The value before; none if there is none or it is sensitive.
    pub before: Option<Value>,
    /// The value after; none if there is none, or it is sensitive or not yet known.
    pub after: Option<Value>,
    /// Whether the values are withheld.
    pub sensitive: bool,
    /// Whether the value after is known only after apply.
    pub unknown: bool,
}

/// How many resources a plan touches, by what it does to them. Data sources are left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct PlanSummary {
    /// Made, not counting replacements.
    pub create: usize,
    /// Changed in place.
    pub update: usize,
    /// Deleted and made anew.
    pub replace: usize,
    /// Deleted for good.
    pub delete: usize,
    /// Dropped from the state.
    pub forget: usize,
    /// Taken into the state, whatever else is done to them.
    pub import: usize,
    /// Left as they are.
    pub unchanged: usize,
    /// Anything else.
    pub other: usize,
}

impl Plan {
    /// Counts the resources by what is done to them.
    #[must_use]
    pub fn summary(&self) -> PlanSummary {
        let mut summary = PlanSummary::default();
        for change in self
            .resource_changes
            .iter()
            .filter(|change| change.mode == Mode::Managed)
        {
            summary.import += usize::from(change.import);
            *match change.actions {
                Actions::Create => &mut summary.create,
                Actions::Update => &mut summary.update,
                Actions::Replace { .. } => &mut summary.replace,
                Actions::Delete => &mut summary.delete,
                Actions::Forget => &mut summary.forget,
                Actions::NoOp => &mut summary.unchanged,
                Actions::Read | Actions::Other(_) => &mut summary.other,
            } += 1;
        }
        summary
    }

    /// The change of one resource.
    #[must_use]
    pub fn change(&self, address: &str) -> Option<&ResourceChange> {
        self.resource_changes
            .iter()
            .find(|change| change.address == *address)
    }
}
