//! A minimal server on hyper, as the floor of what a server on hyper can cost.

use std::collections::HashMap;
use std::convert::Infallible;
use std::error::Error;
use std::fs;
use std::net::Ipv4Addr;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_TYPE};
use http::{HeaderMap, HeaderValue, Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpListener, TcpStream};

use crate::Outcome;
use crate::case::EXCHANGES;

/// The answers of a case. One that is always the same is not looked up.
enum Answers {
    One(Bytes),
    ByTarget(HashMap<Box<str>, Bytes>),
}

struct Floor {
    answers: Answers,
    headers: HeaderMap,
}

impl Answers {
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let exchanges: Value = serde_json::from_slice(&fs::read(folder.join(EXCHANGES))?)?;
        let exchanges = exchanges.as_array().ok_or("no array")?;
        let mut answers = HashMap::new();
        for exchange in exchanges {
            let target = exchange["target"].as_str().ok_or("no target")?;
            let body = exchange["body"].as_str().ok_or("no body")?;
            answers.insert(target.into(), Bytes::from(body.to_owned()));
        }
        let first = answers.values().next().cloned().ok_or("no exchange")?;
        Ok(if answers.values().all(|body| *body == first) {
            Self::One(first)
        } else {
            Self::ByTarget(answers)
        })
    }

    fn of(&self, target: &str) -> Bytes {
        match self {
            Self::One(body) => body.clone(),
            Self::ByTarget(answers) => answers.get(target).cloned().unwrap_or_default(),
        }
    }
}

/// Serves until the process ends, on one thread.
pub(crate) fn serve(folder: &Path) -> Outcome {
    let answers = Answers::read(folder)?;
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(CONNECTION, HeaderValue::from_static("keep-alive"));
    let floor = Arc::new(Floor { answers, headers });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        println!("{}", listener.local_addr()?);
        loop {
            let (stream, _) = listener.accept().await?;
            stream.set_nodelay(true)?;
            tokio::spawn(connection(stream, Arc::clone(&floor)));
        }
    })
}

async fn connection(stream: TcpStream, floor: Arc<Floor>) {
    let service = service_fn(move |request| answer(request, Arc::clone(&floor)));
    let mut builder = http1::Builder::new();
    builder.auto_date_header(false).header_read_timeout(None);
    // It ends when the client goes.
    let _ = builder
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(
    request: Request<Incoming>,
    floor: Arc<Floor>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let (parts, body) = request.into_parts();
    if !body.is_end_stream() {
        // A client that goes ends the connection anyway.
        let _ = body.collect().await;
    }
    let target = parts
        .uri
        .path_and_query()
        .map_or("", |target| target.as_str());
    let mut response = Response::new(Full::new(floor.answers.of(target)));
    response.headers_mut().clone_from(&floor.headers);
    Ok(response)
}
