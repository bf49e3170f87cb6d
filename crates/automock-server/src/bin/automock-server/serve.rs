//! From the start to the end.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use automock_server::engine::{Engine, EngineOptions};
use automock_server::http::Server;
use automock_server::source::Source;
use serde_json::json;
use tokio::runtime;
use tokio::signal::unix::{SignalKind, signal};

use crate::arguments::Arguments;
use crate::{log, metrics};

/// The exit code when nothing was served.
const CANNOT_SERVE: u8 = 1;

/// How often to look whether a client has stopped the server.
const LOOK_EVERY: Duration = Duration::from_millis(500);

pub(crate) fn run(arguments: &Arguments) -> ExitCode {
    match serve(arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            log::write("failed", json!({"reason": log::chain(&*error)}));
            ExitCode::from(CANNOT_SERVE)
        }
    }
}

fn serve(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let source = Source::named(&arguments.source)?;
    let engine = Arc::new(Engine::new(EngineOptions {
        journal: arguments.journal(),
        observer: Some(Arc::new(log::tell)),
        ..EngineOptions::default()
    }));
    log::tell_of_load(&source.serve(&engine)?);
    if let Some(destination) = arguments.metrics() {
        metrics::write_for_ever(destination, Arc::clone(&engine));
    }
    let server = Server::start(Arc::clone(&engine), arguments.server())?;
    log::write("serving", json!({"address": server.address().to_string()}));
    let _keeper = source.keep(Arc::clone(&engine), log::tell_of_reload)?;
    let reason = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(told_to_stop(&server))?;
    log::write("stopping", json!({"reason": reason}));
    server.stop(arguments.grace());
    log::write("stopped", json!({}));
    Ok(())
}

async fn told_to_stop(server: &Server) -> Result<&'static str, std::io::Error> {
    let mut terminated = signal(SignalKind::terminate())?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    Ok(tokio::select! {
        _ = terminated.recv() => "terminated",
        _ = interrupted.recv() => "interrupted",
        () = stopped(server) => "stopped by a client",
    })
}

async fn stopped(server: &Server) {
    while !server.is_stopped() {
        tokio::time::sleep(LOOK_EVERY).await;
    }
}
