//! Closing so that the last answer arrives.
//!
//! A socket that is closed while bytes wait in it, or while the client still sends, resets the connection,
//! and the reset overtakes the answer: the client sees a broken connection instead of a 413. So the server
//! ends its own direction first, and reads and discards what still comes, within bounds.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::time::{sleep, timeout};

use super::options::Limits;
use super::vitals::Vitals;

/// How much is read at once.
const PIECE: usize = 16 << 10;

/// How long to go on reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Patience {
    /// All of it together.
    total: Duration,
    /// Between two pieces.
    quiet: Duration,
    bytes: usize,
}

impl Patience {
    /// After an answer to a request whose body was not read: clients that take no `100 Continue` read the
    /// answer when they have sent everything.
    pub(super) fn with_body(limits: &Limits) -> Self {
        Self {
            total: limits.body_timeout,
            quiet: Duration::from_secs(2),
            bytes: limits.body_bytes.saturating_mul(4).max(16 << 20),
        }
    }

    /// After an answer that told the client that it is the last one.
    pub(super) fn with_farewell() -> Self {
        Self {
            total: Duration::from_secs(2),
            quiet: Duration::from_millis(250),
            bytes: 1 << 20,
        }
    }
}

/// Ends the server's direction, and reads until the client ends its own or patience does.
pub(super) async fn linger<S>(socket: &mut S, patience: Patience, vitals: &Vitals)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    vitals.set_aside();
    // The client may be gone, and there is nobody to tell.
    let _ = socket.shutdown().await;
    tokio::select! {
        () = discard(socket, patience) => {}
        () = sleep(patience.total) => {}
    }
}

async fn discard<S: AsyncRead + Unpin>(socket: &mut S, patience: Patience) {
    let mut left = patience.bytes;
    let mut piece = vec![0; PIECE];
    while left > 0 {
        match timeout(patience.quiet, socket.read(&mut piece)).await {
            Ok(Ok(count)) if count > 0 => left = left.saturating_sub(count),
            _ => return,
        }
    }
}
