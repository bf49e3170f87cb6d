//! `cargo xtask bench engine`: what the engine costs beside a minimal server on hyper.

use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::engine_run::{Bench, Kind, Load, Running};
use super::machine::Machine;
use super::median;
use super::peers::{Installed, Peer};
use crate::error::Error;
use crate::printer;
use crate::workspace::Workspace;

/// How much of the most that a server can is asked for its latency.
const PART_FOR_LATENCY: f64 = 0.7;

/// How long a peer is asked before it is measured: a JVM compiles what is used often.
const WARM_UP_SECONDS: u32 = 10;

/// Options of `cargo xtask bench engine`.
#[derive(Debug, Clone, Args)]
pub(crate) struct EngineArguments {
    /// How often each server is measured in each case.
    #[arg(long, default_value_t = 9, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: u32,
    /// How long each measurement takes.
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) seconds: u32,
    /// What is served and asked.
    #[arg(long, value_delimiter = ',', value_enum, default_values_t = Case::value_variants().to_vec())]
    pub(crate) cases: Vec<Case>,
    /// Measures the memory after a tenth of so many requests and after all of them.
    #[arg(long, value_name = "REQUESTS")]
    pub(crate) memory: Option<u64>,
    /// Other mock servers to measure beside it, in the cases that all of them know: one, many, late, exact.
    #[arg(long, value_delimiter = ',', value_enum)]
    pub(crate) peers: Vec<Peer>,
    /// Measures this program instead of building one.
    #[arg(long, value_name = "FILE")]
    pub(crate) program: Option<PathBuf>,
}

/// What is served and asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Case {
    /// One expectation.
    One,
    /// 270 expectations with 4.5 MB of bodies: literal paths, expressions, path parameters.
    Many,
    /// The same, but only the last is asked, whose path says little about its beginning.
    Late,
    /// 10,000 paths.
    Exact,
    /// One expectation with a regular expression.
    Regex,
    /// One expectation that compares a body of JSON.
    Json,
    /// One expectation with a template.
    Template,
    /// One expectation, and requests with the headers of a browser.
    Headers,
}

/// What was measured in a case.
#[derive(Debug, Clone, Default)]
struct Measured {
    /// Requests per second of processor time.
    hyper: Vec<f64>,
    engine: Vec<f64>,
    /// From the start of the engine's process to its first answer.
    start_seconds: f64,
    start_processor_seconds: f64,
    /// At a part of what each can.
    hyper_p99: f64,
    engine_p99: f64,
}

/// Measures the cases one after the other.
///
/// In each, both servers run all the time, on one core, and are asked in turns from another: other
/// load on the machine hits both alike, and processor time leaves out when they had to wait for it.
pub(crate) fn run(workspace: &Workspace, arguments: &EngineArguments) -> Result<(), Error> {
    let bench = Bench::build(workspace, arguments.program.as_deref())?;
    let peers = arguments.peers.iter().map(|peer| peer.install(workspace));
    let peers = peers.collect::<Result<Vec<_>, _>>()?;
    let (mut rows, mut peer_rows) = (Vec::new(), Vec::new());
    for case in &arguments.cases {
        printer::progress(format_args!("==> {}", case.name()));
        let folder = bench.write(&case.name())?;
        let measured = measure(&bench, &folder, arguments)?;
        rows.push(row(&case.name(), &measured));
        for peer in peers.iter().filter(|_| case.is_common()) {
            peer_rows.push(measure_peer(&bench, &folder, peer, *case, arguments)?);
        }
    }
    printer::result(format_args!(
        "medians of {} rounds of {} s on {}\n",
        arguments.rounds,
        arguments.seconds,
        Machine::find()
    ));
    for line in HEAD.iter().map(|line| (*line).to_owned()).chain(rows) {
        printer::result(line);
    }
    if !peer_rows.is_empty() {
        printer::result("");
        for line in PEER_HEAD
            .iter()
            .map(|line| (*line).to_owned())
            .chain(peer_rows)
        {
            printer::result(line);
        }
    }
    if let Some(requests) = arguments.memory {
        memory(&bench, requests)?;
    }
    Ok(())
}

impl Case {
    /// Whether other mock servers know what it takes.
    fn is_common(self) -> bool {
        matches!(self, Self::One | Self::Many | Self::Late | Self::Exact)
    }

    fn name(self) -> String {
        self.to_possible_value()
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}

fn measure(bench: &Bench, folder: &Path, arguments: &EngineArguments) -> Result<Measured, Error> {
    let hyper = bench.start(Kind::Hyper, folder)?;
    let engine = bench.start(Kind::Engine, folder)?;
    let mut measured = Measured {
        start_seconds: engine.start_seconds,
        start_processor_seconds: engine.start_processor_seconds,
        ..Measured::default()
    };
    for server in [&hyper, &engine] {
        bench.load(folder, server, Load::seconds(1))?;
    }
    let (mut fastest_hyper, mut fastest_engine) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        let turn = |server: &Running| turn(bench, folder, server, arguments.seconds);
        // Who comes first changes, so that neither always follows the other.
        let (ours, theirs) = if round % 2 == 0 {
            let ours = turn(&engine)?;
            (ours, turn(&hyper)?)
        } else {
            let theirs = turn(&hyper)?;
            (turn(&engine)?, theirs)
        };
        printer::progress(format_args!(
            "    {round:>2}  hyper {:>7.0}  engine {:>7.0}  ratio {:.3}",
            theirs.0,
            ours.0,
            ours.0 / theirs.0
        ));
        measured.hyper.push(theirs.0);
        measured.engine.push(ours.0);
        fastest_hyper.push(theirs.1);
        fastest_engine.push(ours.1);
    }
    let p99 = |server: &Running, rate: f64| {
        let load = Load::seconds(arguments.seconds).at(rate * PART_FOR_LATENCY);
        Ok::<_, Error>(bench.load(folder, server, load)?.p99_microseconds)
    };
    measured.hyper_p99 = p99(&hyper, median(fastest_hyper))?;
    measured.engine_p99 = p99(&engine, median(fastest_engine))?;
    Ok(measured)
}

/// The peer beside the engine, in turns like the engine beside hyper; a JVM is warmed up first.
fn measure_peer(
    bench: &Bench,
    folder: &Path,
    peer: &Installed,
    case: Case,
    arguments: &EngineArguments,
) -> Result<String, Error> {
    printer::progress(format_args!("    {}", peer.peer.title()));
    let theirs = bench.start_peer(peer, folder)?;
    let ours = bench.start(Kind::Engine, folder)?;
    bench.load(folder, &theirs, Load::seconds(WARM_UP_SECONDS))?;
    bench.load(folder, &ours, Load::seconds(1))?;
    let (mut rates, mut ratios) = (Vec::new(), Vec::new());
    for round in 1..=arguments.rounds {
        let peer_rate = turn(bench, folder, &theirs, arguments.seconds)?.0;
        let our_rate = turn(bench, folder, &ours, arguments.seconds)?.0;
        printer::progress(format_args!(
            "    {round:>2}  peer {peer_rate:>7.0}  engine {our_rate:>7.0}  ratio {:.1}",
            our_rate / peer_rate
        ));
        rates.push(peer_rate);
        ratios.push(our_rate / peer_rate);
    }
    Ok(format!(
        "| {} | {} | {:.0} | {:.1} | {:.0} ms | {:.0} MiB |",
        case.name(),
        peer.peer.title(),
        median(rates),
        median(ratios),
        theirs.start_seconds * 1e3,
        theirs.memory_mib()?
    ))
}

/// Answers per second of processor time, and per second.
fn turn(bench: &Bench, folder: &Path, server: &Running, seconds: u32) -> Result<(f64, f64), Error> {
    let before = server.processor_seconds()?;
    let told = bench.load(folder, server, Load::seconds(seconds))?;
    let spent = server.processor_seconds()? - before;
    Ok((told.answers / spent, told.answers / told.seconds))
}

fn memory(bench: &Bench, requests: u64) -> Result<(), Error> {
    let folder = bench.write(&Case::One.name())?;
    let engine = bench.start(Kind::Engine, &folder)?;
    let tenth = requests / 10;
    bench.load(&folder, &engine, Load::requests(tenth))?;
    let first = engine.memory_mib()?;
    bench.load(&folder, &engine, Load::requests(requests - tenth))?;
    let last = engine.memory_mib()?;
    printer::result(format_args!(
        "\nmemory after {tenth} requests {first:.1} MiB, after {requests} {last:.1} MiB, ratio {:.3}",
        last / first
    ));
    Ok(())
}

const HEAD: [&str; 2] = [
    "| case | hyper, requests per CPU second | engine | paired ratio | lowest, highest | p99 at 70 %, hyper | engine | start to first answer | CPU time of that |",
    "|---|---|---|---|---|---|---|---|---|",
];

const PEER_HEAD: [&str; 2] = [
    "| case | peer | requests per CPU second | engine, times as many (paired) | start to first answer | memory afterwards |",
    "|---|---|---|---|---|---|",
];

/// The ratio is the median of those of the rounds, each of which compares two neighbours in time.
fn row(name: &str, measured: &Measured) -> String {
    let pairs = measured.engine.iter().zip(&measured.hyper);
    let mut ratios: Vec<f64> = pairs.map(|(ours, theirs)| ours / theirs).collect();
    ratios.sort_by(f64::total_cmp);
    let bound = |ratio: Option<&f64>| ratio.copied().unwrap_or(f64::NAN);
    format!(
        "| {name} | {:.0} | {:.0} | {:.3} | {:.3}, {:.3} | {:.2} ms | {:.2} ms | {:.0} ms | {:.0} ms |",
        median(measured.hyper.clone()),
        median(measured.engine.clone()),
        median(ratios.clone()),
        bound(ratios.first()),
        bound(ratios.last()),
        measured.hyper_p99 / 1e3,
        measured.engine_p99 / 1e3,
        measured.start_seconds * 1e3,
        measured.start_processor_seconds * 1e3
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_is_that_of_rounds() {
        let measured = Measured {
            hyper: vec![100.0, 50.0, 10.0],
            engine: vec![90.0, 50.0, 8.0],
            start_seconds: 0.05,
            start_processor_seconds: 0.04,
            hyper_p99: 1000.0,
            engine_p99: 1500.0,
        };
        assert_eq!(
            row("one", &measured),
            "| one | 50 | 50 | 0.900 | 0.800, 1.000 | 1.00 ms | 1.50 ms | 50 ms | 40 ms |"
        );
    }

    #[test]
    fn cases_are_called_as_on_the_command_line() {
        let names: Vec<String> = Case::value_variants()
            .iter()
            .map(|case| case.name())
            .collect();
        assert_eq!(
            names,
            [
                "one", "many", "late", "exact", "regex", "json", "template", "headers"
            ]
        );
    }
}
