//! Metrics in CloudWatch's embedded format: a line of the log once a second, out of which CloudWatch makes
//! metrics without an agent and without a call.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use automock_server::engine::Engine;
use jiff::Timestamp;
use nix::sys::resource::{UsageWho, getrusage};
use serde_json::{Map, Value, json};

use crate::log;

/// Metrics of high resolution have one value for each second.
const PERIOD: Duration = Duration::from_secs(1);

/// Metrics and their units. All have a resolution of a second.
const METRICS: [(&str, &str); 3] = [
    ("Requests", "Count"),
    ("UnmatchedRequests", "Count"),
    ("ProcessorUtilization", "Percent"),
];

/// Where metrics go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) namespace: String,
    /// Names with their values, such as the stack.
    pub(crate) dimensions: Vec<(String, String)>,
}

/// What had happened until a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Sample {
    requests: u64,
    unmatched: u64,
    /// Processor time of all threads.
    processor: Duration,
    at: Instant,
}

/// Writes metrics until it is dropped, and then those of the last part of a second.
#[derive(Debug)]
pub(crate) struct Writer {
    /// Its end ends the thread.
    end: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(crate) fn start(destination: Destination, engine: Arc<Engine>, processors: f64) -> Self {
        // Before anything is asked, and not when the thread has begun.
        let mut before = Sample::now(&engine);
        let (end, ended) = mpsc::channel();
        let thread = thread::spawn(move || {
            loop {
                let is_last = ended.recv_timeout(PERIOD) != Err(RecvTimeoutError::Timeout);
                let after = Sample::now(&engine);
                log::write("metrics", destination.metrics(&before, &after, processors));
                if is_last {
                    return;
                }
                before = after;
            }
        });
        Self {
            end: Some(end),
            thread: Some(thread),
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.end = None;
        if let Some(thread) = self.thread.take() {
            // One that panicked has written all that it will.
            let _ = thread.join();
        }
    }
}

impl Sample {
    fn now(engine: &Engine) -> Self {
        let counters = engine.journal().counters();
        let (matched, unmatched) = (counters.matched(), counters.unmatched());
        Self {
            requests: matched + unmatched,
            unmatched,
            processor: processor_time(),
            at: Instant::now(),
        }
    }
}

/// Processor time of this process; none where the system does not tell.
fn processor_time() -> Duration {
    let Ok(usage) = getrusage(UsageWho::RUSAGE_SELF) else {
        return Duration::ZERO;
    };
    let microseconds = [usage.user_time(), usage.system_time()].map(|time| {
        let seconds = u64::try_from(time.tv_sec()).unwrap_or_default();
        seconds * 1_000_000 + u64::try_from(time.tv_usec()).unwrap_or_default()
    });
    Duration::from_micros(microseconds.iter().sum())
}

impl Destination {
    /// What happened between two moments.
    fn metrics(&self, before: &Sample, after: &Sample, processors: f64) -> Value {
        let busy = after.processor.saturating_sub(before.processor);
        let passed = after.at.duration_since(before.at);
        let all = passed.as_secs_f64() * processors;
        let utilization = if all > 0.0 {
            100.0 * busy.as_secs_f64() / all
        } else {
            0.0
        };
        let values = [
            json!(after.requests.saturating_sub(before.requests)),
            json!(after.unmatched.saturating_sub(before.unmatched)),
            json!((utilization * 100.0).round() / 100.0),
        ];
        let mut members = Map::new();
        members.insert("_aws".to_owned(), self.directive());
        for (name, value) in &self.dimensions {
            members.insert(name.clone(), json!(value));
        }
        for ((name, _), value) in METRICS.iter().zip(values) {
            members.insert((*name).to_owned(), value);
        }
        Value::Object(members)
    }

    /// What CloudWatch is to make of the members beside it.
    fn directive(&self) -> Value {
        let metrics =
            METRICS.map(|(name, unit)| json!({"Name": name, "Unit": unit, "StorageResolution": 1}));
        let names: Vec<_> = self.dimensions.iter().map(|(name, _)| name).collect();
        json!({
            "Timestamp": Timestamp::now().as_millisecond(),
            "CloudWatchMetrics": [
                {"Namespace": self.namespace, "Dimensions": [names], "Metrics": metrics}
            ],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_of_two_moments_is_told() {
        let destination = Destination {
            namespace: "AutoMock".to_owned(),
            dimensions: vec![("Stack".to_owned(), "pets".to_owned())],
        };
        let before = Sample {
            requests: 10,
            unmatched: 1,
            processor: Duration::from_millis(500),
            at: Instant::now(),
        };
        let after = Sample {
            requests: 1010,
            unmatched: 3,
            processor: Duration::from_secs(2),
            at: before.at + Duration::from_secs(1),
        };
        let told = destination.metrics(&before, &after, 2.0);
        assert_eq!(told["Requests"], 1000);
        assert_eq!(told["UnmatchedRequests"], 2);
        assert_eq!(told["ProcessorUtilization"], 75.0);
        assert_eq!(told["Stack"], "pets");
        let directive = &told["_aws"]["CloudWatchMetrics"][0];
        assert_eq!(directive["Namespace"], "AutoMock");
        assert_eq!(directive["Dimensions"], json!([["Stack"]]));
        for metric in directive["Metrics"].as_array().unwrap() {
            assert!(
                told[metric["Name"].as_str().unwrap()].is_number(),
                "{metric}"
            );
            assert_eq!(metric["StorageResolution"], 1);
        }
        let told = destination.metrics(&before, &after, 1.5);
        assert_eq!(told["ProcessorUtilization"], 100.0);
        let told = destination.metrics(&after, &after, 0.25);
        assert_eq!(told["ProcessorUtilization"], 0.0);
    }
}
