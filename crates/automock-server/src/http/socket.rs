//! A TCP connection that tells when bytes come and go.

use std::cell::RefCell;
use std::io;
use std::io::IoSlice;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;

use super::vitals::Vitals;

/// So many bytes are cheaper to copy into one piece than to have the kernel collect.
const SMALL: usize = 2 << 10;

thread_local! {
    /// Where small pieces are put together, one answer at a time.
    static TOGETHER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

fn together<T>(slices: &[IoSlice<'_>], write: impl FnOnce(&[u8]) -> T) -> T {
    TOGETHER.with_borrow_mut(|bytes| {
        bytes.clear();
        for slice in slices {
            bytes.extend_from_slice(slice);
        }
        write(bytes)
    })
}

/// A TCP connection that tells its vitals when bytes come and go.
#[derive(Debug)]
pub(super) struct Socket {
    stream: TcpStream,
    vitals: Arc<Vitals>,
}

impl Socket {
    pub(super) fn new(stream: TcpStream, vitals: Arc<Vitals>) -> Self {
        Self { stream, vitals }
    }

    fn note_written(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(_)) = written {
            self.vitals.has_written();
        }
        written
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        if buffer.filled().len() > before {
            self.vitals.has_read();
        }
        read
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note_written(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let length: usize = slices.iter().map(|slice| slice.len()).sum();
        let stream = Pin::new(&mut self.stream);
        let written = if length > SMALL {
            stream.poll_write_vectored(context, slices)
        } else {
            together(slices, |bytes| stream.poll_write(context, bytes))
        };
        self.note_written(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
