//! The real `bootstrap` binary, called through a local Runtime API, in an emulated AWS with a stack
//! that real terraform has applied.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![allow(clippy::print_stdout, reason = "long tests say what they measured")]

mod aws;
mod deaths;
mod ending;
mod permissions;
mod process;
mod stage;
mod ticks;
mod warning;
