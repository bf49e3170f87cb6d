//! The project's tasks, run as `cargo xtask <task>`.
//!
//! Continuous integration and people run the same commands:
//!
//! * `cargo xtask test` prepares a fresh machine (a Python environment with the AWS emulator, a
//!   browser, MockServer's clients, a check of terraform) and runs every test there is: Rust, documentation
//!   and Terraform modules; test programs two at a time.
//! * `cargo xtask generate` rewrites the parts of the repository that are derived from others,
//!   such as the tables in the READMEs of the Terraform modules. `--check` only reports.
//! * `cargo xtask tidy` checks the repository's own rules that neither the compiler nor clippy
//!   can see.
//! * `cargo xtask package` builds the reaper's zip for Lambda, the same bytes for the same sources,
//!   and refuses a program that would not start there. `cargo xtask deploy` deploys with it.
//! * `cargo xtask image` builds the engine's container image, without a container engine.
//! * `cargo xtask rehearse` lives a stack's whole life: emulated AWS APIs, real containers behind a real proxy.
//! * `cargo xtask bench` measures: plans beside terraform's, the reaper beside a Python function.
//! * `cargo xtask fuzz` looks for inputs that the embedded engine cannot stand, and `cargo xtask soak`
//!   puts it under load for a long time.
//!
//! Each task has one file under `commands`; what it needs to decide is pure and lives beside it
//! (`fuzz`, `generate`, `image`, `package`, `program`, `tidy`, `terraform`, `steps`), so that it is tested
//! without running anything.
//! Only `process` starts programs and only `printer` writes to the terminal.

mod app;
mod binaries;
mod browser;
mod commands;
mod digest;
mod error;
mod fuzz;
mod generate;
mod image;
mod lanes;
mod mockserver;
mod namespace;
mod package;
mod podman;
mod printer;
mod process;
mod program;
mod steps;
mod terraform;
mod tidy;
mod workspace;

pub use app::run;
