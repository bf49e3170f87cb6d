//! What scripts of other origins may do in a browser.

use std::sync::Arc;

use http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS,
    ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE,
    ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, ORIGIN, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

use super::options::CorsOptions;
use crate::book::Prepared;
use crate::definition::HttpResponse;
use crate::request::Request;

/// What scripts of other origins may do in a browser.
#[derive(Debug)]
pub(super) struct Cors {
    options: CorsOptions,
}

/// What a request says about its script.
#[derive(Debug)]
pub(super) struct Asked {
    origin: Option<HeaderValue>,
    headers: Option<HeaderValue>,
}

impl Asked {
    pub(super) fn new(headers: &HeaderMap) -> Self {
        Self {
            origin: headers.get(ORIGIN).cloned(),
            headers: headers.get(ACCESS_CONTROL_REQUEST_HEADERS).cloned(),
        }
    }
}

impl Cors {
    pub(super) fn new(options: CorsOptions) -> Self {
        Self { options }
    }

    /// What a request says, if that matters to its response.
    pub(super) fn asked(&self, headers: &HeaderMap) -> Option<Asked> {
        self.options.all.then(|| Asked::new(headers))
    }

    /// Whether all responses may be read.
    pub(super) fn is_for_all(&self) -> bool {
        self.options.all
    }

    /// Whether the control API may be used.
    pub(super) fn is_for_api(&self) -> bool {
        self.options.api || self.options.all
    }

    /// The response to a preflight request that nothing expects.
    pub(super) fn preflight(&self, request: &Request) -> Option<Arc<Prepared>> {
        let is_preflight = request.method == Method::OPTIONS
            && request.headers.contains_key(ORIGIN)
            && request.headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD);
        is_preflight.then(|| {
            let mut response = Prepared::new(HttpResponse {
                status: StatusCode::OK,
                ..HttpResponse::default()
            });
            self.allow(
                &Asked::new(&request.headers),
                Arc::make_mut(&mut response.headers),
            );
            Arc::new(response)
        })
    }

    /// Allows what the options say; what a response says itself stays.
    pub(super) fn allow(&self, asked: &Asked, headers: &mut HeaderMap) {
        let options = &self.options;
        self.allow_origin(asked.origin.as_ref(), headers);
        set(headers, ACCESS_CONTROL_ALLOW_METHODS, &options.methods);
        let more = asked
            .headers
            .as_ref()
            .and_then(|value| value.to_str().ok())
            .filter(|names| !names.is_empty());
        let allowed = more.map_or_else(
            || options.headers.clone(),
            |more| format!("{}, {more}", options.headers),
        );
        set(headers, ACCESS_CONTROL_ALLOW_HEADERS, &allowed);
        set(headers, ACCESS_CONTROL_EXPOSE_HEADERS, &options.headers);
        let age = options.max_age.as_secs().to_string();
        set(headers, ACCESS_CONTROL_MAX_AGE, &age);
    }

    /// With cookies a browser takes no `*`, but only the origin itself.
    fn allow_origin(&self, origin: Option<&HeaderValue>, headers: &mut HeaderMap) {
        let any = self.options.origin == "*";
        match origin.filter(|origin| *origin != "null" && self.options.credentials && any) {
            Some(origin) => {
                headers
                    .entry(ACCESS_CONTROL_ALLOW_ORIGIN)
                    .or_insert_with(|| origin.clone());
                headers.append(VARY, HeaderValue::from_static("origin"));
            }
            None => set(headers, ACCESS_CONTROL_ALLOW_ORIGIN, &self.options.origin),
        }
        if self.options.credentials {
            set(headers, ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
        }
    }
}

/// A value that no header can have is left out.
fn set(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.entry(name).or_insert(value);
    }
}
