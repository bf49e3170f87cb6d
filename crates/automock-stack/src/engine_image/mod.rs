//! The engine's container image: from a folder on this machine into the account's repository.

mod layout;
mod mirror;
#[cfg(test)]
mod rival;
mod supply;
mod upload;

pub use layout::{EngineImage, EngineImageError};
pub(crate) use mirror::Mirror;
pub(crate) use supply::{require_repository, supply};
pub use upload::UploadError;
pub(crate) use upload::{Destination, Endpoint, upload};
