//! Reads the JSON of a plan file and prints its counts and how much memory that took.
//!
//! ```sh
//! terraform show -json stack.tfplan > plan.json
//! cargo run -p automock-tf --example read_plan -- plan.json
//! ```
#![expect(clippy::print_stdout, reason = "an example talks to a person")]

use std::error::Error;
use std::fs::{self, File};
use std::io::BufReader;

use automock_tf::plan::Plan;

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::args_os()
        .nth(1)
        .ok_or("usage: read_plan PLAN.json")?;
    let before_kib = peak_kib()?;
    let plan = Plan::from_reader(BufReader::new(File::open(file)?))?;
    let after_kib = peak_kib()?;
    println!("{}", serde_json::to_string(&plan.summary())?);
    println!("peak_before_kib={before_kib} peak_after_kib={after_kib}");
    Ok(())
}

/// The largest resident size that this process ever had, as Linux counts it.
fn peak_kib() -> Result<u64, Box<dyn Error>> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .ok_or("no VmHWM in /proc/self/status")?;
    Ok(line.trim_end_matches("kB").trim().parse()?)
}
