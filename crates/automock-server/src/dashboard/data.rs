//! What the page gets each second.

use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::Serialize;

use super::bound::cut;
use super::why::{Extent, Why};
use crate::book::{Entry, Origin, Snapshot};
use crate::engine::{Engine, Reload, ReloadResult};
use crate::journal::{Outcome, Record, Recorded};
use crate::node::Node;

/// How many requests the page gets at most.
pub(super) const MOST_REQUESTS: usize = 500;

/// How many expectations it gets.
const MOST_EXPECTATIONS: usize = 200;

/// How many bytes of each text.
const LONGEST: usize = 240;

/// How long misses are explained at most; the rest is explained when it is looked at.
const EXPLAINING: Duration = Duration::from_millis(5);

/// What is new, and how everything is.
#[derive(Debug, Serialize)]
pub(super) struct Data {
    /// When the engine began. Another time is another engine, which counts anew.
    started: i64,
    now: i64,
    matched: u64,
    unmatched: u64,
    revision: Option<String>,
    /// Whether requests are kept at all.
    is_recording: bool,
    /// Where to go on.
    next: u64,
    /// How many new ones are left out.
    skipped: u64,
    /// Oldest first.
    requests: Vec<Row>,
    expectations: Expectations,
    /// Newest first.
    reloads: Vec<Reloaded>,
}

/// A request in the list.
#[derive(Debug, Serialize)]
struct Row {
    number: u64,
    at: i64,
    method: String,
    target: String,
    outcome: &'static str,
    status: Option<u16>,
    expectation: Option<String>,
    /// Why it was missed, if there was time to say it.
    why: Option<Why>,
}

/// The expectations in the order in which they are asked.
#[derive(Debug, Serialize)]
struct Expectations {
    shown: Vec<Counted>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct Counted {
    id: String,
    origin: &'static str,
    priority: i32,
    request: String,
    action: String,
    answered: u64,
    remaining: Option<u64>,
    is_alive: bool,
}

#[derive(Debug, Serialize)]
struct Reloaded {
    at: i64,
    revision: Option<String>,
    expectations: Option<usize>,
    refused: Option<String>,
}

impl Data {
    /// The newest requests, from a number on if one is given.
    pub(super) fn of(engine: &Engine, from: Option<u64>, limit: usize) -> Self {
        let journal = engine.journal();
        let snapshot = engine.book().snapshot();
        let next = journal.next_number();
        let first = from.unwrap_or(0).min(next);
        let records = journal.newest(first..next, limit);
        let shown = u64::try_from(records.len()).unwrap_or(u64::MAX);
        let now = Timestamp::now();
        Self {
            started: engine.started().as_millisecond(),
            now: now.as_millisecond(),
            matched: journal.counters().matched(),
            unmatched: journal.counters().unmatched(),
            revision: snapshot.revision().map(|revision| cut(revision, LONGEST)),
            is_recording: journal.limits().requests > 0,
            next,
            skipped: from.map_or(0, |_| (next - first).saturating_sub(shown)),
            requests: rows(&records, &snapshot),
            expectations: Expectations::of(&snapshot, now),
            reloads: engine.reloads().iter().map(Reloaded::of).collect(),
        }
    }
}

/// The newest misses are explained first.
fn rows(records: &[Recorded], snapshot: &Snapshot) -> Vec<Row> {
    let began = Instant::now();
    let newest_first = records.iter().rev();
    let mut rows: Vec<Row> = newest_first
        .map(|recorded| {
            let mut row = Row::of(recorded);
            if recorded.record.entry().is_none() && began.elapsed() < EXPLAINING {
                let request = recorded.record.request();
                row.why = Some(Why::of(snapshot, &request, Extent::LINE));
            }
            row
        })
        .collect();
    rows.reverse();
    rows
}

impl Row {
    fn of(recorded: &Recorded) -> Self {
        let record = &recorded.record;
        Self {
            number: recorded.number,
            at: record.received().as_millisecond(),
            method: cut(record.method().as_str(), LONGEST),
            target: cut(&target(record), LONGEST),
            outcome: outcome(record),
            status: status(record),
            expectation: record.entry().map(|entry| cut(entry.id(), LONGEST)),
            why: None,
        }
    }
}

/// The path with the query, both decoded: it is for people.
fn target(record: &Record) -> String {
    let mut target = cut(record.path(), LONGEST);
    for ((name, value), sign) in record
        .query()
        .iter()
        .zip(std::iter::once('?').chain(std::iter::repeat('&')))
    {
        if target.len() > LONGEST {
            break;
        }
        target.push(sign);
        target.push_str(&cut(name, LONGEST));
        target.push('=');
        target.push_str(&cut(value, LONGEST));
    }
    target
}

/// What became of a request, in a word.
pub(super) fn outcome(record: &Record) -> &'static str {
    match record.outcome() {
        Outcome::Unmatched => "missed",
        Outcome::Forwarded(..) => "forwarded",
        Outcome::Broken(_) => "broken",
        _ => "answered",
    }
}

/// What the client got; nothing if its connection was broken.
pub(super) fn status(record: &Record) -> Option<u16> {
    match record.outcome() {
        Outcome::Unmatched => Some(http::StatusCode::NOT_FOUND.as_u16()),
        _ => record.response().map(|response| response.status.as_u16()),
    }
}

impl Expectations {
    fn of(snapshot: &Snapshot, now: Timestamp) -> Self {
        let entries = snapshot.entries();
        let shown = entries.iter().take(MOST_EXPECTATIONS);
        Self {
            shown: shown.map(|entry| Counted::of(entry, now)).collect(),
            more: entries.len().saturating_sub(MOST_EXPECTATIONS),
        }
    }
}

impl Counted {
    fn of(entry: &Entry, now: Timestamp) -> Self {
        let expectation = entry.expectation();
        Self {
            id: cut(entry.id(), LONGEST),
            origin: match entry.origin() {
                Origin::File => "file",
                Origin::Client => "client",
            },
            priority: expectation.priority,
            request: request(expectation.matcher.source()),
            action: action(&expectation.source),
            answered: entry.count().total(),
            remaining: entry.remaining(),
            is_alive: entry.is_alive(now),
        }
    }
}

/// The method and the path that a matcher names.
fn request(matcher: &Node) -> String {
    let named = |name| {
        matcher.get(name).map(|node| match node.as_str() {
            Some(text) => cut(text, LONGEST),
            None => cut(&node.to_string(), LONGEST),
        })
    };
    let parts: Vec<String> = ["method", "path"].into_iter().filter_map(named).collect();
    parts.join(" ")
}

/// The name of the action, without what all have in common.
fn action(expectation: &Node) -> String {
    let mut members = expectation.as_object().unwrap_or_default().iter();
    let action = members.find_map(|(name, _)| match name.strip_prefix("http") {
        Some("Request") | None => None,
        Some(action) => Some(action),
    });
    cut(action.unwrap_or_default(), LONGEST)
}

impl Reloaded {
    fn of(reload: &Reload) -> Self {
        let (revision, expectations, refused) = match &reload.result {
            ReloadResult::Served {
                revision,
                expectations,
            } => (Some(cut(revision, LONGEST)), Some(*expectations), None),
            ReloadResult::Refused { reason } => (None, None, Some(reason.clone())),
        };
        Self {
            at: reload.at.as_millisecond(),
            revision,
            expectations,
            refused,
        }
    }
}
