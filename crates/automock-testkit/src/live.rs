//! A live fleet in a world: tasks are containers, load balancers are `HAProxy`, alarms count what really
//! happens, and the functions of rules run. The world must be in a network namespace of its own.

use std::path::Path;

use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Emulator, ImageRegistry, TestkitError};

/// How a live fleet runs.
#[derive(Clone, Debug)]
pub struct LiveOptions {
    /// Part of each name outside of the emulator: at most eight lower-case letters and digits.
    pub run: String,
    /// Whether tasks are containers; otherwise plain processes on loopback addresses.
    pub containers: bool,
    /// Whether a task gets no more processor time than it pays for.
    pub cpu_quota: bool,
    /// Seconds from SIGTERM to the deregistration of a task that Fargate Spot takes back; `None`: it stays
    /// registered until it has stopped.
    pub spot_deregistration_seconds: Option<u32>,
}

/// What a live fleet is at now.
#[derive(Clone, Debug, Deserialize)]
pub struct LiveState {
    /// Tasks that are not over.
    pub tasks: Vec<LiveTask>,
    /// Load balancers.
    pub load_balancers: Vec<LiveBalancer>,
    /// What happened since the event that was asked from.
    pub events: Vec<LiveEvent>,
}

/// A task that is not over.
#[derive(Clone, Debug, Deserialize)]
pub struct LiveTask {
    /// The last part of its ARN.
    pub id: String,
    /// Its address.
    pub address: String,
    /// `RUNNING` and so on.
    pub last_status: String,
    /// The states of its targets: `healthy` and so on.
    pub targets: Vec<String>,
    /// Its names in the load balancers' header `x-served-by`.
    pub servers: Vec<String>,
    /// The task definition with its revision.
    pub task_definition: String,
    /// Processor time that it has used.
    pub cpu_seconds: Option<f64>,
    /// Memory that it has now.
    pub memory_bytes: Option<u64>,
    /// How often it had to wait for its share of a processor.
    pub throttled_periods: Option<u64>,
    /// Seconds from the beginning of its start until its containers ran.
    pub start_seconds: f64,
    /// The most memory that it has taken.
    pub peak_memory_bytes: Option<u64>,
}

/// A load balancer.
#[derive(Clone, Debug, Deserialize)]
pub struct LiveBalancer {
    /// Its name.
    pub name: String,
    /// Where it listens.
    pub address: String,
    /// Requests that it could not get answered, in `HAProxy`'s words.
    pub failures: Vec<Value>,
}

/// Something that happened.
#[derive(Clone, Debug, Deserialize)]
pub struct LiveEvent {
    /// Its place in the order of all.
    pub number: u64,
    /// When, in seconds since 1970.
    pub at: f64,
    /// `task`, `deployment`, `alarm`, `scaling`, `function`, …
    pub kind: String,
    /// What happened, in words.
    pub text: String,
    /// The same for programs.
    pub details: Value,
}

impl LiveTask {
    /// Whether it gets traffic; a task that is not registered yet gets none.
    #[must_use]
    pub fn is_healthy(&self) -> bool {
        let is_registered = !self.targets.is_empty();
        let all = self.targets.iter().all(|state| state == "healthy");
        self.last_status == "RUNNING" && is_registered && all
    }
}

impl Emulator {
    /// Begins to run tasks for real. It ends with the world, which cannot be forked any more.
    ///
    /// # Errors
    /// When a program is missing, or the world has a live fleet already.
    pub fn start_live(
        &self,
        options: &LiveOptions,
        registry: &ImageRegistry,
        folder: &Path,
    ) -> Result<(), TestkitError> {
        let url = registry.url();
        let body = json!({
            "run": options.run,
            "directory": folder,
            "runtime": if options.containers { "containers" } else { "processes" },
            "cpu_quota": options.cpu_quota,
            "spot_deregistration_seconds": options.spot_deregistration_seconds,
            "registry": {
                "address": url.trim_start_matches("http://"),
                "user": ImageRegistry::USER,
                "password": ImageRegistry::PASSWORD,
            },
        });
        self.note_live();
        self.control.post::<Value>("live", &body).map(drop)
    }

    /// What the live fleet is at, with the events from a number on.
    ///
    /// # Errors
    /// When the world has no live fleet.
    pub fn live(&self, since: u64) -> Result<LiveState, TestkitError> {
        self.control.get(&format!("live?since={since}"))
    }

    /// Kills a task's processes at once. The answer is how many requests it was answering.
    ///
    /// # Errors
    /// When there is no such task.
    pub fn kill_task(&self, id: &str) -> Result<u64, TestkitError> {
        self.at_task("live-kill", id)
    }

    /// Takes a task back as Fargate Spot does: SIGTERM first, while it is still registered. The answer is
    /// how many requests it was answering.
    ///
    /// # Errors
    /// When there is no such task.
    pub fn interrupt_task(&self, id: &str) -> Result<u64, TestkitError> {
        self.at_task("live-interrupt", id)
    }

    fn at_task(&self, endpoint: &str, id: &str) -> Result<u64, TestkitError> {
        let body = json!({"task": id});
        let answer: Value = self.control.post(endpoint, &body)?;
        Ok(answer["in_flight"].as_u64().unwrap_or_default())
    }
}
