//! `cargo xtask bench-plan`: what `automock plan` costs beside the same `terraform plan`.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::Args;

use super::rehearse::Stage;
use crate::error::Error;
use crate::printer;
use crate::process::Tool;
use crate::workspace::Workspace;

/// Options of `cargo xtask bench-plan`.
#[derive(Debug, Clone, Args)]
pub(crate) struct BenchPlanArguments {
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
pub(crate) fn run(workspace: &Workspace, arguments: &BenchPlanArguments) -> Result<(), Error> {
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
        theirs.push(by_hand);
        ours.push(automock);
    }
    let (ours, theirs) = (median(ours), median(theirs));
    printer::result(format_args!(
        "medians of {} runs: terraform plan {:.2}s, automock plan {:.2}s, ratio {:.3}",
        arguments.runs,
        theirs.as_secs_f64(),
        ours.as_secs_f64(),
        ours.as_secs_f64() / theirs.as_secs_f64()
    ));
    Ok(())
}

fn timed(tool: Tool) -> Result<Duration, Error> {
    let started = Instant::now();
    tool.run_silently()?;
    Ok(started.elapsed())
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    let middle = times.len() / 2;
    if times.len() % 2 == 1 {
        times[middle]
    } else {
        (times[middle - 1] + times[middle]) / 2
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let seconds = |list: &[u64]| list.iter().map(|s| Duration::from_secs(*s)).collect();
        assert_eq!(median(seconds(&[9, 1, 2])), Duration::from_secs(2));
        assert_eq!(median(seconds(&[4, 1, 2, 9])), Duration::from_secs(3));
    }
}
