//! The command line: global options and the list of verbs.

use std::path::PathBuf;

use automock_stack::StateLocation;
use clap::{Parser, Subcommand, ValueEnum};

use crate::commands;

/// Turn a file of mock expectations into a live mock HTTP API on AWS, and take it away again.
#[derive(Debug, Parser)]
#[command(
    name = "automock",
    version,
    propagate_version = true,
    max_term_width = 100
)]
#[command(subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// Options that every command takes.
    #[command(flatten)]
    pub global: GlobalArgs,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command takes.
#[derive(Clone, Debug, clap::Args)]
pub struct GlobalArgs {
    /// Folder that holds `automock.toml`
    #[arg(
        short = 'C',
        long,
        global = true,
        default_value = ".",
        value_name = "DIR",
        env = "AUTOMOCK_PROJECT_DIR"
    )]
    pub project: PathBuf,

    /// What to print on standard output
    #[arg(short, long, global = true, value_enum, default_value_t = OutputFormat::Text)]
    pub output: OutputFormat,

    /// Print only results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,

    /// Print every step, and terraform's own messages
    #[arg(short, long, global = true)]
    pub verbose: bool,

    /// Terraform or OpenTofu binary to run, instead of the first of `terraform` and `tofu` on PATH
    #[arg(long, global = true, value_name = "PATH", env = "AUTOMOCK_TERRAFORM")]
    pub terraform: Option<PathBuf>,
}

/// What a command prints on standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// Words and tables for people
    Text,
    /// One JSON document for programs
    Json,
}

/// Where Terraform state and the stack's record live.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum StateChoice {
    /// In the account foundation's bucket, locked by S3 itself
    #[default]
    S3,
    /// In the project folder: for trying things out, without a time to live
    Local,
}

impl From<StateChoice> for StateLocation {
    fn from(choice: StateChoice) -> Self {
        match choice {
            StateChoice::S3 => Self::S3,
            StateChoice::Local => Self::Local,
        }
    }
}

/// The verbs, in the order in which a person meets them.
#[derive(Debug, Subcommand)]
#[expect(
    missing_docs,
    reason = "the arguments say what each does, and a word here would take the place of all that"
)]
pub enum Command {
    Init(commands::init::Args),
    Up(commands::up::Args),
    Check(commands::check::Args),
    Forecast(Box<commands::forecast::Args>),
    Render(commands::render::Args),
    Bootstrap(commands::bootstrap::Args),
    Plan(commands::plan::Args),
    Deploy(commands::deploy::Args),
    Status(commands::status::Args),
    Push(commands::push::Args),
    Extend(commands::extend::Args),
    Destroy(commands::destroy::Args),
    List(commands::list::Args),
    Sweep(commands::sweep::Args),
    Doctor(commands::doctor::Args),
    Completions(commands::completions::Args),
    Man(commands::man::Args),
}

impl Command {
    /// Where the command looks for the stack's state.
    pub(crate) fn state(&self) -> StateLocation {
        let choice = match self {
            Self::Plan(args) => args.state,
            Self::Deploy(args) => args.state,
            Self::Status(args) => args.state,
            Self::Push(args) => args.state,
            Self::Extend(args) => args.stack.state,
            Self::Destroy(args) => args.stack.state,
            Self::List(args) => args.state,
            _ => StateChoice::default(),
        };
        choice.into()
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
