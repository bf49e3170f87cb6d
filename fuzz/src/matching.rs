//! Matching requests, and selecting them afterwards.

use automock_server::book::Selection;
use automock_server::definition::{Expectation, TimeToLive, Times, read_expectations};
use automock_server::engine::{Answer, Engine};
use automock_server::journal::{SequenceVerification, Verdict, Verification};
use automock_server::node::Node;

use crate::input::{parts, request};

/// An expectation and a request in, an answer out; then the expectation's matcher is used as a filter
/// for verify, retrieve and clear.
///
/// The index finds what the matcher alone finds; a verification of what the journal shows holds; what is
/// cleared is gone.
///
/// # Panics
/// When one of these does not hold.
pub fn matching(data: &[u8]) {
    let parts = parts(data);
    let Some(node) = std::str::from_utf8(parts[0])
        .ok()
        .and_then(|text| Node::parse(text).ok())
    else {
        return;
    };
    let Ok(expectations) = read_expectations(node.clone()) else {
        return;
    };
    let request = request(parts.get(1).copied().unwrap_or_default());
    let engine = Engine::default();
    let by_itself = match expectations.as_slice() {
        [only] if is_endless(only) => Some(only.matcher.matches(&request)),
        _ => None,
    };
    engine
        .load("r", expectations.clone())
        .expect("few expectations are loaded");
    let answer = engine.answer(request.clone());
    let is_matched = engine.journal().counters().matched() == 1;
    if let Some(by_itself) = by_itself {
        assert_eq!(is_matched, by_itself, "the index and the matcher differ");
    }
    if let (Answer::Response(_), false) = (&answer, is_matched) {
        assert_eq!(engine.journal().counters().unmatched(), 1);
    }
    select(&engine, &node);
}

fn is_endless(expectation: &Expectation) -> bool {
    expectation.times == Times::Unlimited && expectation.time_to_live == TimeToLive::Unlimited
}

fn select(engine: &Engine, node: &Node) {
    let first = node.as_array().map_or(Some(node), <[Node]>::first);
    let Some(filter) = first.and_then(|it| it.get("httpRequest")) else {
        return;
    };
    let Ok(selection) = Selection::read(filter) else {
        return;
    };
    let count = engine.records(&selection).len();
    let times = i64::try_from(count).expect("few requests");
    let bounds = Node::from([
        ("atLeast", Node::from(times)),
        ("atMost", Node::from(times)),
    ]);
    let verification = Node::from([("httpRequest", filter.clone()), ("times", bounds)]);
    if let Ok(verification) = Verification::read(&verification) {
        let verdict = engine.verify(&verification);
        assert!(
            matches!(verdict, Verdict::Holds { .. }),
            "{verdict:?} of {count}"
        );
    }
    let sequence = Node::from([("httpRequests", Node::Array(vec![filter.clone()]))]);
    if let Ok(verification) = SequenceVerification::read(&sequence) {
        let verdict = engine.verify_sequence(&verification);
        let holds = matches!(verdict, Verdict::Holds { .. });
        assert_eq!(holds, count > 0, "{verdict:?} of {count}");
    }
    engine.clear_journal(&selection);
    assert_eq!(
        engine.records(&selection).len(),
        0,
        "cleared and still there"
    );
    engine.clear_expectations(&selection);
}
