//! Requests that are made of a document, and whether they are answered as it says.

use bytes::Bytes;
use http::header::{CONTENT_TYPE, COOKIE};
use http::{HeaderName, HeaderValue};

use crate::definition::Expectation;
use crate::engine::{Answer, Engine};
use crate::node::Node;
use crate::openapi::Choice;
use crate::openapi::at::At;
use crate::openapi::context::{Context, Version};
use crate::openapi::generate::example;
use crate::openapi::import::import;
use crate::openapi::media::Media;
use crate::openapi::operations::{Operation, operations};
use crate::openapi::schema::{Direction, json_schema};
use crate::request::Request;

/// What a document's own requests are answered with.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    pub(super) asked: usize,
    /// Requests that are answered as another operation, or not at all.
    pub(super) astray: Vec<String>,
    /// Answers that are not what the schema says.
    pub(super) invalid: Vec<String>,
    /// Where the document contradicts itself: an answer is its own example and not what its schema
    /// says, or what was made for a request is not what it takes. Nobody can honour both.
    pub(super) contradictions: Vec<String>,
    pub(super) valid: usize,
}

pub(super) fn ask_all(document: &Node, version: Version) -> Outcome {
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
            let list = if is_own_request(&context, &operation, &request) {
                &mut outcome.astray
            } else {
                &mut outcome.contradictions
            };
            list.push(format!("{id} met {met:?}"));
            continue;
        }
        let Answer::Response(reply) = engine.answer(request) else {
            panic!("{id} is answered");
        };
        match check_body(&context, &operation, &reply.response.body) {
            Some(Ok(())) => outcome.valid += 1,
            Some(Err(reason)) => {
                let list = if has_example(&context, &operation) {
                    &mut outcome.contradictions
                } else {
                    &mut outcome.invalid
                };
                list.push(format!("{id}: {reason}"));
            }
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

/// Whether a request is one of its operation by what the document says: no example of a path parameter is
/// more than a segment, and its body is what the schema says.
fn is_own_request<'d>(context: &Context<'d>, operation: &Operation<'d>, request: &Request) -> bool {
    let root = At::root();
    let lists = [
        operation.node.get("parameters"),
        path_parameters(context, operation),
    ];
    let parameters = lists.into_iter().flatten().filter_map(Node::as_array);
    let is_in_place = parameters.flatten().all(|item| {
        let parameter = context.follow(item, &root).unwrap().node;
        let text = |word: &str| parameter.get(word).and_then(Node::as_str);
        text("in") != Some("path") || !text("example").unwrap_or_default().contains('/')
    });
    let schema = || {
        let body = context
            .follow(operation.node.get("requestBody")?, &root)?
            .node;
        let by_media = body.get("content")?.as_object()?;
        let (name, media) = by_media.first()?;
        let is_json = Media::of(name) == Media::Json;
        is_json.then(|| media.get("schema")).flatten()
    };
    let is_valid = schema().is_none_or(|schema| {
        let checked = check_json(context, schema, Direction::Request, &request.body);
        checked.is_none_or(|checked| checked.is_ok())
    });
    is_in_place && is_valid
}

/// The JSON of the first response.
fn first_media<'d>(context: &Context<'d>, operation: &Operation<'d>) -> Option<&'d Node> {
    let (_, response) = operation.node.get("responses")?.as_object()?.first()?;
    let response = context.follow(response, &At::root())?.node;
    let mut by_media = response.get("content")?.as_object()?.iter();
    let (_, media) = by_media.find(|(name, _)| Media::of(name) == Media::Json)?;
    Some(media)
}

fn has_example<'d>(context: &Context<'d>, operation: &Operation<'d>) -> bool {
    let media = first_media(context, operation);
    media.is_some_and(|media| media.get("example").or(media.get("examples")).is_some())
}

/// Whether an answer is what the first response says; nothing if it says nothing in JSON.
fn check_body<'d>(
    context: &Context<'d>,
    operation: &Operation<'d>,
    body: &[u8],
) -> Option<Result<(), String>> {
    let schema = first_media(context, operation)?.get("schema")?;
    check_json(context, schema, Direction::Response, body)
}

/// Whether a text is what a schema says; nothing if that says nothing.
fn check_json<'d>(
    context: &Context<'d>,
    schema: &'d Node,
    direction: Direction,
    body: &[u8],
) -> Option<Result<(), String>> {
    let schema = json_schema(context, schema, &At::root(), direction)?;
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

pub(super) fn assert_all(outcome: &Outcome) {
    assert_eq!(outcome.astray, Vec::<String>::new());
    assert_eq!(outcome.invalid, Vec::<String>::new());
    assert_eq!(outcome.contradictions, Vec::<String>::new());
}
