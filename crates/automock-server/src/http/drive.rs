//! Drives a connection to its end.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::Poll;

use hyper::body::{Body, Incoming};
use hyper::rt::bounds::Http2ServerConnExec;
use hyper::rt::{Read, Write};
use hyper::server::conn::{http1, http2};
use hyper::service::HttpService;

use super::vitals::Vitals;

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A connection that can be asked to end when it has nothing to do.
pub(super) trait Closable: Future + Unpin {
    /// Asks it to.
    fn close(&mut self);
}

impl<I, B, S> Closable for http1::Connection<I, S>
where
    S: HttpService<Incoming, ResBody = B> + Unpin,
    S::Error: Into<BoxError>,
    I: Read + Write + Unpin,
    B: Body + 'static,
    B::Error: Into<BoxError>,
{
    fn close(&mut self) {
        Pin::new(self).graceful_shutdown();
    }
}

impl<I, B, S, E> Closable for http2::Connection<I, S, E>
where
    S: HttpService<Incoming, ResBody = B> + Unpin,
    S::Future: 'static,
    S::Error: Into<BoxError>,
    I: Read + Write + Unpin,
    B: Body + 'static,
    B::Error: Into<BoxError>,
    E: Http2ServerConnExec<S::Future, B> + Unpin,
{
    fn close(&mut self) {
        Pin::new(self).graceful_shutdown();
    }
}

/// Drives a connection until it ends by itself, or until it has nothing to do after its vitals say
/// that it is to be closed.
pub(super) async fn drive<C: Closable>(connection: &mut C, vitals: &Vitals) -> C::Output {
    let (mut registered, mut closed) = (false, false);
    poll_fn(|context| {
        if !std::mem::replace(&mut registered, true) {
            vitals.wake_on_close(context);
        }
        loop {
            if let Poll::Ready(end) = Pin::new(&mut *connection).poll(context) {
                return Poll::Ready(end);
            }
            if closed || !vitals.is_closing() {
                return Poll::Pending;
            }
            closed = true;
            connection.close();
        }
    })
    .await
}
