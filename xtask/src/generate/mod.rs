//! The files that are derived from others.

mod artifact;
mod decisions;
mod forecast;
mod markers;
mod module;
mod module_readme;
mod permissions;
mod policies;
mod schema;
mod teardown;

pub(crate) use artifact::{Artifact, all};
