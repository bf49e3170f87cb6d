//! What the workers of a server share.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;

use super::budget::Budget;
use super::cors::Cors;
use super::identity::Identity;
use super::options::{ForwardOptions, Limits, ServerOptions};
use super::proxy::Mark;
use super::registry::Registry;
use super::stop::Stop;
use super::trust::Trust;
use crate::control::Control;
use crate::engine::Engine;

/// What the workers of a server share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) engine: Arc<Engine>,
    pub(super) control: Control,
    pub(super) limits: Limits,
    pub(super) bodies: Arc<Budget>,
    pub(super) forward: ForwardOptions,
    pub(super) trust: Trust,
    pub(super) mark: Mark,
    pub(super) identity: Option<Identity>,
    pub(super) cors: Cors,
    pub(super) written_case: bool,
    ip: IpAddr,
    grace: Duration,
    ports: Mutex<Vec<u16>>,
    registries: Mutex<Vec<Arc<Registry>>>,
    connections: AtomicUsize,
    handshakes: AtomicUsize,
    draining: AtomicBool,
    cut: AtomicU64,
    stop: watch::Sender<Option<Stop>>,
}

impl Shared {
    pub(super) fn new(
        engine: Arc<Engine>,
        options: ServerOptions,
        address: SocketAddr,
    ) -> io::Result<Self> {
        let ServerOptions {
            limits,
            control,
            forward,
            tls,
            cors,
            written_case,
            grace,
            ..
        } = options;
        Ok(Self {
            control: Control::new(Arc::clone(&engine), control),
            engine,
            bodies: Budget::new(limits.body_memory),
            limits,
            trust: Trust::load(&forward)?,
            forward,
            mark: Mark::default(),
            identity: tls,
            cors: Cors::new(cors),
            written_case,
            ip: address.ip(),
            grace,
            ports: Mutex::new(vec![address.port()]),
            registries: Mutex::default(),
            connections: AtomicUsize::new(0),
            handshakes: AtomicUsize::new(0),
            draining: AtomicBool::new(false),
            cut: AtomicU64::new(0),
            stop: watch::Sender::new(None),
        })
    }

    /// The ports on which it listens.
    pub(super) fn ports(&self) -> Vec<u16> {
        self.ports
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(super) fn add_port(&self, port: u16) {
        self.ports
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(port);
    }

    /// Whether it listens there, as far as a name without a lookup tells.
    pub(super) fn is_at(&self, host: &str, port: u16) -> bool {
        if !self.ports().contains(&port) {
            return false;
        }
        let host = host.trim_matches(['[', ']']);
        match host.parse::<IpAddr>() {
            Ok(ip) => ip.is_loopback() || ip.is_unspecified() || ip == self.ip,
            Err(_) => host.eq_ignore_ascii_case("localhost"),
        }
    }

    pub(super) fn address_of(&self, port: u16) -> SocketAddr {
        SocketAddr::new(self.ip, port)
    }

    /// Readiness fails from now on.
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    pub(super) fn is_draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Begins to stop, as the options say without an order. Of two orders the more urgent one holds.
    pub(super) fn stop(&self, order: Option<Stop>) {
        self.drain();
        let order = order.unwrap_or(self.grace.into());
        self.stop.send_if_modified(|stop| {
            let is_news = stop.is_none_or(|before| order.grace < before.grace);
            if is_news {
                *stop = Some(order);
            }
            is_news
        });
    }

    /// Adds requests that got no answer.
    pub(super) fn add_cut(&self, requests: u64) {
        self.cut.fetch_add(requests, Ordering::AcqRel);
    }

    /// Requests that got no answer because the server stopped.
    pub(super) fn cut(&self) -> u64 {
        self.cut.load(Ordering::Acquire)
    }

    /// Tells when it begins to stop, and how.
    pub(super) fn stopping(&self) -> watch::Receiver<Option<Stop>> {
        self.stop.subscribe()
    }

    /// Counts one more connection, until it is dropped. Says which place it has.
    pub(super) fn admit(self: &Arc<Self>) -> (Admission, Place) {
        let before = self.connections.fetch_add(1, Ordering::Relaxed);
        let place = if before < self.limits.connections {
            Place::Within
        } else if before < self.limits.all_connections() {
            Place::Extra
        } else {
            Place::Beyond
        };
        (Admission(Arc::clone(self)), place)
    }

    /// Notes the connections of a worker.
    pub(super) fn add_registry(&self, registry: Arc<Registry>) {
        self.registries().push(registry);
    }

    /// Closes connections that have been idle the longest, of one worker or else of another. Whether there
    /// was one.
    pub(super) fn close_idle(&self, of: &Registry) -> bool {
        of.close_longest_idle()
            || self
                .registries()
                .iter()
                .any(|registry| registry.close_longest_idle())
    }

    fn registries(&self) -> MutexGuard<'_, Vec<Arc<Registry>>> {
        self.registries
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// A place for one more handshake, until it is dropped.
    pub(super) fn admit_handshake(self: &Arc<Self>) -> Option<Handshake> {
        let before = self.handshakes.fetch_add(1, Ordering::Relaxed);
        let handshake = Handshake(Arc::clone(self));
        (before < self.limits.handshakes).then_some(handshake)
    }
}

/// One of the handshakes that may go on at the same time.
#[derive(Debug)]
pub(super) struct Handshake(Arc<Shared>);

impl Drop for Handshake {
    fn drop(&mut self) {
        self.0.handshakes.fetch_sub(1, Ordering::Relaxed);
    }
}

/// One of the connections that may be open at the same time.
#[derive(Debug)]
pub(super) struct Admission(Arc<Shared>);

/// The place of a new connection among all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is within the limit.
    Within,
    /// It is one of a few beyond it.
    Extra,
    /// There is no place for it, unless another one goes.
    Beyond,
}

impl Drop for Admission {
    fn drop(&mut self) {
        self.0.connections.fetch_sub(1, Ordering::Relaxed);
    }
}
