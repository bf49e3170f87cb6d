//! Clients that answer requests: how they connect, and how they are asked.

use std::sync::Arc;

use http::header::{HOST, ORIGIN};
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

/// Opens a WebSocket: the response after which the connection is one, and the client's seat.
///
/// # Errors
/// The response that refuses it.
pub(super) fn open(
    clients: &Arc<CallbackClients>,
    headers: &HeaderMap,
    version: Version,
) -> Result<(Response<AnswerBody>, Seat), Response<AnswerBody>> {
    if version != Version::HTTP_11 {
        let reason = "callbacks need a WebSocket over HTTP/1.1";
        return Err(refuse(StatusCode::NOT_IMPLEMENTED, reason));
    }
    if is_foreign(headers) {
        let reason = "a page of another host may not control the server";
        return Err(refuse(StatusCode::FORBIDDEN, reason));
    }
    let id = client_id(headers)?;
    let mut response = shake_hands(headers)?;
    let seat = clients.admit(id.to_str().unwrap_or_default());
    let seat = seat.map_err(|full| refuse(StatusCode::SERVICE_UNAVAILABLE, &full.to_string()))?;
    response.headers_mut().insert(CLIENT_ID, id);
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

fn client_id(headers: &HeaderMap) -> Result<HeaderValue, Response<AnswerBody>> {
    let Some(id) = headers.get(CLIENT_ID) else {
        let id = Uuid::new_v4().to_string();
        return HeaderValue::try_from(id)
            .map_err(|_| refuse(StatusCode::INTERNAL_SERVER_ERROR, "no id could be made"));
    };
    let is_usable = |id: &str| !id.trim().is_empty() && id.len() <= LONGEST_ID;
    if id.to_str().is_ok_and(is_usable) {
        return Ok(id.clone());
    }
    let reason = format!("{CLIENT_ID}: between 1 and {LONGEST_ID} ASCII characters are expected");
    Err(refuse(StatusCode::BAD_REQUEST, &reason))
}

fn shake_hands(headers: &HeaderMap) -> Result<Response<AnswerBody>, Response<AnswerBody>> {
    let mut request = Request::new(());
    *request.headers_mut() = headers.clone();
    let response = create_response(&request).map_err(|error| {
        let mut refusal = refuse(StatusCode::UPGRADE_REQUIRED, &error.to_string());
        let headers = refusal.headers_mut();
        headers.insert("upgrade", HeaderValue::from_static("websocket"));
        headers.insert("sec-websocket-version", HeaderValue::from_static("13"));
        refusal
    })?;
    Ok(response.map(|()| AnswerBody::Whole(bytes::Bytes::new())))
}

fn refuse(status: StatusCode, reason: &str) -> Response<AnswerBody> {
    whole(crate::control::text(status, reason))
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
