//! One connection from its first byte to its last.

use std::future::poll_fn;
use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, Interest, Ready};
use tokio::net::TcpStream;

use super::conversation::converse;
use super::drive::drive;
use super::handshake::{FIRST_BYTE, agreed_on_http2, shake_hands};
use super::identity::Identity;
use super::linger::linger;
use super::options::Limits;
use super::plain::{Rewound, serve_plain};
use super::service::Service;
use super::socket::Socket;
use super::vitals::{Ticker, Vitals};
use super::worker::Worker;

/// What a client of HTTP/2 that did not ask first begins with.
const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What a client begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beginning {
    Http1,
    Http2,
    Tls,
}

/// The least that hyper takes as a buffer.
const LEAST_BUFFER: usize = 8 << 10;

/// Serves a connection until it ends.
pub(super) async fn serve(
    worker: Arc<Worker>,
    stream: TcpStream,
    remote: SocketAddr,
    vitals: Arc<Vitals>,
) {
    let beginning = tokio::select! {
        biased;
        beginning = beginning(&stream) => beginning,
        () = poll_fn(|context| vitals.poll_closing(context)) => return,
    };
    let identity = worker.shared.identity.as_ref();
    let config = identity.filter(|_| beginning == Beginning::Tls);
    let config = config.map(Identity::config);
    let service = Service::new(worker, remote, Arc::clone(&vitals), config.is_some());
    let socket = Socket::new(stream, Arc::clone(&vitals));
    match config {
        // In a box, so that plain connections stay small.
        Some(config) => Box::pin(serve_tls(config, socket, service, &vitals)).await,
        None => serve_over(socket, beginning == Beginning::Http2, service, &vitals).await,
    }
}

async fn serve_tls(
    config: Arc<ServerConfig>,
    socket: Socket,
    service: Service,
    vitals: &Arc<Vitals>,
) {
    if let Some(stream) = shake_hands(service.shared(), config, socket, vitals).await {
        let is_http2 = agreed_on_http2(&stream);
        serve_over(stream, is_http2, service, vitals).await;
    }
}

async fn serve_over<S: Stream>(socket: S, is_http2: bool, service: Service, vitals: &Arc<Vitals>) {
    if is_http2 {
        vitals.set_http2();
        serve_http2(socket, service, vitals).await;
    } else {
        serve_http1(socket, service, vitals).await;
    }
}

/// What carries HTTP.
trait Stream: AsyncRead + AsyncWrite + Send + Unpin + 'static {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin + 'static> Stream for S {}

async fn serve_http1<S: Stream>(mut socket: S, service: Service, vitals: &Arc<Vitals>) {
    let mut read = Bytes::new();
    if service.takes_plain() {
        match serve_plain(&mut socket, &service, vitals).await {
            Some(unusual) => read = unusual,
            None => return,
        }
    }
    // In a box, so that plain connections stay small.
    Box::pin(serve_unusual(Rewound::new(read, socket), service, vitals)).await;
}

async fn serve_unusual<S: Stream>(socket: Rewound<S>, service: Service, vitals: &Arc<Vitals>) {
    let builder = http1_builder(service.limits());
    let service = Arc::new(service);
    let answering = Arc::clone(&service);
    let answer = service_fn(move |request| answering.answer(request));
    let mut connection = builder.serve_connection(TokioIo::new(socket), answer);
    let end = drive(&mut connection, vitals).await;
    if end.is_err()
        && let Some(bytes) = vitals.take_last_words()
    {
        let mut socket = connection.into_parts().io.into_inner().into_inner();
        // The client may be gone, and there is nobody to tell.
        let _ = socket.write_all(&bytes).await;
        let _ = socket.shutdown().await;
    } else if end.is_ok()
        && let Some(seat) = service.take_seat()
    {
        let parts = connection.into_parts();
        let socket = parts.io.into_inner().into_inner();
        converse(socket, parts.read_buf, seat, vitals).await;
    } else if let Some(patience) = service.patience() {
        let mut socket = connection.into_parts().io.into_inner().into_inner();
        linger(&mut socket, patience, vitals).await;
    }
}

async fn serve_http2<S: Stream>(socket: S, service: Service, vitals: &Arc<Vitals>) {
    let builder = http2_builder(service.limits());
    let service = Arc::new(service);
    let service = service_fn(move |request| service.answer(request));
    let mut connection = builder.serve_connection(TokioIo::new(socket), service);
    // A connection that ends badly is the client's affair.
    let _ = drive(&mut connection, vitals).await;
}

/// The registry takes care of time, at less cost than a timer for each request.
fn http1_builder(limits: &Limits) -> http1::Builder {
    let mut builder = http1::Builder::new();
    builder
        .auto_date_header(false)
        .header_read_timeout(None)
        .max_buf_size(limits.header_bytes.max(LEAST_BUFFER))
        .max_header_size(limits.header_bytes);
    if limits.headers != Limits::HEADERS_ON_THE_STACK {
        builder.max_headers(limits.headers);
    }
    builder
}

fn http2_builder(limits: &Limits) -> http2::Builder<TokioExecutor> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder
        .auto_date_header(false)
        .max_concurrent_streams(limits.streams)
        .max_header_list_size(u32::try_from(limits.header_bytes).unwrap_or(u32::MAX));
    builder
}

/// Looks at the first bytes without taking them. No method begins like the preface, so a few tell.
async fn beginning(stream: &TcpStream) -> Beginning {
    let mut first = [0; 4];
    loop {
        match stream.peek(&mut first).await {
            Ok(count)
                if count > 0 && count < first.len() && PREFACE.starts_with(&first[..count]) =>
            {
                if says_no_more(stream).await {
                    return Beginning::Http1;
                }
                tokio::time::sleep(Ticker::PERIOD / 50).await;
            }
            Ok(count) if count == first.len() && PREFACE.starts_with(&first) => {
                return Beginning::Http2;
            }
            Ok(count) if count > 0 && first[0] == FIRST_BYTE => return Beginning::Tls,
            Ok(_) | Err(_) => return Beginning::Http1,
        }
    }
}

/// Bytes that are looked at stay there, so that their end is not seen by looking again.
async fn says_no_more(stream: &TcpStream) -> bool {
    let ready = stream.ready(Interest::READABLE).await;
    ready.is_ok_and(Ready::is_read_closed)
}
