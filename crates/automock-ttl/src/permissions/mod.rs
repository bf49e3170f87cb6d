//! What the reaper may do in AWS, operation by operation.
//!
//! One table names every API operation that the reaper's program calls, the IAM actions behind
//! it, and the narrowest scope that AWS offers for each. The policies of the reaper's role are
//! generated from it; a test holds the table against the program, both ways.
//!
//! The role serves every stack of its account and region, so a scope says "some stack of
//! AutoMock", and the program itself says which. Which conditions an action takes is in AWS's
//! Service Authorization Reference:
//! <https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html>.

mod denied;
mod document;
mod operation;
mod place;
mod policies;
mod scope;
mod table;

pub use denied::DENIED;
pub use document::{Document, Statement};
pub use operation::{Access, Grant, Operation, Service};
pub use place::Place;
pub use policies::{INLINE_POLICIES_CHARACTERS, Policy, RUNTIME, policies, scopes_of};
pub use scope::{Condition, Scope};
pub use table::operations;

#[cfg(test)]
mod tests;
