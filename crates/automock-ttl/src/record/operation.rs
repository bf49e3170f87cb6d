//! Operations that exclude each other.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An operation on a stack, and who runs it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Operation {
    /// What is being done.
    pub kind: OperationKind,
    /// Who does it.
    pub user: String,
    /// On which machine.
    pub host: String,
    /// In which process on that machine.
    pub pid: u32,
    /// The Terraform process that the operation started.
    pub terraform_pid: Option<u32>,
    /// Since when.
    pub started_at: Timestamp,
}

/// The kinds of operation that exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum OperationKind {
    /// Makes or changes the stack.
    Deploy,
    /// Tears the stack down.
    Destroy,
    /// Replaces the expectations.
    Push,
}

impl OperationKind {
    /// The word that a person reads.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Deploy => "deploy",
            Self::Destroy => "destroy",
            Self::Push => "push",
        }
    }
}
