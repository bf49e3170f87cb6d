//! The `automock` command: arguments in, words and tables out.
//!
//! Everything it does is a call into `automock-stack`; the library form exists so that the
//! reference in `docs/cli.md` can be generated from the very definitions that parse the arguments.
//!
//! ```
//! let command = automock_cli::command();
//! assert!(command.get_subcommands().any(|verb| verb.get_name() == "deploy"));
//! ```

pub mod args;
pub mod commands;
mod confirm;
mod context;
mod cost;
pub mod exit;
mod failure;
mod live;
mod moment;
mod printer;
mod problems;
pub mod reference;
mod run;
mod signals;
mod text;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use failure::Failure;
use printer::Printer;

/// The command line's definition.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

/// Parses arguments, runs the command, reports a failure; the whole of `main`.
pub fn run(args: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => error.exit(),
    };
    let printer = Printer::new(&cli.global);
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::io("start the asynchronous runtime", error));
    let outcome = runtime.and_then(|runtime| runtime.block_on(dispatch(&cli, printer)));
    match outcome {
        Ok(()) => exit::status(exit::SUCCESS),
        Err(failure) => {
            printer.failure(&failure, cli.command.state());
            exit::status(failure.code())
        }
    }
}

/// Each command's future is large and lives alone: boxed, they don't add up.
async fn dispatch(cli: &Cli, printer: Printer) -> Result<(), Failure> {
    let global = &cli.global;
    match &cli.command {
        Command::Init(args) => commands::init::run(args, global, printer),
        Command::Check(args) => commands::check::run(args, global, printer),
        Command::Up(args) => Box::pin(commands::up::run(args, global, printer)).await,
        Command::Forecast(args) => Box::pin(commands::forecast::run(args, global, printer)).await,
        Command::Render(args) => commands::render::run(args, global, printer),
        Command::Bootstrap(args) => Box::pin(commands::bootstrap::run(args, global, printer)).await,
        Command::Plan(args) => Box::pin(commands::plan::run(args, global, printer)).await,
        Command::Deploy(args) => Box::pin(commands::deploy::run(args, global, printer)).await,
        Command::Status(args) => Box::pin(commands::status::run(args, global, printer)).await,
        Command::Push(args) => Box::pin(commands::push::run(args, global, printer)).await,
        Command::Extend(args) => Box::pin(commands::extend::run(args, global, printer)).await,
        Command::Destroy(args) => Box::pin(commands::destroy::run(args, global, printer)).await,
        Command::Sweep(args) => Box::pin(commands::sweep::run(args, global, printer)).await,
        Command::List(args) => Box::pin(commands::list::run(args, global, printer)).await,
        Command::Doctor(args) => Box::pin(commands::doctor::run(args, global, printer)).await,
        Command::Completions(args) => {
            commands::completions::run(args, printer);
            Ok(())
        }
        Command::Man(args) => commands::man::run(args, printer),
    }
}
