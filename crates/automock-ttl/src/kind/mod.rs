//! The kinds of resource a stack is made of, and in which order they can go.

pub mod cost;
mod order;
mod plan;
mod resource_kind;
mod terraform;

pub use order::{Dependency, waves};
pub use plan::{Plan, Wave};
pub use resource_kind::ResourceKind;
pub use terraform::{Removal, removal, terraform_types};
