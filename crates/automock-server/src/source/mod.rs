//! Where expectations come from: a file, a folder, or standard input; read whole, watched for changes.

mod error;
mod keeper;
mod read;
mod watch;

pub use error::SourceError;
pub use keeper::{Keeper, Reload, Served};
pub use read::{Loaded, Source};
pub use watch::Watch;
