//! The WebSocket of a client that answers requests.

use std::collections::HashMap;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::oneshot;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::{Role, WebSocketConfig};

use super::vitals::Vitals;
use crate::callback::{Call, Reply, Seat, greeting, read_reply};

/// How long a message may take to be sent.
const SENDING: Duration = Duration::from_secs(20);

/// Most clients say little, so they get small buffers.
const BUFFER: usize = 8 << 10;

/// Talks with a client until one of the two ends it, or the server does.
///
/// `read` is what was read of the connection already. The server ends it without a farewell, as
/// `MockServer` does: after one the client for Python turns in circles instead of connecting again.
pub(super) async fn converse<S>(stream: S, read: Bytes, seat: Seat, vitals: &Arc<Vitals>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // The connection counts as busy, since both sides may have nothing to say for hours.
    let _running = vitals.begin();
    vitals.set_aside();
    let config = config(seat.limits().message_bytes);
    let socket =
        WebSocketStream::from_partially_read(stream, read.to_vec(), Role::Server, Some(config));
    let (mut sink, mut stream) = socket.await.split();
    let waiting = Waiting::default();
    let heard = Mutex::new(Instant::now());
    // Who still waits for an answer at the end gets to know that none comes.
    tokio::select! {
        _ = speak(&mut sink, seat, &waiting, &heard) => {}
        _ = listen(&mut stream, &waiting, &heard) => {}
        () = poll_fn(|context| vitals.poll_closing(context)) => {}
    }
}

fn config(message_bytes: usize) -> WebSocketConfig {
    WebSocketConfig::default()
        .read_buffer_size(BUFFER)
        .write_buffer_size(BUFFER)
        .max_message_size(Some(message_bytes))
        .max_frame_size(Some(message_bytes))
}

/// Sends questions, and asks now and then whether the client lives, until it is dismissed or the
/// connection is lost.
async fn speak<S>(
    sink: &mut SplitSink<WebSocketStream<S>, Message>,
    mut seat: Seat,
    waiting: &Waiting,
    heard: &Mutex<Instant>,
) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    send(sink, Message::text(greeting(seat.id()))).await?;
    let ping = seat.limits().ping.max(Duration::from_millis(1));
    let mut pings = tokio::time::interval_at(Instant::now() + ping, ping);
    loop {
        tokio::select! {
            call = seat.next() => match call {
                // Nobody waits for an answer any more: whoever does holds a line to the seat.
                None => return None,
                Some(call) => ask(sink, call, waiting).await?,
            },
            _ = pings.tick() => {
                if last(heard).elapsed() > 3 * ping {
                    return None;
                }
                waiting.forget_given_up();
                send(sink, Message::Ping(Bytes::new())).await?;
            }
        }
    }
}

/// A question that nobody waits for any more is left out.
async fn ask<S>(
    sink: &mut SplitSink<WebSocketStream<S>, Message>,
    call: Call,
    waiting: &Waiting,
) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if call.reply.is_closed() {
        return Some(());
    }
    let Call {
        correlation,
        message,
        reply,
        weight,
    } = call;
    waiting.expect(correlation, reply);
    let sent = send(sink, Message::text(message)).await;
    drop(weight);
    sent
}

async fn send<S>(sink: &mut SplitSink<WebSocketStream<S>, Message>, message: Message) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    timeout(SENDING, sink.send(message)).await.ok()?.ok()
}

/// Takes answers, until the client leaves or says what it may not.
async fn listen<S>(
    stream: &mut SplitStream<WebSocketStream<S>>,
    waiting: &Waiting,
    heard: &Mutex<Instant>,
) -> Option<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    while let Some(message) = stream.next().await {
        let message = message.ok()?;
        *heard.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
        match message {
            Message::Text(text) => match read_reply(&text) {
                Ok((correlation, reply)) => waiting.answer(&correlation, reply),
                Err(reason) => {
                    tracing::warn!(%reason, "a callback client is disconnected");
                    return None;
                }
            },
            Message::Binary(_) => return None,
            _ => {}
        }
    }
    None
}

fn last(heard: &Mutex<Instant>) -> Instant {
    *heard.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who waits for which answer.
#[derive(Debug, Default)]
struct Waiting(Mutex<HashMap<String, oneshot::Sender<Reply>>>);

impl Waiting {
    fn expect(&self, correlation: String, reply: oneshot::Sender<Reply>) {
        self.lock().insert(correlation, reply);
    }

    fn answer(&self, correlation: &str, reply: Reply) {
        // An answer that comes too late is for nobody.
        if let Some(waiting) = self.lock().remove(correlation) {
            let _ = waiting.send(reply);
        }
    }

    /// A client that never answers leaves what it was asked behind.
    fn forget_given_up(&self) {
        self.lock().retain(|_, waiting| !waiting.is_closed());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, oneshot::Sender<Reply>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
