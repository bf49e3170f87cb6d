//! `automock render`

use std::path::PathBuf;

use automock_stack::render::{RenderRequest, render_to};

use crate::args::{GlobalArgs, StateChoice};
use crate::context::{self, load_expectations, load_project};
use crate::failure::Failure;
use crate::printer::Printer;

/// Write the Terraform of the project to a folder
///
/// The folder is complete: it can be read, kept and applied without AutoMock. Needs no AWS
/// credentials; with S3 state the bucket is given to `terraform init` instead. The reaper is part
/// of it when its package is named.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to write to; made if it does not exist
    #[arg(long, value_name = "DIR", default_value = "terraform")]
    pub out: PathBuf,

    /// Where the rendered root keeps its state
    #[arg(long, value_enum, default_value_t)]
    pub state: StateChoice,
}

pub(crate) fn run(args: &Args, global: &GlobalArgs, printer: &Printer) -> Result<(), Failure> {
    let project = load_project(global, printer)?;
    let expectations = load_expectations(&project, global, None, printer)?;
    let settings = context::settings(global, args.state.into());
    let request = RenderRequest {
        project: &project,
        expectations: &expectations,
        settings: &settings,
    };
    let report = render_to(&request, &args.out)?;
    let text = format!(
        "{} files in {}: {} written, {} unchanged, {} removed",
        report.written.len() + report.unchanged.len(),
        args.out.display(),
        report.written.len(),
        report.unchanged.len(),
        report.removed.len()
    );
    printer.result(&report, text);
    if project.ttl.duration.seconds().is_some() {
        printer.warning(
            "the rendered stack has no reaper: `automock deploy` adds it, plain terraform does not end the stack",
        );
    }
    Ok(())
}
