//! The list of stacks of an account and region, safe against two writers.

mod error;
mod local;
mod store;

pub use error::RegistryError;
pub use local::LocalRegistry;
#[cfg(feature = "aws")]
pub(crate) use store::file_name;
pub use store::{Listing, Registry, UnreadableRecord, Version, Versioned};

#[cfg(test)]
mod tests;
