//! What a client retrieves from the journal.

use std::sync::Arc;

use jiff::tz::TimeZone;

use super::{Outcome, Record, Recorded, request_to_node, response_to_node};
use crate::book::{Prepared, Selection};
use crate::node::Node;
use crate::pretty::pretty;

/// The line between entries of the log; clients take the log apart at it.
const LINE: &str = "------------------------------------\n";

impl Selection {
    /// Whether it selects a recorded request.
    #[must_use]
    pub fn selects_record(&self, record: &Record) -> bool {
        match self {
            Self::All => true,
            Self::Id(id) => record.entry().is_some_and(|entry| **entry.id() == **id),
            Self::Matching(filter) => filter.matches(&record.request()),
        }
    }
}

/// The requests.
#[must_use]
pub fn requests(records: &[Recorded]) -> Node {
    let requests = records
        .iter()
        .map(|recorded| request_to_node(&recorded.record.request()));
    Node::Array(requests.collect())
}

/// The requests with their responses.
#[must_use]
pub fn request_responses(records: &[Recorded]) -> Node {
    let pairs = records.iter().map(|recorded| pair(&recorded.record));
    Node::Array(pairs.collect())
}

/// An expectation for each request that was forwarded, with the response that came back.
#[must_use]
pub fn recorded_expectations(records: &[Recorded]) -> Node {
    let forwarded = records
        .iter()
        .filter_map(|recorded| match recorded.record.outcome() {
            Outcome::Forwarded(_, response) | Outcome::Proxied(response) => {
                Some(expectation(&recorded.record, response))
            }
            _ => None,
        });
    Node::Array(forwarded.collect())
}

/// The log in words.
#[must_use]
pub fn logs(records: &[Recorded]) -> String {
    let entries = records.iter().map(|recorded| log(&recorded.record));
    entries.collect::<Vec<_>>().join(LINE)
}

fn pair(record: &Record) -> Node {
    Node::from([
        ("timestamp", Node::from(time(record))),
        ("httpRequest", request_to_node(&record.request())),
        ("httpResponse", returned(record)),
    ])
}

/// What the client saw.
pub(super) fn returned(record: &Record) -> Node {
    match (record.outcome(), record.response()) {
        (_, Some(response)) => response_to_node(response),
        (Outcome::Broken(_), None) => Node::Object(Vec::new()),
        (_, None) => response_to_node(&Prepared::not_found()),
    }
}

pub(super) fn expectation(record: &Record, response: &Arc<Prepared>) -> Node {
    Node::from([
        ("priority", Node::from(0)),
        ("httpRequest", request_to_node(&record.request())),
        ("httpResponse", response_to_node(response)),
        ("times", Node::from([("remainingTimes", Node::from(1))])),
        ("timeToLive", Node::from([("unlimited", Node::from(true))])),
    ])
}

fn log(record: &Record) -> String {
    format!("{} - {}", time(record), message(record))
}

/// What became of a request, in words.
pub(super) fn message(record: &Record) -> String {
    let request = indented(&request_to_node(&record.request()));
    let response = indented(&returned(record));
    match (record.entry(), record.response()) {
        (None, None) => {
            format!("no expectation for:\n\n{request}\n returning response:\n\n  404\n")
        }
        (None, Some(_)) => {
            format!("no expectation for:\n\n{request}\n returning response:\n\n{response}\n")
        }
        (Some(entry), Some(_)) => {
            let id = entry.id();
            format!(
                "returning response:\n\n{response}\n for request:\n\n{request}\n for expectation:\n\n  {id}\n"
            )
        }
        (Some(entry), None) => {
            let id = entry.id();
            format!("returning error\n for request:\n\n{request}\n for expectation:\n\n  {id}\n")
        }
    }
}

fn indented(node: &Node) -> String {
    format!("  {}\n", pretty(node).replace('\n', "\n  "))
}

pub(super) fn time(record: &Record) -> String {
    let time = record.received().to_zoned(TimeZone::UTC);
    time.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
}
