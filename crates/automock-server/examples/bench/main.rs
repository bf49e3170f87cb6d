//! What `cargo xtask bench engine` measures with: a server of the engine, a minimal server on hyper
//! that sends the same bytes, and clients for both.
//!
//! ```console
//! bench write <case> <folder>               # expectations, and the requests with their answers
//! bench engine <folder>                     # serves the expectations
//! bench hyper <folder>                      # sends the answers
//! bench load <folder> <address> seconds=5   # or requests=1000; with rate=1000 at most so many a second
//! ```

#![expect(
    clippy::print_stdout,
    reason = "it tells its results to who started it"
)]

mod case;
mod floor;
mod load;

use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;

use automock_server::engine::Engine;
use automock_server::http::{Server, ServerOptions};
use automock_server::source::Local;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["write", case, folder] => case::write(case, Path::new(folder)),
        ["engine", folder] => engine(Path::new(folder)),
        ["hyper", folder] => floor::serve(Path::new(folder)),
        ["load", folder, address, options @ ..] => {
            let options = load::Options::read(options)?;
            println!(
                "{}",
                load::run(Path::new(folder), address.parse()?, options)?
            );
            Ok(())
        }
        _ => Err("write, engine, hyper or load is expected, with a folder".into()),
    }
}

/// One worker, with all that is on by default: the journal, the counters, the control API.
fn engine(folder: &Path) -> Outcome {
    let loaded = Local::named(&folder.join(case::EXPECTATIONS))?.read()?;
    let engine = Arc::new(Engine::default());
    engine.load(loaded.revision.as_str(), loaded.expectations)?;
    let options = ServerOptions {
        workers: Some(NonZeroUsize::MIN),
        ..ServerOptions::default()
    };
    let server = Server::start(engine, options)?;
    println!("{}", server.address());
    server.wait();
    Ok(())
}
