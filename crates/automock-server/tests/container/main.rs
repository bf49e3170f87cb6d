//! The program as containers run it: how it stops, and what it bears in a small task.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

mod cgroup;
mod estimate;
mod limits;
mod memory;
mod options;
mod program;
mod stopping;
