//! `automock up`

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use automock_model::Region;
use automock_server::control::ControlOptions;
use automock_server::engine::{Engine, EngineOptions, Event};
use automock_server::http::{Server, ServerOptions};
use automock_server::source::{FollowOptions, Follower, Source, SourceEvent, s3_client};
use serde::Serialize;

use crate::args::GlobalArgs;
use crate::context::{self, load_project};
use crate::failure::Failure;
use crate::printer::Printer;
use crate::signals::Signals;

mod curl;
mod documents;
mod network;

use curl::Example;
use documents::Document;
pub use network::{CorsChoice, NetworkArgs};

/// How long requests may take that run when the server is stopped.
const GRACE: Duration = Duration::from_secs(5);

/// Serve a mock on this machine, at once
///
/// Serves the project's expectations, or those of a file, of a folder, of an S3 object, of a document on the
/// web, or of standard input (`-`), until Ctrl-C. What is saved is served at once; what is broken is told, and the old expectations stay. Requests
/// that nothing expects are explained. Clients of `MockServer` work as they are; only this machine may use
/// the control API.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File or folder with expectations, `s3://bucket/key`, `https://host/path`, or `-` for standard input; the
    /// project's own when left out
    pub source: Option<PathBuf>,

    /// Region of an S3 object; the project's when left out
    #[arg(long, env = "AWS_REGION", value_parser = Region::new)]
    pub region: Option<Region>,

    /// Seconds between two looks at an S3 object or a document on the web
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..))]
    pub poll: u64,

    /// Address to listen on
    #[arg(long, default_value = "127.0.0.1")]
    pub host: IpAddr,

    /// Port to listen on; 0 takes any that is free
    #[arg(long, default_value_t = 1080)]
    pub port: u16,

    /// How it is reached, and whom it asks
    #[command(flatten)]
    pub network: NetworkArgs,

    /// Leave the control API out: `/mockserver/…` is ordinary traffic
    #[arg(long)]
    pub no_control: bool,
}

/// What is served.
#[derive(Debug, Serialize)]
struct Up {
    url: String,
    revision: String,
    expectations: usize,
    curl: Option<String>,
    /// What the command asks for.
    example: Option<Example>,
    /// The OpenAPI documents among the sources.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    documents: Vec<Document>,
}

pub(crate) async fn run(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<(), Failure> {
    let source = find(args, global, printer)?;
    let engine = Arc::new(Engine::new(EngineOptions {
        observer: Some(Arc::new(move |event| tell(printer, event))),
        ..EngineOptions::default()
    }));
    let options = follow_options(&source, args, global, printer).await?;
    // The first content is the command's result, and not a change.
    let started = Arc::new(AtomicBool::new(false));
    let changes_count = Arc::clone(&started);
    let observe = move |event: &SourceEvent| {
        if changes_count.load(Ordering::Relaxed) {
            tell_of_source(printer, event);
        }
    };
    let follower = Follower::start(source, Arc::clone(&engine), options, observe);
    let mut follower = follower.map_err(Failure::Source)?;
    let content = follower.first().await.map_err(Failure::Source)?;
    started.store(true, Ordering::Relaxed);
    // Whoever reads the URL may end the server at once, and in good order.
    let mut signals = Signals::listen();
    let server = start(args, &engine)?;
    let url = format!("http://{}", server.address());
    documents::tell(printer, &content.documents);
    let example = curl::example(&engine.book().snapshot());
    let up = Up {
        curl: example.as_ref().map(|example| example.command(&url)),
        example,
        url,
        revision: content.revision.to_string(),
        expectations: content.expectations,
        documents: content.documents.iter().map(Document::new).collect(),
    };
    printer.result(&up, in_words(&up));
    if args.network.takes_tls() {
        printer.note(format_args!("https://{} as well", server.address()));
    }
    tokio::select! {
        () = signals.next() => printer.note("stopping"),
        () = stopped(&server) => printer.note("a client has stopped the server"),
    }
    let stop = tokio::task::spawn_blocking(move || {
        let _ = server.stop(GRACE);
    });
    stop.await
        .map_err(|error| Failure::io("stop the server", std::io::Error::other(error)))
}

/// Where the expectations come from: what is named, or the project's own.
fn find(args: &Args, global: &GlobalArgs, printer: Printer) -> Result<Source, Failure> {
    let named = |path: &Path| Source::named(path).map_err(Failure::Source);
    match &args.source {
        Some(path) => named(path),
        None => named(
            &global
                .project
                .join(load_project(global, printer)?.expectations),
        ),
    }
}

async fn follow_options(
    source: &Source,
    args: &Args,
    global: &GlobalArgs,
    printer: Printer,
) -> Result<FollowOptions, Failure> {
    let mut options = FollowOptions {
        poll: Duration::from_secs(args.poll),
        ..FollowOptions::default()
    };
    if matches!(source, Source::Object(_)) {
        let region = context::region(args.region.as_ref(), global, printer)?;
        options.s3 = Some(s3_client(Some(region.as_str())).await);
    }
    Ok(options)
}

fn start(args: &Args, engine: &Arc<Engine>) -> Result<Server, Failure> {
    let address = SocketAddr::new(args.host, args.port);
    let mut options = ServerOptions::new(address);
    options.control = ControlOptions {
        enabled: !args.no_control,
        ..ControlOptions::for_this_machine()
    };
    args.network.apply(&mut options)?;
    Server::start(Arc::clone(engine), options).map_err(|source| match source.kind() {
        // What is wrong is a file that `--forward-ca` names, not the port.
        ErrorKind::InvalidInput => Failure::io("trust the authorities", source),
        _ => Failure::Listen { address, source },
    })
}

fn tell_of_source(printer: Printer, event: &SourceEvent) {
    match event {
        SourceEvent::Served(served) => {
            printer.step(event);
            documents::tell(printer, &served.documents);
        }
        SourceEvent::Refused { .. } | SourceEvent::Unreadable(_) => {
            printer.problem(&event.to_string());
        }
        _ => printer.note(event),
    }
}

/// Returns when a client has stopped the server.
async fn stopped(server: &Server) {
    const LOOK_EVERY: Duration = Duration::from_millis(200);
    while !server.is_stopped() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn tell(printer: Printer, event: &Event) {
    match event {
        Event::Miss(miss) => printer.note(miss),
        Event::Failure { id, reason } => printer.warning(format_args!("{id}: {reason}")),
        _ => {}
    }
}

fn in_words(up: &Up) -> String {
    let curl = up
        .curl
        .as_ref()
        .map_or_else(String::new, |curl| format!("\n  {curl}"));
    format!(
        "{} serves {} expectations, revision {}{curl}",
        up.url, up.expectations, up.revision
    )
}
