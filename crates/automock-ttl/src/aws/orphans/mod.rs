//! Stacks that nobody remembers: found by their tags in a whole account and region.

mod find;
mod services;
mod sighting;
mod stack;

pub use find::{AwsOrphans, Orphans};
pub use stack::{OrphanedStack, Underivable};
