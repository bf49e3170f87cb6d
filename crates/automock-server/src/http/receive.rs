//! Requests of HTTP as the engine sees them.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{CONNECTION, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use crate::request::{Protocol, Request, decoded, parse_parameters};

/// A body below this is copied out of the connection's buffer. It would otherwise keep the whole
/// buffer alive while the journal remembers it.
const DETACHED: usize = 16 << 10;

/// Receives a body.
///
/// # Errors
/// The status that says why it is refused.
pub(super) async fn receive(
    body: Incoming,
    limit: usize,
    timeout: Duration,
) -> Result<Bytes, StatusCode> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > limit) {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let collected = tokio::time::timeout(timeout, collect(body, limit));
    collected.await.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))
}

async fn collect(mut body: Incoming, limit: usize) -> Result<Bytes, StatusCode> {
    let first = next(&mut body).await?.unwrap_or_default();
    if first.len() > limit {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    let Some(second) = next(&mut body).await? else {
        return Ok(detach(first));
    };
    let announced = usize::try_from(body.size_hint().lower())
        .unwrap_or(0)
        .min(limit);
    let mut bytes = BytesMut::with_capacity(first.len() + second.len() + announced);
    bytes.extend_from_slice(&first);
    let mut piece = Some(second);
    while let Some(data) = piece {
        if bytes.len() + data.len() > limit {
            return Err(StatusCode::PAYLOAD_TOO_LARGE);
        }
        bytes.extend_from_slice(&data);
        piece = next(&mut body).await?;
    }
    Ok(bytes.freeze())
}

/// The next piece; trailers are passed over.
async fn next(body: &mut Incoming) -> Result<Option<Bytes>, StatusCode> {
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| StatusCode::BAD_REQUEST)?;
        if let Ok(data) = frame.into_data()
            && !data.is_empty()
        {
            return Ok(Some(data));
        }
    }
    Ok(None)
}

fn detach(bytes: Bytes) -> Bytes {
    if bytes.len() < DETACHED {
        Bytes::copy_from_slice(&bytes)
    } else {
        bytes
    }
}

/// The request that the engine answers.
pub(super) fn request(parts: Parts, body: Bytes, remote: SocketAddr) -> Request {
    let path = decoded(parts.uri.path());
    let query = parts.uri.query().map(parse_parameters).unwrap_or_default();
    let protocol = protocol(parts.version);
    let mut headers = parts.headers;
    if protocol == Protocol::Http2 {
        name_host(&mut headers, &parts.uri);
    }
    Request {
        method: parts.method,
        path,
        query,
        keep_alive: keeps_alive(parts.version, &headers),
        headers,
        body,
        secure: false,
        protocol,
        remote: Some(remote),
    }
}

/// The protocol of a version.
pub(super) fn protocol(version: Version) -> Protocol {
    if version == Version::HTTP_2 {
        Protocol::Http2
    } else {
        Protocol::Http1
    }
}

/// HTTP/2 names the host outside of the headers.
pub(super) fn name_host(headers: &mut HeaderMap, uri: &http::Uri) {
    let host = uri
        .authority()
        .and_then(|host| HeaderValue::from_str(host.as_str()).ok());
    if let Some(host) = host {
        headers.entry(HOST).or_insert(host);
    }
}

fn keeps_alive(version: Version, headers: &HeaderMap) -> bool {
    let says = |word: &str| {
        let mut values = headers
            .get_all(CONNECTION)
            .iter()
            .filter_map(|value| value.to_str().ok());
        values.any(|value| {
            value
                .split(',')
                .any(|option| option.trim().eq_ignore_ascii_case(word))
        })
    };
    match version {
        Version::HTTP_2 => true,
        Version::HTTP_11 => !says("close"),
        _ => says("keep-alive"),
    }
}
