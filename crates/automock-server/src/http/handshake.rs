//! Handshakes of TLS.

use std::future::poll_fn;
use std::sync::Arc;

use rustls::ServerConfig;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use super::identity::HTTP2;
use super::shared::Shared;
use super::socket::Socket;
use super::vitals::Vitals;

/// The first byte of a handshake. No method of HTTP begins with it.
pub(super) const FIRST_BYTE: u8 = 0x16;

/// Shakes hands; nothing if the client does not come to an end with it in time, speaks no protocol
/// that is known, or if too many others are at it.
pub(super) async fn shake_hands(
    shared: &Arc<Shared>,
    config: Arc<ServerConfig>,
    socket: Socket,
    vitals: &Vitals,
) -> Option<TlsStream<Socket>> {
    let _place = shared.admit_handshake()?;
    let accepted = TlsAcceptor::from(config).accept(socket);
    let accepted = tokio::time::timeout(shared.limits.handshake_timeout, accepted);
    let stream = tokio::select! {
        accepted = accepted => accepted.ok()?.ok()?,
        () = poll_fn(|context| vitals.poll_closing(context)) => return None,
    };
    // The bytes of the handshake were no head of a request.
    vitals.rest();
    Some(stream)
}

/// Whether the two sides have agreed on HTTP/2.
pub(super) fn agreed_on_http2(stream: &TlsStream<Socket>) -> bool {
    stream.get_ref().1.alpn_protocol() == Some(HTTP2)
}
