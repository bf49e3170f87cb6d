//! Which requests are calls of the control API.

use automock_model::expectations::READY_PATH;
use http::Method;

use super::ControlOptions;
use crate::dashboard::View;

/// What a call wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Create or replace expectations.
    Expectation,
    /// Create expectations out of an API description.
    OpenApi,
    /// Remove expectations, requests or both.
    Clear,
    /// Remove everything.
    Reset,
    /// Get requests, expectations or the log.
    Retrieve,
    /// Tell how often requests came.
    Verify,
    /// Tell in which order requests came.
    VerifySequence,
    /// Tell the ports.
    Status,
    /// Listen on more ports.
    Bind,
    /// End.
    Stop,
}

/// Where a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// One of the verbs.
    Command {
        /// What it wants.
        verb: Verb,
        /// The path is without `/mockserver`, as it was long ago.
        deprecated: bool,
    },
    /// Counters for Prometheus.
    Metrics,
    /// The page for people, or what it asks for.
    Dashboard(View),
    /// Whether a revision is served.
    Ready,
    /// Whether the server lives.
    Liveness,
    /// The WebSocket of a client that answers requests itself.
    Callback,
}

/// What starts the paths of the API.
const PREFIX: &str = "/mockserver";

impl Verb {
    fn of(name: &str) -> Option<Self> {
        Some(match name {
            "/expectation" => Self::Expectation,
            "/openapi" => Self::OpenApi,
            "/clear" => Self::Clear,
            "/reset" => Self::Reset,
            "/retrieve" => Self::Retrieve,
            "/verify" => Self::Verify,
            "/verifySequence" => Self::VerifySequence,
            "/status" => Self::Status,
            "/bind" => Self::Bind,
            "/stop" => Self::Stop,
            _ => return None,
        })
    }
}

impl Route {
    /// Where a request goes; nothing if it is ordinary traffic.
    #[must_use]
    pub fn of(options: &ControlOptions, method: &Method, path: &str) -> Option<Self> {
        match *method {
            Method::PUT if options.enabled => Self::command(path),
            Method::GET => Self::page(options, path),
            _ => None,
        }
    }

    /// Whether anybody may ask, because load balancers cannot say who they are.
    #[must_use]
    pub fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Liveness)
    }

    fn command(path: &str) -> Option<Self> {
        let (name, deprecated) = match path.strip_prefix(PREFIX) {
            Some(name) => (name, false),
            None => (path, true),
        };
        Verb::of(name).map(|verb| Self::Command { verb, deprecated })
    }

    fn page(options: &ControlOptions, path: &str) -> Option<Self> {
        if options.enabled
            && let Some(view) = View::of(path)
        {
            return Some(Self::Dashboard(view));
        }
        match path {
            READY_PATH => Some(Self::Ready),
            "/mockserver/metrics" if options.enabled => Some(Self::Metrics),
            "/_mockserver_callback_websocket" if options.enabled => Some(Self::Callback),
            _ => (options.liveness_path.as_deref() == Some(path)).then_some(Self::Liveness),
        }
    }
}
