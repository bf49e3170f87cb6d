//! The control API, as `MockServer`'s clients call it.

mod access;
mod commands;
mod documents;
mod handler;
mod metrics;
mod options;
mod reply;
mod retrieve;
mod route;

pub use handler::{Control, ControlRequest, Host};
pub use metrics::metrics;
pub use options::{ControlOptions, ServerNames};
pub(crate) use reply::text;
pub use route::{Route, Verb};

pub(crate) use documents::{named_urls, no_document, with_documents};

#[cfg(test)]
mod tests;
