//! A small soak, and reloads under load. `cargo xtask soak` does the same at length.
#![allow(
    clippy::unwrap_used,
    unreachable_pub,
    dead_code,
    reason = "a test fails with what it uses; the program that does it at length uses more"
)]

mod client;
mod memory;
mod reload;
mod scene;
mod soak;

use std::sync::{Mutex, PoisonError};

/// Both tests use all processors, and one of them looks at the memory of the whole process.
static ALONE: Mutex<()> = Mutex::new(());

#[test]
fn counts_are_exact_and_memory_is_flat() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let plan = soak::Plan {
        requests: 200_000,
        clients: 4,
        looks: vec![50_000, 100_000],
    };
    let report = soak::run(&plan).unwrap();
    assert!(report.matched > 0 && report.unmatched > 0, "{report:?}");
}

#[test]
fn reloads_under_load_fail_nothing_and_mix_nothing() {
    let _alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
    let plan = reload::Plan {
        reloads: 20,
        clients: 4,
    };
    let report = reload::run(&plan).unwrap();
    assert!(report.answers > 20, "{report:?}");
}
