//! One request, when the page is asked for it.

use serde::Serialize;

use super::bound::{Body, Pairs, cut};
use super::data::{outcome, status};
use super::why::{Extent, Why};
use crate::engine::Engine;
use crate::journal::Recorded;

/// How many bytes of a path are shown.
const LONGEST_PATH: usize = 8 << 10;

/// All that is known about a request, within bounds.
#[derive(Debug, Serialize)]
pub(super) struct Details {
    number: u64,
    at: i64,
    method: String,
    path: String,
    protocol: &'static str,
    secure: bool,
    remote: Option<String>,
    query: Pairs,
    headers: Pairs,
    body: Option<Body>,
    outcome: &'static str,
    expectation: Option<String>,
    response: Option<Response>,
    why: Option<Why>,
}

#[derive(Debug, Serialize)]
struct Response {
    status: Option<u16>,
    headers: Pairs,
    body: Option<Body>,
}

impl Details {
    pub(super) fn of(engine: &Engine, recorded: &Recorded) -> Self {
        let record = &recorded.record;
        let request = record.request();
        let response = record.response().map(|response| Response {
            status: status(record),
            headers: headers(&response.headers),
            body: Body::new(&response.body),
        });
        let is_missed = record.entry().is_none();
        let why = is_missed.then(|| Why::of(&engine.book().snapshot(), &request, Extent::DETAILS));
        Self {
            number: recorded.number,
            at: record.received().as_millisecond(),
            method: cut(request.method.as_str(), LONGEST_PATH),
            path: cut(&request.path, LONGEST_PATH),
            protocol: request.protocol.word(),
            secure: request.secure,
            remote: request.remote.map(|remote| remote.to_string()),
            query: Pairs::new(request.query.iter().map(|(name, value)| (name, value))),
            headers: headers(&request.headers),
            body: Body::new(&request.body),
            outcome: outcome(record),
            expectation: record.entry().map(|entry| cut(entry.id(), LONGEST_PATH)),
            response,
            why,
        }
    }
}

fn headers(headers: &http::HeaderMap) -> Pairs {
    let pairs = headers.iter();
    Pairs::new(pairs.map(|(name, value)| (name, String::from_utf8_lossy(value.as_bytes()))))
}
