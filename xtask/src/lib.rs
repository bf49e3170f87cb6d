//! The project's tasks, run as `cargo xtask <task>`.
//!
//! Continuous integration and people run the same commands:
//!
//! * `cargo xtask test` prepares a fresh machine (a Python environment with the AWS emulator, a
//!   check of terraform) and runs every test there is: Rust, documentation and Terraform modules.
//! * `cargo xtask generate` rewrites the parts of the repository that are derived from others,
//!   such as the tables in the READMEs of the Terraform modules. `--check` only reports.
//! * `cargo xtask tidy` checks the repository's own rules that neither the compiler nor clippy
//!   can see.
//!
//! Each task has one file under `commands`; what it needs to decide is pure and lives beside it
//! (`generate`, `tidy`, `terraform`, `steps`), so that it is tested without running anything.
//! Only `process` starts programs and only `printer` writes to the terminal.

mod app;
mod commands;
mod error;
mod generate;
mod printer;
mod process;
mod steps;
mod terraform;
mod tidy;
mod workspace;

pub use app::run;
