//! `cargo xtask bench lambda`: how the reaper starts, beside the same function in Python.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use automock_testkit::{Ending, LambdaFunction, Reply};
use clap::Args;
use serde_json::{Value, json};

use super::machine::Machine;
use super::median;
use super::scene::Scene;
use crate::commands::package::{self, PackageArguments};
use crate::error::Error;
use crate::printer;
use crate::process::Tool;
use crate::workspace::Workspace;

/// How long a function may take before it counts as hanging.
const PATIENCE: Duration = Duration::from_mins(1);

/// Options of `cargo xtask bench lambda`.
#[derive(Debug, Clone, Args)]
pub(crate) struct LambdaArguments {
    /// How often each of the two functions starts.
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) runs: u32,
    /// Measures this program instead of building one.
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,
    /// Prints the result as JSON.
    #[arg(long)]
    pub(crate) json: bool,
}

/// One start of a function, up to its first answer.
#[derive(Debug, Clone)]
struct Start {
    seconds: f64,
    /// The most memory that the process had at once (`VmHWM`).
    peak_mib: f64,
    answer: Value,
}

/// The medians of one function.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Medians {
    seconds: f64,
    peak_mib: f64,
}

/// Starts both functions in turns, each in a new process that gets one event, and compares the
/// medians.
///
/// Both read the stack's record from the same emulator and find that the stack may stay. One start
/// of each comes before, so that both programs are in the page cache and Python's bytecode exists.
pub(crate) fn run(workspace: &Workspace, arguments: &LambdaArguments) -> Result<(), Error> {
    let program = match &arguments.program {
        Some(program) => std::path::absolute(program).map_err(Error::file(program))?,
        None => {
            package::make(workspace, &PackageArguments::default())?
                .0
                .program
        }
    };
    let scene = Scene::set(workspace)?;
    let rust = || start(&scene, scene.rust(&program));
    let python = || start(&scene, scene.python());
    let answers = [rust()?.answer, python()?.answer];
    printer::progress(format_args!("    reaper answers {}", answers[0]));
    printer::progress(format_args!("    python answers {}", answers[1]));
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for run in 1..=arguments.runs {
        let (reaper, function) = (rust()?, python()?);
        printer::progress(format_args!(
            "    {run:>2}  reaper {:>5.0} ms {:>5.1} MiB   python {:>5.0} ms {:>5.1} MiB",
            reaper.seconds * 1e3,
            reaper.peak_mib,
            function.seconds * 1e3,
            function.peak_mib
        ));
        ours.push(reaper);
        theirs.push(function);
    }
    let machine = Machine::find();
    let versions = scene.python_versions()?;
    if arguments.json {
        printer::result(as_json(&machine, &versions, &ours, &theirs));
    } else {
        for line in lines(&machine, &versions, &ours, &theirs) {
            printer::result(line);
        }
    }
    Ok(())
}

/// Starts a function, hands it one event and waits for the answer.
fn start(scene: &Scene, tool: Tool) -> Result<Start, Error> {
    let began = Instant::now();
    let mut function = LambdaFunction::start(&scene.function, tool.into_command())?;
    let ending = function.invoke(&event(&scene.rule_arn), PATIENCE);
    let seconds = began.elapsed().as_secs_f64();
    let Ending::Replied {
        reply: Reply::Response(answer),
        ..
    } = ending
    else {
        return Err(Error::Measurement(format!(
            "a function did not answer: {ending:?}; it wrote:\n{}",
            function.log()
        )));
    };
    Ok(Start {
        seconds,
        peak_mib: peak_mib(function.pid())?,
        answer,
    })
}

/// What EventBridge sends when a schedule is due.
/// <https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html>
fn event(rule_arn: &str) -> Value {
    json!({
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": "123456789012",
        "time": "2026-01-02T03:04:05Z",
        "region": "us-east-1",
        "resources": [rule_arn],
        "detail": {}
    })
}

fn peak_mib(pid: u32) -> Result<f64, Error> {
    let path = format!("/proc/{pid}/status");
    let status = fs::read_to_string(&path).map_err(Error::file(path.as_ref()))?;
    peak_of(&status).ok_or_else(|| Error::Malformed {
        path,
        reason: "it has no VmHWM".to_owned(),
    })
}

/// Reads `VmHWM:    13124 kB`, which counts in KiB.
fn peak_of(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

impl Medians {
    fn of(starts: &[Start]) -> Self {
        Self {
            seconds: median(starts.iter().map(|start| start.seconds).collect()),
            peak_mib: median(starts.iter().map(|start| start.peak_mib).collect()),
        }
    }
}

fn lines(machine: &Machine, versions: &str, ours: &[Start], theirs: &[Start]) -> [String; 4] {
    let (reaper, python) = (Medians::of(ours), Medians::of(theirs));
    [
        format!("medians of {} starts on {machine}", ours.len()),
        format!("beside {versions}"),
        format!(
            "cold start  reaper {:>6.1} ms   python {:>6.1} ms   ratio {:.3}",
            reaper.seconds * 1e3,
            python.seconds * 1e3,
            reaper.seconds / python.seconds
        ),
        format!(
            "memory      reaper {:>6.1} MiB  python {:>6.1} MiB  ratio {:.3}",
            reaper.peak_mib,
            python.peak_mib,
            reaper.peak_mib / python.peak_mib
        ),
    ]
}

fn as_json(machine: &Machine, versions: &str, ours: &[Start], theirs: &[Start]) -> Value {
    let (reaper, python) = (Medians::of(ours), Medians::of(theirs));
    json!({
        "machine": machine.to_string(),
        "beside": versions,
        "runs": ours.len(),
        "reaper": side(reaper, ours),
        "python": side(python, theirs),
        "ratio": {
            "cold_start": reaper.seconds / python.seconds,
            "memory": reaper.peak_mib / python.peak_mib,
        },
    })
}

fn side(medians: Medians, starts: &[Start]) -> Value {
    let seconds: Vec<_> = starts.iter().map(|start| start.seconds).collect();
    let peaks: Vec<_> = starts.iter().map(|start| start.peak_mib).collect();
    json!({
        "median": {"cold_start_seconds": medians.seconds, "peak_memory_mib": medians.peak_mib},
        "cold_start_seconds": seconds,
        "peak_memory_mib": peaks,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn starts(seconds: &[f64]) -> Vec<Start> {
        let start = |seconds: &f64| Start {
            seconds: *seconds,
            peak_mib: seconds * 100.0,
            answer: Value::Null,
        };
        seconds.iter().map(start).collect()
    }

    #[test]
    fn the_peak_is_read_in_mebibytes() {
        let status = "Name:\tbootstrap\nVmPeak:\t  999999 kB\nVmHWM:\t   13312 kB\n";
        assert_eq!(peak_of(status), Some(13.0));
        assert_eq!(peak_of("Name:\tbootstrap\n"), None);
    }

    #[test]
    fn ratios_are_of_medians() {
        let machine = Machine::find();
        let (ours, theirs) = (starts(&[0.1, 0.1, 9.0]), starts(&[1.0, 0.5, 1.0]));
        let text = lines(&machine, "Python 3", &ours, &theirs).join("\n");
        assert!(
            text.contains("reaper  100.0 ms   python 1000.0 ms   ratio 0.100"),
            "{text}"
        );
        assert!(
            text.contains("reaper   10.0 MiB  python  100.0 MiB  ratio 0.100"),
            "{text}"
        );
        let json = as_json(&machine, "Python 3", &ours, &theirs);
        assert_eq!(json["runs"], 3);
        assert_eq!(json["reaper"]["cold_start_seconds"][2], 9.0);
    }
}
