//! Requests that nothing expects: those for other servers go there.

use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri};
use uuid::Uuid;

use super::shared::Shared;
use crate::engine::{Target, Unexpected};
use crate::request::Request;

/// The header that tells who has forwarded a request.
const FORWARDED_BY: HeaderName = HeaderName::from_static("x-forwarded-by");

/// What this server leaves on requests that it forwards, to know them again.
#[derive(Clone, Debug)]
pub(super) struct Mark(HeaderValue);

impl Default for Mark {
    fn default() -> Self {
        let text = format!("AutoMock-{}", Uuid::new_v4());
        Self(HeaderValue::from_str(&text).expect("letters, digits and hyphens make a header"))
    }
}

impl Mark {
    /// Whether a request has been here before.
    pub(super) fn is_on(&self, headers: &HeaderMap) -> bool {
        headers.get_all(FORWARDED_BY).iter().any(|by| *by == self.0)
    }

    /// Marks a request.
    pub(super) fn put_on(&self, headers: &mut HeaderMap) {
        headers.append(FORWARDED_BY, self.0.clone());
    }
}

/// The server that the target of a request names, as clients of a proxy write it.
#[derive(Debug)]
pub(super) struct Named {
    authority: Authority,
    secure: bool,
}

impl Named {
    /// It is only looked at where requests may go elsewhere.
    pub(super) fn of(shared: &Shared, uri: &Uri) -> Option<Self> {
        if shared.forward.hosts.is_empty() {
            return None;
        }
        Some(Self {
            authority: uri.authority()?.clone(),
            secure: uri.scheme() == Some(&Scheme::HTTPS),
        })
    }
}

/// What becomes of a request that nothing expects.
pub(super) fn unexpected(shared: &Shared, named: Option<Named>, request: &Request) -> Unexpected {
    let is_control = || shared.control.route(&Method::PUT, &request.path).is_some();
    if let Some(response) = shared.cors.preflight(request)
        && (shared.cors.is_for_api() || !is_control())
    {
        return Unexpected::Answer(response);
    }
    target(shared, named, request).map_or(Unexpected::NotFound, Unexpected::Forward)
}

/// The other server that a request is for, if it may be asked.
fn target(shared: &Shared, named: Option<Named>, request: &Request) -> Option<Target> {
    let forward = &shared.forward;
    if forward.hosts.is_empty() || !forward.proxy || shared.mark.is_on(&request.headers) {
        return None;
    }
    let target = match named {
        Some(Named { authority, secure }) => Target::of_authority(&authority, secure),
        None => Target::of_host_header(&request.headers, request.secure)?,
    };
    let allowed = forward.allows(&target.host, target.port);
    (allowed && !shared.is_at(&target.host, target.port)).then_some(target)
}
