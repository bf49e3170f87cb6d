//! Serves a file of expectations: `cargo run -p automock-server --example serve -- mock.json`.

#![expect(clippy::print_stdout, reason = "that is what an example is for")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use automock_server::engine::Engine;
use automock_server::http::{Server, ServerOptions};
use automock_server::source::Source;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1);
    let path = path.ok_or("name a file or a folder with expectations")?;
    let loaded = Source::named(Path::new(&path))?.read()?;
    let engine = Arc::new(Engine::default());
    engine.load(&loaded.revision, loaded.expectations)?;
    let server = Server::start(engine, ServerOptions::default())?;
    println!("http://{}", server.address());
    server.wait();
    Ok(())
}
