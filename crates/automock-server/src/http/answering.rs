//! An answer that is there at once, or comes later.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::service::Answered;

/// An answer that is there at once, or comes later. Most are there at once: as a future that waits for
/// nothing they would be moved in memory again and again.
pub(super) enum Answering {
    /// It is there, until it is taken.
    Now(Option<Answered>),
    /// It has to be waited for.
    Later(Pin<Box<dyn Future<Output = Answered> + Send>>),
}

impl Answering {
    /// One that comes later.
    pub(super) fn later(answer: impl Future<Output = Answered> + Send + 'static) -> Self {
        Self::Later(Box::pin(answer))
    }
}

impl Future for Answering {
    type Output = Answered;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Answered> {
        match self.get_mut() {
            Self::Now(answer) => {
                Poll::Ready(answer.take().expect("a future is not polled after its end"))
            }
            Self::Later(answer) => answer.as_mut().poll(context),
        }
    }
}
