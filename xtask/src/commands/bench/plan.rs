//! `cargo xtask bench plan`: what `automock plan` costs beside the same `terraform plan`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use super::median;
use crate::commands::rehearse::Stage;
use crate::error::Error;
use crate::printer;
use crate::process::Tool;
use crate::workspace::Workspace;

/// Options of `cargo xtask bench plan`.
#[derive(Debug, Clone, Args)]
pub(crate) struct PlanArguments {
    /// The project to plan.
    #[arg(long, value_name = "DIR", default_value = "examples/petstore")]
    pub(crate) project: PathBuf,
    /// How often each of the two plans.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,
}

/// Deploys the project once, then plans in turns and compares the medians.
///
/// Both plan the very same workspace folder, which is initialised: `terraform plan -out` is what a
/// person would type there. Taking turns makes other load on the machine hit both alike.
pub(crate) fn run(workspace: &Workspace, arguments: &PlanArguments) -> Result<(), Error> {
    let stage = Stage::set(workspace, &workspace.root().join(&arguments.project))?;
    printer::progress("==> deploying once");
    for command in [&["bootstrap", "--yes"][..], &["deploy", "--yes"]] {
        stage.automock(command).run_silently()?;
    }
    let folder = stage.workspace()?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for run in 1..=arguments.runs {
        let by_hand =
            timed(stage.terraform(&folder, &["plan", "-input=false", "-out=by-hand.tfplan"]))?;
        let automock = timed(stage.automock(&["plan"]))?;
        printer::progress(format_args!(
            "    {run:>2}  terraform plan {:.2}s  automock plan {:.2}s",
            by_hand.as_secs_f64(),
            automock.as_secs_f64()
        ));
        theirs.push(by_hand.as_secs_f64());
        ours.push(automock.as_secs_f64());
    }
    let (ours, theirs) = (median(ours), median(theirs));
    printer::result(format_args!(
        "medians of {} runs: terraform plan {theirs:.2}s, automock plan {ours:.2}s, ratio {:.3}",
        arguments.runs,
        ours / theirs
    ));
    Ok(())
}

fn timed(tool: Tool) -> Result<Duration, Error> {
    let started = Instant::now();
    tool.run_silently()?;
    Ok(started.elapsed())
}
