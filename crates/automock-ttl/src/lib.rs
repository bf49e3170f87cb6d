//! Deadlines, registry, inventory and teardown of AutoMock stacks.

#[cfg(feature = "aws")]
pub mod aws;
pub mod deadline;
mod failure;
pub mod inventory;
pub mod kind;
pub mod record;
pub mod registry;
pub mod teardown;

#[cfg(test)]
mod fixture;

pub use failure::CloudFailure;
