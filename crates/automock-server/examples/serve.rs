//! Serves a file of expectations: `cargo run -p automock-server --example serve -- mock.json`.
//! With the name of a second file it takes TLS as well, and writes there whom a client must trust.

#![expect(clippy::print_stdout, reason = "that is what an example is for")]

use std::error::Error;
use std::path::Path;
use std::sync::Arc;

use automock_server::engine::Engine;
use automock_server::http::{Identity, Server, ServerOptions};
use automock_server::source::Local;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1);
    let path = path.ok_or("name a file or a folder with expectations")?;
    let loaded = Local::named(Path::new(&path))?.read()?;
    let engine = Arc::new(Engine::default());
    engine.load(loaded.revision.as_str(), loaded.expectations)?;
    let mut options = ServerOptions::default();
    if let Some(file) = std::env::args().nth(2) {
        let identity = Identity::generate(&[])?;
        identity.write_ca(Path::new(&file))?;
        options.tls = Some(identity);
    }
    let server = Server::start(engine, options)?;
    println!("http://{}", server.address());
    server.wait();
    Ok(())
}
