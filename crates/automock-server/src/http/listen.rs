//! Listening sockets.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::num::NonZeroUsize;

use socket2::{Domain, Protocol, Socket, Type};

/// Connections that wait to be accepted. The kernel may take fewer.
const BACKLOG: i32 = 4096;

/// Listens once for each worker. The first socket finds the port if any will do.
///
/// On Linux each worker has a socket of its own, and the kernel spreads connections over them;
/// elsewhere they share one.
pub(super) fn listen_for_all(
    address: SocketAddr,
    workers: NonZeroUsize,
) -> io::Result<Vec<TcpListener>> {
    let first = if address.port() == 0 {
        listen(address)?
    } else {
        listen_alone(address)?
    };
    let address = first.local_addr()?;
    let mut listeners = Vec::with_capacity(workers.get());
    for _ in 1..workers.get() {
        let next = if cfg!(target_os = "linux") {
            listen(address)
        } else {
            first.try_clone()
        };
        listeners.push(next?);
    }
    listeners.insert(0, first);
    Ok(listeners)
}

/// Fails if somebody else listens there. Several sockets of one user may share a port otherwise, and
/// two servers would each get half of the requests.
fn listen_alone(address: SocketAddr) -> io::Result<TcpListener> {
    drop(bind(address, false)?);
    listen(address)
}

/// A listening socket that may share its port with others.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    bind(address, cfg!(target_os = "linux"))
}

/// A listening socket on a port of its own.
pub(super) fn listen_once(address: SocketAddr) -> io::Result<TcpListener> {
    bind(address, false)
}

/// Has the kernel drop requests for new connections, so that what waits to be accepted gets no more. Clients
/// ask again after a second, and are refused once the socket is closed.
#[cfg(target_os = "linux")]
pub(super) fn refuse_new(listener: &impl std::os::fd::AsFd) {
    use socket2::{SockFilter, SockRef};
    // The 13th byte of a segment has its flags. SYN alone asks for a connection: drop it, keep all others.
    // <https://www.kernel.org/doc/html/latest/networking/filter.html>
    let filter = [
        SockFilter::new(0x30, 0, 0, 13),
        SockFilter::new(0x54, 0, 0, 0x12),
        SockFilter::new(0x15, 0, 1, 0x02),
        SockFilter::new(0x06, 0, 0, 0),
        SockFilter::new(0x06, 0, 0, u32::MAX),
    ];
    if let Err(error) = SockRef::from(listener).attach_filter(&filter) {
        tracing::warn!(%error, "connections that begin while the server stops may be reset");
    }
}

/// Other systems have nothing for it.
#[cfg(not(target_os = "linux"))]
pub(super) fn refuse_new<L>(_listener: &L) {}

fn bind(address: SocketAddr, shared: bool) -> io::Result<TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    #[cfg(target_os = "linux")]
    socket.set_reuse_port(shared)?;
    #[cfg(not(target_os = "linux"))]
    let _ = shared;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}
