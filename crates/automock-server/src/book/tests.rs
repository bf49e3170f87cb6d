//! Tests of the book.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use jiff::Timestamp;

use super::{Book, Selection};
use crate::definition::read_expectations;
use crate::node::Node;
use crate::request::Request;

fn book_with(text: &str) -> Book {
    let book = Book::new(100);
    upsert(&book, text);
    book
}

fn upsert(book: &Book, text: &str) {
    let expectations = read_expectations(Node::parse(text).unwrap()).unwrap();
    book.upsert(expectations, Timestamp::now()).unwrap();
}

fn load(book: &Book, revision: &str, text: &str) {
    let expectations = read_expectations(Node::parse(text).unwrap()).unwrap();
    book.replace_file(revision, expectations, Timestamp::now())
        .unwrap();
}

fn find(book: &Book, path: &str) -> Option<String> {
    let found = book.find(&mut Request::get(path).into(), Timestamp::now());
    found.map(|entry| entry.id().to_string())
}

fn ids(book: &Book) -> Vec<String> {
    let snapshot = book.snapshot();
    snapshot
        .entries()
        .iter()
        .map(|entry| entry.id().to_string())
        .collect()
}

#[test]
fn the_higher_priority_is_asked_first_then_the_older() {
    let book = book_with(
        r#"[{"id":"a","httpResponse":{}},{"id":"b","httpResponse":{}},
            {"id":"c","priority":1,"httpResponse":{}},{"id":"d","priority":-1,"httpResponse":{}}]"#,
    );
    assert_eq!(ids(&book), ["c", "a", "b", "d"]);
    assert_eq!(find(&book, "/").as_deref(), Some("c"));
}

#[test]
fn an_update_keeps_the_place_and_renews_the_times() {
    let once =
        r#"{"id":"a","httpRequest":{"path":"/a"},"httpResponse":{},"times":{"remainingTimes":1}}"#;
    let book = book_with(once);
    upsert(
        &book,
        r#"{"id":"b","httpRequest":{"path":"/a"},"httpResponse":{}}"#,
    );
    upsert(&book, once);
    assert_eq!(ids(&book), ["a", "b"]);
    assert_eq!(find(&book, "/a").as_deref(), Some("a"));
    assert_eq!(find(&book, "/a").as_deref(), Some("b"));
    assert_eq!(book.count("a").unwrap().total(), 1);
}

#[test]
fn without_an_id_each_is_another() {
    let book = book_with(r#"{"httpResponse":{}}"#);
    upsert(&book, r#"{"httpResponse":{}}"#);
    let ids = ids(&book);
    assert_eq!(ids.len(), 2);
    assert_ne!(ids[0], ids[1]);
}

#[test]
fn exactly_as_many_answers_as_times_whoever_asks() {
    let book = book_with(r#"{"id":"a","httpResponse":{},"times":{"remainingTimes":1000}}"#);
    let (book, answers) = (Arc::new(book), Arc::new(AtomicUsize::new(0)));
    let threads = (0..8).map(|_| {
        let (book, answers) = (Arc::clone(&book), Arc::clone(&answers));
        thread::spawn(move || {
            let found = (0..500).filter(|_| find(&book, "/").is_some()).count();
            answers.fetch_add(found, Ordering::Relaxed);
        })
    });
    threads
        .collect::<Vec<_>>()
        .into_iter()
        .for_each(|thread| thread.join().unwrap());
    assert_eq!(answers.load(Ordering::Relaxed), 1000);
    assert_eq!(book.count("a").unwrap().total(), 1000);
}

#[test]
fn no_times_never_answer_and_what_does_not_match_costs_none() {
    let book = book_with(
        r#"[{"id":"never","httpResponse":{},"times":{"remainingTimes":0}},
            {"id":"once","httpRequest":{"path":"/a"},"httpResponse":{},"times":{"remainingTimes":1}}]"#,
    );
    assert_eq!(find(&book, "/b"), None);
    assert_eq!(find(&book, "/a").as_deref(), Some("once"));
    assert_eq!(find(&book, "/a"), None);
}

#[test]
fn what_is_expired_is_passed_over_and_not_listed() {
    let text = r#"{"id":"a","httpResponse":{},"timeToLive":{"timeUnit":"SECONDS","timeToLive":5}}"#;
    let book = book_with(text);
    let now = Timestamp::now();
    let later = now + Duration::from_secs(6);
    assert!(book.find(&mut Request::get("/").into(), now).is_some());
    assert!(book.find(&mut Request::get("/").into(), later).is_none());
    assert!(book.list(&Selection::All, later).is_empty());
}

#[test]
fn a_list_says_what_was_sent_and_what_is_left() {
    let book = book_with(
        r#"{"httpResponse":{"statusCode":201},"httpRequest":{"path":"/a"},"id":"a",
            "times":{"remainingTimes":2},"timeToLive":{"timeUnit":"MINUTES","timeToLive":1}}"#,
    );
    find(&book, "/a");
    let list = book.list(&Selection::All, Timestamp::now());
    let expected = concat!(
        r#"{"id":"a","priority":0,"httpResponse":{"statusCode":201},"httpRequest":{"path":"/a"},"#,
        r#""times":{"remainingTimes":1},"timeToLive":{"timeUnit":"SECONDS","timeToLive":60}}"#
    );
    assert_eq!(list[0].to_string(), expected);
}

#[test]
fn a_file_replaces_its_own_and_leaves_what_clients_created() {
    let book = book_with(r#"{"id":"client","httpResponse":{}}"#);
    load(
        &book,
        "r1",
        r#"[{"id":"x","httpResponse":{}},{"httpRequest":{"path":"/n"},"httpResponse":{}}]"#,
    );
    let first = ids(&book);
    assert_eq!((first[0].as_str(), first[2].as_str()), ("x", "client"));
    load(
        &book,
        "r2",
        r#"[{"httpRequest":{"path":"/n"},"httpResponse":{}},{"id":"y","httpResponse":{}}]"#,
    );
    let second = ids(&book);
    assert_eq!(
        second,
        [&first[1], "y", "client"],
        "without an id the content gives it"
    );
    assert_eq!(
        book.snapshot().revision().map(|revision| &**revision),
        Some("r2")
    );
    load(
        &book,
        "r3",
        r#"{"id":"client","priority":9,"httpResponse":{}}"#,
    );
    assert_eq!(ids(&book), ["client"]);
    assert_eq!(
        book.snapshot().entries()[0].expectation().priority,
        0,
        "the client's one wins"
    );
}

#[test]
fn clearing_takes_what_is_selected() {
    let book = book_with(
        r#"[{"id":"a","httpRequest":{"path":"/a"},"httpResponse":{}},
            {"id":"b","httpRequest":{"path":"/b"},"httpResponse":{}},
            {"id":"c","httpRequest":{"path":"/c"},"httpResponse":{}}]"#,
    );
    book.clear(&Selection::Id("a".into()), Timestamp::now());
    assert_eq!(ids(&book), ["b", "c"]);
    let filter = Node::parse(r#"{"path":"/b"}"#).unwrap();
    book.clear(&Selection::read(&filter).unwrap(), Timestamp::now());
    assert_eq!(ids(&book), ["c"]);
    book.clear(&Selection::All, Timestamp::now());
    assert!(ids(&book).is_empty());
}

#[test]
fn too_many_are_refused_as_a_whole() {
    let book = Book::new(2);
    upsert(&book, r#"{"id":"a","httpResponse":{}}"#);
    let two = r#"[{"id":"b","httpResponse":{}},{"id":"c","httpResponse":{}}]"#;
    let two = read_expectations(Node::parse(two).unwrap()).unwrap();
    let error = book.upsert(two, Timestamp::now()).unwrap_err();
    assert_eq!(error.to_string(), "more than 2 expectations");
    assert_eq!(ids(&book), ["a"]);
}
