//! The kinds of resource a stack is made of, and in which order they can go.

mod order;
mod resource_kind;

pub use order::{Dependency, waves};
pub use resource_kind::ResourceKind;
