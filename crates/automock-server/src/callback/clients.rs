//! Who is connected.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::Timestamp;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::{Call, CallbackLimits, Line};
use crate::book::{Entry, Snapshot};
use crate::definition::Action;

/// The clients that answer requests over a WebSocket.
#[derive(Debug)]
pub struct CallbackClients {
    limits: CallbackLimits,
    queued: Arc<AtomicUsize>,
    desk: Mutex<Desk>,
}

#[derive(Debug, Default)]
struct Desk {
    next: u64,
    clients: HashMap<Arc<str>, Client>,
}

#[derive(Debug)]
struct Client {
    number: u64,
    calls: Sender<Call>,
}

/// More clients than may be connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{limit} clients are connected already, and no more may be")]
pub struct Full {
    /// How many may be.
    pub limit: usize,
}

/// A connected client, until it is dropped.
#[derive(Debug)]
pub struct Seat {
    clients: Arc<CallbackClients>,
    id: Arc<str>,
    number: u64,
    calls: Receiver<Call>,
}

impl CallbackClients {
    /// Nobody, so far.
    #[must_use]
    pub fn new(limits: CallbackLimits) -> Self {
        Self {
            limits,
            queued: Arc::default(),
            desk: Mutex::default(),
        }
    }

    /// What they may do at most.
    #[must_use]
    pub fn limits(&self) -> &CallbackLimits {
        &self.limits
    }

    /// How many are connected.
    #[must_use]
    pub fn count(&self) -> usize {
        self.desk().clients.len()
    }

    /// A place for a client. Another one with the same id is dismissed: it is the same that lost its
    /// connection.
    ///
    /// # Errors
    /// When there are too many.
    pub fn admit(self: &Arc<Self>, id: &str) -> Result<Seat, Full> {
        let limit = self.limits.clients;
        let (sender, calls) = mpsc::channel(self.limits.questions.max(1));
        let id: Arc<str> = id.into();
        let mut desk = self.desk();
        if desk.clients.len() >= limit && !desk.clients.contains_key(&id) {
            return Err(Full { limit });
        }
        desk.next += 1;
        let number = desk.next;
        let client = Client {
            number,
            calls: sender,
        };
        desk.clients.insert(Arc::clone(&id), client);
        drop(desk);
        Ok(Seat {
            clients: Arc::clone(self),
            id,
            number,
            calls,
        })
    }

    /// The way to a client, if it is connected.
    #[must_use]
    pub fn line(&self, id: &str) -> Option<Line> {
        let desk = self.desk();
        let (id, client) = desk.clients.get_key_value(id)?;
        Some(Line {
            client_id: Arc::clone(id),
            calls: client.calls.clone(),
            queued: Arc::clone(&self.queued),
            limits: self.limits,
        })
    }

    /// Dismisses the clients whose last expectation was removed. What they are being asked they may
    /// still answer.
    pub(crate) fn dismiss_removed(&self, before: &Snapshot, after: &Snapshot) {
        if self.count() == 0 {
            return;
        }
        let expected: HashSet<_> = after.entries().iter().filter_map(client_of).collect();
        let removed = before.entries().iter().filter_map(client_of);
        let mut desk = self.desk();
        for id in removed.filter(|id| !expected.contains(id)) {
            desk.clients.remove(id);
        }
    }

    /// Dismisses the client of an expectation that has no times left, unless another one needs it.
    pub(crate) fn dismiss_exhausted(&self, entry: &Arc<Entry>, book: &Snapshot, now: Timestamp) {
        let Some(id) = client_of(entry).filter(|_| !entry.is_alive(now)) else {
            return;
        };
        let mut others = book.entries().iter();
        if !others.any(|other| client_of(other) == Some(id) && other.is_alive(now)) {
            self.desk().clients.remove(id);
        }
    }

    /// Dismisses all.
    pub(crate) fn dismiss_all(&self) {
        self.desk().clients.clear();
    }

    fn desk(&self) -> MutexGuard<'_, Desk> {
        self.desk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn client_of(entry: &Arc<Entry>) -> Option<&str> {
    match &entry.expectation().action {
        Action::Callback(callback) => Some(&callback.client_id),
        _ => None,
    }
}

impl Seat {
    /// What the client is called by.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// What it may do at most.
    #[must_use]
    pub fn limits(&self) -> &CallbackLimits {
        &self.clients.limits
    }

    /// The next question; nothing once the client is dismissed.
    pub async fn next(&mut self) -> Option<Call> {
        self.calls.recv().await
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        let mut desk = self.clients.desk();
        let is_own = |client: &Client| client.number == self.number;
        if desk.clients.get(&self.id).is_some_and(is_own) {
            desk.clients.remove(&self.id);
        }
    }
}
