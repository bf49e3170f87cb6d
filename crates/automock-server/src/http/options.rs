//! How a server is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::Duration;

use super::identity::Identity;
use crate::control::ControlOptions;

/// How a server is set up.
#[derive(Clone, Debug)]
pub struct ServerOptions {
    /// Where it listens; port 0 stands for any.
    pub address: SocketAddr,
    /// How many threads answer; as many as there are processors by default.
    pub workers: Option<NonZeroUsize>,
    /// What a client may do at most.
    pub limits: Limits,
    /// The control API.
    pub control: ControlOptions,
    /// Whom expectations may forward to.
    pub forward: ForwardOptions,
    /// Who it is over TLS, which it then speaks on the same ports; nothing for plain HTTP alone.
    pub tls: Option<Identity>,
    /// What scripts of other origins may do in a browser.
    pub cors: CorsOptions,
    /// Whether names of headers are sent in the case in which expectations write them, over HTTP/1.1.
    /// Clients do not mind the case, and each response with such a name costs a little more.
    pub written_case: bool,
    /// How long requests may take that run when a client stops the server.
    pub grace: Duration,
}

/// What a client may do at most.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Headers of a request.
    pub headers: usize,
    /// Bytes of a request line with its headers. Less than 8 KiB is 8 KiB for a single read.
    pub header_bytes: usize,
    /// Bytes of a body.
    pub body_bytes: usize,
    /// Bytes of all bodies in memory together, over all workers: those that are received, and those that are
    /// not answered yet. A body that does not fit now is refused with 503, one that never fits with 413.
    pub body_memory: usize,
    /// Bytes of a body for the control API, where whole files of expectations are sent.
    pub control_body_bytes: usize,
    /// How long the headers may take, from their first byte.
    pub header_timeout: Duration,
    /// How long a handshake of TLS may take.
    pub handshake_timeout: Duration,
    /// Handshakes at the same time, over all workers; more are closed at once.
    pub handshakes: usize,
    /// How long a body may take.
    pub body_timeout: Duration,
    /// How long a connection may rest.
    pub idle_timeout: Duration,
    /// Connections at the same time, over all workers. A new one beyond them takes the place of those that
    /// have been idle the longest; where none is idle it gets one answer, so that health checks get theirs
    /// from a server that has much to do. Beyond a few of these more are closed at once.
    pub connections: usize,
    /// Requests at the same time on one connection of HTTP/2.
    pub streams: u32,
}

/// Whom expectations may forward to. Nobody by default: a mock that is reachable could otherwise be
/// used to reach what only it can.
#[derive(Clone, Debug)]
pub struct ForwardOptions {
    /// Names or addresses of hosts, with or without a port; `*.example.com` stands for all below
    /// that name, `*` for all.
    pub hosts: Vec<String>,
    /// How long another server may take.
    pub timeout: Duration,
    /// A PEM file with authorities that are trusted besides those of this machine.
    pub ca_file: Option<PathBuf>,
    /// Whether a request that nothing expects goes to the host that it names, if that is one of
    /// [`hosts`](Self::hosts) and not this server.
    pub proxy: bool,
    /// Connections to one host that are kept for later.
    pub idle_connections: usize,
}

/// What scripts of other origins may do in a browser. A preflight request that nothing expects is
/// allowed in any case, unless it is for the control API.
#[derive(Clone, Debug)]
pub struct CorsOptions {
    /// Whether they may use the control API. Any page that is open in a browser on this machine
    /// could then change what is served.
    pub api: bool,
    /// Whether they may read all responses.
    pub all: bool,
    /// The origins that may; `*` for all.
    pub origin: String,
    /// The methods that they may use.
    pub methods: String,
    /// The headers that they may send and read, besides those that a preflight request names.
    pub headers: String,
    /// Whether they may send cookies.
    pub credentials: bool,
    /// How long a browser may remember that.
    pub max_age: Duration,
}

impl ServerOptions {
    /// Everything else by default.
    #[must_use]
    pub fn new(address: SocketAddr) -> Self {
        Self {
            address,
            workers: None,
            limits: Limits::default(),
            control: ControlOptions::default(),
            forward: ForwardOptions::default(),
            tls: None,
            cors: CorsOptions::default(),
            written_case: false,
            grace: Duration::from_secs(10),
        }
    }
}

/// Any port of this machine alone.
impl Default for ServerOptions {
    fn default() -> Self {
        Self::new(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            headers: Self::HEADERS_ON_THE_STACK,
            header_bytes: 64 << 10,
            body_bytes: 10 << 20,
            body_memory: Self::BODY_MEMORY,
            control_body_bytes: 64 << 20,
            header_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            handshakes: 2_000,
            body_timeout: Duration::from_mins(1),
            idle_timeout: Duration::from_secs(75),
            connections: 50_000,
            streams: 250,
        }
    }
}

impl Limits {
    /// Bytes of all bodies in memory where nothing is known of the memory that there is.
    pub const BODY_MEMORY: usize = 256 << 20;

    /// Connections with those that get one answer.
    #[must_use]
    pub fn all_connections(&self) -> usize {
        let extra = (self.connections / 16).clamp(1, Self::EXTRA_CONNECTIONS);
        self.connections.saturating_add(extra)
    }

    /// So many connections beyond the limit get one answer at most.
    pub const EXTRA_CONNECTIONS: usize = 64;

    /// With another number of headers hyper allocates memory for each request.
    pub(super) const HEADERS_ON_THE_STACK: usize = 100;
}

impl Default for ForwardOptions {
    fn default() -> Self {
        Self {
            hosts: Vec::new(),
            timeout: Duration::from_secs(30),
            ca_file: None,
            proxy: true,
            idle_connections: 32,
        }
    }
}

impl Default for CorsOptions {
    fn default() -> Self {
        Self {
            api: false,
            all: false,
            origin: "*".to_owned(),
            methods: "CONNECT, DELETE, GET, HEAD, OPTIONS, POST, PUT, PATCH, TRACE".to_owned(),
            headers: "Allow, Content-Encoding, Content-Length, Content-Type, ETag, Expires, \
                      Last-Modified, Location, Server, Vary, Authorization"
                .to_owned(),
            credentials: false,
            max_age: Duration::from_mins(5),
        }
    }
}

impl ForwardOptions {
    /// Whether a host may be asked.
    #[must_use]
    pub fn allows(&self, host: &str, port: u16) -> bool {
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        let with_port = format!("{host}:{port}");
        self.hosts.iter().any(|allowed| {
            let allowed = allowed.to_ascii_lowercase();
            let below = allowed
                .strip_prefix('*')
                .filter(|name| name.starts_with('.'));
            allowed == "*"
                || allowed == host
                || allowed == with_port
                || below.is_some_and(|name| host.ends_with(name))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_allowed_but_who_is_named() {
        let mut options = ForwardOptions::default();
        assert!(!options.allows("localhost", 80));
        options.hosts = vec!["api.test:8080".into(), "*.example.com".into(), "::1".into()];
        assert!(options.allows("API.test", 8080));
        assert!(!options.allows("api.test", 80));
        assert!(options.allows("a.b.example.com", 443));
        assert!(!options.allows("example.com", 443));
        assert!(!options.allows("badexample.com", 443));
        assert!(options.allows("[::1]", 80));
    }
}
