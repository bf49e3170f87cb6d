//! AWS's rules: what each call does to the world and what it answers. One function is one call.
//!
//! Codes and words are AWS's, sorted as the SDK adapter sorts them.

#![expect(
    clippy::missing_errors_doc,
    reason = "to answer with AWS's errors is what these functions are for"
)]

pub mod balancing;
pub mod compute;
pub mod network;
pub mod services;

use automock_ttl::CloudFailure;

/// The answer of a call.
pub type Answer<T> = Result<T, CloudFailure>;

/// A refusal that is neither "not found" nor a fault.
pub(crate) fn refused<T>(code: &str, message: impl Into<String>) -> Answer<T> {
    Err(CloudFailure::Other {
        code: code.to_owned(),
        message: message.into(),
    })
}

/// There is no such thing.
pub(crate) fn missing<T>(code: &str, message: impl Into<String>) -> Answer<T> {
    Err(CloudFailure::NotFound {
        code: code.to_owned(),
        message: message.into(),
    })
}
