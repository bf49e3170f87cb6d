//! What can go wrong with a registry.

use automock_model::StackId;

use crate::failure::CloudFailure;
use crate::record::RecordError;

/// A registry that did not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// A record of the stack exists, so none can be created.
    #[error("stack {stack} is already in the registry")]
    AlreadyExists {
        /// The stack.
        stack: StackId,
    },
    /// Somebody else changed or deleted the record since it was read.
    #[error("the record of stack {stack} was changed by somebody else in the meantime")]
    Conflict {
        /// The stack.
        stack: StackId,
    },
    /// The record exists but cannot be understood.
    #[error("the record {key} cannot be read")]
    Unreadable {
        /// Key or path of the record.
        key: String,
        /// Why.
        #[source]
        source: RecordError,
    },
    /// The local directory failed.
    #[error("cannot {action} {path}")]
    Io {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which file or directory.
        path: String,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
    /// AWS failed.
    #[error("cannot {action} {key}")]
    Cloud {
        /// What was tried, as a verb.
        action: &'static str,
        /// On which object.
        key: String,
        /// Why it failed.
        #[source]
        source: CloudFailure,
    },
}
