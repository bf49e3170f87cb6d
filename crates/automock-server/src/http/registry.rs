//! The connections of a worker.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use super::options::Limits;
use super::vitals::{Ending, Vitals};

/// The connections of a worker: closes those that take too long, and all at the end.
#[derive(Debug, Default)]
pub(super) struct Registry {
    connections: Mutex<Connections>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct Connections {
    next: u64,
    ending: Ending,
    open: HashMap<u64, Connection>,
}

#[derive(Debug)]
struct Connection {
    vitals: Arc<Vitals>,
    task: Option<AbortHandle>,
}

impl Registry {
    /// Enters a connection, until the guard is dropped.
    pub(super) fn enter(self: &Arc<Self>, vitals: Arc<Vitals>) -> Entered {
        let mut connections = self.lock();
        let number = connections.next;
        connections.next += 1;
        vitals.end(connections.ending);
        connections
            .open
            .insert(number, Connection { vitals, task: None });
        Entered {
            registry: Arc::clone(self),
            number,
        }
    }

    /// Notes the task of a connection.
    pub(super) fn set_task(&self, number: u64, task: AbortHandle) {
        if let Some(connection) = self.lock().open.get_mut(&number) {
            connection.task = Some(task);
        }
    }

    /// Ends the connections that take too long.
    pub(super) fn end_overdue(&self, limits: &Limits) {
        let connections = self.lock();
        let overdue = connections
            .open
            .values()
            .filter(|one| one.vitals.is_overdue(limits));
        let tasks: Vec<_> = overdue.filter_map(|one| one.task.clone()).collect();
        drop(connections);
        for task in tasks {
            task.abort();
        }
    }

    /// Closes the connections that have been idle the longest, if any has been idle for a while: more than
    /// one, because each look at all of them takes its time. Whether it has closed one.
    pub(super) fn close_longest_idle(&self) -> bool {
        let connections = self.lock();
        let open = connections.open.values();
        let mut idle: Vec<_> = open
            .filter_map(|one| {
                let ticks = one.vitals.idle_ticks().filter(|ticks| *ticks > 0)?;
                Some((ticks, one.task.clone()?))
            })
            .collect();
        let surplus = (1 + connections.open.len() / 128).min(idle.len());
        drop(connections);
        idle.sort_unstable_by_key(|(ticks, _)| std::cmp::Reverse(*ticks));
        idle.truncate(surplus);
        for (_, task) in &idle {
            task.abort();
        }
        !idle.is_empty()
    }

    /// Ends all connections in this way, those of the future too.
    pub(super) fn end_all(&self, ending: Ending) {
        let mut connections = self.lock();
        connections.ending = ending;
        let all: Vec<_> = connections
            .open
            .values()
            .map(|one| Arc::clone(&one.vitals))
            .collect();
        drop(connections);
        for vitals in all {
            vitals.end(ending);
        }
    }

    /// Requests in progress.
    pub(super) fn in_progress(&self) -> u64 {
        let connections = self.lock();
        let open = connections.open.values();
        open.map(|one| u64::from(one.vitals.in_progress())).sum()
    }

    /// Waits until no connection is open.
    pub(super) async fn wait_empty(&self) {
        loop {
            let changed = self.changed.notified();
            if self.lock().open.is_empty() {
                return;
            }
            changed.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Connections> {
        self.connections
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A connection's place in the registry.
#[derive(Debug)]
pub(super) struct Entered {
    registry: Arc<Registry>,
    number: u64,
}

impl Entered {
    pub(super) fn number(&self) -> u64 {
        self.number
    }
}

impl Drop for Entered {
    fn drop(&mut self) {
        let gone = self.registry.lock().open.remove(&self.number);
        drop(gone);
        self.registry.changed.notify_waiters();
    }
}
