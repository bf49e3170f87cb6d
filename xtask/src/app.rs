//! The command line: which tasks exist and which exit code they end with.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::commands::{bench, deploy, fuzz, generate, image, package, rehearse, soak, test, tidy};
use crate::error::Error;
use crate::printer;
use crate::workspace::Workspace;

/// The exit code of a task that ran and found something wrong, or could not run.
const FAILURE: u8 = 1;

/// The project's tasks.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Sets up what the tests need and runs all of them.
    Test(test::TestArguments),
    /// Rewrites the generated parts of the repository.
    Generate(generate::GenerateArguments),
    /// Checks the repository's own rules.
    Tidy,
    /// Plays a stack's whole life against the AWS emulator: no account needed.
    Rehearse(rehearse::RehearseArguments),
    /// Builds the reaper's zip for Lambda.
    Package(package::PackageArguments),
    /// Builds the engine's container image, without a container engine.
    Image(image::ImageArguments),
    /// Packages the reaper and runs `automock deploy` with it.
    Deploy(deploy::DeployArguments),
    /// Measures beside what people would use otherwise.
    Bench(bench::BenchArguments),
    /// Looks for inputs that the embedded engine cannot stand.
    Fuzz(fuzz::FuzzArguments),
    /// Puts the embedded engine under load for a long time.
    Soak(soak::SoakArguments),
}

/// Runs the task named on the command line and reports how it ended.
#[must_use]
pub fn run() -> ExitCode {
    let task = Arguments::parse().task;
    match dispatch(&task) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer::error(&error);
            ExitCode::from(FAILURE)
        }
    }
}

fn dispatch(task: &Task) -> Result<(), Error> {
    let workspace = Workspace::locate();
    match task {
        Task::Test(arguments) => test::run(&workspace, *arguments),
        Task::Generate(arguments) => generate::run(&workspace, *arguments),
        Task::Tidy => tidy::run(&workspace),
        Task::Rehearse(arguments) => rehearse::run(&workspace, arguments),
        Task::Package(arguments) => package::run(&workspace, arguments),
        Task::Image(arguments) => image::run(&workspace, arguments),
        Task::Deploy(arguments) => deploy::run(&workspace, arguments),
        Task::Bench(arguments) => bench::run(&workspace, arguments),
        Task::Fuzz(arguments) => fuzz::run(&workspace, arguments),
        Task::Soak(arguments) => soak::run(&workspace, *arguments),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
    }

    #[test]
    fn fast_and_keep_going_are_understood() {
        let arguments =
            Arguments::try_parse_from(["cargo xtask", "test", "--fast", "--keep-going"]).unwrap();
        let Task::Test(test) = arguments.task else {
            panic!("parsed as another task");
        };
        assert!(test.fast && test.keep_going);
    }
}
