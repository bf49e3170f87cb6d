//! The files that are derived from others.

mod artifact;
mod decisions;
mod markers;
mod module;
mod module_readme;

pub(crate) use artifact::{Artifact, all};
