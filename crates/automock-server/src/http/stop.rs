//! How a server stops.

use std::time::Duration;

/// How a server stops, from the moment at which it accepts no more.
///
/// What the kernel has accepted until then is served. Over HTTP/1.1 the server closes a connection only after
/// an answer that carries `connection: close`: a client that keeps a connection may send a request at the very
/// instant at which the server closes it, and could not know whether it was seen.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stop {
    /// How long requests in progress may take.
    pub grace: Duration,
    /// How long idle connections stay open for a last request. Where clients reuse connections, as load
    /// balancers do, it should be the grace; at a terminal nobody wants to wait for them.
    pub idle: Duration,
}

/// What came of stopping.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stopped {
    /// Requests that were still in progress when the grace was over, and got no answer.
    pub cut: u64,
}

/// Does not wait for idle connections.
impl From<Duration> for Stop {
    fn from(grace: Duration) -> Self {
        let idle = Duration::ZERO;
        Self { grace, idle }
    }
}

impl Stop {
    /// At once: what is in progress gets no answer.
    pub const AT_ONCE: Self = Self {
        grace: Duration::ZERO,
        idle: Duration::ZERO,
    };
}
