//! One worker: a thread, its runtime and its connections.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::runtime::Builder;
use tokio::task::JoinHandle;

use super::connection::serve;
use super::forward::Forwarder;
use super::host::WorkerHost;
use super::listen::refuse_new;
use super::registry::Registry;
use super::shared::{Place, Shared};
use super::stop::Stop;
use super::vitals::{Ending, Ticker, Vitals};

/// One worker.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) forwarder: Forwarder,
    registry: Arc<Registry>,
    ticker: Ticker,
    /// Those of the ports that clients had it bind.
    acceptors: Mutex<Vec<JoinHandle<()>>>,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let forwarder = Forwarder::new(&shared);
        let registry = Arc::<Registry>::default();
        shared.add_registry(Arc::clone(&registry));
        Self {
            shared,
            forwarder,
            registry,
            ticker: Ticker::default(),
            acceptors: Mutex::default(),
        }
    }

    /// The server, as the control API sees it.
    pub(super) fn host(self: &Arc<Self>) -> WorkerHost {
        WorkerHost(Arc::clone(self))
    }

    /// Runs on this thread until the server stops.
    pub(super) fn run(self, listener: TcpListener) -> io::Result<()> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(self.work(listener));
        // A lookup of a name may still run, and nobody waits for it.
        runtime.shutdown_background();
        Ok(())
    }

    async fn work(self, listener: TcpListener) {
        let worker = Arc::new(self);
        let watch = tokio::spawn(Arc::clone(&worker).watch());
        accept_from(Arc::clone(&worker), listener).await;
        for acceptor in worker.take_acceptors() {
            // One that panicked has accepted all that it will.
            let _ = acceptor.await;
        }
        worker.end_connections().await;
        watch.abort();
    }

    /// Ends connections that take too long.
    async fn watch(self: Arc<Self>) {
        let mut ticks = tokio::time::interval(Ticker::PERIOD);
        loop {
            ticks.tick().await;
            self.ticker.advance();
            self.registry.end_overdue(&self.shared.limits);
            self.shared.engine.journal().trim();
        }
    }

    /// Notes a task that accepts connections.
    pub(super) fn add_acceptor(&self, acceptor: JoinHandle<()>) {
        self.acceptors().push(acceptor);
    }

    fn take_acceptors(&self) -> Vec<JoinHandle<()>> {
        std::mem::take(&mut *self.acceptors())
    }

    fn acceptors(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.acceptors
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets what is in progress end, for as long as it may. Counts what does not.
    async fn end_connections(&self) {
        let begun = Instant::now();
        self.wait_empty(begun, |stop| stop.idle.min(stop.grace))
            .await;
        self.registry.end_all(Ending::WhenIdle);
        self.wait_empty(begun, |stop| stop.grace).await;
        self.shared.add_cut(self.registry.in_progress());
    }

    /// Waits until no connection is open, at most for a part of the time that there is to stop.
    async fn wait_empty(&self, begun: Instant, part: impl Fn(Stop) -> Duration) {
        let mut stopping = self.shared.stopping();
        loop {
            let stop = stopping.borrow_and_update().unwrap_or_default();
            let left = part(stop).saturating_sub(begun.elapsed());
            tokio::select! {
                () = self.registry.wait_empty() => return,
                () = tokio::time::sleep(left) => return,
                _ = stopping.changed() => {}
            }
        }
    }

    /// Rests when it cannot accept. Where it is for want of descriptors, idle connections give theirs.
    async fn rest(&self, error: &io::Error) {
        tracing::debug!(%error, "a connection cannot be accepted");
        self.shared.close_idle(&self.registry);
        tokio::time::sleep(REST).await;
    }

    fn open(self: &Arc<Self>, stream: TcpStream, remote: SocketAddr) {
        let (admission, place) = self.shared.admit();
        let has_place = place == Place::Within || self.shared.close_idle(&self.registry);
        if !has_place && place == Place::Beyond {
            return;
        }
        // Answers go out at once. A connection that does not take this is about to fail anyway.
        let _ = stream.set_nodelay(true);
        let vitals = Arc::new(Vitals::new(self.ticker.clone()));
        if !has_place {
            vitals.end(Ending::AfterAnswer);
        }
        let entered = self.registry.enter(Arc::clone(&vitals));
        let number = entered.number();
        let worker = Arc::clone(self);
        let task = tokio::spawn(async move {
            serve(worker, stream, remote, vitals).await;
            drop((entered, admission));
        });
        self.registry.set_task(number, task.abort_handle());
    }
}

/// How long a worker rests when it cannot accept, as without free file descriptors.
const REST: Duration = Duration::from_millis(20);

/// How long a client may take to end its part of a handshake of TCP that it began before the server stopped.
const HANDSHAKE: Duration = Duration::from_millis(50);

/// Accepts connections until the server stops, and then those that the kernel has accepted.
pub(super) async fn accept_from(worker: Arc<Worker>, listener: TcpListener) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    accept_until_stop(&worker, &listener).await;
    worker.registry.end_all(Ending::AfterAnswer);
    let is_at_once = worker
        .shared
        .stopping()
        .borrow()
        .is_none_or(|stop| stop == Stop::AT_ONCE);
    if !is_at_once {
        accept_the_rest(&worker, listener).await;
    }
}

async fn accept_until_stop(worker: &Arc<Worker>, listener: &tokio::net::TcpListener) {
    let mut stopping = worker.shared.stopping();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(Option::is_some) => return,
        };
        match accepted {
            Ok((stream, remote)) => worker.open(stream, remote),
            Err(error) => worker.rest(&error).await,
        }
    }
}

/// Accepts what the kernel has accepted, and refuses what is new meanwhile. A listening socket that is closed
/// resets the connections that wait in it, whose clients may have sent a request already.
async fn accept_the_rest(worker: &Arc<Worker>, listener: tokio::net::TcpListener) {
    refuse_new(&listener);
    let window = tokio::time::sleep(HANDSHAKE);
    tokio::pin!(window);
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = &mut window => break,
        };
        match accepted {
            Ok((stream, remote)) => worker.open(stream, remote),
            Err(error) => worker.rest(&error).await,
        }
    }
    // The runtime may not know yet of what came last; the kernel does.
    let Ok(listener) = listener.into_std() else {
        return;
    };
    while let Ok((stream, remote)) = listener.accept() {
        let is_ready = stream.set_nonblocking(true).is_ok();
        if is_ready && let Ok(stream) = TcpStream::from_std(stream) {
            worker.open(stream, remote);
        }
    }
}
