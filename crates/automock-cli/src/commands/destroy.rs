//! `automock destroy`

use automock_stack::{DestroyOptions, DestroyPreview, destroy};

use crate::args::GlobalArgs;
use crate::context::{self, StackArgs};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::run::Run;
use crate::text;

/// Remove the stack and prove that nothing of it is left
///
/// Needs only the stack's record: the project file may have changed or gone. Terraform removes what its
/// state names; what is left then, or all of it where terraform or its state is missing, is found by its
/// tags and removed. A stack is forgotten only after two scans that find nothing, and leaves a receipt.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The stack
    #[command(flatten)]
    pub stack: StackArgs,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,

    /// Take the stack and its lock from a run that is certainly dead
    #[arg(long)]
    pub break_lock: bool,
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let named = args.stack.find(global, printer)?;
    let settings = context::settings(global, args.stack.state.into());
    let options = DestroyOptions {
        of_project: named.of_project,
        break_lock: args.break_lock,
    };
    let run = Run::start(printer, args.yes)?;
    let events = run.events();
    let gone = destroy(
        &named.stack,
        &named.region,
        &settings,
        options,
        &events,
        &run.cancel,
        |preview| run.approve(&about_to_go(preview), "Remove it for good?"),
    );
    let gone = run.end(Box::pin(gone).await)?;
    printer.result(&gone, text::destroyed(&gone));
    Ok(())
}

fn about_to_go(preview: &DestroyPreview) -> String {
    let url = preview
        .url
        .as_ref()
        .map_or_else(String::new, |url| format!(", {url}"));
    format!(
        "stack {} ({}) in account {}, {}{url}",
        preview.stack, preview.phase, preview.account, preview.region
    )
}
