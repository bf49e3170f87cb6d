//! Clients that answer requests: how they connect, and how they are asked.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{HOST, ORIGIN, SEC_WEBSOCKET_VERSION, UPGRADE};
use http::{HeaderMap, HeaderValue, Request, Response, StatusCode, Version};
use tokio_tungstenite::tungstenite::handshake::server::create_response;
use uuid::Uuid;

use super::body::AnswerBody;
use super::forward::Forwarder;
use super::respond::whole;
use crate::callback::{CallbackClients, Seat};
use crate::definition::{CallbackKind, HttpResponse};
use crate::engine::{CallbackFailure, CallbackOrder, CallbackRequest, received};

/// By what a client calls itself.
const CLIENT_ID: &str = "x-client-registration-id";

/// The longest of such names.
const LONGEST_ID: usize = 256;

/// Why no WebSocket is opened.
#[derive(Debug)]
pub(super) struct Refused {
    status: StatusCode,
    reason: String,
}

impl Refused {
    fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        let reason = reason.into();
        Self { status, reason }
    }

    pub(super) fn into_response(self) -> Response<AnswerBody> {
        let mut response = whole(crate::control::text(self.status, self.reason));
        if self.status == StatusCode::UPGRADE_REQUIRED {
            let headers = response.headers_mut();
            headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
            headers.insert(SEC_WEBSOCKET_VERSION, HeaderValue::from_static("13"));
        }
        response
    }
}

/// Opens a WebSocket: the response after which the connection is one, and the client's seat.
///
/// # Errors
/// Why it is not opened.
pub(super) fn open(
    clients: &Arc<CallbackClients>,
    headers: &HeaderMap,
    version: Version,
) -> Result<(Response<AnswerBody>, Seat), Refused> {
    if version != Version::HTTP_11 {
        let reason = "callbacks need a WebSocket over HTTP/1.1";
        return Err(Refused::new(StatusCode::NOT_IMPLEMENTED, reason));
    }
    if is_foreign(headers) {
        let reason = "a page of another host may not control the server";
        return Err(Refused::new(StatusCode::FORBIDDEN, reason));
    }
    let id = client_id(headers)?;
    let mut response = shake_hands(headers)?;
    let seat = clients
        .admit(&id)
        .map_err(|full| Refused::new(StatusCode::SERVICE_UNAVAILABLE, full.to_string()))?;
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(CLIENT_ID, id);
    }
    Ok((response, seat))
}

/// A browser opens a WebSocket for any page, without the question that it asks before a `PUT`. The
/// port does not matter, because test runners serve their pages from one of their own.
fn is_foreign(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(ORIGIN) else {
        return false;
    };
    let host_of = |value: &HeaderValue| {
        let text = value.to_str().ok()?;
        let authority = text.split_once("://").map_or(text, |(_, rest)| rest);
        let authority: http::uri::Authority = authority.parse().ok()?;
        Some(authority.host().to_ascii_lowercase())
    };
    let host = headers.get(HOST).and_then(host_of);
    host.is_none() || host_of(origin) != host
}

/// By what the client is called: as it wants, or else by a new name.
fn client_id(headers: &HeaderMap) -> Result<String, Refused> {
    let Some(id) = headers.get(CLIENT_ID) else {
        return Ok(Uuid::new_v4().to_string());
    };
    let is_usable = |id: &&str| !id.trim().is_empty() && id.len() <= LONGEST_ID;
    let id = id.to_str().ok().filter(is_usable);
    id.map(str::to_owned).ok_or_else(|| {
        let reason = format!("{CLIENT_ID}: 1 to {LONGEST_ID} ASCII characters are expected");
        Refused::new(StatusCode::BAD_REQUEST, reason)
    })
}

fn shake_hands(headers: &HeaderMap) -> Result<Response<AnswerBody>, Refused> {
    let mut request = Request::new(());
    *request.headers_mut() = headers.clone();
    let response = create_response(&request)
        .map_err(|error| Refused::new(StatusCode::UPGRADE_REQUIRED, error.to_string()))?;
    Ok(response.map(|()| AnswerBody::Whole(Bytes::new())))
}

/// Asks a client for a response, or for a request and then another server for its response.
pub(super) async fn call_back(
    order: &CallbackOrder,
    forwarder: &Forwarder,
) -> Result<HttpResponse, CallbackFailure> {
    let reply = order.line().ask(&order.question()).await?;
    let CallbackKind::Forward { sees_response } = order.kind() else {
        return reply.into_response();
    };
    let CallbackRequest { outgoing, written } = reply.into_request()?;
    let response = forwarder.send(outgoing).await;
    let response = received(response.map_err(CallbackFailure::Unforwarded)?);
    if !sees_response {
        return Ok(response);
    }
    let question = CallbackRequest::question(written, &response);
    order.line().ask(&question).await?.into_response()
}
