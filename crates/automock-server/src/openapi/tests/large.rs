//! Large documents: one that is made here, and any that is named.

use std::fmt::Write as _;

use super::round_trip::{ask_all, assert_all};
use crate::node::Node;
use crate::openapi::context::Version;
use crate::openapi::parse_document;

/// A document of many operations with the features of large public ones.
fn large_document(operations: usize, seed: u64) -> String {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut text = String::from(
        "openapi: 3.0.3\ninfo: {title: Large, version: '1'}\nservers: [{url: 'https://api.example.com/v1'}]\npaths:\n",
    );
    for number in 0..operations {
        let group = number % 40;
        let method = ["get", "post", "put", "patch", "delete"][random.usize(..5)];
        let schema = random.usize(..operations);
        let _ = write!(
            text,
            "  /group{group}/{{owner}}/things{number}/{{id}}:\n    {method}:\n      operationId: op{number}\n      \
             parameters:\n        - {{name: owner, in: path, required: true, schema: {{type: string}}}}\n        \
             - {{name: id, in: path, required: true, schema: {{type: integer, minimum: {number}}}}}\n        \
             - {{name: per_page, in: query, schema: {{type: integer, default: 30}}}}\n        \
             - {{name: 'kinds[]', in: query, schema: {{type: array, items: {{type: string, enum: [a, b]}}}}}}\n"
        );
        if method != "get" && method != "delete" {
            let _ = writeln!(
                text,
                "      requestBody: {{required: true, content: {{application/json: {{schema: {{$ref: '#/components/schemas/S{schema}'}}}}}}}}"
            );
        }
        let _ = write!(
            text,
            "      responses:\n        '200':\n          description: fine\n          content:\n            \
             application/json: {{schema: {{type: array, items: {{$ref: '#/components/schemas/S{schema}'}}}}}}\n"
        );
    }
    text.push_str("components:\n  schemas:\n");
    for number in 0..operations {
        let _ = write!(
            text,
            "    S{number}:\n      type: object\n      required: [p0, p3]\n      properties:\n"
        );
        for property in 0..10 {
            // Schemas of a group refer to each other, as in documents that people write.
            let other = (number / 5 * 5 + random.usize(..5)).min(operations - 1);
            let schema = match random.usize(..9) {
                0 => format!("{{$ref: '#/components/schemas/S{other}'}}"),
                1 => format!("{{type: array, items: {{$ref: '#/components/schemas/S{other}'}}}}"),
                2 => "{type: string, format: date-time, nullable: true}".to_owned(),
                3 => "{type: integer, minimum: 5, exclusiveMinimum: true}".to_owned(),
                4 => "{type: string, enum: [x, y], description: one of two}".to_owned(),
                5 => "{type: string, pattern: '^[a-f0-9]{6}$'}".to_owned(),
                6 => "{allOf: [{type: object, properties: {q: {type: number}}}, {required: [q]}]}"
                    .to_owned(),
                7 => "{oneOf: [{type: string, maxLength: 3}, {type: integer}]}".to_owned(),
                _ => "{type: boolean, example: false}".to_owned(),
            };
            let schema = match property {
                0 | 3 => "{type: string, minLength: 3, title: a name}".to_owned(),
                _ => schema,
            };
            let _ = writeln!(text, "        p{property}: {schema}");
        }
    }
    text
}

#[test]
fn a_large_document_answers_as_it_says() {
    for seed in 0..3 {
        let document = parse_document(&large_document(60, seed)).unwrap();
        let outcome = ask_all(&document, Version::V30);
        assert_all(&outcome);
        assert_eq!((outcome.asked, outcome.valid), (60, 60));
    }
}

/// For documents that are not here. What a document contradicts itself in is nobody's to answer:
/// GitHub's has hundreds of examples that are not what their schemas say. `AUTOMOCK_OPENAPI_DOCUMENT=… cargo test … -- --ignored`.
#[test]
#[ignore = "needs a document"]
fn a_public_document_answers_as_it_says() {
    let path = std::env::var("AUTOMOCK_OPENAPI_DOCUMENT").expect("the variable names a document");
    let document = parse_document(&std::fs::read_to_string(path).unwrap()).unwrap();
    let version = match document.get("openapi").and_then(Node::as_str) {
        Some(version) if version.starts_with("3.0") => Version::V30,
        _ => Version::V31,
    };
    let outcome = ask_all(&document, version);
    assert!(
        outcome.astray.is_empty() && outcome.invalid.is_empty(),
        "{} of {} astray, {} of {} invalid, {} contradictions: {:#?} {:#?}",
        outcome.astray.len(),
        outcome.asked,
        outcome.invalid.len(),
        outcome.valid + outcome.invalid.len(),
        outcome.contradictions.len(),
        outcome.astray,
        outcome.invalid,
    );
}
