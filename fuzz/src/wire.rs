//! The server, over a real connection.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::num::NonZeroUsize;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use automock_server::definition::read_expectations;
use automock_server::engine::Engine;
use automock_server::http::{Server, ServerOptions};
use automock_server::node::Node;

const EXPECTATIONS: &str = r#"[
    {"httpRequest": {"path": "/a", "body": {"a": 1}}, "httpResponse": {"body": {"json": {"b": 2}}}},
    {"httpRequest": {"path": "/c.*", "headers": {"x-.*": ["\\d+"]}},
     "httpResponse": {"connectionOptions": {"chunkSize": 3}, "body": "a longer text"}},
    {"httpRequest": {"path": "/e"}, "httpError": {"dropConnection": true, "responseBytes": "AAEC"}}]"#;

const NEXT: &[u8] = b"GET /none HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";

/// What a client does after it has sent everything.
#[derive(PartialEq)]
enum After {
    /// It says that nothing more comes, upon which the server may close before it has answered.
    Nothing,
    /// It waits until the server closes.
    Waiting,
}

struct Running {
    address: SocketAddr,
    engine: Arc<Engine>,
    _server: Server,
}

impl Running {
    /// What an input has expected of the server is no business of the next: it may have asked that every
    /// connection is dropped, or waits.
    fn begin_anew(&self) {
        self.engine.reset();
        let node = Node::parse(EXPECTATIONS).expect("it is JSON");
        let expectations = read_expectations(node).expect("they are expectations");
        self.engine.load("r", expectations).expect("there are few");
    }
}

static SERVER: LazyLock<Running> = LazyLock::new(|| {
    let mut options = ServerOptions {
        workers: NonZeroUsize::new(1),
        ..ServerOptions::default()
    };
    options.control.stop = false;
    options.control.bind = false;
    options.limits.body_bytes = 64 << 10;
    options.limits.control_body_bytes = 64 << 10;
    let engine = Arc::new(Engine::default());
    let server = Server::start(Arc::clone(&engine), options).expect("a port is free");
    Running {
        address: server.address(),
        engine,
        _server: server,
    }
});

/// Bytes of a client in, bytes of the server out, over loopback. The client then says nothing more.
///
/// The server ends the connection in time, and still answers the next client.
///
/// # Panics
/// When one of these does not hold.
pub fn wire(data: &[u8]) {
    let running = &*SERVER;
    running.begin_anew();
    let _ = ask(running.address, data, &After::Nothing);
    running.begin_anew();
    let (next, end) = ask(running.address, NEXT, &After::Waiting);
    if next.starts_with(b"HTTP/1.1 ") {
        return;
    }
    let (again, _) = ask(running.address, NEXT, &After::Waiting);
    panic!(
        "the server gives no answer: {:?}, then {end:?}; asked again {:?}",
        String::from_utf8_lossy(&next),
        String::from_utf8_lossy(&again)
    );
}

/// What came, and how the connection ended if that was an error.
fn ask(address: SocketAddr, data: &[u8], after: &After) -> (Vec<u8>, Option<ErrorKind>) {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    let limit = Some(Duration::from_secs(4));
    stream.set_read_timeout(limit).expect("a limit is not zero");
    stream
        .set_write_timeout(limit)
        .expect("a limit is not zero");
    // A server that has enough may close before all is sent.
    let _ = stream.write_all(data);
    if *after == After::Nothing {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut found = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match stream.read(&mut piece) {
            Ok(0) => return (found, None),
            Ok(count) => found.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => {
                panic!("the connection stays open for {limit:?}")
            }
            // The fuzzer's own alarm clock.
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return (found, Some(error.kind())),
        }
    }
}
