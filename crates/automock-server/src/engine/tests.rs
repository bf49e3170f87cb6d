//! Tests of the engine without a network.

use std::sync::{Arc, Mutex};
use std::thread;

use super::{Answer, Engine, EngineOptions, Event};
use crate::book::Selection;
use crate::definition::read_expectations;
use crate::journal::{JournalLimits, Verdict, Verification};
use crate::node::Node;
use crate::request::Request;

fn engine_with(options: EngineOptions, text: &str) -> Engine {
    let engine = Engine::new(options);
    let expectations = read_expectations(Node::parse(text).unwrap()).unwrap();
    engine.upsert(expectations).unwrap();
    engine
}

fn status(answer: &Answer) -> u16 {
    match answer {
        Answer::Response(reply) => reply.response.status.as_u16(),
        other => panic!("{other:?}"),
    }
}

fn ask(engine: &Engine, path: &str) -> u16 {
    status(&engine.answer(Request::get(path)))
}

#[test]
fn a_request_is_answered_counted_and_recorded() {
    let text = r#"{"httpRequest":{"path":"/a"},"httpResponse":{"statusCode":201,"body":"x"}}"#;
    let engine = engine_with(EngineOptions::default(), text);
    assert_eq!((ask(&engine, "/a"), ask(&engine, "/b")), (201, 404));
    let counters = engine.journal().counters();
    assert_eq!(
        (counters.total(), counters.matched(), counters.unmatched()),
        (2, 1, 1)
    );
    assert_eq!(engine.records(&Selection::All).len(), 2);
}

#[test]
fn counters_are_exact_under_concurrency() {
    let text = r#"{"id":"a","httpRequest":{"path":"/a"},"httpResponse":{},"times":{"remainingTimes":1000}}"#;
    let engine = engine_with(EngineOptions::default(), text);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| (0..500).for_each(|_| drop(engine.answer(Request::get("/a")))));
        }
    });
    let counters = engine.journal().counters();
    assert_eq!(
        (counters.total(), counters.matched(), counters.unmatched()),
        (4000, 1000, 3000)
    );
    assert_eq!(engine.book().count("a").unwrap().total(), 1000);
    assert_eq!(engine.records(&Selection::All).len(), 4000);
}

#[test]
fn by_id_the_count_is_exact_whatever_was_dropped() {
    let journal = JournalLimits {
        requests: 3,
        ..JournalLimits::default()
    };
    let options = EngineOptions {
        journal,
        ..EngineOptions::default()
    };
    let engine = engine_with(options, r#"{"id":"a","httpResponse":{}}"#);
    (0..10).for_each(|_| drop(engine.answer(Request::get("/"))));
    let verify = |times: u64| {
        let text = format!(
            r#"{{"expectationId":{{"id":"a"}},"times":{{"atLeast":{times},"atMost":{times}}}}}"#
        );
        engine.verify(&Verification::read(&Node::parse(&text).unwrap()).unwrap())
    };
    assert_eq!(verify(10), Verdict::Holds { doubt: None });
    assert!(matches!(verify(3), Verdict::Fails(_)));
    engine.clear_journal(&Selection::All);
    assert_eq!(verify(0), Verdict::Holds { doubt: None });
}

#[test]
fn clearing_a_part_of_the_journal_takes_it_out_of_counts() {
    let engine = engine_with(EngineOptions::default(), r#"{"id":"a","httpResponse":{}}"#);
    ask(&engine, "/x");
    ask(&engine, "/y");
    let filter = Node::parse(r#"{"path":"/x"}"#).unwrap();
    engine.clear_journal(&Selection::read(&filter).unwrap());
    assert_eq!(engine.book().count("a").unwrap().since_clear(), 1);
    assert_eq!(engine.records(&Selection::All).len(), 1);
    assert_eq!(engine.journal().counters().total(), 2);
}

#[test]
fn a_miss_is_explained_and_a_storm_of_them_is_not() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&told);
    let observer: super::Observer = Arc::new(move |event| sink.lock().unwrap().push(event.clone()));
    let options = EngineOptions {
        observer: Some(observer),
        ..EngineOptions::default()
    };
    let text = r#"[{"id":"far","httpRequest":{"method":"PUT","path":"/far"},"httpResponse":{}},
                   {"id":"near","httpRequest":{"method":"POST","path":"/near"},"httpResponse":{}}]"#;
    let engine = engine_with(options, text);
    (0..1000).for_each(|_| drop(engine.answer(Request::get("/near"))));
    let told = told.lock().unwrap();
    assert!((1..=15).contains(&told.len()), "{} told", told.len());
    let Event::Miss(miss) = &told[0] else {
        panic!()
    };
    let closest = miss.closest.as_ref().unwrap();
    assert_eq!(&*closest.id, "near");
    assert_eq!(closest.difference.as_ref().unwrap().property, "method");
    assert!(
        miss.to_string()
            .starts_with("no expectation for GET /near; closest is near: method")
    );
}

#[test]
fn a_forward_is_asked_for_and_recorded_with_its_response() {
    let text = r#"{"httpForward":{"host":"127.0.0.1","port":8080}}"#;
    let engine = engine_with(EngineOptions::default(), text);
    let mut request = Request::get("/a b");
    request.query.push(("q".into(), "x y".into()));
    let Answer::Forward(order) = engine.answer(request) else {
        panic!()
    };
    let outgoing = order.outgoing().unwrap();
    assert_eq!(
        outgoing.request.uri(),
        "http://127.0.0.1:8080/a%20b?q=x%20y"
    );
    assert_eq!(outgoing.request.headers()["host"], "127.0.0.1:8080");
    let response = order.incoming(http::Response::new("hi".into()));
    let response = engine.forwarded(*order, response);
    assert_eq!(response.body, "hi");
    let records = engine.records(&Selection::All);
    assert_eq!(
        crate::journal::recorded_expectations(&records)
            .as_array()
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn a_forward_is_overridden_and_modified() {
    let text = r#"{"httpOverrideForwardedRequest":{
        "requestOverride":{"path":"/b","headers":{"host":["up.test:81"]},"body":"new"},
        "requestModifier":{"headers":{"add":{"x-a":["1"]},"remove":["x-gone"]}},
        "responseOverride":{"statusCode":202},
        "responseModifier":{"headers":{"replace":{"server":["mock"]}}}}}"#;
    let engine = engine_with(EngineOptions::default(), text);
    let mut request = Request::get("/a");
    request.headers.insert("x-gone", "1".parse().unwrap());
    let Answer::Forward(order) = engine.answer(request) else {
        panic!()
    };
    let outgoing = order.outgoing().unwrap();
    assert_eq!(outgoing.request.uri(), "http://up.test:81/b");
    assert_eq!(outgoing.request.body(), "new");
    assert_eq!(outgoing.request.headers()["x-a"], "1");
    assert!(!outgoing.request.headers().contains_key("x-gone"));
    let response = http::Response::builder()
        .header("server", "real")
        .body("ok".into())
        .unwrap();
    let response = order.incoming(response).unwrap();
    assert_eq!(
        (response.status.as_u16(), &response.body[..]),
        (202, &b"ok"[..])
    );
    assert_eq!(response.headers["server"], "mock");
}

#[test]
fn a_template_makes_the_response() {
    let text = r#"{"httpResponseTemplate":{"templateType":"MUSTACHE",
        "template":"{\"statusCode\": 203, \"body\": \"{{ request.path }}\"}"}}"#;
    let engine = engine_with(EngineOptions::default(), text);
    assert_eq!(ask(&engine, "/a"), 203);
}

#[test]
fn a_template_that_gives_no_response_answers_404() {
    let text = r#"{"httpResponseTemplate":{"templateType":"MUSTACHE","template":"no json"}}"#;
    let engine = engine_with(EngineOptions::default(), text);
    assert_eq!(ask(&engine, "/a"), 404);
    assert_eq!(engine.journal().counters().matched(), 1);
}

#[test]
fn expectations_that_do_not_fit_beside_those_served_are_refused_before_they_are_read() {
    let text = |count: usize| {
        let one = r#"{"httpResponse":{"body":"x"}}"#;
        format!("[{}]", vec![one; count].join(","))
    };
    let needed = |count: usize| crate::memory::needed_for(&text(count));
    let engine = Engine::new(EngineOptions {
        memory: Some(needed(250)),
        ..EngineOptions::default()
    });
    let serve = |revision: &str, count: usize| {
        engine.make_room([text(count).as_str()])?;
        let expectations = read_expectations(Node::parse(&text(count)).unwrap()).unwrap();
        engine.load(revision, expectations).unwrap();
        Ok::<_, crate::memory::TooLarge>(())
    };
    serve("1", 100).unwrap();
    // However often it is replaced, one of the same size fits.
    for revision in ["2", "3", "4"] {
        serve(revision, 120).unwrap();
    }
    let refused = serve("5", 140).unwrap_err();
    assert_eq!((refused.needed, refused.served), (needed(140), needed(120)));
    assert_eq!(engine.revision().as_deref(), Some("4"));
    serve("6", 20).unwrap();
    serve("7", 140).unwrap();
    // What a client sends has to fit as well.
    assert!(engine.has_room(text(200).as_bytes()).is_err());
    assert!(engine.has_room(text(50).as_bytes()).is_ok());
}
