//! `automock render`

use std::path::{Path, PathBuf};

use automock_stack::render::{RenderRequest, render_to};

use crate::args::{GlobalArgs, StateChoice};
use crate::context::{self, load_expectations, load_project};
use crate::failure::Failure;
use crate::printer::Printer;

/// Write the Terraform of the project to a folder
///
/// The folder is complete: it can be read, kept and applied without AutoMock. Needs no AWS
/// credentials; with S3 state the bucket is given to `terraform init` instead, and the
/// engine's image, where the project names none, as the variable `engine_image`. The reaper is not part
/// of it: plain terraform does not end a stack.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder to write to; made if it does not exist
    #[arg(long, value_name = "DIR", default_value = "terraform")]
    pub out: PathBuf,

    /// Where the rendered root keeps its state
    #[arg(long, value_enum, default_value_t)]
    pub state: StateChoice,
}

/// Files of a person are never overwritten: a folder is empty, or was rendered before.
fn refuse_foreign(dir: &Path) -> Result<(), Failure> {
    let is_rendered = dir.join(automock_hcl::MANIFEST_FILE).exists();
    let mut entries = match std::fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Failure::read(dir, error)),
    };
    if is_rendered || entries.next().is_none() {
        return Ok(());
    }
    Err(Failure::NotEmpty {
        path: dir.to_owned(),
    })
}

pub(crate) fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let project = load_project(global, printer)?;
    let expectations = load_expectations(&project, global, None, printer)?;
    refuse_foreign(&args.out)?;
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
    if project.engine.mock.is_none() {
        printer.warning(
            "the root asks for `engine_image`: push the image that `cargo xtask image` writes to a registry of \
             yours, and give its name with a digest",
        );
    }
    if project.ttl.duration.seconds().is_some() {
        printer.warning(
            "the rendered stack has no reaper: `automock deploy` adds it, plain terraform does not end the stack",
        );
    }
    Ok(())
}
