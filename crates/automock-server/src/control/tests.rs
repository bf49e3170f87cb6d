//! Tests of the control API without a network.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderMap, Method};

use super::{Control, ControlOptions, ControlRequest, Host, Route, Verb};
use crate::definition::read_expectations;
use crate::engine::Engine;
use crate::node::Node;
use crate::request::Request;

struct OnePort;

impl Host for OnePort {
    fn ports(&self) -> Vec<u16> {
        vec![1080]
    }

    fn bind(&self, ports: &[u16]) -> Result<Vec<u16>, String> {
        Ok(ports.to_vec())
    }

    fn stop(&self) {}
}

fn control(options: ControlOptions) -> Control {
    Control::new(Arc::new(Engine::default()), options)
}

fn call(body: &str) -> ControlRequest {
    ControlRequest {
        query: String::new(),
        headers: HeaderMap::new(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        remote: Some("10.1.2.3:4".parse().unwrap()),
    }
}

fn put(control: &Control, target: &str, body: &str) -> (u16, String) {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let route = control.route(&Method::PUT, path).unwrap();
    let call = ControlRequest {
        query: query.to_owned(),
        ..call(body)
    };
    let response = control.handle(route, &call, &OnePort);
    let text = String::from_utf8(response.body().to_vec()).unwrap();
    (response.status().as_u16(), text)
}

#[test]
fn paths_of_the_api_are_known_by_method() {
    let options = ControlOptions::default();
    let of = |method, path| Route::of(&options, &method, path);
    let status = |deprecated| {
        Some(Route::Command {
            verb: Verb::Status,
            deprecated,
        })
    };
    assert_eq!(of(Method::PUT, "/mockserver/status"), status(false));
    assert_eq!(of(Method::PUT, "/status"), status(true));
    assert_eq!(of(Method::GET, "/mockserver/status"), None);
    assert_eq!(of(Method::PUT, "/mockserver/other"), None);
    assert_eq!(of(Method::GET, "/__automock/ready"), Some(Route::Ready));
}

#[test]
fn switched_off_it_still_tells_whether_it_is_ready() {
    let liveness_path = Some("/live".to_owned());
    let options = ControlOptions {
        enabled: false,
        liveness_path,
        ..ControlOptions::default()
    };
    let of = |method, path| Route::of(&options, &method, path);
    assert_eq!(of(Method::PUT, "/mockserver/reset"), None);
    assert_eq!(of(Method::GET, "/mockserver/metrics"), None);
    assert_eq!(of(Method::GET, "/__automock/ready"), Some(Route::Ready));
    assert_eq!(of(Method::GET, "/live"), Some(Route::Liveness));
}

#[test]
fn expectations_come_and_go() {
    let control = control(ControlOptions::default());
    let two = r#"[{"id":"a","httpRequest":{"path":"/a"},"httpResponse":{}},{"httpResponse":{}}]"#;
    let (status, text) = put(&control, "/mockserver/expectation", two);
    assert_eq!(status, 201, "{text}");
    assert_eq!(Node::parse(&text).unwrap().as_array().unwrap().len(), 2);
    assert_eq!(
        put(
            &control,
            "/mockserver/clear?type=EXPECTATIONS",
            r#"{"id":"a"}"#
        )
        .0,
        200
    );
    let (_, text) = put(
        &control,
        "/mockserver/retrieve?type=active_expectations&format=json",
        "",
    );
    assert_eq!(Node::parse(&text).unwrap().as_array().unwrap().len(), 1);
    assert_eq!(put(&control, "/mockserver/reset", "").0, 200);
    let (_, text) = put(
        &control,
        "/mockserver/retrieve?type=ACTIVE_EXPECTATIONS",
        "",
    );
    assert_eq!(text, "[]");
}

#[test]
fn a_batch_with_a_bad_item_creates_nothing() {
    let control = control(ControlOptions::default());
    for bad in [
        r#"[{"httpResponse":{}},{"httpResponse":{"statusCode":"x"}}]"#,
        "[]",
        "{}",
        "",
        "{",
    ] {
        let (status, text) = put(&control, "/mockserver/expectation", bad);
        assert_eq!(status, 400, "{bad}: {text}");
        assert!(!text.is_empty());
    }
    assert!(control.engine.book().snapshot().entries().is_empty());
}

#[test]
fn unknown_types_and_formats_are_refused_with_the_known_ones() {
    let control = control(ControlOptions::default());
    let (status, text) = put(&control, "/mockserver/clear?type=logs", "");
    assert_eq!(status, 400);
    assert!(text.contains("[log, expectations, all]"), "{text}");
    assert_eq!(put(&control, "/mockserver/retrieve?type=x", "").0, 400);
    assert_eq!(put(&control, "/mockserver/retrieve?format=HAR", "").0, 400);
    assert_eq!(put(&control, "/mockserver/openapi", "{}").0, 400);
}

#[test]
fn verification_speaks_with_mockservers_words() {
    let control = control(ControlOptions::default());
    drop(control.engine.answer(Request::get("/a")));
    let verify = |body| put(&control, "/mockserver/verify", body);
    assert_eq!(
        verify(r#"{"httpRequest":{"path":"/a"}}"#),
        (202, String::new())
    );
    let (status, text) = verify(r#"{"httpRequest":{"path":"/b"}}"#);
    assert_eq!(status, 406);
    assert!(
        text.starts_with("Request not found exactly once, expected:<"),
        "{text}"
    );
    assert_eq!(verify("[").0, 400);
    let sequence = r#"{"httpRequests":[{"path":"/a"},{"path":"/b"}]}"#;
    assert_eq!(put(&control, "/mockserver/verifySequence", sequence).0, 406);
}

#[test]
fn control_responses_carry_a_version_and_old_paths_a_hint() {
    let control = control(ControlOptions::default());
    let route = control.route(&Method::PUT, "/status").unwrap();
    let response = control.handle(route, &call(""), &OnePort);
    assert_eq!(response.headers()["version"], "5.15.0");
    assert!(response.headers().contains_key("deprecated"));
    let text = std::str::from_utf8(response.body()).unwrap();
    let node = Node::parse(text).unwrap();
    assert_eq!(node.get("ports").unwrap().to_string(), "[1080]");
}

#[test]
fn only_who_may_calls() {
    let options = ControlOptions {
        token: Some("secret".into()),
        sources: vec!["10.0.0.0/8".parse().unwrap()],
        ..ControlOptions::default()
    };
    let control = control(options);
    let route = control.route(&Method::PUT, "/mockserver/reset").unwrap();
    let status = |token: Option<&str>, remote: &str| {
        let mut call = ControlRequest {
            remote: Some(remote.parse().unwrap()),
            ..call("")
        };
        let value = token.map(|token| format!("Bearer {token}").parse().unwrap());
        call.headers
            .extend(value.map(|value| (http::header::AUTHORIZATION, value)));
        control.handle(route, &call, &OnePort).status().as_u16()
    };
    assert_eq!(status(Some("secret"), "10.9.9.9:1"), 200);
    assert_eq!(status(Some("secret"), "[::ffff:10.9.9.9]:1"), 200);
    assert_eq!(status(Some("Secret"), "10.9.9.9:1"), 401);
    assert_eq!(status(None, "10.9.9.9:1"), 401);
    assert_eq!(status(Some("secret"), "11.9.9.9:1"), 403);
    let ready = control.handle(Route::Ready, &call(""), &OnePort);
    assert_eq!(
        ready.status().as_u16(),
        503,
        "whether it is ready anybody may ask"
    );
}

#[test]
fn the_token_is_a_password_too() {
    let control = control(ControlOptions {
        token: Some("secret".into()),
        ..ControlOptions::default()
    });
    let route = control.route(&Method::PUT, "/mockserver/reset").unwrap();
    let answer = |authorization: &'static str| {
        let mut call = call("");
        let value = http::HeaderValue::from_static(authorization);
        call.headers.insert(http::header::AUTHORIZATION, value);
        control.handle(route, &call, &OnePort)
    };
    // anybody:secret, secret:anybody, secret
    assert_eq!(answer("Basic YW55Ym9keTpzZWNyZXQ=").status().as_u16(), 200);
    for wrong in [
        "Basic c2VjcmV0OmFueWJvZHk=",
        "Basic c2VjcmV0",
        "Basic secret",
    ] {
        let refused = answer(wrong);
        assert_eq!(refused.status().as_u16(), 401, "{wrong}");
        let challenges = refused.headers().get_all("www-authenticate");
        assert_eq!(challenges.iter().count(), 2);
    }
}

#[test]
fn a_site_that_takes_the_address_of_this_machine_may_not_call() {
    let status = |options: ControlOptions, host: &'static str| {
        let control = control(options);
        let route = control.route(&Method::PUT, "/mockserver/reset").unwrap();
        let mut call = ControlRequest {
            remote: Some(([127, 0, 0, 1], 1).into()),
            ..call("")
        };
        let host = http::HeaderValue::from_static(host);
        call.headers.insert(http::header::HOST, host);
        control.handle(route, &call, &OnePort).status().as_u16()
    };
    let here = ControlOptions::for_this_machine;
    for host in [
        "127.0.0.1:1080",
        "[::1]:1080",
        "LocalHost",
        "mock:1080",
        "api.localhost",
        "mock.test:80",
    ] {
        assert_eq!(status(here(), host), 200, "{host}");
    }
    for host in ["site.com", "site.com:1080", "localhost.site.com", "a b"] {
        assert_eq!(status(here(), host), 403, "{host}");
    }
    assert_eq!(status(ControlOptions::default(), "site.com"), 200);
}

#[test]
fn it_is_ready_once_a_revision_is_served() {
    let control = control(ControlOptions::default());
    let file = read_expectations(Node::parse(r#"{"httpResponse":{}}"#).unwrap()).unwrap();
    control.engine.load("r-1", file).unwrap();
    let ready = control.handle(Route::Ready, &call(""), &OnePort);
    assert_eq!(ready.status().as_u16(), 200);
    assert_eq!(ready.headers()["x-automock-revision"], "r-1");
}

#[test]
fn metrics_are_prometheus_text() {
    let control = control(ControlOptions::default());
    let file = r#"{"id":"a\"b","httpRequest":{"path":"/a"},"httpResponse":{}}"#;
    control
        .engine
        .load(
            "r-1",
            read_expectations(Node::parse(file).unwrap()).unwrap(),
        )
        .unwrap();
    drop(control.engine.answer(Request::get("/a")));
    drop(control.engine.answer(Request::get("/b")));
    let text = super::metrics(&control.engine);
    for line in [
        "automock_requests_total{result=\"matched\"} 1",
        "automock_requests_total{result=\"unmatched\"} 1",
        "automock_expectation_matches_total{id=\"a\\\"b\"} 1",
        "automock_revision_info{revision=\"r-1\"} 1",
    ] {
        assert!(text.lines().any(|one| one == line), "{line} in\n{text}");
    }
}

const ONE_OPERATION: &str = "openapi: 3.0.3\npaths:\n  /pets:\n    get: {operationId: list, responses: {204: {}, 404: {}}}\n";

fn openapi_call(payload: &Node, more: &str) -> String {
    format!(r#"{{"specUrlOrPayload":{payload}{more}}}"#)
}

#[test]
fn documents_become_expectations() {
    let control = control(ControlOptions::default());
    let import = |body: &str| put(&control, "/mockserver/openapi", body);
    let json = r#"{"openapi":"3.0.3","paths":{"/a":{"get":{"operationId":"a"}}}}"#;
    let yaml = Node::from(ONE_OPERATION);
    let (status, text) = import(&openapi_call(&yaml, ""));
    assert_eq!(status, 201, "{text}");
    let created = Node::parse(&text).unwrap();
    let created = created.as_array().unwrap();
    assert_eq!(created.len(), 1);
    assert_eq!(created[0].get("id").and_then(Node::as_str), Some("list"));
    assert_eq!(created[0].get("priority").and_then(Node::as_i64), Some(0));
    for payload in [Node::parse(json).unwrap(), Node::from(json)] {
        let (status, text) = import(&openapi_call(&payload, ""));
        assert_eq!(status, 201, "{text}");
    }
    let chosen = openapi_call(&yaml, r#","operationsAndResponses":{"list":"404"}"#);
    let (status, text) = import(&format!(
        "[{chosen},{}]",
        openapi_call(&Node::from(json), "")
    ));
    assert_eq!(status, 201, "{text}");
    assert!(text.contains("404"), "{text}");
    let answer = control.engine.answer(Request::get("/pets"));
    let crate::engine::Answer::Response(reply) = answer else {
        panic!("a response was expected");
    };
    assert_eq!(reply.response.status, 404);
}

#[test]
fn documents_that_cannot_be_had_are_refused() {
    let control = control(ControlOptions::default());
    let told = |payload: &str, more: &str| {
        let body = openapi_call(&Node::from(payload), more);
        let (status, text) = put(&control, "/mockserver/openapi", &body);
        assert_eq!(status, 400, "{text}");
        text
    };
    assert!(told("file:/etc/passwd", "").contains("files are not read for clients"));
    assert!(told("/etc/passwd", "").contains("files are not read for clients"));
    assert!(told("classpath:pets.yaml", "").contains("there is no class path"));
    assert!(told("https://example.com/pets.yaml", "").contains("give the document itself"));
    assert!(told("swagger: '2.0'\n", "").contains("convert it to OpenAPI 3 first"));
    assert!(told("a: [\n", "").contains("neither JSON nor YAML"));
    let unknown = told(ONE_OPERATION, r#","operationsAndResponses":{"lst":"204"}"#);
    assert!(unknown.contains("did you mean \"list\""), "{unknown}");
    assert_eq!(put(&control, "/mockserver/openapi", "[]").0, 400);
    assert!(control.engine.book().snapshot().entries().is_empty());
}

#[test]
fn files_are_read_from_the_folder_for_them_alone() {
    let folder = tempfile::tempdir().unwrap();
    let documents = folder.path().join("documents");
    std::fs::create_dir(&documents).unwrap();
    std::fs::write(documents.join("pets.yaml"), ONE_OPERATION).unwrap();
    std::fs::write(folder.path().join("secret.yaml"), ONE_OPERATION).unwrap();
    let link = documents.join("link.yaml");
    std::os::unix::fs::symlink(folder.path().join("secret.yaml"), link).unwrap();
    let control = control(ControlOptions {
        files: Some(documents.clone()),
        ..ControlOptions::default()
    });
    let import = |path: &str| {
        let body = openapi_call(&Node::from(path), "");
        put(&control, "/mockserver/openapi", &body)
    };
    assert_eq!(import("pets.yaml").0, 201);
    assert_eq!(import("file:pets.yaml").0, 201);
    let whole = format!("file://{}", documents.join("pets.yaml").display());
    assert_eq!(import(&whole).0, 201);
    for outside in [
        "../secret.yaml",
        "link.yaml",
        "absent.yaml",
        ".",
        "/etc/passwd",
    ] {
        let (status, text) = import(outside);
        assert_eq!(status, 400, "{text}");
        assert!(
            text.contains("there is no such file in the folder"),
            "{text}"
        );
    }
    let expectation = r#"{"httpRequest":{"specUrlOrPayload":"pets.yaml","operationId":"list"},"httpResponse":{}}"#;
    let (status, text) = put(&control, "/mockserver/expectation", expectation);
    assert_eq!(status, 201, "{text}");
}
