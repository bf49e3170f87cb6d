//! `automock status`

use std::time::Duration;

use automock_stack::Stack;
use jiff::Timestamp;

use crate::args::{GlobalArgs, StateChoice};
use crate::context::{self, load_project};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::run::Run;
use crate::text;

/// Show tasks, target health, alarms, scaling activity and time left
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Where state and record live
    #[arg(long, value_enum, default_value_t)]
    pub state: StateChoice,

    /// Show it again and again until interrupted
    #[arg(short, long)]
    pub watch: bool,

    /// Seconds between two looks with `--watch`
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..))]
    pub every: u64,
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let project = load_project(global, printer)?;
    let settings = context::settings(global, args.state.into());
    let run = Run::reading(printer);
    let stack = run.end(Stack::open(project, settings).await)?;
    loop {
        let status = run.end(stack.status().await)?;
        printer.result(&status, text::status(&status, Timestamp::now()));
        if !args.watch {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_secs(args.every)).await;
        printer.raw("");
    }
}
