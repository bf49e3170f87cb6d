//! What a client is asked over its WebSocket, and what is made of its answers.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use jiff::Timestamp;

use super::Answer;
use super::forward::{Outgoing, Target, outgoing};
use super::library::{Engine, bad_gateway, draw};
use super::override_parts::override_request;
use super::render::join;
use crate::book::{Entry, Prepared};
use crate::callback::{Line, Question, Reply, Silence};
use crate::definition::{
    Action, Callback, CallbackKind, HttpResponse, Place, Refusal, read_address,
};
use crate::journal::{Outcome, Record, request_to_node, response_to_node};
use crate::node::Node;
use crate::request::Request;

/// A request that a client is to answer.
#[derive(Debug)]
pub struct CallbackOrder {
    request: Request,
    entry: Arc<Entry>,
    received: Timestamp,
    line: Line,
    kind: CallbackKind,
}

/// Why a client gives no response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallbackFailure {
    /// It says nothing that could be used: 404.
    Silent(String),
    /// It says that it failed: 404 with its words.
    Failed(String),
    /// The other server gives no response: 502 with the reason.
    Unforwarded(String),
}

impl From<Silence> for CallbackFailure {
    fn from(silence: Silence) -> Self {
        Self::Silent(silence.to_string())
    }
}

impl CallbackOrder {
    /// The client.
    #[must_use]
    pub fn line(&self) -> &Line {
        &self.line
    }

    /// What the client is asked for.
    #[must_use]
    pub fn kind(&self) -> CallbackKind {
        self.kind
    }

    /// How long it waits this time.
    #[must_use]
    pub fn delay(&self) -> Duration {
        match &self.entry.expectation().action {
            Action::Callback(callback) => draw(callback.delay.as_ref()),
            _ => Duration::ZERO,
        }
    }

    /// Whether the request leaves the connection open.
    #[must_use]
    pub fn keep_alive(&self) -> bool {
        self.request.keep_alive
    }

    /// What the client is asked first.
    #[must_use]
    pub fn question(&self) -> Question {
        Question::Request(request_to_node(&self.request))
    }
}

impl Reply {
    /// The response that a client gives.
    ///
    /// # Errors
    /// Why there is none.
    pub fn into_response(self) -> Result<HttpResponse, CallbackFailure> {
        match self {
            Self::Response(node) => {
                HttpResponse::read(&node, &Place::root()).map_err(|refusals| refused(&refusals))
            }
            Self::Request(_) => Err(unexpected("a request in place of a response")),
            Self::Error(reason) => Err(CallbackFailure::Failed(reason)),
        }
    }

    /// The request for another server that a client gives.
    ///
    /// # Errors
    /// Why there is none.
    pub fn into_request(self) -> Result<CallbackRequest, CallbackFailure> {
        match self {
            Self::Request(node) => CallbackRequest::read(node),
            Self::Response(_) => Err(unexpected("a response in place of a request")),
            Self::Error(reason) => Err(CallbackFailure::Failed(reason)),
        }
    }
}

/// A client's request for another server.
#[derive(Debug)]
pub struct CallbackRequest {
    /// What to ask whom.
    pub outgoing: Outgoing,
    /// The request as the client wrote it.
    pub written: Node,
}

impl CallbackRequest {
    /// The request goes where its `socketAddress` or its `Host` header says.
    fn read(written: Node) -> Result<Self, CallbackFailure> {
        let request = override_request(Request::get("/"), Some(&written))
            .map_err(|reason| unexpected(&reason))?;
        let address = written.get("socketAddress");
        let address = address.map(|address| read_address(address, &Place::root()));
        let target = match address {
            Some(Ok(address)) => Some(Target::from(&address)),
            Some(Err(refusals)) => return Err(refused(&refusals)),
            None => Target::of_host_header(&request.headers, request.secure),
        };
        let target = target.ok_or_else(|| {
            unexpected(
                "a request in which neither a socketAddress nor a Host header tells where to",
            )
        })?;
        let outgoing = outgoing(request, target).map_err(|reason| unexpected(&reason))?;
        Ok(Self { outgoing, written })
    }

    /// What came back, and what the client is asked about it.
    #[must_use]
    pub fn question(written: Node, response: &HttpResponse) -> Question {
        Question::Response {
            request: written,
            response: response_to_node(&Prepared::new(response.clone())),
        }
    }
}

fn refused(refusals: &[Refusal]) -> CallbackFailure {
    unexpected(&join(refusals))
}

fn unexpected(what: &str) -> CallbackFailure {
    CallbackFailure::Silent(format!("answered what cannot be used: {what}"))
}

impl Engine {
    /// Begins to ask a client; without it there is no answer.
    pub(super) fn call_back(
        &self,
        entry: &Arc<Entry>,
        callback: &Callback,
        request: Request,
        now: Timestamp,
    ) -> Answer {
        let client_id = &callback.client_id;
        let Some(line) = self.callbacks().line(client_id) else {
            let reason = format!("the client {client_id} {}", Silence::Gone);
            return self.refuse(entry, request, now, reason);
        };
        Answer::Callback(Box::new(CallbackOrder {
            request,
            entry: Arc::clone(entry),
            received: now,
            line,
            kind: callback.kind,
        }))
    }

    /// Ends what [`Answer::Callback`] began: records the request with its response, or tells why there
    /// is none.
    #[must_use]
    pub fn called_back(
        &self,
        order: CallbackOrder,
        response: Result<HttpResponse, CallbackFailure>,
    ) -> Arc<Prepared> {
        let CallbackOrder {
            request,
            entry,
            received,
            line,
            kind,
        } = order;
        let response = response.map_or_else(
            |failure| self.instead(&entry, line.client_id(), failure),
            |response| Arc::new(Prepared::new(response)),
        );
        let outcome = match kind {
            CallbackKind::Response => Outcome::Rendered,
            CallbackKind::Forward { .. } => Outcome::Forwarded,
        };
        let outcome = outcome(Arc::clone(&entry), Arc::clone(&response));
        self.journal()
            .record(Record::new(request, received, outcome));
        let book = self.book().snapshot();
        self.callbacks()
            .dismiss_exhausted(&entry, &book, Timestamp::now());
        response
    }

    fn instead(&self, entry: &Entry, client_id: &str, failure: CallbackFailure) -> Arc<Prepared> {
        match failure {
            CallbackFailure::Silent(reason) => {
                self.tell_failure(entry, format!("the client {client_id} {reason}"));
                Arc::new(Prepared::not_found())
            }
            CallbackFailure::Failed(reason) => {
                self.tell_failure(entry, format!("the client {client_id} failed: {reason}"));
                Arc::new(Prepared::new(HttpResponse {
                    status: StatusCode::NOT_FOUND,
                    body: reason.into(),
                    ..HttpResponse::default()
                }))
            }
            CallbackFailure::Unforwarded(reason) => {
                self.tell_failure(entry, reason.clone());
                Arc::new(bad_gateway(reason))
            }
        }
    }
}
