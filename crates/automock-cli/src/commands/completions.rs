//! `automock completions`

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::printer::Printer;

/// Print a completion script for a shell
///
/// Bash, for instance: `automock completions bash > ~/.local/share/bash-completion/completions/automock`
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The shell to print for
    #[arg(value_enum)]
    pub shell: Shell,
}

pub(crate) fn run(args: &Args, printer: Printer) {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "automock", &mut script);
    printer.raw(String::from_utf8_lossy(&script).trim_end());
}
