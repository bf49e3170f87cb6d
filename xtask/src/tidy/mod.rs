//! The repository's own rules.

mod crates;
mod mask;
mod report;
mod rust;
mod terraform;
mod words;

pub(crate) use report::{Severity, check};
