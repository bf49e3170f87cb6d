//! What a connection is doing, and since when.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use bytes::Bytes;

use super::options::Limits;

/// Ticks of a worker's coarse clock. A look at it costs nothing, so each request can take one.
#[derive(Clone, Debug, Default)]
pub(super) struct Ticker(Arc<AtomicU32>);

impl Ticker {
    /// How long a tick is.
    pub(super) const PERIOD: Duration = Duration::from_millis(250);

    pub(super) fn now(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    pub(super) fn advance(&self) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// How a connection goes on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ending {
    /// It takes requests.
    #[default]
    Open,
    /// It is closed after its next answer, which carries `connection: close`. Until then it stays open: a
    /// client may be sending a request at this instant.
    AfterAnswer,
    /// It is closed as soon as no request is in progress.
    WhenIdle,
}

/// What a connection is doing, and since when. Its task writes, the registry reads.
#[derive(Debug)]
pub(super) struct Vitals {
    ticker: Ticker,
    since: AtomicU32,
    in_head: AtomicBool,
    is_http2: AtomicBool,
    is_aside: AtomicBool,
    requests: AtomicU32,
    ending: AtomicU8,
    waker: Mutex<Option<Waker>>,
    last_words: Mutex<Option<Bytes>>,
}

impl Vitals {
    pub(super) fn new(ticker: Ticker) -> Self {
        Self {
            since: AtomicU32::new(ticker.now()),
            ticker,
            in_head: AtomicBool::new(false),
            is_http2: AtomicBool::new(false),
            is_aside: AtomicBool::new(false),
            requests: AtomicU32::new(0),
            ending: AtomicU8::new(Ending::Open as u8),
            waker: Mutex::default(),
            last_words: Mutex::default(),
        }
    }

    /// Bytes came. The first ones after a rest begin the head of a request.
    pub(super) fn has_read(&self) {
        if self.is_http2() || self.is_aside.load(Ordering::Relaxed) {
            self.touch();
        } else if !self.in_head.load(Ordering::Relaxed) && self.requests() == 0 {
            self.in_head.store(true, Ordering::Relaxed);
            self.touch();
        }
    }

    /// Bytes went.
    pub(super) fn has_written(&self) {
        if !self.in_head.load(Ordering::Relaxed) {
            self.touch();
        }
    }

    /// What came so far began no request.
    pub(super) fn rest(&self) {
        self.pass();
    }

    /// A request's head is complete. It runs until the guard is dropped.
    pub(super) fn begin(self: &Arc<Self>) -> Running {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.in_head.store(false, Ordering::Relaxed);
        Running(Arc::clone(self))
    }

    /// A request's head is complete, and so is its answer: nobody has looked in between.
    pub(super) fn pass(&self) {
        self.in_head.store(false, Ordering::Relaxed);
        self.touch();
    }

    pub(super) fn set_http2(&self) {
        self.is_http2.store(true, Ordering::Relaxed);
    }

    pub(super) fn is_http2(&self) -> bool {
        self.is_http2.load(Ordering::Relaxed)
    }

    /// Whether it has rested or dawdled for too long.
    pub(super) fn is_overdue(&self, limits: &Limits) -> bool {
        let Some(ticks) = self.idle_ticks() else {
            return false;
        };
        let in_head = self.in_head.load(Ordering::Relaxed);
        let limit = if in_head {
            limits.header_timeout
        } else {
            limits.idle_timeout
        };
        Ticker::PERIOD.saturating_mul(ticks) > limit
    }

    /// How the connection goes on; what is more urgent holds.
    pub(super) fn end(&self, ending: Ending) {
        self.ending.fetch_max(ending as u8, Ordering::AcqRel);
        if self.is_closing() {
            self.wake();
        }
    }

    /// The connection is to be closed once what runs has ended.
    pub(super) fn close(&self) {
        self.end(Ending::WhenIdle);
    }

    fn wake(&self) {
        let waker = self
            .waker
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// Whether it is to be closed. A connection of HTTP/2 announces its end in a way that loses nothing, so it
    /// need not wait for a last answer.
    pub(super) fn is_closing(&self) -> bool {
        let ending = self.ending.load(Ordering::Acquire);
        ending == Ending::WhenIdle as u8 || (ending != Ending::Open as u8 && self.is_http2())
    }

    /// Whether the next answer is the last one.
    pub(super) fn is_ending(&self) -> bool {
        self.ending.load(Ordering::Acquire) != Ending::Open as u8
    }

    /// From now on it carries no request: it is being closed, or has become a WebSocket.
    pub(super) fn set_aside(&self) {
        self.is_aside.store(true, Ordering::Relaxed);
        // What still comes is discarded, and begins no request.
        self.in_head.store(false, Ordering::Relaxed);
    }

    /// Requests in progress, with one whose head is incomplete.
    pub(super) fn in_progress(&self) -> u32 {
        if self.is_aside.load(Ordering::Relaxed) {
            return 0;
        }
        self.requests() + u32::from(self.in_head.load(Ordering::Relaxed))
    }

    /// For how many ticks it has been idle or has waited for the rest of a head; nothing if a request is in
    /// progress.
    pub(super) fn idle_ticks(&self) -> Option<u32> {
        (self.requests() == 0).then(|| {
            let since = self.since.load(Ordering::Relaxed);
            self.ticker.now().wrapping_sub(since)
        })
    }

    /// Has the task woken when the connection is to be closed. Once per task is enough.
    pub(super) fn wake_on_close(&self, context: &Context<'_>) {
        let waker = context.waker().clone();
        *self.waker.lock().unwrap_or_else(PoisonError::into_inner) = Some(waker);
    }

    /// Ready when the connection is to be closed.
    pub(super) fn poll_closing(&self, context: &Context<'_>) -> Poll<()> {
        self.wake_on_close(context);
        if self.is_closing() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }

    /// What is sent before the connection breaks.
    pub(super) fn set_last_words(&self, bytes: Bytes) {
        *self
            .last_words
            .lock()
            .unwrap_or_else(PoisonError::into_inner) = Some(bytes);
    }

    pub(super) fn take_last_words(&self) -> Option<Bytes> {
        self.last_words
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }

    fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    fn touch(&self) {
        self.since.store(self.ticker.now(), Ordering::Relaxed);
    }
}

/// A request that runs.
#[derive(Debug)]
pub(super) struct Running(Arc<Vitals>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.touch();
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits() -> Limits {
        Limits {
            header_timeout: Ticker::PERIOD * 2,
            idle_timeout: Ticker::PERIOD * 4,
            ..Limits::default()
        }
    }

    fn pass(ticker: &Ticker, ticks: u32) {
        (0..ticks).for_each(|_| ticker.advance());
    }

    #[test]
    fn a_head_may_take_less_than_a_rest_and_a_request_as_long_as_it_takes() {
        let ticker = Ticker::default();
        let vitals = Arc::new(Vitals::new(ticker.clone()));
        pass(&ticker, 4);
        assert!(!vitals.is_overdue(&limits()));
        vitals.has_read();
        pass(&ticker, 2);
        vitals.has_read();
        assert!(!vitals.is_overdue(&limits()));
        pass(&ticker, 1);
        assert!(
            vitals.is_overdue(&limits()),
            "more bytes of a head give no more time"
        );
        let running = vitals.begin();
        pass(&ticker, 100);
        assert!(!vitals.is_overdue(&limits()));
        drop(running);
        pass(&ticker, 5);
        assert!(vitals.is_overdue(&limits()));
        vitals.has_written();
        assert!(
            !vitals.is_overdue(&limits()),
            "a slow reader is no idle one"
        );
    }
}
