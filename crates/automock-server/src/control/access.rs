//! Who may call.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::header::{AUTHORIZATION, HOST, HeaderMap, WWW_AUTHENTICATE};
use http::uri::Authority;
use http::{HeaderValue, StatusCode};
use sha2::{Digest, Sha256};

use super::handler::{ControlRequest, Response};
use super::reply::text;
use super::{ControlOptions, ServerNames};

/// The refusal of a call by somebody who may not.
pub(super) fn refuse(options: &ControlOptions, request: &ControlRequest) -> Option<Response> {
    if !is_source_allowed(options, request) {
        return Some(text(
            StatusCode::FORBIDDEN,
            "this address may not control the server",
        ));
    }
    if options.names == ServerNames::Local && !is_name_local(&request.headers) {
        return Some(text(
            StatusCode::FORBIDDEN,
            "the server is controlled by its address or as localhost, not by another name",
        ));
    }
    if is_token_right(options, &request.headers) {
        return None;
    }
    let mut refusal = text(
        StatusCode::UNAUTHORIZED,
        "a bearer token is needed, or the token as a password",
    );
    for challenge in CHALLENGES {
        refusal
            .headers_mut()
            .append(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
    }
    Some(refusal)
}

/// Programs send the token, and a browser asks for it as a password.
const CHALLENGES: [&str; 2] = ["Bearer", "Basic realm=\"AutoMock\""];

/// Ends of names that nobody can register.
/// <https://www.rfc-editor.org/rfc/rfc6761>
const RESERVED: [&str; 4] = [".localhost", ".test", ".example", ".invalid"];

/// Whether the host is an address, a name without a dot, or one that nobody can register. A call without
/// a host comes from no browser.
fn is_name_local(headers: &HeaderMap) -> bool {
    let mut hosts = headers.get_all(HOST).iter();
    hosts.all(|value| {
        let authority = Authority::try_from(value.as_bytes());
        authority.is_ok_and(|authority| {
            let host = authority
                .host()
                .trim_matches(['[', ']'])
                .to_ascii_lowercase();
            let is_reserved = || RESERVED.iter().any(|end| host.ends_with(end));
            !host.contains('.') || host.parse::<IpAddr>().is_ok() || is_reserved()
        })
    })
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
    let given = given.and_then(|(scheme, given)| secret(scheme, given.trim()));
    given.is_some_and(|given| is_same_secret(&given, token))
}

/// The token, or the password whatever the user's name is.
fn secret(scheme: &str, given: &str) -> Option<String> {
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(given.to_owned());
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = String::from_utf8(STANDARD.decode(given).ok()?).ok()?;
    pair.split_once(':')
        .map(|(_, password)| password.to_owned())
}

/// How long this takes tells nothing about how much of the secret was right.
fn is_same_secret(given: &str, token: &str) -> bool {
    Sha256::digest(given) == Sha256::digest(token)
}
