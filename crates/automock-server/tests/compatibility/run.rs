//! Plays a case.

use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use automock_server::engine::{Engine, EngineOptions, Event};
use automock_server::http::{Identity, Server, ServerOptions};
use automock_server::node::Node;
use tempfile::NamedTempFile;

use super::case::{Answer, Ask, Case, FullAsk};
use super::check::check;
use super::client::ask;

/// A server, and the reasons it has given for answers that it could not give.
struct Running {
    address: SocketAddr,
    failures: Arc<Mutex<Vec<String>>>,
    /// Who signed its certificate, if it speaks TLS.
    ca: Option<NamedTempFile>,
    _server: Server,
}

/// Says what is not as the case says.
pub fn run(case: &Case) -> Result<(), String> {
    let upstream = case.upstream.as_ref().map(Running::upstream).transpose()?;
    let server = Running::start(|options| {
        options.forward.hosts = vec!["127.0.0.1".to_owned()];
        options.forward.ca_file = upstream.as_ref().and_then(Running::ca_file);
    });
    let body = case
        .body
        .as_ref()
        .map(|body| filled_in(body, upstream.as_ref()));
    match (&body, &case.refused) {
        (Some(body), Some(reason)) => return server.is_refused(&case.put, body, reason),
        (Some(body), None) => server.put(&case.put, body, accepted(&case.put), "the call")?,
        (None, None) => {}
        (None, Some(_)) => return Err("nothing is refused without a body".to_owned()),
    }
    if let Some(reason) = &case.fails {
        return server.fails(case, reason);
    }
    let found = case.answer.clone().unwrap_or_else(Answer::found);
    server.all(&case.hits, &found)?;
    server.all(&case.misses, &Answer::none())?;
    for call in &case.calls {
        server.one(&call.ask, &call.answer)?;
    }
    let is_tried = !case.hits.is_empty() || !case.calls.is_empty() || case.put != "expectation";
    if is_tried {
        Ok(())
    } else {
        Err("nothing is tried".to_owned())
    }
}

impl Running {
    /// Another server, which speaks TLS as well.
    fn upstream(expectations: &Node) -> Result<Self, String> {
        let identity = Identity::generate(&["127.0.0.1".to_owned()]).unwrap();
        let ca = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&ca, identity.ca_pem().unwrap()).unwrap();
        let server = Self {
            ca: Some(ca),
            ..Self::start(|options| options.tls = Some(identity))
        };
        server.put("expectation", &expectations.to_string(), 201, "upstream")?;
        Ok(server)
    }

    fn ca_file(&self) -> Option<PathBuf> {
        self.ca.as_ref().map(|file| file.path().to_owned())
    }

    fn start(set_up: impl FnOnce(&mut ServerOptions)) -> Self {
        let failures = Arc::new(Mutex::new(Vec::new()));
        let told = Arc::clone(&failures);
        let observer = move |event: &Event| {
            if let Event::Failure { reason, .. } = event {
                told.lock().unwrap().push(reason.clone());
            }
        };
        let engine = Engine::new(EngineOptions {
            observer: Some(Arc::new(observer)),
            ..EngineOptions::default()
        });
        let mut options = ServerOptions {
            workers: NonZeroUsize::new(1),
            ..ServerOptions::default()
        };
        set_up(&mut options);
        let server = Server::start(Arc::new(engine), options).unwrap();
        Self {
            address: server.address(),
            failures,
            ca: None,
            _server: server,
        }
    }

    fn put(&self, name: &str, body: &str, status: u16, what: &str) -> Result<(), String> {
        let seen = ask(self.address, &call(name, body));
        if seen.status == Some(status) {
            return Ok(());
        }
        let text = String::from_utf8_lossy(&seen.body);
        Err(format!("{what} is refused: {:?} {text}", seen.status))
    }

    fn is_refused(&self, name: &str, body: &str, reason: &str) -> Result<(), String> {
        let mut seen = ask(self.address, &call(name, body));
        let expected = Answer {
            status: Some(400),
            body: Some(reason.to_owned()),
            ..Answer::default()
        };
        check(&expected, &mut seen)
    }

    fn all(&self, asks: &[Ask], answer: &Answer) -> Result<(), String> {
        asks.iter().try_for_each(|ask| self.one(ask, answer))
    }

    fn one(&self, request: &Ask, answer: &Answer) -> Result<(), String> {
        let mut seen = ask(self.address, &request.full());
        check(answer, &mut seen).map_err(|fault| format!("{request:?}: {fault}"))
    }

    /// The first hit is answered with 404 or 502, and the engine says why.
    fn fails(&self, case: &Case, reason: &str) -> Result<(), String> {
        let request = case.hits.first().ok_or("a failure needs a hit")?;
        let seen = ask(self.address, &request.full());
        if !matches!(seen.status, Some(404 | 502)) {
            return Err(format!("{request:?} is answered: {:?}", seen.status));
        }
        let failures = self.failures.lock().unwrap();
        if *failures == [reason] {
            return Ok(());
        }
        Err(format!("it fails because of {failures:?}"))
    }
}

fn call(name: &str, body: &str) -> FullAsk {
    FullAsk {
        line: format!("PUT /mockserver/{name}"),
        body: Some(body.to_owned()),
        ..FullAsk::default()
    }
}

fn accepted(name: &str) -> u16 {
    match name {
        "expectation" | "openapi" => 201,
        "verify" | "verifySequence" => 202,
        _ => 200,
    }
}

fn filled_in(body: &Node, upstream: Option<&Running>) -> String {
    let text = body.to_string();
    let Some(upstream) = upstream else {
        return text;
    };
    text.replace("\"PORT_OF_UPSTREAM\"", &upstream.address.port().to_string())
        .replace("UPSTREAM", &upstream.address.to_string())
}
