//! What the reaper needs from the outside world, as traits.
//!
//! The adapter to AWS implements them over the SDK, the simulator in virtual time.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::registry::Registry;
use crate::teardown::{Clock, Cloud};

/// Finds what belongs to a stack.
#[async_trait]
pub trait Scanner: Send + Sync {
    /// One look for everything of the stack, by tags and names.
    ///
    /// What could not be looked at is part of the result, so this never fails as a whole.
    async fn scan(&self, record: &StackRecord) -> Inventory;

    /// One look at a single resource that Terraform's state names.
    ///
    /// Its ownership comes from what AWS shows, its tags above all, and never from the state.
    ///
    /// # Errors
    /// When it could not be looked at, which says nothing about whether it exists.
    async fn examine(
        &self,
        record: &StackRecord,
        named: &NamedByState,
    ) -> Result<Option<Resource>, CloudFailure>;
}

/// A resource as Terraform's state names it: a claim that is still to be checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct NamedByState {
    /// What it is.
    pub kind: ResourceKind,
    /// Terraform's address, such as `module.network.aws_vpc.this`.
    pub address: String,
    /// The provider's id.
    pub id: String,
    /// The ARN, if the provider stores one.
    pub arn: Option<String>,
    /// The attribute `name`, if the resource has one.
    pub name: Option<String>,
}

/// Small objects that outlive the stack, changed by conditional writes.
///
/// In AWS this is the foundation's bucket. The registry's records are kept beside them but are
/// reached through [`Registry`] only.
#[async_trait]
pub trait Objects: Send + Sync {
    /// The object, if there is one.
    async fn get(&self, key: &str) -> Result<Option<Object>, CloudFailure>;

    /// Writes the object if the condition holds.
    async fn put(
        &self,
        key: &str,
        bytes: Vec<u8>,
        condition: Condition,
    ) -> Result<Written, CloudFailure>;

    /// Deletes the object with its whole history; one that is already gone is a success.
    async fn purge(&self, key: &str) -> Result<(), CloudFailure>;
}

/// The token of one state of one object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectVersion(pub String);

/// An object as it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// What it holds.
    pub bytes: Vec<u8>,
    /// What to present when changing it.
    pub version: ObjectVersion,
}

/// What must hold for a write to happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// There is no such object.
    Absent,
    /// The object is still as it was read.
    Unchanged(ObjectVersion),
}

/// What became of a conditional write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Written {
    /// The object holds the new bytes. An attempt whose answer was lost and whose repetition ran
    /// into its own result counts as this.
    Stored(ObjectVersion),
    /// The condition does not hold; nothing was changed.
    Refused,
}

/// Where notices go.
#[async_trait]
pub trait Topic: Send + Sync {
    /// Sends a message to everybody who has subscribed.
    async fn publish(&self, subject: &str, text: &str) -> Result<(), PublishError>;
}

/// A message that was not, or perhaps not, sent.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PublishError {
    /// AWS refused it: nobody got it, and sending it again can't make it arrive twice.
    #[error("the notice was not sent")]
    NotSent(#[source] CloudFailure),
    /// The answer was lost: it may have been sent.
    #[error("the notice may not have been sent")]
    Unknown(#[source] CloudFailure),
}

/// Everything outside, for one stack's account and region.
#[derive(Clone, Copy)]
pub struct World<'a> {
    /// Finds resources.
    pub scanner: &'a dyn Scanner,
    /// Removes resources.
    pub cloud: &'a dyn Cloud,
    /// Records of stacks.
    pub registry: &'a dyn Registry,
    /// Leases, journals, receipts, and Terraform's state and lock.
    pub objects: &'a dyn Objects,
    /// Where notices go; without it they are not sent.
    pub topic: Option<&'a dyn Topic>,
    /// Time.
    pub clock: &'a dyn Clock,
}
