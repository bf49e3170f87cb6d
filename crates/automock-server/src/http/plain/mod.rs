//! Requests of HTTP/1.1 with nothing unusual about them, which nearly all are.
//!
//! hyper serves whatever HTTP allows, and costs more than to find an answer and to remember the request.
//! So a connection begins here, where only the plainest requests are answered: a known method, a path,
//! a short body that is there already, no other wish about the connection. With the first request that
//! is anything else, or that has no plain answer, the connection goes to hyper with all that was read of
//! it, for good.

mod head;
mod inbox;
mod outbox;
mod rewound;

use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};

pub(super) use head::Head;
pub(super) use outbox::is_plain;
pub(super) use rewound::Rewound;

use self::head::{MOST_HEADERS, Seen};
use self::inbox::{Filled, Inbox, MOST};
use self::outbox::{Keep, Outbox};
use super::linger::{Patience, linger};
use super::options::Limits;
use super::service::Service;
use super::vitals::Vitals;

/// Whether every plain request is within the limits.
pub(super) fn is_within(limits: &Limits) -> bool {
    limits.headers >= MOST_HEADERS && limits.header_bytes >= MOST && limits.body_bytes >= MOST
}

/// Many clients send a body right after its head. One that comes later, or in small pieces, is for hyper,
/// which minds how long that takes.
const SOON: Duration = Duration::from_millis(50);

/// Why the connection stops being answered here for now.
enum Pause {
    /// More of a head has to be read.
    Incomplete,
    /// More of a body has to be read.
    Cut,
    /// The rest is for hyper.
    Unusual,
    /// The last answer has been given.
    Last,
}

/// Serves a connection until it ends, or gives what was read and not answered.
pub(super) async fn serve_plain<S>(
    socket: &mut S,
    service: &Service,
    vitals: &Vitals,
) -> Option<Bytes>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut inbox = Inbox::default();
    let mut outbox = Outbox::default();
    let mut was_cut = false;
    loop {
        let pause = answer_all(socket, &mut inbox, &mut outbox, service, vitals)
            .await
            .ok()?;
        outbox.send(socket).await.ok()?;
        match pause {
            Pause::Incomplete => was_cut = false,
            Pause::Cut if !was_cut => was_cut = true,
            Pause::Cut | Pause::Unusual => return Some(inbox.take()),
            Pause::Last => {
                Box::pin(linger(socket, Patience::with_farewell(), vitals)).await;
                return None;
            }
        }
        let filling = inbox.fill(socket, vitals);
        let filled = if was_cut {
            match tokio::time::timeout(SOON, filling).await {
                Ok(filled) => filled,
                Err(_) => return Some(inbox.take()),
            }
        } else {
            filling.await
        };
        match filled.ok()? {
            Filled::More => {}
            Filled::End => return None,
            Filled::Closing if inbox.unread().is_empty() => {
                // The client may be gone, and there is nobody to tell.
                let _ = socket.shutdown().await;
                return None;
            }
            // hyper knows how to end a connection in the middle of a request.
            Filled::Full | Filled::Closing => return Some(inbox.take()),
        }
    }
}

/// Answers what has been read.
async fn answer_all<S>(
    socket: &mut S,
    inbox: &mut Inbox,
    outbox: &mut Outbox,
    service: &Service,
    vitals: &Vitals,
) -> std::io::Result<Pause>
where
    S: AsyncWrite + Unpin,
{
    loop {
        let seen = Seen::of(inbox.unread(), |head| service.answer_plain(head));
        let (reply, length) = match seen {
            Seen::Incomplete => return Ok(Pause::Incomplete),
            Seen::Cut => return Ok(Pause::Cut),
            Seen::Plain(Some(reply), length) => (reply, length),
            Seen::Plain(None, _) | Seen::Unusual => return Ok(Pause::Unusual),
        };
        inbox.consume(length);
        // What the client has sent already is answered too, so the last answer is that to its last request.
        if vitals.is_ending() && inbox.unread().is_empty() {
            outbox.put(socket, &reply.response, Keep::Closed).await?;
            return Ok(Pause::Last);
        }
        outbox.put(socket, &reply.response, Keep::Open).await?;
    }
}
