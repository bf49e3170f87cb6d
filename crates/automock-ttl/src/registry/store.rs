//! The registry as a trait, with optimistic concurrency.

use async_trait::async_trait;
use automock_model::StackId;

use super::RegistryError;
use crate::record::{RecordError, StackRecord};

/// A registry's token for one state of one record.
///
/// Whoever changes a record presents the version that the change is based on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Version(String);

/// A record and the version it was read at.
#[derive(Clone, Debug, PartialEq)]
pub struct Versioned {
    /// The record.
    pub record: StackRecord,
    /// What to present when changing it.
    pub version: Version,
}

/// All records of a registry.
#[derive(Debug, Default)]
pub struct Listing {
    /// The records, ordered by stack.
    pub stacks: Vec<Versioned>,
    /// What lies in the registry but cannot be read; never silently left out.
    pub unreadable: Vec<UnreadableRecord>,
}

/// An entry of a registry that is no record for this version of the crate.
#[derive(Debug)]
pub struct UnreadableRecord {
    /// Key or path of the entry.
    pub key: String,
    /// Why it cannot be read.
    pub error: RecordError,
}

/// Where the records of stacks are kept.
///
/// Every change is conditional: of two writers that start from the same version one wins and
/// the other gets [`RegistryError::Conflict`]. So extending a stack and tearing it down cannot
/// both succeed.
#[async_trait]
pub trait Registry: Send + Sync {
    /// The record of a stack, if there is one.
    async fn get(&self, stack: &StackId) -> Result<Option<Versioned>, RegistryError>;

    /// All records.
    async fn list(&self) -> Result<Listing, RegistryError>;

    /// Adds a record. Fails with [`RegistryError::AlreadyExists`] if the stack has one.
    async fn create(&self, record: &StackRecord) -> Result<Version, RegistryError>;

    /// Replaces the record that is at `expected`. Fails with [`RegistryError::Conflict`] if it
    /// is not there any more.
    async fn update(
        &self,
        record: &StackRecord,
        expected: &Version,
    ) -> Result<Version, RegistryError>;

    /// Deletes the record that is at `expected`. Fails with [`RegistryError::Conflict`] if it
    /// was changed; a record that is already deleted is a success.
    async fn delete(&self, stack: &StackId, expected: &Version) -> Result<(), RegistryError>;
}

impl Version {
    /// Wraps a registry's own token.
    #[must_use]
    pub fn new(token: impl Into<String>) -> Self {
        Self(token.into())
    }

    /// The registry's own token.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Listing {
    /// Puts the entries into the order that is promised.
    #[must_use]
    pub fn sorted(mut self) -> Self {
        self.stacks
            .sort_by(|a, b| a.record.stack_id.cmp(&b.record.stack_id));
        self.unreadable.sort_by(|a, b| a.key.cmp(&b.key));
        self
    }
}

/// The key of a stack's record below the root of a registry.
#[must_use]
pub(crate) fn file_name(stack: &StackId) -> String {
    format!("{stack}.json")
}
