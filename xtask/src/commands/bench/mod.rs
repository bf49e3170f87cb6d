//! `cargo xtask bench`: measurements beside what people would use otherwise.

mod engine;
mod engine_run;
mod lambda;
mod machine;
mod median;
mod peers;
mod plan;
mod scene;
mod task;

use clap::{Args, Subcommand};

use self::median::median;
use crate::error::Error;
use crate::workspace::Workspace;

/// Options of `cargo xtask bench`.
#[derive(Debug, Clone, Args)]
pub(crate) struct BenchArguments {
    #[command(subcommand)]
    pub(crate) subject: Subject,
}

/// What to measure.
#[derive(Debug, Clone, Subcommand)]
pub(crate) enum Subject {
    /// Measures `automock plan` beside `terraform plan`.
    Plan(plan::PlanArguments),
    /// Measures how the reaper starts, beside the same function in Python.
    Lambda(lambda::LambdaArguments),
    /// Measures how many requests the engine answers, beside a minimal server on hyper.
    Engine(engine::EngineArguments),
    /// Measures a task of the engine alone, beside one with a loader.
    Task(task::TaskArguments),
}

/// Measures.
pub(crate) fn run(workspace: &Workspace, arguments: &BenchArguments) -> Result<(), Error> {
    match &arguments.subject {
        Subject::Plan(arguments) => plan::run(workspace, arguments),
        Subject::Lambda(arguments) => lambda::run(workspace, arguments),
        Subject::Engine(arguments) => engine::run(workspace, arguments),
        Subject::Task(arguments) => task::run(workspace, arguments),
    }
}
