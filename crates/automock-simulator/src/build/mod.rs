//! Worlds to tear down: whole stacks as the Terraform modules make them, and what lies near.

mod decoys;
mod network;
mod plan;
mod services;
mod stack;
mod terraform;

pub use decoys::decoys;
pub use plan::{Plan, Step};
pub use stack::{Mode, STACK, StateFile, install, plan, record};
