//! What has been read of a connection and not been answered.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::{AsyncRead, ReadBuf};

use super::super::vitals::Vitals;

/// Most requests are shorter than this, a connection at rest has no more memory.
const FIRST: usize = 4 << 10;

/// What is longer is unusual.
pub(super) const MOST: usize = 16 << 10;

/// What has been read of a connection and not been answered.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    bytes: Vec<u8>,
    begin: usize,
    end: usize,
    is_registered: bool,
}

/// What came of reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Filled {
    /// There is more.
    More,
    /// The client sends no more.
    End,
    /// There is no place for more.
    Full,
    /// The connection is to be closed.
    Closing,
}

impl Inbox {
    /// What has not been answered.
    pub(super) fn unread(&self) -> &[u8] {
        self.bytes.get(self.begin..self.end).unwrap_or_default()
    }

    /// So many bytes have been answered.
    pub(super) fn consume(&mut self, count: usize) {
        self.begin = self.end.min(self.begin + count);
        if self.begin == self.end {
            (self.begin, self.end) = (0, 0);
        }
    }

    /// All that has not been answered.
    pub(super) fn take(&mut self) -> Bytes {
        let rest = Bytes::copy_from_slice(self.unread());
        *self = Self::default();
        rest
    }

    /// Reads more.
    pub(super) async fn fill<S: AsyncRead + Unpin>(
        &mut self,
        socket: &mut S,
        vitals: &Vitals,
    ) -> io::Result<Filled> {
        if !self.make_place() {
            return Ok(Filled::Full);
        }
        poll_fn(|context| self.poll_fill(socket, vitals, context)).await
    }

    fn poll_fill<S: AsyncRead + Unpin>(
        &mut self,
        socket: &mut S,
        vitals: &Vitals,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<Filled>> {
        // Once for each task is enough.
        if !std::mem::replace(&mut self.is_registered, true) {
            vitals.wake_on_close(context);
        }
        let mut place = ReadBuf::new(self.bytes.get_mut(self.end..).unwrap_or_default());
        // What has come is answered, whatever becomes of the connection.
        match Pin::new(socket).poll_read(context, &mut place) {
            Poll::Ready(read) => read?,
            Poll::Pending if vitals.is_closing() => return Poll::Ready(Ok(Filled::Closing)),
            Poll::Pending => return Poll::Pending,
        }
        let count = place.filled().len();
        self.end += count;
        Poll::Ready(Ok(if count == 0 {
            Filled::End
        } else {
            Filled::More
        }))
    }

    /// Whether there is place for more now.
    fn make_place(&mut self) -> bool {
        if self.end < self.bytes.len() {
            return true;
        }
        if self.begin > 0 {
            self.bytes.copy_within(self.begin..self.end, 0);
            self.end -= self.begin;
            self.begin = 0;
            return true;
        }
        let larger = (2 * self.bytes.len()).max(FIRST);
        let has_place = larger <= MOST;
        if has_place {
            self.bytes.resize(larger, 0);
        }
        has_place
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::vitals::Ticker;
    use super::*;

    #[tokio::test]
    async fn it_grows_up_to_a_limit() {
        let vitals = Vitals::new(Ticker::default());
        let mut inbox = Inbox::default();
        let mut endless = tokio::io::repeat(7);
        while inbox.fill(&mut endless, &vitals).await.unwrap() == Filled::More {}
        assert_eq!(inbox.unread().len(), MOST);
        inbox.consume(10);
        assert_eq!(
            inbox.fill(&mut endless, &vitals).await.unwrap(),
            Filled::More
        );
        assert_eq!(inbox.take().len(), MOST);
        assert!(inbox.unread().is_empty());
    }

    #[tokio::test]
    async fn the_end_and_the_wish_to_close_are_told() {
        let vitals = Vitals::new(Ticker::default());
        let mut inbox = Inbox::default();
        let mut two: &[u8] = b"ab";
        assert_eq!(inbox.fill(&mut two, &vitals).await.unwrap(), Filled::More);
        assert_eq!(inbox.fill(&mut two, &vitals).await.unwrap(), Filled::End);
        assert_eq!(inbox.unread(), b"ab");
        inbox.consume(2);
        assert!(inbox.unread().is_empty());
        vitals.close();
        let (mut silent, _client) = tokio::io::duplex(8);
        assert_eq!(
            inbox.fill(&mut silent, &vitals).await.unwrap(),
            Filled::Closing
        );
    }
}
