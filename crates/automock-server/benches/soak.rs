//! A long soak, and many reloads under load: `cargo xtask soak`.
//!
//! The tests in `tests/load` do the same in seconds.
#![allow(
    unreachable_pub,
    clippy::print_stdout,
    reason = "the modules are those of the tests; a program says what it found"
)]

#[path = "../tests/load/client.rs"]
mod client;
#[path = "../tests/load/memory.rs"]
mod memory;
#[path = "../tests/load/reload.rs"]
mod reload;
#[path = "../tests/load/scene.rs"]
mod scene;
#[path = "../tests/load/soak.rs"]
mod soak;

use std::thread::available_parallelism;

fn main() -> Result<(), String> {
    let requests = argument("--requests", 50_000_000)?;
    let reloads = argument("--reloads", 1_000)?;
    let clients = available_parallelism().map_or(2, |count| count.get() * 2);
    let looks = [1_000_000, 10_000_000, 20_000_000, 30_000_000, 40_000_000];
    let plan = soak::Plan {
        requests,
        clients,
        looks: looks.into_iter().filter(|look| *look < requests).collect(),
    };
    let soak::Report {
        matched,
        unmatched,
        elapsed,
        memory,
    } = soak::run(&plan)?;
    let sent = matched + unmatched;
    println!(
        "{sent} requests in {elapsed:.0?}: {matched} matched, {unmatched} unmatched, all counted"
    );
    for (after, kib) in memory {
        println!("    {:>6} MiB resident after {after} requests", kib / 1024);
    }
    let reload::Report { answers, elapsed } = reload::run(&reload::Plan { reloads, clients })?;
    println!("{reloads} reloads in {elapsed:.0?}: {answers} answers, none failed, none mixed");
    Ok(())
}

/// The number after a name; cargo adds arguments of its own.
fn argument(name: &str, default: u64) -> Result<u64, String> {
    let mut arguments = std::env::args().skip_while(|argument| argument != name);
    let Some(_) = arguments.next() else {
        return Ok(default);
    };
    let number = arguments.next().unwrap_or_default();
    number
        .parse()
        .map_err(|_| format!("{name} needs a number, not {number:?}"))
}
