//! Answers of the page's paths.

use bytes::Bytes;
use http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use http::{HeaderName, HeaderValue, Response, StatusCode};
use serde::Serialize;

use super::data::{Data, MOST_REQUESTS};
use super::details::Details;
use super::page::PAGE;
use crate::control::ControlRequest;
use crate::engine::Engine;

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");
const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// How many requests are given when nobody says how many.
const USUAL_REQUESTS: usize = 100;

/// What is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The page.
    Page,
    /// What is new since a number.
    Data,
    /// One request.
    Request,
}

impl View {
    /// What a path shows.
    #[must_use]
    pub fn of(path: &str) -> Option<Self> {
        match path.strip_prefix("/mockserver/dashboard")? {
            "" | "/" => Some(Self::Page),
            "/data" => Some(Self::Data),
            "/request" => Some(Self::Request),
            _ => None,
        }
    }
}

/// Shows it.
pub(crate) fn show(engine: &Engine, view: View, request: &ControlRequest) -> Response<Bytes> {
    let mut response = match view {
        View::Page => page(),
        View::Data => data(engine, request).unwrap_or_else(|refused| refusal(&refused)),
        View::Request => details(engine, request).unwrap_or_else(|refused| refusal(&refused)),
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    response
}

fn page() -> Response<Bytes> {
    let mut response = answer(StatusCode::OK, HTML, PAGE.html.as_bytes());
    // The policy is made of letters, digits and signs that headers may have.
    if let Ok(policy) = HeaderValue::from_str(&PAGE.policy) {
        response
            .headers_mut()
            .insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn data(engine: &Engine, request: &ControlRequest) -> Result<Response<Bytes>, Refused> {
    let from = number(request, "from")?;
    let limit = number(request, "limit")?;
    let limit = limit.map_or(USUAL_REQUESTS, |limit| {
        usize::try_from(limit).map_or(MOST_REQUESTS, |limit| limit.min(MOST_REQUESTS))
    });
    Ok(json(&Data::of(engine, from, limit)))
}

fn details(engine: &Engine, request: &ControlRequest) -> Result<Response<Bytes>, Refused> {
    let number = number(request, "number")?.ok_or_else(|| bad("number", "is missing"))?;
    let recorded = engine.journal().find(number).ok_or_else(|| Refused {
        status: StatusCode::NOT_FOUND,
        reason: "this request is no longer kept".to_owned(),
    })?;
    Ok(json(&Details::of(engine, &recorded)))
}

/// Why something is not shown.
struct Refused {
    status: StatusCode,
    reason: String,
}

fn bad(name: &str, reason: &str) -> Refused {
    Refused {
        status: StatusCode::BAD_REQUEST,
        reason: format!("{name} {reason}"),
    }
}

fn number(request: &ControlRequest, name: &str) -> Result<Option<u64>, Refused> {
    let text = request.parameter(name);
    let number = text.map(|text| text.parse());
    number
        .transpose()
        .map_err(|_| bad(name, "is not a whole number"))
}

fn refusal(refused: &Refused) -> Response<Bytes> {
    answer(refused.status, TEXT, refused.reason.as_bytes())
}

fn json(shown: &impl Serialize) -> Response<Bytes> {
    match serde_json::to_vec(shown) {
        Ok(body) => answer(StatusCode::OK, JSON, &body),
        Err(error) => answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            TEXT,
            error.to_string().as_bytes(),
        ),
    }
}

fn answer(status: StatusCode, kind: HeaderValue, body: &[u8]) -> Response<Bytes> {
    let mut response = Response::new(Bytes::copy_from_slice(body));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
