//! Tests with whole documents: requests that are made of a document must be for the operation that
//! they are made for, and what is answered must be what the document says.

mod large;
mod round_trip;

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use http::header::CONTENT_TYPE;

use super::context::Version;
use super::import::{Imported, import};
use super::{Choice, parse_document};
use crate::definition::Action;
use crate::request::Request;
use round_trip::{ask_all, assert_all};

const PETSTORE: &str = include_str!("../../../../examples/petstore/openapi.yaml");

fn import_text(text: &str) -> Imported {
    let document = parse_document(text).unwrap();
    import(&document, &Choice::default()).unwrap()
}

#[test]
fn the_petstore_answers_as_its_document_says() {
    let document = parse_document(PETSTORE).unwrap();
    let outcome = ask_all(&document, Version::V30);
    assert_all(&outcome);
    assert_eq!((outcome.asked, outcome.valid), (13, 11));
}

#[test]
fn what_the_petstore_says_in_vain_is_told() {
    let report = import_text(PETSTORE).report;
    assert_eq!((report.operations, report.mapped), (13, 13));
    let told: Vec<_> = report.unmapped.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "/paths/~1pet/post/security: requests are matched whether they authenticate or not",
            "/paths/~1pet~1{petId}~1image/post/requestBody/content/image~1*: \
             only that there is such a body is matched",
            "/paths/~1store~1order/post/callbacks: callbacks are not made",
        ]
    );
}

fn petstore(change: impl FnOnce(&mut Request)) -> Option<String> {
    let imported = import_text(PETSTORE);
    let mut request = Request::get("/");
    change(&mut request);
    let mut expectations = imported.expectations.iter();
    let met = expectations.find(|it| it.matcher.matches(&request))?;
    met.id.clone()
}

fn call(method: &str, path: &str) -> Option<String> {
    petstore(|request| {
        request.method = method.parse().unwrap();
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        request.path = format!("/api/v3{path}");
        request.query = crate::request::parse_parameters(query);
    })
}

#[test]
fn requests_must_be_as_the_document_says() {
    let check = |method, path, expected: Option<&str>| {
        assert_eq!(call(method, path).as_deref(), expected, "{method} {path}");
    };
    check("GET", "/pet/7", Some("getPetById"));
    check("GET", "/pet/x", None);
    check(
        "GET",
        "/pet/findByStatus?status=sold",
        Some("findPetsByStatus"),
    );
    check("GET", "/pet/findByStatus?status=lost", None);
    check("GET", "/pet/findByStatus", None);
    check("GET", "/pet/findByStatus?status=sold&limit=101", None);
    check(
        "GET",
        "/pet/findByTags?tags=small,black",
        Some("findPetsByTags"),
    );
    check("GET", "/pet/findByTags?tags=x", None);
    check("GET", "/store/order/10", Some("getOrderById"));
    check("GET", "/store/order/11", None);
    check("POST", "/store/order", Some("placeOrder"));
    check("GET", "/user/logout", None);
}

fn post(path: &str, content_type: &str, body: &str) -> Option<String> {
    petstore(|request| {
        request.method = http::Method::POST;
        request.path = format!("/api/v3{path}");
        request
            .headers
            .insert(CONTENT_TYPE, content_type.parse().unwrap());
        request.body = Bytes::copy_from_slice(body.as_bytes());
    })
}

#[test]
fn bodies_must_be_as_the_document_says() {
    let json = "application/json; charset=utf-8";
    let form = "application/x-www-form-urlencoded";
    let check = |path, content_type, body, expected: Option<&str>| {
        assert_eq!(
            post(path, content_type, body).as_deref(),
            expected,
            "{path} {body}"
        );
    };
    check(
        "/pet",
        json,
        r#"{"name":"Bran","photoUrls":[]}"#,
        Some("addPet"),
    );
    check("/pet", json, r#"{"photoUrls":[]}"#, None);
    check(
        "/pet",
        json,
        r#"{"name":"Bran","photoUrls":[],"mother":{"name":1}}"#,
        None,
    );
    check("/pet", json, "", None);
    check(
        "/pet",
        "text/plain",
        r#"{"name":"Bran","photoUrls":[]}"#,
        None,
    );
    check(
        "/store/order",
        json,
        r#"{"petId":1,"quantity":2}"#,
        Some("placeOrder"),
    );
    check("/store/order", json, r#"{"petId":1,"quantity":6}"#, None);
    check(
        "/store/order",
        form,
        "petId=1&quantity=2",
        Some("placeOrder with body 2"),
    );
    check("/store/order", form, "petId=1&quantity=6", None);
    check("/pet/1/image", "image/png", "png", Some("uploadImage"));
    check("/pet/1/image", "image/png", "", None);
}

fn json(text: &[u8]) -> serde_json::Value {
    serde_json::from_slice(text).unwrap()
}

#[test]
fn responses_can_be_chosen() {
    let document = parse_document(PETSTORE).unwrap();
    let choose = |operation: &str, status: &str| {
        let responses = vec![(operation.to_owned(), status.to_owned())];
        import(&document, &Choice { responses })
    };
    let imported = choose("getPetById", "404").unwrap();
    assert_eq!(imported.expectations.len(), 1);
    let Action::Response(response) = &imported.expectations[0].action else {
        panic!("a response was expected");
    };
    assert_eq!(response.status, 404);
    assert_eq!(
        json(&response.body),
        json(br#"{"title":"not found","status":404}"#)
    );
    let content_type = &response.headers[0];
    assert_eq!(content_type.1, "application/problem+json");
    assert_eq!(
        choose("GET /user/logout", "204")
            .unwrap()
            .expectations
            .len(),
        1
    );
    let told = |operation, status| choose(operation, status).unwrap_err()[0].to_string();
    assert_eq!(
        told("getPetByld", "200"),
        "the document has no operation \"getPetByld\" (did you mean \"getPetById\"?)"
    );
    assert_eq!(
        told("getPetById", "500"),
        "the operation \"getPetById\" has no response \"500\", only 200, 404"
    );
}

#[test]
fn examples_and_headers_are_answered() {
    let imported = import_text(PETSTORE);
    let pet = imported
        .expectations
        .iter()
        .find(|it| it.id.as_deref() == Some("getPetById"));
    let Action::Response(response) = &pet.unwrap().action else {
        panic!("a response was expected");
    };
    let headers: BTreeMap<_, _> = response
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
        .collect();
    assert_eq!(headers["x-rate-limit"], "100");
    assert_eq!(headers["x-expires-after"], "2024-01-31T12:30:45Z");
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(
        json(&response.body),
        json(br#"{"id":1,"name":"Ada","photoUrls":[],"status":"available"}"#)
    );
}

#[test]
fn only_versions_that_are_known_are_taken() {
    let told = |text: &str| {
        let refusals = import(&parse_document(text).unwrap(), &Choice::default()).unwrap_err();
        refusals[0].to_string()
    };
    assert!(told("swagger: '2.0'").contains("convert it to OpenAPI 3 first"));
    assert!(told("openapi: 4.0.0").contains("none of the versions"));
    assert!(told("paths: {}").contains("is no OpenAPI document"));
}

#[test]
fn every_server_has_its_prefix() {
    let text = "openapi: 3.1.0\nservers: [{url: /a}, {url: /b}]\npaths:\n  /x:\n    get: {operationId: x}\n  \
                /y:\n    servers: [{url: /c}]\n    get: {operationId: x}\n";
    let imported = import_text(text);
    let ids: Vec<_> = imported
        .expectations
        .iter()
        .map(|it| it.id.clone().unwrap())
        .collect();
    assert_eq!(ids, ["x", "x under /b", "x (GET /y)"]);
    let paths = imported
        .expectations
        .iter()
        .map(|it| it.matcher.source().get("path").cloned());
    let paths: Vec<_> = paths.map(|it| it.unwrap().to_string()).collect();
    assert_eq!(paths, ["\"/a/x\"", "\"/b/x\"", "\"/c/y\""]);
}

#[test]
fn a_small_document_cannot_become_a_huge_one() {
    let example = "x".repeat(100_000);
    let mut text =
        format!("openapi: 3.0.0\ncomponents: {{examples: {{e: {{value: {example}}}}}}}\npaths:\n");
    for number in 0..2_000 {
        let _ = writeln!(
            text,
            "  /p{number}: {{get: {{responses: {{200: {{content: {{application/json: \
             {{examples: {{e: {{$ref: '#/components/examples/e'}}}}}}}}}}}}}}}}"
        );
    }
    let imported = import_text(&text);
    let bytes = imported.expectations.iter().map(|it| match &it.action {
        Action::Response(response) => response.body.len(),
        _ => 0,
    });
    let bytes: usize = bytes.sum();
    assert!(bytes < 100_000_000, "{bytes} of 200 MB");
}

/// Each schema refers to the next one, as often as is taken.
#[test]
fn long_chains_of_schemas_cost_nobody_the_stack() {
    for (length, checked) in [(190, true), (5_000, false)] {
        let mut schemas = String::new();
        for number in 0..length {
            let next = number + 1;
            let _ = writeln!(
                schemas,
                "    S{number}: {{properties: {{n: {{$ref: '#/components/schemas/S{next}'}}}}}}"
            );
        }
        let imported = import_text(&format!(
            "openapi: 3.0.0\npaths:\n  /a:\n    post:\n      requestBody: {{required: true, content: \
             {{application/json: {{schema: {{$ref: '#/components/schemas/S0'}}}}}}}}\ncomponents:\n  \
             schemas:\n{schemas}    S{length}: {{type: integer}}\n"
        ));
        let told = imported.report.unmapped.iter().map(ToString::to_string);
        let too_large = told.filter(|it| it.contains("too large to be checked"));
        assert_eq!(too_large.count() == 0, checked, "{length}");
        assert_eq!(imported.expectations.len(), 1);
    }
}
