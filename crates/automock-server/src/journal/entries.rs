//! The log in JSON: what a client retrieves in the format `LOG_ENTRIES`.

use super::show::{expectation, message, returned, time};
use super::{Outcome, Record, Recorded, request_to_node};
use crate::node::Node;
use crate::pretty::pretty;

/// An entry for each request that came.
#[must_use]
pub fn request_entries(records: &[Recorded]) -> Node {
    let entries = records.iter().map(|recorded| {
        let request = request_to_node(&recorded.record.request());
        let text = format!("received request:\n\n{}", pretty(&request));
        let mut members = start(&recorded.record, "RECEIVED_REQUEST", request);
        members.push(lines(&text));
        Node::Object(members)
    });
    Node::Array(entries.collect())
}

/// An entry for each response that was sent.
#[must_use]
pub fn response_entries(records: &[Recorded]) -> Node {
    let entries = records.iter().map(|recorded| response(&recorded.record));
    Node::Array(entries.collect())
}

/// An entry for each response that another server gave.
#[must_use]
pub fn forwarded_entries(records: &[Recorded]) -> Node {
    let forwarded = records
        .iter()
        .filter(|recorded| kind(&recorded.record) == FORWARDED);
    Node::Array(
        forwarded
            .map(|recorded| response(&recorded.record))
            .collect(),
    )
}

const FORWARDED: &str = "FORWARDED_REQUEST";

fn kind(record: &Record) -> &'static str {
    match record.outcome() {
        Outcome::Unmatched => "NO_MATCH_RESPONSE",
        Outcome::Forwarded(..) | Outcome::Proxied(_) => FORWARDED,
        Outcome::Answered(_)
        | Outcome::Rendered(..)
        | Outcome::Broken(_)
        | Outcome::Unexpected(_) => "EXPECTATION_RESPONSE",
    }
}

fn response(record: &Record) -> Node {
    let kind = kind(record);
    let mut members = start(record, kind, request_to_node(&record.request()));
    members.push(("httpResponse".to_owned(), returned(record)));
    if let (FORWARDED, Some(response)) = (kind, record.response()) {
        members.push(("expectation".to_owned(), expectation(record, response)));
    }
    members.push(lines(&message(record)));
    Node::Object(members)
}

fn start(record: &Record, kind: &str, request: Node) -> Vec<(String, Node)> {
    vec![
        ("logLevel".to_owned(), "INFO".into()),
        ("timestamp".to_owned(), time(record).into()),
        ("type".to_owned(), kind.into()),
        ("httpRequest".to_owned(), request),
    ]
}

fn lines(text: &str) -> (String, Node) {
    let lines = text.trim_end().split('\n').map(Node::from).collect();
    ("message".to_owned(), Node::Array(lines))
}
