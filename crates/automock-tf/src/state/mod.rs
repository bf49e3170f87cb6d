//! What Terraform knows of the world.

mod read;

use serde::Serialize;

use crate::address::{Address, InstanceKey};
use crate::plan::Mode;

/// A state, without the attributes: who asks the state asks which objects exist.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct State {
    /// The version of the program that wrote it.
    pub terraform_version: String,
    /// Grows by one with each write.
    pub serial: u64,
    /// The same for all states that come from one another.
    pub lineage: String,
    /// The outputs, without their values.
    pub outputs: Vec<StateOutput>,
    /// The objects, leftovers of replacements (deposed objects) included.
    pub resources: Vec<StateResource>,
}

/// An output that the state holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StateOutput {
    /// Its name.
    pub name: String,
    /// Whether the configuration marks it as sensitive.
    pub sensitive: bool,
}

/// An object that the state knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct StateResource {
    /// The absolute address.
    pub address: Address,
    /// The module's address; none for the root module.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module_address: Option<String>,
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
    /// The provider, as the state writes it.
    pub provider: String,
    /// The attribute `id`, unless it is sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The attribute `arn`, unless it is sensitive.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Whether it was made only half-way and will be replaced.
    pub tainted: bool,
    /// The key of a leftover of an earlier replacement.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deposed: Option<String>,
    /// What it depends on.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub depends_on: Vec<Address>,
}

impl State {
    /// The objects that Terraform owns.
    pub fn managed(&self) -> impl Iterator<Item = &StateResource> {
        self.resources
            .iter()
            .filter(|resource| resource.mode == Mode::Managed)
    }
}
