//! `automock destroy`

use automock_model::{Region, StackId};
use automock_stack::{DestroyOptions, DestroyPreview, destroy};

use crate::args::{GlobalArgs, StateChoice};
use crate::context::{self, load_project};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::run::Run;
use crate::text;

/// Remove the stack and prove that nothing of it is left
///
/// Needs only the stack's record: the project file may have changed or gone. Terraform removes what
/// its state names; what a dead run left outside of the state is found by its tags and removed; a
/// stack is forgotten only after two scans that find nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Stack to remove, as `automock list` names it; the project's own when left out
    #[arg(value_parser = parse_stack)]
    pub stack: Option<StackId>,

    /// Region of a stack that is named; the project's when left out
    #[arg(long, env = "AWS_REGION", value_parser = Region::new)]
    pub region: Option<Region>,

    /// Where state and record live
    #[arg(long, value_enum, default_value_t)]
    pub state: StateChoice,

    /// Don't ask
    #[arg(short, long)]
    pub yes: bool,

    /// Take the stack and its lock from a run that is certainly dead
    #[arg(long)]
    pub break_lock: bool,
}

fn parse_stack(text: &str) -> Result<StackId, String> {
    text.parse().map_err(|error| format!("{error}"))
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let mut of_project = None;
    let (stack, region) = match (&args.stack, &args.region) {
        (Some(stack), Some(region)) => (stack.clone(), region.clone()),
        (Some(stack), None) => (stack.clone(), load_project(global, printer)?.region),
        // Without a name the project decides, its region included.
        (None, _) => {
            let project = load_project(global, printer)?;
            of_project = Some((project.name.clone(), project.environment.clone()));
            (project.stack_id(), project.region)
        }
    };
    let settings = context::settings(global, args.state.into());
    let options = DestroyOptions {
        of_project,
        break_lock: args.break_lock,
    };
    let run = Run::start(printer, args.yes)?;
    let gone = destroy(
        &stack,
        &region,
        &settings,
        options,
        &run.events(),
        &run.cancel,
        |preview| run.approve(&about_to_go(preview), "Remove it for good?"),
    )
    .await;
    let gone = run.end(gone)?;
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
