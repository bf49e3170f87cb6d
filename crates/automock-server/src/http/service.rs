//! Answers the requests of a connection.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;
use http::{Request, Response};
use hyper::body::Incoming;

use super::body::AnswerBody;
use super::options::Limits;
use super::receive::{protocol, receive, request};
use super::respond::{refusal, respond, whole};
use super::vitals::Vitals;
use super::worker::Worker;
use crate::book::Prepared;
use crate::control::{ControlRequest, Route, no_document};
use crate::definition::Delay;
use crate::engine::{Answer, ForwardOrder, Reply};
use crate::request::Protocol;

/// The connection is to break instead of an answer.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection breaks, as an expectation wants")]
pub(super) struct Break;

type Answered = Result<Response<AnswerBody>, Break>;

/// Answers the requests of a connection.
#[derive(Debug)]
pub(super) struct Service {
    worker: Arc<Worker>,
    remote: SocketAddr,
    vitals: Arc<Vitals>,
}

impl Service {
    pub(super) fn new(worker: Arc<Worker>, remote: SocketAddr, vitals: Arc<Vitals>) -> Self {
        Self {
            worker,
            remote,
            vitals,
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.worker.shared.limits
    }

    /// Answers a request. What is rare goes in boxes, so that the common case stays small.
    pub(super) async fn answer(&self, incoming: Request<Incoming>) -> Answered {
        let _running = self.vitals.begin();
        let (parts, body) = incoming.into_parts();
        if let Some(route) = self
            .worker
            .shared
            .control
            .route(&parts.method, parts.uri.path())
        {
            return Ok(Box::pin(self.control(route, parts, body)).await);
        }
        let limits = self.limits();
        let body = match receive(body, limits.body_bytes, limits.body_timeout).await {
            Ok(body) => body,
            Err(status) => return Ok(refusal(status)),
        };
        let protocol = protocol(parts.version);
        let request = request(parts, body, self.remote);
        match self.worker.shared.engine.answer(request) {
            Answer::Response(reply) => Ok(self.reply(&reply, protocol).await),
            Answer::Error { delay, bytes, .. } => {
                wait(delay).await;
                if let Some(bytes) = bytes {
                    self.vitals.set_last_words(bytes);
                }
                Err(Break)
            }
            Answer::Forward(order) => Ok(Box::pin(self.forward(*order, protocol)).await),
        }
    }

    async fn reply(&self, reply: &Reply, protocol: Protocol) -> Response<AnswerBody> {
        wait(reply.delay).await;
        if reply.response.connection.close_socket {
            self.close_socket(&reply.response);
        }
        respond(reply, protocol)
    }

    /// Closes the connection once the response is out.
    fn close_socket(&self, response: &Prepared) {
        let delay = response.connection.close_socket_delay.as_ref();
        let delay = delay.map_or(Duration::ZERO, |delay| {
            Delay::draw(delay, &mut fastrand::Rng::new())
        });
        if delay.is_zero() {
            self.vitals.close();
            return;
        }
        let vitals = Arc::clone(&self.vitals);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            vitals.close();
        });
    }

    async fn control(&self, route: Route, parts: Parts, body: Incoming) -> Response<AnswerBody> {
        let shared = &self.worker.shared;
        let mut call = ControlRequest {
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: bytes::Bytes::new(),
            remote: Some(self.remote),
        };
        if let Some(refused) = shared.control.refuse(route, &call) {
            return whole(refused);
        }
        let limits = self.limits();
        match receive(body, limits.control_body_bytes, limits.body_timeout).await {
            Ok(body) => call.body = body,
            Err(status) => return refusal(status),
        }
        match self.worker.forwarder.with_documents(route, call.body).await {
            Ok(body) => call.body = body,
            Err(reason) => return whole(no_document(reason)),
        }
        whole(shared.control.handle(route, &call, &self.worker.host()))
    }

    async fn forward(&self, order: ForwardOrder, protocol: Protocol) -> Response<AnswerBody> {
        wait(order.delay()).await;
        let keep_alive = order.keep_alive();
        let response = self.worker.forwarder.forward(&order).await;
        let response = self.worker.shared.engine.forwarded(order, response);
        let delay = response.delay.as_ref();
        let delay = delay.map_or(Duration::ZERO, |delay| {
            Delay::draw(delay, &mut fastrand::Rng::new())
        });
        self.reply(
            &Reply {
                response,
                delay,
                keep_alive,
            },
            protocol,
        )
        .await
    }
}

async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}
