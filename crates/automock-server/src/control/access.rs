//! Who may call.

use http::header::{AUTHORIZATION, HeaderMap, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use super::ControlOptions;
use super::handler::{ControlRequest, Response};
use super::reply::text;

/// The refusal of a call by somebody who may not.
pub(super) fn refuse(options: &ControlOptions, request: &ControlRequest) -> Option<Response> {
    if !is_source_allowed(options, request) {
        return Some(text(
            StatusCode::FORBIDDEN,
            "this address may not control the server",
        ));
    }
    if is_token_right(options, &request.headers) {
        return None;
    }
    let mut refusal = text(StatusCode::UNAUTHORIZED, "a bearer token is needed");
    refusal
        .headers_mut()
        .insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    Some(refusal)
}

/// An address of IPv4 that came over a socket of IPv6 is one of IPv4.
fn is_source_allowed(options: &ControlOptions, request: &ControlRequest) -> bool {
    if options.sources.is_empty() {
        return true;
    }
    let remote = request.remote.map(|remote| remote.ip().to_canonical());
    remote.is_some_and(|remote| {
        options
            .sources
            .iter()
            .any(|source| source.contains(&remote))
    })
}

fn is_token_right(options: &ControlOptions, headers: &HeaderMap) -> bool {
    let Some(token) = &options.token else {
        return true;
    };
    let given = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.split_once(' '));
    given.is_some_and(|(scheme, given)| {
        scheme.eq_ignore_ascii_case("bearer") && is_same_secret(given.trim(), token)
    })
}

/// How long this takes tells nothing about how much of the secret was right.
fn is_same_secret(given: &str, token: &str) -> bool {
    Sha256::digest(given) == Sha256::digest(token)
}
