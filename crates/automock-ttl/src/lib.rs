//! Deadlines, registry, inventory and teardown of AutoMock stacks.

pub mod deadline;
mod failure;
pub mod record;
pub mod registry;

#[cfg(test)]
mod fixture;

pub use failure::CloudFailure;
