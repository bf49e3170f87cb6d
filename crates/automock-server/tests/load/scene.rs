//! A server to put under load.

use std::net::SocketAddr;
use std::sync::Arc;

use automock_server::definition::read_expectations;
use automock_server::engine::Engine;
use automock_server::http::{Server, ServerOptions};
use automock_server::node::Node;

use super::client::{Client, said};

/// A server with one worker per processor.
pub struct Scene {
    pub address: SocketAddr,
    pub engine: Arc<Engine>,
    _server: Server,
}

impl Scene {
    pub fn start() -> Result<Self, String> {
        let engine = Arc::new(Engine::default());
        let server = Server::start(Arc::clone(&engine), ServerOptions::default());
        let server = server.map_err(said("start a server"))?;
        Ok(Self {
            address: server.address(),
            engine,
            _server: server,
        })
    }

    pub fn load(&self, expectations: &str) -> Result<(), String> {
        let node = Node::parse(expectations).map_err(said("read"))?;
        let expectations = read_expectations(node).map_err(|refusals| format!("{refusals:?}"))?;
        let loaded = self.engine.load("r", expectations);
        loaded.map_err(said("load"))
    }

    /// The status of a call.
    pub fn put(&self, path: &str, body: &str) -> Result<u16, String> {
        let request = format!(
            "PUT {path} HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut status = 0;
        Client::connect(self.address)?.batch(request.as_bytes(), 1, |_, response| {
            status = response.status;
            Ok(())
        })?;
        Ok(status)
    }
}
