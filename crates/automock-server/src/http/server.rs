//! A server: starts, tells where, stops.

use std::io;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use super::listen::listen_for_all;
use super::options::ServerOptions;
use super::shared::Shared;
use super::stop::{Stop, Stopped};
use super::worker::Worker;
use crate::engine::Engine;

/// A running server. It stops when it is dropped, without waiting for what runs.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    threads: Vec<JoinHandle<()>>,
}

/// Stops a server whose end somebody waits for.
#[derive(Clone, Debug)]
pub struct Stopper(Arc<Shared>);

impl Stopper {
    /// Stops it. Of several orders the one with the least grace holds.
    pub fn stop(&self, stop: impl Into<Stop>) {
        self.0.stop(Some(stop.into()));
    }
}

impl Server {
    /// Starts to serve an engine, on threads of its own.
    ///
    /// # Errors
    /// When it cannot listen or start threads, or cannot read the authorities that are trusted.
    pub fn start(engine: Arc<Engine>, options: ServerOptions) -> io::Result<Self> {
        let workers = options
            .workers
            .or_else(|| thread::available_parallelism().ok());
        let workers = workers.unwrap_or(NonZeroUsize::MIN);
        let listeners = listen_for_all(options.address, workers)?;
        let address = match listeners.first() {
            Some(first) => first.local_addr()?,
            None => options.address,
        };
        let shared = Arc::new(Shared::new(engine, options, address)?);
        let mut server = Self {
            address,
            shared,
            threads: Vec::with_capacity(workers.get()),
        };
        for (number, listener) in listeners.into_iter().enumerate() {
            let worker = Worker::new(Arc::clone(&server.shared));
            let thread = thread::Builder::new().name(format!("automock-worker-{number}"));
            let run = move || {
                if let Err(error) = worker.run(listener) {
                    tracing::error!(%error, "a worker did not start");
                }
            };
            server.threads.push(thread.spawn(run)?);
        }
        Ok(server)
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The ports on which it listens: the first, and those that clients had it bind.
    #[must_use]
    pub fn ports(&self) -> Vec<u16> {
        self.shared.ports()
    }

    /// Whether it has been stopped, by a client for instance.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        self.threads.iter().all(JoinHandle::is_finished)
    }

    /// Has readiness fail, so that load balancers look for other targets. All requests are answered as
    /// before.
    pub fn drain(&self) {
        self.shared.drain();
    }

    /// A handle that stops it.
    #[must_use]
    pub fn stopper(&self) -> Stopper {
        Stopper(Arc::clone(&self.shared))
    }

    /// Accepts no more connections, lets requests in progress end for as long as this says, and returns
    /// when all threads have ended.
    pub fn stop(mut self, stop: impl Into<Stop>) -> Stopped {
        self.shared.stop(Some(stop.into()));
        self.join();
        Stopped {
            cut: self.shared.cut(),
        }
    }

    /// Returns when a client has stopped it.
    pub fn wait(mut self) {
        self.join();
    }

    fn join(&mut self) {
        for thread in self.threads.drain(..) {
            if thread.join().is_err() {
                tracing::error!("a worker panicked");
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop(Some(Stop::AT_ONCE));
    }
}
