//! The case of header names in HTTP/1.1.

use std::convert::Infallible;
use std::future::{Future, ready};
use std::io::Cursor;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Waker};

use http::header::CONTENT_LENGTH;
use http::{Extensions, HeaderMap, Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;

use super::body::AnswerBody;
use crate::book::Prepared;

/// Has the names of a response sent in the case in which its expectation wrote them.
pub(super) fn keep_case(response: &mut Response<AnswerBody>, prepared: &Prepared) {
    let Some(rare) = prepared
        .rare
        .as_ref()
        .filter(|rare| !rare.written.is_empty())
    else {
        return;
    };
    let case = rare
        .case
        .get_or_init(|| learn(&prepared.headers, &rare.written));
    response.extensions_mut().extend(case.clone());
}

/// hyper knows the case of names only from a message that it has read, and keeps it in an extension
/// that nobody else can make: so it reads a request with these names.
fn learn(headers: &HeaderMap, written: &[String]) -> Extensions {
    let mut head = "GET / HTTP/1.1\r\n".to_owned();
    for name in headers.keys() {
        let known = written.iter().find(|known| name == known.as_str());
        let known = known.map_or(name.as_str(), String::as_str);
        let value = if name == CONTENT_LENGTH { "0" } else { "x" };
        for _ in headers.get_all(name) {
            head.extend([known, ": ", value, "\r\n"]);
        }
    }
    head.push_str("\r\n");
    read(head, headers.len())
}

/// The extensions of a request that hyper reads from memory.
fn read(head: String, headers: usize) -> Extensions {
    let found = Arc::new(Mutex::new(Extensions::new()));
    let kept = Arc::clone(&found);
    let service = service_fn(move |request: Request<Incoming>| {
        let (parts, _) = request.into_parts();
        *kept.lock().unwrap_or_else(PoisonError::into_inner) = parts.extensions;
        let nothing = AnswerBody::Whole(bytes::Bytes::new());
        ready(Ok::<_, Infallible>(Response::new(nothing)))
    });
    let stream = tokio::io::join(Cursor::new(head), tokio::io::sink());
    let mut connection = http1::Builder::new()
        .auto_date_header(false)
        .header_read_timeout(None)
        .preserve_header_case(true)
        .max_headers(headers.max(1))
        .serve_connection(TokioIo::new(stream), service);
    // Memory never lets anybody wait, so once is enough. A head that is refused leaves lower case.
    let _ = Pin::new(&mut connection).poll(&mut Context::from_waker(Waker::noop()));
    drop(connection);
    std::mem::take(&mut *found.lock().unwrap_or_else(PoisonError::into_inner))
}
