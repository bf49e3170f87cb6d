//! Tests that run processes: the real terraform, stand-ins for it, and this crate's examples.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod lifecycle;
mod memory;
mod stopping;
