//! Requests of HTTP as the engine sees them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::header::{CONNECTION, HOST};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, Version};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::budget::{Budget, Held};
use crate::request::{Protocol, Request, decoded, parse_parameters};

/// A body below this is copied out of the connection's buffer. It would otherwise keep the whole
/// buffer alive while the journal remembers it.
const DETACHED: usize = 16 << 10;

/// A body that has been received, and its part of the memory for bodies.
#[derive(Debug)]
pub(super) struct Received {
    pub(super) bytes: Bytes,
    pub(super) held: Option<Held>,
}

/// How large a body may be, and how long it may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allowance<'a> {
    /// Its bytes alone.
    pub(super) bytes: usize,
    /// All bodies together.
    pub(super) budget: &'a Arc<Budget>,
    pub(super) timeout: Duration,
}

/// Receives a body.
///
/// # Errors
/// The status that says why it is refused.
pub(super) async fn receive(
    body: Incoming,
    allowance: Allowance<'_>,
) -> Result<Received, StatusCode> {
    if body.is_end_stream() {
        return Ok(Received {
            bytes: Bytes::new(),
            held: None,
        });
    }
    let limit = allowance.bytes.min(allowance.budget.bytes());
    let announced = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if announced > limit {
        return Err(StatusCode::PAYLOAD_TOO_LARGE);
    }
    // One that begins has its place for all that it announces: of many that begin at the same time some
    // would come to their end, and not none.
    let held = allowance.budget.hold(announced);
    let mut held = held.ok_or(StatusCode::SERVICE_UNAVAILABLE)?;
    let collected = tokio::time::timeout(allowance.timeout, collect(body, limit, &mut held)).await;
    let bytes = collected.unwrap_or(Err(StatusCode::REQUEST_TIMEOUT))?;
    let held = Some(held);
    Ok(Received { bytes, held })
}

async fn collect(mut body: Incoming, limit: usize, held: &mut Held) -> Result<Bytes, StatusCode> {
    let first = next(&mut body).await?.unwrap_or_default();
    hold(held, first.len(), limit)?;
    let Some(second) = next(&mut body).await? else {
        return Ok(detach(first));
    };
    let announced = usize::try_from(body.size_hint().lower())
        .unwrap_or(0)
        .min(limit);
    let mut capacity = first.len() + second.len() + announced;
    hold(held, capacity, limit)?;
    let mut bytes = Vec::with_capacity(capacity);
    bytes.extend_from_slice(&first);
    drop(first);
    let mut piece = Some(second);
    while let Some(data) = piece {
        let length = bytes.len() + data.len();
        if length > capacity {
            capacity = (2 * capacity).min(limit).max(length);
            hold(held, capacity, limit)?;
            bytes.reserve_exact(capacity - bytes.len());
        }
        bytes.extend_from_slice(&data);
        piece = next(&mut body).await?;
    }
    Ok(bytes.into())
}

/// Holds memory for a body that has become larger than announced.
fn hold(held: &mut Held, bytes: usize, limit: usize) -> Result<(), StatusCode> {
    if bytes > limit {
        Err(StatusCode::PAYLOAD_TOO_LARGE)
    } else if held.grow_to(bytes) {
        Ok(())
    } else {
        Err(StatusCode::SERVICE_UNAVAILABLE)
    }
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
