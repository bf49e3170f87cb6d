//! Takes calls.

use std::net::SocketAddr;
use std::sync::Arc;

use automock_model::expectations::REVISION_HEADER;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, StatusCode};

use super::access::refuse;
use super::reply::{empty, json, text};
use super::{ControlOptions, Route, Verb, metrics};
use crate::dashboard;
use crate::engine::Engine;
use crate::node::Node;
use crate::request::parse_parameters;

/// A response of the control API.
pub(super) type Response = http::Response<Bytes>;

/// The control API of one listener.
#[derive(Debug)]
pub struct Control {
    pub(super) engine: Arc<Engine>,
    pub(super) options: ControlOptions,
}

/// A call.
#[derive(Clone, Debug)]
pub struct ControlRequest {
    /// Its query.
    pub query: String,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
    /// Where it came from.
    pub remote: Option<SocketAddr>,
}

/// The server around the engine.
pub trait Host {
    /// The ports on which it listens.
    fn ports(&self) -> Vec<u16>;

    /// Listens on more ports; 0 stands for any. Gives those ports.
    ///
    /// # Errors
    /// Why a port cannot be had, in words.
    fn bind(&self, ports: &[u16]) -> Result<Vec<u16>, String>;

    /// Whether it is about to stop, so that load balancers should look for other targets.
    fn is_draining(&self) -> bool {
        false
    }

    /// Begins to end.
    fn stop(&self);
}

impl Control {
    /// The control API of an engine.
    #[must_use]
    pub fn new(engine: Arc<Engine>, options: ControlOptions) -> Self {
        Self { engine, options }
    }

    /// Where a request goes; nothing if it is ordinary traffic.
    #[must_use]
    pub fn route(&self, method: &Method, path: &str) -> Option<Route> {
        Route::of(&self.options, method, path)
    }

    /// Refuses a call before its body is read, if its sender may not call.
    #[must_use]
    pub fn refuse(&self, route: Route, request: &ControlRequest) -> Option<Response> {
        if route.is_open() {
            None
        } else {
            refuse(&self.options, request)
        }
    }

    /// Does what a call wants.
    #[must_use]
    pub fn handle(&self, route: Route, request: &ControlRequest, host: &dyn Host) -> Response {
        if let Some(refusal) = self.refuse(route, request) {
            return refusal;
        }
        match route {
            Route::Metrics => text(StatusCode::OK, metrics(&self.engine)),
            Route::Dashboard(view) => dashboard::show(&self.engine, view, request),
            Route::Ready => self.ready(host),
            Route::Liveness => self.status(host),
            Route::Callback => text(
                StatusCode::NOT_IMPLEMENTED,
                "callbacks need a connection of their own",
            ),
            Route::Command { verb, deprecated } => {
                let mut response = self.command(verb, request, host);
                self.mark(&mut response, deprecated);
                response
            }
        }
    }

    fn command(&self, verb: Verb, request: &ControlRequest, host: &dyn Host) -> Response {
        match verb {
            Verb::Expectation => self.create(request),
            Verb::OpenApi => self.import(request),
            Verb::Clear => self.clear(request),
            Verb::Reset => self.reset(),
            Verb::Retrieve => self.retrieve(request),
            Verb::Verify => self.verify(request),
            Verb::VerifySequence => self.verify_sequence(request),
            Verb::Status => self.status(host),
            Verb::Bind => self.bind(request, host),
            Verb::Stop => self.stop(host),
        }
    }

    fn mark(&self, response: &mut Response, deprecated: bool) {
        let headers = response.headers_mut();
        if let Ok(version) = HeaderValue::from_str(&self.options.version) {
            headers.insert("version", version);
        }
        if deprecated {
            let hint = "this path is deprecated, put /mockserver before it";
            headers.insert("deprecated", HeaderValue::from_static(hint));
        }
    }

    /// Whether a revision is served and will go on being served, for load balancers.
    fn ready(&self, host: &dyn Host) -> Response {
        if host.is_draining() {
            return text(
                StatusCode::SERVICE_UNAVAILABLE,
                "the server is about to stop",
            );
        }
        let Some(revision) = self.engine.revision() else {
            return text(
                StatusCode::SERVICE_UNAVAILABLE,
                "no expectations are served yet",
            );
        };
        let mut response = json(
            StatusCode::OK,
            &Node::from([("revision", Node::from(&*revision))]),
        );
        match HeaderValue::from_str(&revision) {
            Ok(value) => {
                response.headers_mut().insert(REVISION_HEADER, value);
                response
            }
            Err(_) => empty(StatusCode::SERVICE_UNAVAILABLE),
        }
    }
}

impl ControlRequest {
    /// A parameter of the query.
    pub(crate) fn parameter(&self, name: &str) -> Option<String> {
        let mut parameters = parse_parameters(&self.query).into_iter();
        parameters
            .find(|(known, _)| known == name)
            .map(|(_, value)| value)
    }
}
