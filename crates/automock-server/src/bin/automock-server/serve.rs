//! From the start to the end.

use std::error::Error;
use std::process::ExitCode;
use std::sync::Arc;

use automock_server::engine::{Engine, EngineOptions};
use automock_server::http::Server;
use automock_server::source::Source;
use serde_json::json;

use crate::arguments::Arguments;
use crate::expectations;
use crate::log;
use crate::machine::Machine;
use crate::metrics::Writer;
use crate::stop::End;

/// The exit code when nothing was served.
const CANNOT_SERVE: u8 = 1;

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
    let end = End::listen()?;
    let machine = Machine::find();
    let source = arguments.source().map(Source::named).transpose()?;
    let engine = Arc::new(Engine::new(EngineOptions {
        journal: arguments.journal(),
        memory: arguments.room(&machine),
        observer: Some(Arc::new(log::tell)),
        ..EngineOptions::default()
    }));
    let _follower = if let Some(source) = source {
        Some(expectations::follow(source, &engine, arguments, &machine)?)
    } else {
        expectations::serve_none(&engine)?;
        None
    };
    let destination = arguments.metrics();
    let metrics = destination.map(|destination| {
        Writer::start(destination, Arc::clone(&engine), machine.share.processors)
    });
    let options = arguments.server(&machine)?;
    machine.tell(&options.limits);
    let server = Server::start(Arc::clone(&engine), options)?;
    log::write("serving", json!({"address": server.address().to_string()}));
    end.wait(server, &engine, arguments.times(), metrics);
    Ok(())
}
