//! What the program may use, and what follows from it.

use std::env;
use std::thread;
use std::time::Duration;

use automock_model::{BODIES_DIVISOR, expectations_room};
use automock_server::http::{Limits, ServerOptions};
use automock_server::task::{Share, Task, TaskError};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use serde_json::json;

use crate::log;

/// Where a container on Amazon ECS learns of its task.
const METADATA: &str = "ECS_CONTAINER_METADATA_URI_V4";

/// How often it is asked before the program starts without it, and what lies between.
///
/// A task that is to confirm what it serves has no other name: giving up ends it, and ECS begins again.
const ATTEMPTS: u32 = 40;
const PAUSE: Duration = Duration::from_millis(250);

/// What a connection takes: 8 KiB at rest, and more while a request is read.
const CONNECTION: u64 = 32 << 10;

/// Files and sockets of the program's own, and of the few connections beyond the limit.
const OWN_FILES: u64 = 128;

/// What the program may use.
#[derive(Debug)]
pub(crate) struct Machine {
    /// The task of Amazon ECS that it belongs to.
    pub(crate) task: Option<Task>,
    pub(crate) share: Share,
    /// Files and sockets that may be open at the same time.
    files: Option<u64>,
}

impl Machine {
    /// Looks at the groups of this process and at the description of its task. Without the latter the
    /// program still serves.
    pub(crate) fn find() -> Self {
        let task = env::var(METADATA).ok().and_then(|endpoint| {
            let task = fetch(&endpoint);
            task.map_err(|error| {
                log::write("no_task_metadata", json!({"reason": log::chain(&error)}));
            })
            .ok()
        });
        let share = Share::of_this_process(task.as_ref());
        let files = raise_files();
        Self { task, share, files }
    }

    /// Sets what depends on the memory and the descriptors that there are.
    pub(crate) fn limit(&self, options: &mut ServerOptions, body_memory_mib: Option<u32>) {
        let limits = &mut options.limits;
        let memory = self.share.memory_bytes;
        let derived = memory.map(|memory| size(memory / BODIES_DIVISOR));
        let named = body_memory_mib.map(|mebibytes| size(u64::from(mebibytes) << 20));
        limits.body_memory = named.or(derived).unwrap_or(Limits::BODY_MEMORY);
        if let Some(memory) = memory {
            let connections = size(memory / CONNECTION).max(1);
            limits.connections = limits.connections.min(connections);
        }
        if let Some(files) = self.files {
            // A request that is forwarded has a connection to another server besides.
            let each = if options.forward.hosts.is_empty() {
                1
            } else {
                2
            };
            let connections = size(files.saturating_sub(OWN_FILES) / each).max(1);
            limits.connections = limits.connections.min(connections);
        }
    }

    /// The memory that there is for expectations, besides what the program, bodies, the journal and connections
    /// take.
    pub(crate) fn room(&self, body_memory_mib: Option<u32>, journal_bytes: u64) -> Option<u64> {
        let bodies = body_memory_mib.map(|mebibytes| u64::from(mebibytes) << 20);
        let memory = self.share.memory_bytes?;
        Some(expectations_room(memory, bodies, journal_bytes))
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
                "files": self.files,
                "connections": limits.connections,
            }),
        );
    }
}

/// The endpoint limits how often it is asked, and may be slow while a task starts.
fn fetch(endpoint: &str) -> Result<Task, TaskError> {
    let mut attempts = 1;
    loop {
        match Task::fetch(endpoint) {
            Err(error) if attempts == ATTEMPTS => return Err(error),
            Err(_) => thread::sleep(PAUSE),
            Ok(task) => return Ok(task),
        }
        attempts += 1;
    }
}

/// Raises the limit of open files from what programs get that cannot take many to what the system allows, and
/// gives it.
fn raise_files() -> Option<u64> {
    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).ok()?;
    match setrlimit(Resource::RLIMIT_NOFILE, hard, hard) {
        Ok(()) => Some(hard),
        Err(_) => Some(soft),
    }
}

fn size(bytes: u64) -> usize {
    usize::try_from(bytes).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(memory_bytes: Option<u64>) -> Share {
        Share {
            processors: 1.0,
            memory_bytes,
        }
    }

    #[test]
    fn connections_follow_from_the_files_that_may_be_open() {
        for (files, forwards, expected) in [
            (None, false, 50_000),
            (Some(1_024), false, 896),
            (Some(1_024), true, 448),
            (Some(65_535), false, 50_000),
            (Some(10), false, 1),
        ] {
            let machine = Machine {
                task: None,
                share: share(None),
                files,
            };
            let mut options = ServerOptions::default();
            options.forward.hosts = vec!["a.test".to_owned(); usize::from(forwards)];
            machine.limit(&mut options, None);
            assert_eq!(options.limits.connections, expected, "{files:?}");
        }
    }

    #[test]
    fn the_memory_for_bodies_follows_from_all_memory() {
        let limits_of = |memory_bytes: Option<u64>, named: Option<u32>| {
            let machine = Machine {
                task: None,
                share: share(memory_bytes),
                files: None,
            };
            let mut options = ServerOptions::default();
            machine.limit(&mut options, named);
            let limits = options.limits;
            (limits.body_memory >> 20, limits.connections)
        };
        assert_eq!(limits_of(None, None), (256, 50_000));
        assert_eq!(limits_of(Some(384 << 20), None), (96, 12_288));
        assert_eq!(limits_of(Some(8 << 30), None), (2048, 50_000));
        assert_eq!(limits_of(Some(384 << 20), Some(20)), (20, 12_288));
        assert_eq!(limits_of(None, Some(20)), (20, 50_000));
    }
}
