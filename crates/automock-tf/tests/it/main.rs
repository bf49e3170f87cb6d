//! Tests that run processes: the real terraform, stand-ins for it, and helpers.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod common;
mod helpers;
mod lifecycle;
mod memory;
mod stopping;
