//! The engine as a program of its own, as it runs in a container.

mod arguments;
mod expectations;
mod log;
mod machine;
mod metrics;
mod network;
mod serve;
mod stop;

use std::process::ExitCode;

use clap::Parser as _;

fn main() -> ExitCode {
    serve::run(&arguments::Arguments::parse())
}
