//! Answers the requests of a connection.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::header::CONNECTION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version};
use hyper::body::{Body as _, Incoming};

use super::answering::Answering;
use super::body::AnswerBody;
use super::callback::{call_back, open};
use super::case::keep_case;
use super::cors::Asked;
use super::linger::Patience;
use super::options::Limits;
use super::plain::{Head, is_plain, is_within};
use super::proxy::{Named, unexpected};
use super::receive::{Allowance, Received, name_host, protocol, receive, request};
use super::respond::{refusal, respond, whole};
use super::shared::Shared;
use super::vitals::Vitals;
use super::worker::Worker;
use crate::arrival::Arrival;
use crate::book::Prepared;
use crate::callback::Seat;
use crate::control::{ControlRequest, Route, no_document};
use crate::definition::Delay;
use crate::engine::{Answer, CallbackOrder, ForwardOrder, Reply};
use crate::request::{Protocol, decoded, parse_parameters};

/// The connection is to break instead of an answer.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("the connection breaks, as an expectation wants")]
pub(super) struct Break;

/// What becomes of a request.
pub(super) type Answered = Result<Response<AnswerBody>, Break>;

/// Answers the requests of a connection.
#[derive(Debug)]
pub(super) struct Service {
    worker: Arc<Worker>,
    remote: SocketAddr,
    vitals: Arc<Vitals>,
    seat: Mutex<Option<Seat>>,
    begun: Mutex<Option<Answer>>,
    has_refused: AtomicBool,
    secure: bool,
}

impl Service {
    pub(super) fn new(
        worker: Arc<Worker>,
        remote: SocketAddr,
        vitals: Arc<Vitals>,
        secure: bool,
    ) -> Self {
        Self {
            worker,
            remote,
            vitals,
            seat: Mutex::default(),
            begun: Mutex::default(),
            has_refused: AtomicBool::new(false),
            secure,
        }
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.worker.shared
    }

    /// The client of callbacks whose WebSocket the connection has become, if it has.
    pub(super) fn take_seat(&self) -> Option<Seat> {
        self.seat
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    /// How long to read on before the connection is closed, if a client could miss its last answer otherwise.
    pub(super) fn patience(&self) -> Option<Patience> {
        if self.has_refused.load(Ordering::Relaxed) {
            return Some(Patience::with_body(self.limits()));
        }
        self.vitals.is_ending().then(Patience::with_farewell)
    }

    /// Refuses a request whose body is not read.
    fn refuse(&self, status: StatusCode, protocol: Protocol) -> Response<AnswerBody> {
        self.shared().engine.journal().counters().add_refused();
        let mut response = refusal(status);
        if protocol == Protocol::Http2 {
            response.headers_mut().remove(CONNECTION);
        } else {
            self.has_refused.store(true, Ordering::Relaxed);
        }
        response
    }

    /// What a body may take that alone may have so many bytes.
    fn allowance(&self, bytes: usize) -> Allowance<'_> {
        Allowance {
            bytes,
            budget: &self.shared().bodies,
            timeout: self.limits().body_timeout,
        }
    }

    pub(super) fn limits(&self) -> &Limits {
        &self.worker.shared.limits
    }

    /// Answers a plain request; nothing if that takes more, for which the request goes to
    /// [`Service::answer`] then.
    pub(super) fn answer_plain(&self, head: &Head<'_>) -> Option<Reply> {
        let (path, query) = match head.target.split_once('?') {
            Some((path, query)) => (path, Some(query)),
            None => (head.target, None),
        };
        if self.shared().control.route(&head.method, path).is_some() {
            return None;
        }
        let request = crate::request::Request {
            method: head.method.clone(),
            path: decoded(path),
            query: query.map(parse_parameters).unwrap_or_default(),
            headers: HeaderMap::new(),
            body: Bytes::copy_from_slice(head.body),
            secure: self.secure,
            keep_alive: true,
            protocol: Protocol::Http1,
            remote: Some(self.remote),
        };
        self.vitals.pass();
        let arrival = Arrival::new(request, head.headers);
        let unexpected = |request: &_| unexpected(self.shared(), None, request);
        match self.shared().engine.answer_arrival(arrival, unexpected) {
            Answer::Response(reply) if reply.delay.is_zero() && is_plain(&reply.response) => {
                Some(reply)
            }
            answer => {
                *self.begun() = Some(answer);
                None
            }
        }
    }

    /// The answer that was found for the next request, which could not be sent as a plain one.
    fn begun(&self) -> MutexGuard<'_, Option<Answer>> {
        self.begun.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether requests may be answered as plain ones: not where every answer gets something else, or
    /// where what is plain is too large.
    pub(super) fn takes_plain(&self) -> bool {
        !self.shared().cors.is_for_all() && !self.shared().written_case && is_within(self.limits())
    }

    /// Answers a request, at once where nothing has to be waited for.
    pub(super) fn answer(self: &Arc<Self>, incoming: Request<Incoming>) -> Answering {
        let begun = self.begun().take();
        if let Some(answer) = begun {
            return self.answer_with(answer, protocol(incoming.version()));
        }
        let has_body = !incoming.body().is_end_stream();
        if has_body || self.route(&incoming).is_some() || self.shared().cors.is_for_all() {
            let service = Arc::clone(self);
            return Answering::later(async move { service.answer_later(incoming).await });
        }
        let (parts, _) = incoming.into_parts();
        let protocol = protocol(parts.version);
        self.vitals.pass();
        match self.ask(parts, Bytes::new()) {
            Answer::Response(reply) if reply.delay.is_zero() => {
                Answering::Now(Some(Ok(self.respond(&reply, protocol))))
            }
            answer => self.answer_with(answer, protocol),
        }
    }

    fn answer_with(self: &Arc<Self>, answer: Answer, protocol: Protocol) -> Answering {
        let service = Arc::clone(self);
        let running = self.vitals.begin();
        Answering::later(async move {
            let _running = running;
            service.finish(answer, protocol).await
        })
    }

    fn route(&self, incoming: &Request<Incoming>) -> Option<Route> {
        let control = &self.worker.shared.control;
        control.route(incoming.method(), incoming.uri().path())
    }

    async fn answer_later(&self, incoming: Request<Incoming>) -> Answered {
        let _running = self.vitals.begin();
        let asked = self.shared().cors.asked(incoming.headers());
        let mut answered = self.receive_and_answer(incoming).await;
        if let (Some(asked), Ok(response)) = (asked, &mut answered) {
            self.shared().cors.allow(&asked, response.headers_mut());
        }
        answered
    }

    async fn receive_and_answer(&self, incoming: Request<Incoming>) -> Answered {
        let route = self.route(&incoming);
        let (parts, body) = incoming.into_parts();
        let protocol = protocol(parts.version);
        if let Some(route) = route {
            let mut response = self.control(route, parts, body).await;
            if protocol == Protocol::Http1 {
                self.say_farewell(&mut response);
            }
            return Ok(response);
        }
        let received = receive(body, self.allowance(self.limits().body_bytes)).await;
        let Received { bytes, held } = match received {
            Ok(received) => received,
            Err(status) => return Ok(self.refuse(status, protocol)),
        };
        let answer = self.ask(parts, bytes);
        // Another server or a client still needs the body; a response needs it no more, however late it is.
        let _held = held.filter(|_| matches!(answer, Answer::Forward(_) | Answer::Callback(_)));
        self.finish(answer, protocol).await
    }

    fn ask(&self, parts: Parts, body: Bytes) -> Answer {
        let named = Named::of(self.shared(), &parts.uri);
        let mut request = request(parts, body, self.remote);
        request.secure = self.secure;
        let unexpected = |request: &_| unexpected(self.shared(), named, request);
        self.shared().engine.answer_or(request, unexpected)
    }

    async fn finish(&self, answer: Answer, protocol: Protocol) -> Answered {
        match answer {
            Answer::Response(reply) => Ok(self.reply(&reply, protocol).await),
            Answer::Error { delay, bytes, .. } => {
                wait(delay).await;
                if let Some(bytes) = bytes {
                    self.vitals.set_last_words(bytes);
                }
                Err(Break)
            }
            Answer::Forward(order) => Ok(self.forward(*order, protocol).await),
            Answer::Callback(order) => Ok(self.callback(*order, protocol).await),
        }
    }

    async fn reply(&self, reply: &Reply, protocol: Protocol) -> Response<AnswerBody> {
        wait(reply.delay).await;
        self.respond(reply, protocol)
    }

    fn respond(&self, reply: &Reply, protocol: Protocol) -> Response<AnswerBody> {
        let mut response = respond(reply, protocol);
        if protocol == Protocol::Http1 {
            self.say_farewell(&mut response);
        }
        let connection = reply.response.connection();
        if connection.is_some_and(|options| options.close_socket) {
            self.close_socket(&reply.response);
        }
        if self.shared().written_case && protocol == Protocol::Http1 {
            keep_case(&mut response, &reply.response);
        }
        response
    }

    /// Tells the client of HTTP/1.1 that this answer is the last one, if it is.
    fn say_farewell(&self, response: &mut Response<AnswerBody>) {
        if self.vitals.is_ending() && response.status() != StatusCode::SWITCHING_PROTOCOLS {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
    }

    /// Closes the connection once the response is out.
    fn close_socket(&self, response: &Prepared) {
        let connection = response.connection();
        let delay = connection.and_then(|options| options.close_socket_delay.as_ref());
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

    async fn control(
        &self,
        route: Route,
        mut parts: Parts,
        body: Incoming,
    ) -> Response<AnswerBody> {
        let shared = &self.worker.shared;
        name_host(&mut parts.headers, &parts.uri);
        let mut call = ControlRequest {
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body: Bytes::new(),
            remote: Some(self.remote),
        };
        if let Some(refused) = shared.control.refuse(route, &call) {
            let mut refused = whole(refused);
            if !body.is_end_stream() {
                self.has_refused.store(true, Ordering::Relaxed);
                let close = HeaderValue::from_static("close");
                refused.headers_mut().insert(CONNECTION, close);
            }
            return refused;
        }
        if route == Route::Callback {
            return self.open_callback(&call, parts.version);
        }
        let received = receive(body, self.allowance(self.limits().control_body_bytes)).await;
        let _held = match received {
            Ok(received) => {
                call.body = received.bytes;
                received.held
            }
            Err(status) => return self.refuse(status, protocol(parts.version)),
        };
        match self.worker.forwarder.with_documents(route, call.body).await {
            Ok(body) => call.body = body,
            Err(reason) => return whole(no_document(reason)),
        }
        let mut response = shared.control.handle(route, &call, &self.worker.host());
        if shared.cors.is_for_api() {
            let asked = Asked::new(&call.headers);
            shared.cors.allow(&asked, response.headers_mut());
        }
        whole(response)
    }

    async fn forward(&self, order: ForwardOrder, protocol: Protocol) -> Response<AnswerBody> {
        wait(order.delay()).await;
        let keep_alive = order.keep_alive();
        let response = self.worker.forwarder.forward(&order).await;
        let response = self.worker.shared.engine.forwarded(order, response);
        self.reply_once(response, keep_alive, protocol).await
    }

    /// Lets the connection become a WebSocket once the response is out.
    fn open_callback(&self, call: &ControlRequest, version: Version) -> Response<AnswerBody> {
        match open(
            self.worker.shared.engine.callbacks(),
            &call.headers,
            version,
        ) {
            Ok((response, seat)) => {
                *self.seat.lock().unwrap_or_else(PoisonError::into_inner) = Some(seat);
                response
            }
            Err(refused) => refused.into_response(),
        }
    }

    async fn callback(&self, order: CallbackOrder, protocol: Protocol) -> Response<AnswerBody> {
        wait(order.delay()).await;
        let keep_alive = order.keep_alive();
        let response = call_back(&order, &self.worker.forwarder).await;
        let response = self.worker.shared.engine.called_back(order, response);
        self.reply_once(response, keep_alive, protocol).await
    }

    /// Sends a response that was made for this request alone.
    async fn reply_once(
        &self,
        response: Arc<Prepared>,
        keep_alive: bool,
        protocol: Protocol,
    ) -> Response<AnswerBody> {
        let delay = response.delay();
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
