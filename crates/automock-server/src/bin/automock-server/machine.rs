//! What the program may use, and what follows from it.

use std::env;

use automock_server::http::Limits;
use automock_server::task::{Share, Task};
use serde_json::json;

use crate::log;

/// Where a container on Amazon ECS learns of its task.
const METADATA: &str = "ECS_CONTAINER_METADATA_URI_V4";

/// The part of all memory that request bodies may take together, as a divisor. What is left holds the
/// expectations, twice while they are replaced, the journal and the connections.
const BODIES: u64 = 4;

/// What a connection takes: 8 KiB at rest, and more while a request is read.
const CONNECTION: u64 = 32 << 10;

/// What the program may use.
#[derive(Debug)]
pub(crate) struct Machine {
    /// The task of Amazon ECS that it belongs to.
    pub(crate) task: Option<Task>,
    pub(crate) share: Share,
}

impl Machine {
    /// Looks at the groups of this process and at the description of its task. Without the latter the
    /// program still serves.
    pub(crate) fn find() -> Self {
        let task = env::var(METADATA).ok().and_then(|endpoint| {
            let task = Task::fetch(&endpoint);
            task.map_err(|error| {
                log::write("no_task_metadata", json!({"reason": log::chain(&error)}));
            })
            .ok()
        });
        let share = Share::of_this_process(task.as_ref());
        Self { task, share }
    }

    /// Sets what depends on the memory that there is.
    pub(crate) fn limit(&self, limits: &mut Limits, body_memory_mib: Option<u32>) {
        let memory = self.share.memory_bytes;
        let derived = memory.map(|memory| size(memory / BODIES));
        let named = body_memory_mib.map(|mebibytes| size(u64::from(mebibytes) << 20));
        limits.body_memory = named.or(derived).unwrap_or(Limits::BODY_MEMORY);
        if let Some(memory) = memory {
            let connections = size(memory / CONNECTION).max(1);
            limits.connections = limits.connections.min(connections);
        }
    }

    /// Tells what it may use.
    pub(crate) fn tell(&self, limits: &Limits) {
        let mebibytes = |bytes: u64| bytes >> 20;
        log::write(
            "limits",
            json!({
                "task": self.task.as_ref().map(|task| &task.id),
                "processors": self.share.processors,
                "memory_mib": self.share.memory_bytes.map(mebibytes),
                "body_memory_mib": limits.body_memory >> 20,
                "connections": limits.connections,
            }),
        );
    }
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_memory_for_bodies_follows_from_all_memory() {
        let limits = |memory_bytes: Option<u64>, named: Option<u32>| {
            let machine = Machine {
                task: None,
                share: Share {
                    processors: 1.0,
                    memory_bytes,
                },
            };
            let mut limits = Limits::default();
            machine.limit(&mut limits, named);
            (limits.body_memory >> 20, limits.connections)
        };
        assert_eq!(limits(None, None), (256, 50_000));
        assert_eq!(limits(Some(384 << 20), None), (96, 12_288));
        assert_eq!(limits(Some(8 << 30), None), (2048, 50_000));
        assert_eq!(limits(Some(384 << 20), Some(20)), (20, 12_288));
        assert_eq!(limits(None, Some(20)), (20, 50_000));
    }
}
