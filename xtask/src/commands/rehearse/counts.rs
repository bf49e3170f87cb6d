//! What clients and tasks have counted, and whether it is the same.

use std::collections::{BTreeMap, BTreeSet};

use automock_testkit::{LiveEvent, LoadReport};
use serde_json::{Value, json};

use super::timeline::Timeline;
use crate::error::Error;

/// The counts of both sides.
#[derive(Debug, Default)]
pub(super) struct Counts {
    /// Requests by task, from its last line.
    of_tasks: BTreeMap<String, u64>,
    /// Answers by task, from the load balancer's header.
    of_clients: BTreeMap<String, u64>,
    /// Answers to single requests, which nobody counted by task.
    single: u64,
    killed: BTreeSet<String>,
}

impl Counts {
    pub(super) fn of(
        timeline: &Timeline<'_>,
        report: &LoadReport,
        single: u64,
        killed: &BTreeSet<String>,
    ) -> Self {
        let mut of_clients = BTreeMap::new();
        for (server, count) in &report.servers {
            let task = timeline.servers.get(server).unwrap_or(server);
            *of_clients.entry(task.clone()).or_default() += count;
        }
        Self {
            of_tasks: last_lines(&timeline.events),
            of_clients,
            single,
            killed: killed.clone(),
        }
    }

    /// The figures; an error when the two sides differ. A killed task has no last line, so what it answered
    /// is known from its clients alone.
    pub(super) fn compare(&self) -> Result<Value, Error> {
        let sum = |counts: &BTreeMap<String, u64>| -> u64 {
            let counted = counts
                .iter()
                .filter(|(task, _)| !self.killed.contains(*task));
            counted.map(|(_, count)| count).sum()
        };
        let (tasks, clients) = (sum(&self.of_tasks), sum(&self.of_clients) + self.single);
        let of_killed = self
            .killed
            .iter()
            .filter_map(|task| self.of_clients.get(task));
        let figures = json!({
            "answers_counted_by_clients": clients,
            "requests_counted_by_tasks": tasks,
            "tasks": self.of_tasks.len(),
            "answers_of_killed_tasks": of_killed.sum::<u64>(),
        });
        if tasks == clients {
            return Ok(figures);
        }
        let tasks = self.of_tasks.keys().chain(self.of_clients.keys());
        let differing: Vec<String> = tasks
            .collect::<BTreeSet<_>>()
            .into_iter()
            .filter(|task| self.of_tasks.get(*task) != self.of_clients.get(*task))
            .map(|task| {
                let (own, clients) = (self.of_tasks.get(task), self.of_clients.get(task));
                format!("{task}: {own:?} by itself, {clients:?} by its clients")
            })
            .collect();
        Err(Error::Rehearsal(format!(
            "clients and tasks have counted differently: {figures}; {}",
            differing.join("; ")
        )))
    }
}

/// How many requests each task has answered, by its last line.
fn last_lines(events: &[LiveEvent]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for event in events {
        let Some(lines) = event.details["last_lines"].as_object() else {
            continue;
        };
        for line in lines.values().filter_map(Value::as_str) {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            if let (Some(requests), Some(task)) =
                (line["requests"].as_u64(), event.details["task"].as_str())
            {
                counts.insert(task.to_owned(), requests);
            }
        }
    }
    counts
}
