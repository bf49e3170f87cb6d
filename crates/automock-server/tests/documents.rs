//! `OpenAPI` documents that are named by URLs.

mod common;

use automock_server::http::ForwardOptions;
use common::{serve, serving};

const UPSTREAM: &str = r#"{"httpRequest":{"path":"/pets.yaml"},"httpResponse":{"body":
    "openapi: 3.0.3\npaths:\n  /pets/{id}:\n    get:\n      operationId: show\n      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]\n      responses: {204: {description: none}}\n"}}"#;

#[test]
fn a_document_is_fetched_from_an_allowed_host() {
    let upstream = serving(UPSTREAM);
    let server = serve(|options| {
        options.forward = ForwardOptions {
            hosts: vec!["127.0.0.1".to_owned()],
            ..ForwardOptions::default()
        };
    });
    let body = format!(r#"{{"specUrlOrPayload":"{}"}}"#, upstream.url("/pets.yaml"));
    let (status, text) = server.put("/mockserver/openapi", &body);
    assert_eq!(status, 201, "{text}");
    assert_eq!(server.get("/pets/7").0, 204);
    assert_eq!(server.get("/pets/x").0, 404);
    let matcher = format!(
        r#"{{"httpRequest":{{"specUrlOrPayload":"{}","operationId":"show"}},"httpResponse":{{"statusCode":202}},"priority":1}}"#,
        upstream.url("/pets.yaml")
    );
    server.create(&matcher);
    assert_eq!(server.get("/pets/7").0, 202);
    let absent = format!(
        r#"{{"specUrlOrPayload":"{}"}}"#,
        upstream.url("/absent.yaml")
    );
    let (status, text) = server.put("/mockserver/openapi", &absent);
    assert_eq!(status, 400);
    assert!(text.contains("the answer was 404"), "{text}");
}

#[test]
fn no_document_is_fetched_from_another_host() {
    let upstream = serving(UPSTREAM);
    let server = serve(|_| {});
    let body = format!(r#"{{"specUrlOrPayload":"{}"}}"#, upstream.url("/pets.yaml"));
    let (status, text) = server.put("/mockserver/openapi", &body);
    assert_eq!(status, 400);
    assert!(
        text.contains("is not allowed; give the document itself"),
        "{text}"
    );
    let (_, seen) = upstream.put("/mockserver/retrieve", "");
    assert!(!seen.contains("pets.yaml"), "{seen}");
}
