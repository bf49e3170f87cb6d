//! A server, and clients that are not too polite.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    reason = "each test uses a part, and fails with it"
)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use automock_server::engine::Engine;
use automock_server::http::{Server, ServerOptions};

/// A server with two workers on any port.
pub fn serve(change: impl FnOnce(&mut ServerOptions)) -> Running {
    let mut options = ServerOptions {
        workers: NonZeroUsize::new(2),
        ..ServerOptions::default()
    };
    change(&mut options);
    let engine = Arc::new(Engine::default());
    let server = Server::start(Arc::clone(&engine), options).unwrap();
    Running {
        address: server.address(),
        engine,
        server,
    }
}

/// A server that serves these expectations.
pub fn serving(expectations: &str) -> Running {
    let running = serve(|_| {});
    running.create(expectations);
    running
}

/// Connects over TLS, with trust in nobody but these authorities. ALPN names the protocols.
pub fn tls_config(ca_pem: &str, protocols: &[&str]) -> rustls::ClientConfig {
    use rustls::pki_types::pem::PemObject;
    let mut roots = rustls::RootCertStore::empty();
    for certificate in rustls::pki_types::CertificateDer::pem_slice_iter(ca_pem.as_bytes()) {
        roots.add(certificate.unwrap()).unwrap();
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = protocols
        .iter()
        .map(|name| name.as_bytes().to_vec())
        .collect();
    config
}

/// A server that takes TLS with a generated certificate, and the PEM of its authority.
pub fn serve_tls(change: impl FnOnce(&mut ServerOptions)) -> (Running, String) {
    let identity = automock_server::http::Identity::generate(&["mock.test".to_owned()]).unwrap();
    let ca = identity.ca_pem().unwrap().to_owned();
    let running = serve(|options| {
        options.tls = Some(identity);
        change(options);
    });
    (running, ca)
}

pub struct Running {
    pub address: SocketAddr,
    pub engine: Arc<Engine>,
    pub server: Server,
}

impl Running {
    pub fn create(&self, expectations: &str) {
        let (status, text) = self.put("/mockserver/expectation", expectations);
        assert_eq!(status, 201, "{text}");
    }

    /// The status and the body of a call.
    pub fn put(&self, path: &str, body: &str) -> (u16, String) {
        let response = agent().put(self.url(path)).send(body).unwrap();
        text(response)
    }

    pub fn get(&self, path: &str) -> (u16, String) {
        text(agent().get(self.url(path)).call().unwrap())
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        stream
    }

    /// All that comes over TLS until the server closes, after these bytes were sent.
    pub fn talk_tls(&self, ca: &str, host: &str, text: &str) -> Result<String, std::io::Error> {
        let config = Arc::new(tls_config(ca, &[]));
        let name = host.to_owned().try_into().unwrap();
        let client = rustls::ClientConnection::new(config, name).unwrap();
        let mut stream = rustls::StreamOwned::new(client, self.connect());
        stream.write_all(text.as_bytes())?;
        let mut found = String::new();
        stream.read_to_string(&mut found)?;
        Ok(found)
    }

    /// All that comes until the server closes, after these bytes were sent.
    pub fn talk(&self, bytes: &[u8]) -> Vec<u8> {
        let mut stream = self.connect();
        stream.write_all(bytes).unwrap();
        read_all(&mut stream)
    }

    pub fn talk_text(&self, text: &str) -> String {
        String::from_utf8_lossy(&self.talk(text.as_bytes())).into_owned()
    }
}

/// All that comes; a reset ends it as a close does.
pub fn read_all(stream: &mut TcpStream) -> Vec<u8> {
    let mut found = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return found,
            Ok(count) => found.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionReset => return found,
            Err(error) => panic!("{error}; so far {}", String::from_utf8_lossy(&found)),
        }
    }
}

/// A client that takes every status.
pub fn agent() -> ureq::Agent {
    let config = ureq::Agent::config_builder().http_status_as_error(false);
    config
        .timeout_global(Some(Duration::from_secs(20)))
        .build()
        .into()
}

fn text(mut response: ureq::http::Response<ureq::Body>) -> (u16, String) {
    let status = response.status().as_u16();
    (status, response.body_mut().read_to_string().unwrap())
}
