//! The control API.

use std::net::SocketAddr;
use std::sync::Arc;

use automock_server::control::{Control, ControlOptions, ControlRequest, Host};
use automock_server::engine::Engine;
use bytes::Bytes;
use http::{HeaderMap, Method};

use crate::input::{parts, request};

struct Nowhere;

impl Host for Nowhere {
    fn ports(&self) -> Vec<u16> {
        vec![1080]
    }

    fn bind(&self, ports: &[u16]) -> Result<Vec<u16>, String> {
        Ok(ports.to_vec())
    }

    fn stop(&self) {}
}

/// Calls in, responses out. A part is `METHOD path?query`, an empty line, and a body; what is no call
/// is ordinary traffic, which the calls after it can select.
///
/// Every call has a status of the API, and what is refused says why.
///
/// # Panics
/// When one of these does not hold.
pub fn control(data: &[u8]) {
    let engine = Arc::new(Engine::default());
    let control = Control::new(Arc::clone(&engine), ControlOptions::for_this_machine());
    for part in parts(data).into_iter().take(8) {
        call(&engine, &control, part);
    }
}

fn call(engine: &Engine, control: &Control, part: &[u8]) {
    let at = part.windows(2).position(|window| window == b"\n\n");
    let (head, body) = at.map_or((part, &[][..]), |at| (&part[..at], &part[at + 2..]));
    let line = String::from_utf8_lossy(head);
    let line = line.lines().next().unwrap_or_default();
    let (method, target) = line.split_once(' ').unwrap_or(("PUT", line));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let method = Method::from_bytes(method.as_bytes()).unwrap_or(Method::PUT);
    let Some(route) = control.route(&method, path) else {
        let _ = engine.answer(request(part));
        return;
    };
    let call = ControlRequest {
        query: query.to_owned(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body),
        remote: Some(SocketAddr::from(([127, 0, 0, 1], 9))),
    };
    let response = control.handle(route, &call, &Nowhere);
    let status = response.status().as_u16();
    assert!(
        matches!(status, 200 | 201 | 202 | 400 | 406 | 503),
        "{status}"
    );
    assert!(
        status < 400 || !response.body().is_empty(),
        "{status} without words"
    );
}
