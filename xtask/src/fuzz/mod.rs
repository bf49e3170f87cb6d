//! What fuzzing starts from and how it is built.

mod flags;
mod seeds;

pub(crate) use flags::{RUST_FLAGS, TARGETS, triple};
pub(crate) use seeds::{Seed, seeds};
