//! Answers as responses of HTTP.

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_LENGTH, RETRY_AFTER};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use hyper::ext::ReasonPhrase;

use super::body::AnswerBody;
use crate::book::Prepared;
use crate::engine::Reply;
use crate::request::Protocol;

/// The response that a reply is.
///
/// hyper frames the body, so two things differ from `MockServer`: without a `content-length` the body
/// goes in chunks, and with a wrong one the connection is closed after the body.
pub(super) fn respond(reply: &Reply, protocol: Protocol) -> Response<AnswerBody> {
    let prepared = &reply.response;
    let mut response = Response::new(body(prepared));
    *response.status_mut() = prepared.status;
    *response.headers_mut() = headers(reply, protocol);
    if let Some(reason) = prepared.rare.as_ref().and_then(|rare| rare.reason.as_ref())
        && let Ok(reason) = ReasonPhrase::try_from(Bytes::clone(reason))
    {
        response.extensions_mut().insert(reason);
    }
    response
}

/// Bodies up to so many bytes are copied: all answers of all threads would otherwise write to the counter
/// of those who share it.
const COPIED: usize = 1 << 10;

fn body(prepared: &Prepared) -> AnswerBody {
    let rest = if prepared.body.len() > COPIED {
        prepared.body.clone()
    } else {
        Bytes::copy_from_slice(&prepared.body)
    };
    let Some(connection) = prepared.connection() else {
        return AnswerBody::Whole(rest);
    };
    match (connection.content_length, connection.chunk_size) {
        (Some(told), _) if usize::try_from(told).map_or(true, |told| told > rest.len()) => {
            AnswerBody::Short {
                rest,
                paused: false,
            }
        }
        (None, None) if !connection.suppress_content_length => AnswerBody::Whole(rest),
        (_, size) => AnswerBody::Pieces {
            rest,
            size: size.unwrap_or(usize::MAX),
        },
    }
}

/// `connection` has no meaning in HTTP/2.
fn headers(reply: &Reply, protocol: Protocol) -> HeaderMap {
    let mut headers = reply.headers();
    if protocol == Protocol::Http2 {
        headers.remove(CONNECTION);
    }
    let connection = reply.response.connection();
    if let Some(length) = connection.and_then(|options| options.content_length) {
        headers.insert(CONTENT_LENGTH, length.into());
    }
    headers
}

/// A response of the control API.
pub(super) fn whole(response: Response<Bytes>) -> Response<AnswerBody> {
    response.map(AnswerBody::Whole)
}

/// A refusal after which the connection is closed, because what the client still sends is not read.
pub(super) fn refusal(status: StatusCode) -> Response<AnswerBody> {
    let mut response = Response::new(AnswerBody::Whole(Bytes::new()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    // There was no place for it beside others, and these will be answered.
    if status == StatusCode::SERVICE_UNAVAILABLE {
        headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
