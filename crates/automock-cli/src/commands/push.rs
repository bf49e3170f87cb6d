//! `automock push`

use std::path::PathBuf;
use std::time::Duration;

use automock_stack::{PushOptions, Stack};

use crate::args::{GlobalArgs, StateChoice};
use crate::context::{self, load_expectations, load_project};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::run::Run;
use crate::text;

/// Send changed expectations to the running tasks, without a deploy
///
/// Returns when every running task has confirmed that it serves them. When tasks refuse them, it fails
/// with the engine's own words (exit code 11): the previous expectations are still served, and are put
/// back where new tasks fetch theirs. A file that is there already is not sent again.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Expectations to send; the project's own file when left out
    pub file: Option<PathBuf>,

    /// Where state and record live
    #[arg(long, value_enum, default_value_t)]
    pub state: StateChoice,

    /// Seconds to wait for all tasks, 0 does not wait; by default long enough for
    /// `engine.reload_every`
    #[arg(long, value_name = "SECONDS")]
    pub wait: Option<u64>,
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let project = load_project(global, printer)?;
    let expectations = load_expectations(&project, global, args.file.as_deref(), printer)?;
    let settings = context::settings(global, args.state.into());
    let mut options = PushOptions::for_reload(project.engine.reload_every_seconds);
    if let Some(seconds) = args.wait {
        options.timeout = Duration::from_secs(seconds);
    }
    let run = Run::without_question(printer);
    let pushed = match Stack::open(project, settings).await {
        Ok(stack) => {
            stack
                .push(&expectations, options, &run.events(), &run.cancel)
                .await
        }
        Err(error) => Err(error),
    };
    let pushed = run.end(pushed)?;
    printer.result(&pushed, text::pushed(&pushed));
    Ok(())
}
