//! Tests with whole documents: requests that are made of a document must be for the operation that
//! they are made for, and what is answered must be what the document says.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderName, HeaderValue};

use super::at::At;
use super::context::{Context, Version};
use super::generate::example;
use super::import::{Imported, import};
use super::media::Media;
use super::operations::{Operation, operations};
use super::schema::{Direction, json_schema};
use super::{Choice, parse_document};
use crate::definition::{Action, Expectation};
use crate::engine::{Answer, Engine};
use crate::node::Node;
use crate::request::Request;

const PETSTORE: &str = include_str!("../../../../examples/petstore/openapi.yaml");

fn import_text(text: &str) -> Imported {
    let document = parse_document(text).unwrap();
    import(&document, &Choice::default()).unwrap()
}

/// What a document's own requests are answered with.
#[derive(Debug, Default)]
struct Outcome {
    asked: usize,
    /// Requests that are answered as another operation, or not at all.
    astray: Vec<String>,
    /// Answers that are not what the schema says.
    invalid: Vec<String>,
    valid: usize,
}

fn ask_all(document: &Node, version: Version) -> Outcome {
    let imported = import(document, &Choice::default()).unwrap();
    let engine = Engine::default();
    engine.load("1", imported.expectations.clone()).unwrap();
    let all = Context::new(document, version);
    let mut outcome = Outcome::default();
    for operation in operations(&all) {
        let context = Context::new(document, version);
        let request = request_for(&context, &operation, &imported.expectations);
        outcome.asked += 1;
        let (id, marks) = (operation.id(), operation.name());
        let mut all = imported.expectations.iter();
        let met = all.find(|expectation| expectation.matcher.matches(&request));
        let met = met.and_then(|it| it.id.as_deref()).unwrap_or_default();
        let is_own = met == id || met.starts_with(&format!("{id} ")) || met.contains(&marks);
        if !is_own {
            outcome.astray.push(format!("{id} met {met:?}"));
            continue;
        }
        let Answer::Response(reply) = engine.answer(request) else {
            panic!("{id} is answered");
        };
        match check_body(&context, &operation, &reply.response.body) {
            Some(Ok(())) => outcome.valid += 1,
            Some(Err(reason)) => outcome.invalid.push(format!("{id}: {reason}")),
            None => {}
        }
    }
    outcome
}

/// A request as the document describes it, with every parameter that it can have.
fn request_for<'d>(
    context: &Context<'d>,
    operation: &Operation<'d>,
    expectations: &[Expectation],
) -> Request {
    let root = At::root();
    let make = |schema: Option<&'d Node>| {
        schema.and_then(|it| example(context, it, &root, Direction::Request))
    };
    let id = operation.id();
    let own = expectations.iter().find(|it| it.id.as_ref() == Some(&id));
    let source = own.map(|it| it.matcher.source().get("path").unwrap().as_str().unwrap());
    let own_path = operation.path;
    let prefix_end = source
        .unwrap_or(own_path)
        .len()
        .saturating_sub(own_path.len());
    let prefix = source
        .unwrap_or_default()
        .get(..prefix_end)
        .unwrap_or_default();
    let prefix = if own_path.matches('{').count()
        == own_path
            .split('/')
            .filter(|s| s.starts_with('{') && s.ends_with('}') && s.matches('{').count() == 1)
            .count()
    {
        prefix
    } else {
        ""
    };
    let mut path = format!("{prefix}{own_path}");
    let mut request = Request::get("/");
    let lists = [
        operation.node.get("parameters"),
        path_parameters(context, operation),
    ];
    let items = lists
        .into_iter()
        .flatten()
        .filter_map(Node::as_array)
        .flatten();
    for item in items {
        let parameter = context.follow(item, &root).unwrap().node;
        let text = |word: &str| {
            parameter
                .get(word)
                .and_then(Node::as_str)
                .unwrap_or_default()
        };
        let (name, place) = (text("name"), text("in"));
        let given = parameter.get("example").cloned();
        let Some(value) = given.or_else(|| make(parameter.get("schema"))) else {
            continue;
        };
        let plain = |value: &Node| {
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        };
        let values: Vec<String> = match &value {
            Node::Array(items) => items.iter().map(plain).collect(),
            Node::Object(_) => continue,
            other => vec![plain(other)],
        };
        match place {
            "path" => path = path.replace(&format!("{{{name}}}"), &values.join(",")),
            "query" if parameter.get("explode").and_then(Node::as_bool) == Some(false) => {
                request.query.push((name.to_owned(), values.join(",")));
            }
            "query" => request
                .query
                .extend(values.into_iter().map(|it| (name.to_owned(), it))),
            "header" => {
                let name: HeaderName = name.parse().unwrap();
                request
                    .headers
                    .insert(name, values.join(",").parse().unwrap());
            }
            "cookie" => {
                let line = format!("{name}={}", values.join(","));
                request.headers.insert(COOKIE, line.parse().unwrap());
            }
            _ => {}
        }
    }
    request.method = operation.method.to_ascii_uppercase().parse().unwrap();
    request.path = path;
    add_body(context, operation, &mut request);
    request
}

fn path_parameters<'d>(context: &Context<'d>, operation: &Operation<'d>) -> Option<&'d Node> {
    let item = context.root().get("paths")?.get(operation.path)?;
    context.follow(item, &At::root())?.node.get("parameters")
}

fn add_body<'d>(context: &Context<'d>, operation: &Operation<'d>, request: &mut Request) {
    let root = At::root();
    let body = operation.node.get("requestBody");
    let body = body.and_then(|body| context.follow(body, &root));
    let by_media = body
        .and_then(|body| body.node.get("content"))
        .and_then(Node::as_object);
    let Some((name, media)) = by_media.and_then(<[_]>::first) else {
        return;
    };
    let value = || example(context, media.get("schema")?, &root, Direction::Request);
    let text = match Media::of(name) {
        Media::Json => value().map_or_else(String::new, |it| it.to_string()),
        Media::Form => {
            let value = value().unwrap_or(Node::Null);
            let members = value.as_object().unwrap_or_default().iter();
            let scalars =
                members.filter(|(_, it)| it.as_object().is_none() && it.as_array().is_none());
            let fields = scalars.map(|(name, it)| {
                let text = it.as_str().map_or_else(|| it.to_string(), str::to_owned);
                format!(
                    "{name}={}",
                    text.replace('%', "%25")
                        .replace('&', "%26")
                        .replace('+', "%2B")
                )
            });
            fields.collect::<Vec<_>>().join("&")
        }
        _ => "some text".to_owned(),
    };
    request.body = Bytes::from(text);
    let name = name.replace('*', "x");
    request
        .headers
        .insert(CONTENT_TYPE, HeaderValue::from_str(&name).unwrap());
}

/// Whether an answer is what the first response says; nothing if it says nothing in JSON.
fn check_body<'d>(
    context: &Context<'d>,
    operation: &Operation<'d>,
    body: &[u8],
) -> Option<Result<(), String>> {
    let root = At::root();
    let (_, response) = operation.node.get("responses")?.as_object()?.first()?;
    let response = context.follow(response, &root)?.node;
    let by_media = response.get("content")?.as_object()?;
    let (_, media) = by_media
        .iter()
        .find(|(name, _)| Media::of(name) == Media::Json)?;
    let schema = json_schema(context, media.get("schema")?, &root, Direction::Response)?;
    let validator = match jsonschema::options().build(&schema.to_value()) {
        Ok(validator) => validator,
        Err(error) => return Some(Err(error.to_string())),
    };
    let value = match serde_json::from_slice(body) {
        Ok(value) => value,
        Err(error) => return Some(Err(error.to_string())),
    };
    let error = validator.iter_errors(&value).next();
    Some(error.map_or(Ok(()), |error| {
        Err(format!("{error} at {}", error.instance_path()))
    }))
}

fn assert_all(outcome: &Outcome) {
    assert_eq!(outcome.astray, Vec::<String>::new());
    assert_eq!(outcome.invalid, Vec::<String>::new());
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

/// For documents that are not here: `AUTOMOCK_OPENAPI_DOCUMENT=… cargo test … -- --ignored`.
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
        "{} of {} astray, {} of {} invalid: {:#?} {:#?}",
        outcome.astray.len(),
        outcome.asked,
        outcome.invalid.len(),
        outcome.valid + outcome.invalid.len(),
        outcome.astray,
        outcome.invalid,
    );
}
