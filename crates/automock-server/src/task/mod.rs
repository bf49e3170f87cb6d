//! What a container may use, and the task of Amazon ECS that it belongs to.

mod cgroup;
mod metadata;
mod share;

pub use metadata::{Task, TaskError};
pub use share::Share;
