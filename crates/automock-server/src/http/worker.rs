//! One worker: a thread, its runtime and its connections.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpStream;
use tokio::runtime::Builder;

use super::connection::serve;
use super::forward::Forwarder;
use super::host::WorkerHost;
use super::registry::Registry;
use super::shared::Shared;
use super::vitals::{Ticker, Vitals};

/// One worker.
#[derive(Debug)]
pub(super) struct Worker {
    pub(super) shared: Arc<Shared>,
    pub(super) forwarder: Forwarder,
    registry: Arc<Registry>,
    ticker: Ticker,
}

impl Worker {
    pub(super) fn new(shared: Arc<Shared>) -> Self {
        let forwarder = Forwarder::new(&shared);
        Self {
            shared,
            forwarder,
            registry: Arc::default(),
            ticker: Ticker::default(),
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
        worker.drain().await;
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

    /// Lets what runs end, for as long as it may.
    async fn drain(&self) {
        let grace = *self.shared.stopping().borrow();
        self.registry.close_all();
        let _ = tokio::time::timeout(grace.unwrap_or_default(), self.registry.wait_empty()).await;
    }

    fn open(self: &Arc<Self>, stream: TcpStream, remote: SocketAddr) {
        let Some(admission) = self.shared.admit() else {
            return;
        };
        // Answers go out at once. A connection that does not take this is about to fail anyway.
        let _ = stream.set_nodelay(true);
        let vitals = Arc::new(Vitals::new(self.ticker.clone()));
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

/// Accepts connections until the server stops.
pub(super) async fn accept_from(worker: Arc<Worker>, listener: TcpListener) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else {
        return;
    };
    let mut stopping = worker.shared.stopping();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopping.wait_for(Option::is_some) => return,
        };
        match accepted {
            Ok((stream, remote)) => worker.open(stream, remote),
            Err(_) => tokio::time::sleep(REST).await,
        }
    }
}
