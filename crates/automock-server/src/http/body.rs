//! Bodies of answers.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// The body of an answer.
#[derive(Debug)]
pub(super) enum AnswerBody {
    /// All at once, with a `content-length`.
    Whole(Bytes),
    /// In pieces, of a length that is not told.
    Pieces {
        /// What is left.
        rest: Bytes,
        /// How long a piece is.
        size: usize,
    },
    /// Less than its `content-length` tells. It pauses once before its end, so that all of it is out
    /// when the connection fails for what is missing.
    Short {
        /// What is left.
        rest: Bytes,
        /// Whether it has paused.
        paused: bool,
    },
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.get_mut() {
            Self::Short {
                rest,
                paused: paused @ false,
            } if rest.is_empty() => {
                *paused = true;
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            Self::Short { rest, .. } => std::mem::take(rest),
            Self::Whole(bytes) => std::mem::take(bytes),
            Self::Pieces { rest, size } => rest.split_to(rest.len().min((*size).max(1))),
        };
        let frame = (!piece.is_empty()).then(|| Ok(Frame::data(piece)));
        Poll::Ready(frame)
    }

    /// Pieces end where none is left: a body that has ended before it began is not sent in chunks.
    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(bytes) if bytes.is_empty())
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => {
                SizeHint::with_exact(u64::try_from(bytes.len()).unwrap_or(u64::MAX))
            }
            Self::Pieces { .. } | Self::Short { .. } => SizeHint::default(),
        }
    }
}
