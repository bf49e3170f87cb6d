//! Tests of what the page gets, without a browser.

use std::sync::Arc;

use http::Method;
use serde_json::Value;

use super::View;
use super::data::Data;
use crate::control::{Control, ControlOptions, ControlRequest, Host, Route};
use crate::definition::read_expectations;
use crate::engine::{Engine, EngineOptions};
use crate::journal::JournalLimits;
use crate::node::Node;
use crate::request::Request;

struct NoHost;

impl Host for NoHost {
    fn ports(&self) -> Vec<u16> {
        Vec::new()
    }

    fn bind(&self, _ports: &[u16]) -> Result<Vec<u16>, String> {
        Err("none".to_owned())
    }

    fn stop(&self) {}
}

fn engine(expectations: &str) -> Arc<Engine> {
    let engine = Arc::new(Engine::default());
    let node = Node::parse(expectations).unwrap();
    engine.load("r1", read_expectations(node).unwrap()).unwrap();
    engine
}

fn ask(engine: &Engine, path: &str) {
    let _ = engine.answer(Request::get(path));
}

fn data(engine: &Engine, from: Option<u64>, limit: usize) -> Value {
    serde_json::to_value(Data::of(engine, from, limit)).unwrap()
}

fn get(control: &Control, target: &str) -> (u16, Value) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let route = control.route(&Method::GET, path).unwrap();
    let call = ControlRequest {
        query: query.to_owned(),
        headers: http::HeaderMap::new(),
        body: bytes::Bytes::new(),
        remote: Some("10.1.2.3:4".parse().unwrap()),
    };
    let response = control.handle(route, &call, &NoHost);
    let body = serde_json::from_slice(response.body());
    (response.status().as_u16(), body.unwrap_or_default())
}

const TWO: &str = r#"[
    {"id":"cat","httpRequest":{"method":"GET","path":"/cat","headers":{"x-a":"1"}},"httpResponse":{}},
    {"id":"once","priority":1,"httpRequest":{"path":"/once"},"httpResponse":{"statusCode":202},
     "times":{"remainingTimes":1}}
]"#;

#[test]
fn misses_are_explained_and_matches_are_counted() {
    let engine = engine(TWO);
    for path in ["/once", "/once", "/cat"] {
        ask(&engine, path);
    }
    let data = data(&engine, None, 10);
    let rows = data["requests"].as_array().unwrap();
    assert_eq!(rows[0]["expectation"], "once");
    assert_eq!(
        (&rows[0]["status"], &rows[0]["why"]),
        (&202.into(), &Value::Null)
    );
    assert_eq!(rows[1]["outcome"], "missed");
    assert_eq!(rows[1]["why"]["verdict"], "over");
    assert_eq!(rows[2]["why"]["closest"], "cat");
    assert_eq!(rows[2]["why"]["differences"][0]["property"], "headers");
    let expectations = data["expectations"]["shown"].as_array().unwrap();
    assert_eq!(
        expectations[0]["id"], "once",
        "in the order in which they are asked"
    );
    assert_eq!(expectations[0]["answered"], 1);
    assert_eq!(expectations[0]["is_alive"], false);
    assert_eq!(expectations[1]["request"], "GET /cat");
    assert_eq!(expectations[1]["action"], "Response");
    assert_eq!(
        (&data["matched"], &data["unmatched"]),
        (&1.into(), &2.into())
    );
}

#[test]
fn an_expectation_that_came_later_would_answer() {
    let engine = Arc::new(Engine::default());
    ask(&engine, "/late");
    let why = |data: Value| data["requests"][0]["why"]["verdict"].clone();
    assert_eq!(why(data(&engine, None, 1)), "empty");
    let node = Node::parse(r#"{"httpResponse":{}}"#).unwrap();
    engine.upsert(read_expectations(node).unwrap()).unwrap();
    assert_eq!(why(data(&engine, None, 1)), "answers");
}

#[test]
fn a_page_goes_on_where_it_was_and_what_it_does_not_get_is_counted() {
    let engine = Arc::new(Engine::default());
    for _ in 0..5 {
        ask(&engine, "/a");
    }
    let first = data(&engine, None, 2);
    assert_eq!((&first["next"], &first["skipped"]), (&5.into(), &0.into()));
    assert_eq!(first["requests"].as_array().unwrap().len(), 2);
    for _ in 0..7 {
        ask(&engine, "/b");
    }
    let second = data(&engine, Some(5), 3);
    let numbers: Vec<_> = second["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["number"].as_u64().unwrap())
        .collect();
    assert_eq!(numbers, [9, 10, 11], "the newest, oldest first");
    assert_eq!(
        (&second["next"], &second["skipped"]),
        (&12.into(), &4.into())
    );
    let third = data(&engine, Some(12), 3);
    assert_eq!(
        (&third["requests"], &third["skipped"]),
        (&Value::Array(Vec::new()), &0.into())
    );
    let beyond = data(&engine, Some(u64::MAX), 3);
    assert_eq!(
        (&beyond["next"], &beyond["skipped"]),
        (&12.into(), &0.into())
    );
}

#[test]
fn nothing_is_skipped_or_repeated_while_requests_come() {
    let engine = Arc::new(Engine::default());
    let mut seen = Vec::new();
    std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| (0..500).for_each(|_| ask(&engine, "/x"))))
            .collect();
        let mut next = 0;
        loop {
            let is_over = clients
                .iter()
                .all(std::thread::ScopedJoinHandle::is_finished);
            let data = data(&engine, Some(next), usize::MAX);
            assert_eq!(data["skipped"], 0);
            let rows = data["requests"].as_array().unwrap();
            seen.extend(rows.iter().map(|row| row["number"].as_u64().unwrap()));
            next = data["next"].as_u64().unwrap();
            if is_over {
                break;
            }
        }
    });
    assert_eq!(seen, (0..2000).collect::<Vec<_>>());
}

#[test]
fn what_the_page_gets_is_bounded() {
    let many: Vec<_> = (0..300)
        .map(|number| {
            format!(
                r#"{{"id":"{number}","httpRequest":{{"path":"/{}"}},"httpResponse":{{}}}}"#,
                "p".repeat(5000)
            )
        })
        .collect();
    let engine = engine(&format!("[{}]", many.join(",")));
    for _ in 0..600 {
        let mut request = Request::get("/x".repeat(20_000));
        request.query = vec![("n".repeat(9000), "v".repeat(9000)); 50];
        let _ = engine.answer(request);
    }
    let control = Control::new(Arc::clone(&engine), ControlOptions::default());
    let (status, data) = get(&control, "/mockserver/dashboard/data?from=0&limit=100000");
    assert_eq!(status, 200);
    assert!(data["requests"].as_array().unwrap().len() <= 500);
    assert_eq!(data["expectations"]["more"], 100);
    assert!(
        data.to_string().len() < 1 << 20,
        "{}",
        data.to_string().len()
    );
    let number = data["next"].as_u64().unwrap() - 1;
    let (status, details) = get(
        &control,
        &format!("/mockserver/dashboard/request?number={number}"),
    );
    assert_eq!(status, 200);
    assert!(details.to_string().len() < 1 << 20);
    assert_eq!(details["why"]["differences"][0]["property"], "path");
}

#[test]
fn revisions_and_refusals_are_told() {
    let engine = engine(TWO);
    engine.refuse_reload("line 3: broken");
    let data = data(&engine, None, 1);
    assert_eq!(data["revision"], "r1");
    assert_eq!(data["reloads"][0]["refused"], "line 3: broken");
    assert_eq!(data["reloads"][1]["revision"], "r1");
    assert_eq!(data["reloads"][1]["expectations"], 2);
}

#[test]
fn a_request_that_is_gone_is_said_to_be_and_bad_calls_are_refused() {
    let engine = Arc::new(Engine::new(EngineOptions {
        journal: JournalLimits {
            requests: 2,
            bytes: 1 << 20,
        },
        ..EngineOptions::default()
    }));
    for path in ["/1", "/2", "/3", "/4"] {
        ask(&engine, path);
    }
    let control = Control::new(engine, ControlOptions::default());
    let status = |target: &str| get(&control, target).0;
    assert_eq!(status("/mockserver/dashboard/request?number=3"), 200);
    assert_eq!(status("/mockserver/dashboard/request?number=0"), 404);
    assert_eq!(status("/mockserver/dashboard/request"), 400);
    assert_eq!(status("/mockserver/dashboard/data?from=x"), 400);
}

#[test]
fn who_may_not_control_may_not_look() {
    let options = ControlOptions::for_this_machine();
    let control = Control::new(Arc::default(), options);
    for path in ["", "/", "/data", "/request?number=0"] {
        let (status, _) = get(&control, &format!("/mockserver/dashboard{path}"));
        assert_eq!(status, 403, "{path}");
    }
    let off = ControlOptions {
        enabled: false,
        ..ControlOptions::default()
    };
    assert_eq!(Route::of(&off, &Method::GET, "/mockserver/dashboard"), None);
    let on = ControlOptions::default();
    let of = |method, path| Route::of(&on, &method, path);
    assert_eq!(
        of(Method::GET, "/mockserver/dashboard"),
        Some(Route::Dashboard(View::Page))
    );
    assert_eq!(
        of(Method::PUT, "/mockserver/dashboard"),
        None,
        "that is ordinary traffic"
    );
    assert_eq!(of(Method::GET, "/mockserver/dashboards"), None);
}
