//! `automock forecast calibrate`: what one vCPU serves, measured on this machine.
//!
//! The server under load is a process of its own, so that its processor time can be told from that of
//! the clients, which live in this one. The rate per processor is answers over the server's processor time:
//! it doesn't matter how many processors there are, and how much of them the clients take.

mod client;
mod processor;
mod server;

use std::path::PathBuf;
use std::time::Duration;

use automock_forecast::RequestsPerSecond;
use automock_model::EngineKind;
use reqwest::Url;
use serde::Serialize;
use tokio::signal::unix::{SignalKind, signal};

use self::client::Load;
use self::processor::Processor;
pub(crate) use self::server::Ended;
use self::server::{Engine, MockServer};
use crate::args::GlobalArgs;
use crate::context::load_project;
use crate::failure::Failure;
use crate::printer::Printer;
use crate::signals::Signals;
use crate::text;

/// How long the engine is asked before anything counts. It is compiled code, and only fills its caches.
const ENGINE_WARM_UP: u32 = 1;

/// The same for a JVM, which compiles while it serves.
const JVM_WARM_UP: u32 = 10;

/// Of a server that is less busy than that, the clock of processor times is too coarse, and waiting is
/// what takes the time.
const IDLE_SHARE: f64 = 0.05;

/// What a vCPU of Fargate does of what a processor of this machine does: it is one of two threads of a
/// core (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/cpu-options-supported-instances-values.html>),
/// and a processor here may be a whole core. An assumption on the careful side.
const FARGATE_SHARE: f64 = 0.5;

/// Measure how many requests per second one vCPU serves
///
/// Asks for one of the project's expectations over a few connections on 127.0.0.1, for some seconds,
/// and divides the answers by the processor time that the server took. `automock forecast` takes the
/// result, or rather half of it, as `--per-vcpu`. It measures the project's engine: this program
/// itself, or a MockServer that you have.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What is measured
    #[command(flatten)]
    pub server: ServerArgs,

    /// How long to measure, in seconds
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 5,
        value_parser = clap::value_parser!(u32).range(1..=60)
    )]
    pub seconds: u32,

    /// How long to ask before measuring, in seconds; 1 for the engine and 10 for a JVM when left out
    #[arg(
        long,
        value_name = "SECONDS",
        value_parser = clap::value_parser!(u32).range(..=120)
    )]
    pub warm_up: Option<u32>,
}

/// What is measured: the engine, unless something else is named.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct ServerArgs {
    /// Start this MockServer, `mockserver-netty-…-jar-with-dependencies.jar`, with the `java` on PATH
    #[arg(long, value_name = "JAR", conflicts_with = "server")]
    pub mockserver: Option<PathBuf>,

    /// Measure a server that runs on this machine and has the project's expectations
    #[arg(long, value_name = "URL", requires = "share", value_parser = local)]
    pub server: Option<Url>,

    /// The process of `--server`, whose processor time is measured
    #[arg(long, value_name = "ID", group = "share", requires = "server")]
    pub pid: Option<u32>,

    /// How many processors `--server` may use, as in `docker run --cpus`: taken as busy all the time
    #[arg(long, value_name = "NUMBER", group = "share", requires = "server", value_parser = processors)]
    pub cpus: Option<f64>,
}

/// A URL whose host is this machine: nobody else is to be put under load.
fn local(text: &str) -> Result<Url, String> {
    let url: Url = text
        .parse()
        .map_err(|error| format!("it is no URL: {error}"))?;
    let is_local = match url.host_str() {
        Some("localhost") => true,
        Some(host) => host
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|address: std::net::IpAddr| address.is_loopback()),
        None => false,
    };
    let is_root = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    let is_anonymous = url.username().is_empty() && url.password().is_none();
    if url.scheme() == "http" && is_local && is_root && is_anonymous {
        return Ok(url);
    }
    Err(
        "a server of this machine is measured, at its root: write it as http://127.0.0.1:1080"
            .to_owned(),
    )
}

fn processors(text: &str) -> Result<f64, String> {
    let number: f64 = text
        .parse()
        .map_err(|_| "a number is expected".to_owned())?;
    let is_some = number > 0.0 && number <= 1_024.0;
    is_some
        .then_some(number)
        .ok_or_else(|| "it is above 0 and up to 1,024".to_owned())
}

/// What was measured.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Calibration {
    /// What was under load.
    pub(crate) server: String,
    /// Requests that were answered.
    pub(crate) requests: u64,
    /// How long it took.
    pub(crate) seconds: f64,
    /// Processor time of the server.
    pub(crate) processor_seconds: f64,
    /// Whether that was measured, and not taken from `--cpus`.
    pub(crate) is_processor_time_measured: bool,
    /// Requests per second that one processor of this machine serves.
    pub(crate) per_processor: RequestsPerSecond,
    /// What one vCPU of Fargate is taken to serve: half of that.
    pub(crate) per_vcpu: RequestsPerSecond,
}

pub(super) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let kind = load_project(global, printer)?.engine.kind;
    let measured = unless_stopped(measure(args, kind, global, printer)).await?;
    printer.result(&measured, text::calibration(&measured));
    Ok(())
}

/// Measures the project's engine as `forecast --calibrate` does.
pub(super) async fn of_engine(
    kind: EngineKind,
    global: &GlobalArgs,
    printer: Printer,
) -> Result<Calibration, Failure> {
    let args = Args {
        server: ServerArgs::default(),
        seconds: 5,
        warm_up: None,
    };
    unless_stopped(measure(&args, kind, global, printer)).await
}

/// Whatever ends this program also ends what it has started.
async fn unless_stopped<T>(
    measuring: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    let mut signals = Signals::listen();
    let mut hang_up = signal(SignalKind::hangup())
        .map_err(|error| Failure::io("listen for the end of the terminal", error))?;
    tokio::select! {
        measured = measuring => measured,
        () = signals.next() => Err(Failure::Interrupted),
        _ = hang_up.recv() => Err(Failure::Interrupted),
    }
}

/// # Errors
///
/// When the server can't be started, does not answer as the project's expectations say, or the project
/// has none that a plain request meets.
async fn measure(
    args: &Args,
    kind: EngineKind,
    global: &GlobalArgs,
    printer: Printer,
) -> Result<Calibration, Failure> {
    let named = &args.server;
    if kind == EngineKind::MockServer && named.mockserver.is_none() && named.server.is_none() {
        return Err(Failure::NoMockServer);
    }
    // Of any server, the engine knows what to ask for and what the answer is.
    let engine = Engine::start(global)?;
    let status = engine.answer().await?;
    let load = |url: &Url| Load {
        url: url.clone(),
        method: engine.example.method.clone(),
        target: engine.example.target.clone(),
        status,
    };
    if let Some(url) = &named.server {
        let processor = match (named.pid, named.cpus) {
            (Some(pid), _) => Processor::of(pid)?,
            (None, cpus) => Processor::Taken(cpus.unwrap_or(1.0)),
        };
        let load = load(url);
        drop(engine);
        return drive(
            url.as_str(),
            &load,
            processor,
            &args.times(JVM_WARM_UP),
            printer,
        )
        .await;
    }
    if let Some(jar) = &named.mockserver {
        let expectations = engine.expectations().await?;
        printer.step(format_args!("starting {}", jar.display()));
        let server = MockServer::start(jar, &expectations).await?;
        let (load, processor) = (load(&server.url), Processor::of(server.pid())?);
        drop(engine);
        return drive(
            "MockServer",
            &load,
            processor,
            &args.times(JVM_WARM_UP),
            printer,
        )
        .await;
    }
    if cfg!(debug_assertions) {
        printer.warning(
            "this automock is built without optimisation, and so is the engine that is measured; build it \
             with `--release`",
        );
    }
    let (load, processor) = (load(&engine.url), Processor::of(engine.pid())?);
    drive(
        "the engine",
        &load,
        processor,
        &args.times(ENGINE_WARM_UP),
        printer,
    )
    .await
}

/// How long to ask, before and while it counts.
struct Times {
    warm_up: Duration,
    measured: Duration,
}

impl Args {
    fn times(&self, usual_warm_up: u32) -> Times {
        let warm_up = self.warm_up.unwrap_or(usual_warm_up);
        Times {
            warm_up: Duration::from_secs(warm_up.into()),
            measured: Duration::from_secs(self.seconds.into()),
        }
    }
}

async fn drive(
    server: &str,
    load: &Load,
    mut processor: Processor,
    times: &Times,
    printer: Printer,
) -> Result<Calibration, Failure> {
    printer.step(format_args!(
        "asking {server} for {} {}: {} s to warm up, {} s to measure",
        load.method,
        load.target,
        times.warm_up.as_secs(),
        times.measured.as_secs()
    ));
    load.run(times.warm_up).await?;
    let before = processor.seconds()?;
    let (requests, took) = load.run(times.measured).await?;
    let took = took.as_secs_f64();
    let processor_seconds = match &processor {
        Processor::Taken(cpus) => cpus * took,
        Processor::Measured { .. } => processor.seconds()? - before,
    };
    if processor_seconds < took * IDLE_SHARE {
        let busy = processor_seconds / took * 100.0;
        let reason = format!(
            "its processor was busy for {busy:.0} % of the time: its answers are delayed, or it waits for \
             something else"
        );
        return Err(Failure::io(
            "measure the server",
            std::io::Error::other(reason),
        ));
    }
    let rate = precise(requests) / processor_seconds.max(f64::MIN_POSITIVE);
    let per_processor = RequestsPerSecond::new(rate).map_err(|_| {
        let reason = "the server took no processor time that could be measured";
        Failure::io("measure the server", std::io::Error::other(reason))
    })?;
    Ok(Calibration {
        server: server.to_owned(),
        requests,
        seconds: took,
        processor_seconds,
        is_processor_time_measured: matches!(processor, Processor::Measured { .. }),
        per_processor,
        per_vcpu: per_processor.times(FARGATE_SHARE),
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts of some seconds")]
fn precise(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_elses_server_is_put_under_load() {
        for url in [
            "http://127.0.0.1:1080",
            "http://localhost:1080/",
            "http://[::1]:80",
        ] {
            assert!(local(url).is_ok(), "{url}");
        }
        for url in [
            "http://example.com",
            "http://10.0.0.1:1080",
            "http://localhost.example.com",
            "https://127.0.0.1",
            "http://127.0.0.1/base",
            "http://127.0.0.1/?token=a",
            "http://user:secret@127.0.0.1",
            "127.0.0.1:1080",
            "",
        ] {
            assert!(local(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_server_has_some_processors() {
        assert_eq!(processors("0.5"), Ok(0.5));
        for bad in ["0", "-1", "NaN", "inf", "many", "2000"] {
            assert!(processors(bad).is_err(), "{bad}");
        }
    }
}
