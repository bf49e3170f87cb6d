//! Tests of the journal.

use bytes::Bytes;
use http::HeaderValue;
use http::header::{CONTENT_TYPE, COOKIE};
use jiff::Timestamp;

use super::{
    Bounds, Head, Journal, JournalLimits, Outcome, Record, SequenceVerification, Verdict,
    Verification, request_to_node,
};
use crate::node::Node;
use crate::request::Request;

fn record(journal: &Journal, request: Request) {
    journal.record(Record::new(request, Timestamp::now(), Outcome::Unmatched));
}

fn journal_of(paths: &[&str], limits: JournalLimits) -> Journal {
    let journal = Journal::new(limits);
    for path in paths {
        record(&journal, Request::get(*path));
    }
    journal
}

fn paths(journal: &Journal) -> Vec<String> {
    let records = journal.records();
    records
        .iter()
        .map(|recorded| recorded.record.request().path)
        .collect()
}

fn verify(text: &str, journal: &Journal) -> Verdict {
    let verification = Verification::read(&Node::parse(text).unwrap()).unwrap();
    verification.judge_records(&journal.records(), journal.dropped())
}

#[test]
fn the_oldest_are_dropped_by_number() {
    let limits = JournalLimits {
        requests: 2,
        ..JournalLimits::default()
    };
    let journal = journal_of(&["/1", "/2", "/3"], limits);
    assert_eq!(paths(&journal), ["/2", "/3"]);
    assert_eq!(journal.dropped(), 1);
}

#[test]
fn the_oldest_are_dropped_by_bytes() {
    let journal = Journal::new(JournalLimits {
        bytes: 10_000,
        ..JournalLimits::default()
    });
    for path in ["/1", "/2", "/3"] {
        let body = Bytes::from(vec![0; 4_000]);
        record(
            &journal,
            Request {
                body,
                ..Request::get(path)
            },
        );
    }
    assert_eq!(paths(&journal), ["/2", "/3"]);
}

#[test]
fn what_idle_threads_recorded_gets_old_too() {
    let journal = Journal::new(JournalLimits {
        requests: 4,
        ..JournalLimits::default()
    });
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| (0..4).for_each(|_| record(&journal, Request::get("/"))));
        }
    });
    for path in ["/a", "/b", "/c", "/d"] {
        record(&journal, Request::get(path));
    }
    assert_eq!(paths(&journal), ["/a", "/b", "/c", "/d"]);
    assert_eq!(journal.dropped(), 16);
}

#[test]
fn a_record_shares_the_body() {
    let journal = Journal::new(JournalLimits::default());
    let body = Bytes::from(vec![1; 100]);
    record(
        &journal,
        Request {
            body: body.clone(),
            ..Request::get("/")
        },
    );
    let kept = journal.records()[0].record.request().body;
    assert_eq!(kept.as_ptr(), body.as_ptr());
}

#[test]
fn headers_come_out_as_they_went_in() {
    let mut headers = http::HeaderMap::new();
    headers.append("b", HeaderValue::from_static("1"));
    headers.append("a", HeaderValue::from_bytes(b"\xff").unwrap());
    headers.append("b", HeaderValue::from_static(""));
    let head = Head::new("/ä", &headers, &[("X-Raw", b"1")]);
    headers.append("x-raw", HeaderValue::from_static("1"));
    assert_eq!((head.path(), head.to_map()), ("/ä", headers));
}

#[test]
fn a_request_is_written_as_mockserver_does() {
    let mut request = Request::get("/a");
    request.query = vec![
        ("q".into(), "1".into()),
        ("p".into(), "2".into()),
        ("q".into(), "3".into()),
    ];
    request
        .headers
        .insert(COOKIE, HeaderValue::from_static("c=d"));
    request
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    request.body = Bytes::from_static(b"{\"z\":1}");
    let expected = concat!(
        r#"{"method":"GET","path":"/a","queryStringParameters":{"q":["1","3"],"p":["2"]},"#,
        r#""headers":{"cookie":["c=d"],"content-type":["application/json"]},"cookies":{"c":"d"},"#,
        r#""keepAlive":true,"secure":false,"protocol":"HTTP_1_1","body":{"type":"JSON","#,
        r#""json":{"z":1},"rawBytes":"eyJ6IjoxfQ==","contentType":"application/json"}}"#,
    );
    assert_eq!(request_to_node(&request).to_string(), expected);
}

#[test]
fn bodies_are_typed() {
    let body = |content_type: Option<&'static str>, bytes: &'static [u8]| {
        let mut request = Request::get("/");
        request
            .headers
            .extend(content_type.map(|text| (CONTENT_TYPE, HeaderValue::from_static(text))));
        request.body = Bytes::from_static(bytes);
        request_to_node(&request)
            .get("body")
            .map(Node::to_string)
            .unwrap_or_default()
    };
    assert_eq!(body(None, b""), "");
    assert_eq!(body(None, b"{}"), "\"{}\"");
    assert!(body(Some("text/plain"), b"x").starts_with(r#"{"type":"STRING","string":"x""#));
    assert!(
        body(Some("text/xml; charset=utf-8"), b"<a/>").starts_with(r#"{"type":"XML","xml":"<a/>""#)
    );
    assert!(body(Some("application/json"), b"{").starts_with(r#"{"type":"STRING","string":"{""#));
    assert_eq!(
        body(None, b"\xff"),
        r#"{"type":"BINARY","base64Bytes":"/w=="}"#
    );
}

#[test]
fn without_times_a_request_came_exactly_once() {
    let journal = journal_of(&["/a", "/b", "/b"], JournalLimits::default());
    let holds = Verdict::Holds { doubt: None };
    assert_eq!(verify(r#"{"httpRequest":{"path":"/a"}}"#, &journal), holds);
    let Verdict::Fails(text) = verify(r#"{"httpRequest":{"path":"/b"}}"#, &journal) else {
        panic!()
    };
    assert!(
        text.starts_with("Request not found exactly once, expected:<{"),
        "{text}"
    );
    assert!(text.contains("> but was:<["), "{text}");
    let at_least = r#"{"httpRequest":{"path":"/b"},"times":{"atLeast":2,"atMost":-1}}"#;
    assert_eq!(verify(at_least, &journal), holds);
}

#[test]
fn many_requests_are_only_counted_in_a_failure() {
    let journal = journal_of(&["/a"; 11], JournalLimits::default());
    let Verdict::Fails(text) = verify(r#"{"httpRequest":{"path":"/b"}}"#, &journal) else {
        panic!()
    };
    assert!(
        text.ends_with("but was not found, found 11 other requests"),
        "{text}"
    );
}

#[test]
fn bounds_are_said_in_words() {
    let say = |at_least, at_most| Bounds { at_least, at_most }.to_string();
    assert_eq!(say(Some(1), Some(1)), "exactly once");
    assert_eq!(say(Some(2), Some(2)), "exactly 2 times");
    assert_eq!(say(Some(1), None), "at least once");
    assert_eq!(say(None, Some(3)), "at most 3 times");
    assert_eq!(say(Some(1), Some(3)), "between 1 and 3 times");
}

#[test]
fn what_was_dropped_gives_doubt_where_it_could_matter() {
    let limits = JournalLimits {
        requests: 2,
        ..JournalLimits::default()
    };
    let journal = journal_of(&["/a", "/a", "/a"], limits);
    let with = |times: &str| {
        verify(
            &format!(r#"{{"httpRequest":{{"path":"/a"}},"times":{times}}}"#),
            &journal,
        )
    };
    assert_eq!(with(r#"{"atLeast":2}"#), Verdict::Holds { doubt: None });
    assert_eq!(
        with(r#"{"atLeast":2,"atMost":2}"#),
        Verdict::Holds { doubt: Some(1) }
    );
    assert_eq!(
        with(r#"{"atLeast":1,"atMost":3}"#),
        Verdict::Holds { doubt: None }
    );
    let Verdict::Fails(text) = with(r#"{"atLeast":3}"#) else {
        panic!()
    };
    assert!(
        text.contains("1 older requests are no longer in the journal"),
        "{text}"
    );
    let Verdict::Fails(text) = with(r#"{"atLeast":4}"#) else {
        panic!()
    };
    assert!(!text.contains("older requests"), "{text}");
}

#[test]
fn unknown_members_of_a_verification_are_refused() {
    for text in [
        r#"{"httpRequest":{},"times":{"count":1,"exact":true}}"#,
        r#"{"httpRequest":{},"time":{}}"#,
        r#"{"httpRequest":{},"times":{"atLeast":"1"}}"#,
        "[]",
    ] {
        assert!(
            Verification::read(&Node::parse(text).unwrap()).is_err(),
            "{text}"
        );
    }
}

#[test]
fn a_sequence_may_have_others_between() {
    let journal = journal_of(&["/a", "/x", "/b", "/a"], JournalLimits::default());
    let judge = |paths: &[&str]| {
        let requests = paths
            .iter()
            .map(|path| Node::from([("path", Node::from(*path))]))
            .collect();
        let node = Node::from([("httpRequests", Node::Array(requests))]);
        SequenceVerification::read(&node)
            .unwrap()
            .judge(&journal.records(), 0)
    };
    assert_eq!(judge(&["/a", "/b", "/a"]), Verdict::Holds { doubt: None });
    let Verdict::Fails(text) = judge(&["/b", "/b"]) else {
        panic!()
    };
    assert!(
        text.starts_with("Request sequence not found, expected:<["),
        "{text}"
    );
}
