//! Responses of operations as actions.

use http::{HeaderName, HeaderValue};

use super::at::At;
use super::context::{Context, cost};
use super::generate::example;
use super::media::{Media, content_type};
use super::merged::Merged;
use super::parameters::Members;
use super::schema::Direction;
use crate::node::Node;

/// The response of an operation: the one that is wanted, or the first. Nothing if the wanted one is
/// not there.
pub(super) fn response<'d>(
    context: &Context<'d>,
    operation: &'d Node,
    wanted: Option<&str>,
    at: &At<'_>,
) -> Option<Node> {
    let at = at.member("responses");
    let responses = operation.get("responses").and_then(Node::as_object);
    let mut responses = responses.unwrap_or_default().iter();
    let mut responses = responses
        .by_ref()
        .filter(|(name, _)| !name.starts_with("x-"));
    let chosen = match wanted {
        Some(wanted) => Some(responses.find(|(name, _)| name.eq_ignore_ascii_case(wanted))?),
        None => responses.next(),
    };
    let Some((name, node)) = chosen else {
        context.tell(&at, "there is no response; 200 is answered");
        return Some(Node::from([("statusCode", Node::from(200))]));
    };
    let at = at.member(name);
    let mut members = vec![(
        "statusCode".to_owned(),
        Node::from(status(context, name, &at)),
    )];
    if let Some(found) = context.follow(node, &at) {
        fill(context, found.node, &found.at(&at), &mut members);
    }
    Some(Node::Object(members))
}

/// The status that a key of `responses` stands for.
fn status(context: &Context<'_>, name: &str, at: &At<'_>) -> i64 {
    let range = name
        .strip_suffix(['X', 'x'])
        .and_then(|it| it.strip_suffix(['X', 'x']));
    let status = match range {
        Some(range) => range.parse().map(|hundreds: i64| hundreds * 100),
        None if name == "default" => Ok(200),
        None => name.parse(),
    };
    match status {
        Ok(status) if (100..=999).contains(&status) => status,
        _ => {
            context.tell(at, format!("{name:?} is no status; 200 is answered"));
            200
        }
    }
}

fn fill<'d>(context: &Context<'d>, node: &'d Node, at: &At<'_>, members: &mut Members) {
    if node.get("links").is_some() {
        context.tell(&at.member("links"), "links have no effect");
    }
    let mut headers = headers(context, node, at);
    let by_media = node
        .get("content")
        .and_then(Node::as_object)
        .unwrap_or_default();
    let json = by_media
        .iter()
        .find(|(name, _)| Media::of(name) == Media::Json);
    let body = json.or_else(|| by_media.first()).and_then(|(name, media)| {
        let at = at.member("content");
        let at = at.member(name);
        let given = Node::Array(vec![Node::from(content_type(name))]);
        headers.push(("content-type".to_owned(), given));
        body(context, name, media, &at)
    });
    if !headers.is_empty() {
        members.push(("headers".to_owned(), Node::Object(headers)));
    }
    members.extend(body.map(|body| ("body".to_owned(), body)));
}

fn headers<'d>(context: &Context<'d>, node: &'d Node, at: &At<'_>) -> Members {
    let at = at.member("headers");
    let mut headers = Vec::new();
    for (name, node) in node
        .get("headers")
        .and_then(Node::as_object)
        .unwrap_or_default()
    {
        let at = at.member(name);
        let Some(found) = context.follow(node, &at) else {
            continue;
        };
        if name.eq_ignore_ascii_case("content-type") {
            continue;
        }
        let at = found.at(&at);
        let Some(value) = value(context, found.node, &at).map(|value| line(&value)) else {
            continue;
        };
        let is_valid = HeaderName::from_bytes(name.as_bytes()).is_ok()
            && HeaderValue::from_str(&value).is_ok();
        if is_valid {
            headers.push((name.clone(), Node::Array(vec![value.into()])));
        } else {
            context.tell(&at, "no header can have such a name or value");
        }
    }
    headers
}

/// A value in one line: items go behind each other with commas.
fn line(value: &Node) -> String {
    match value {
        Node::String(text) => text.clone(),
        Node::Array(items) => items.iter().map(line).collect::<Vec<_>>().join(","),
        Node::Null => String::new(),
        other => other.to_string(),
    }
}

/// What `example`, `examples` or the schema of a media type or a header says.
fn value<'d>(context: &Context<'d>, node: &'d Node, at: &At<'_>) -> Option<Node> {
    if let Some(given) = given(context, node, at) {
        return context.spend(cost(given)).then(|| given.clone());
    }
    let schema = node.get("schema")?;
    example(context, schema, &at.member("schema"), Direction::Response)
}

fn given<'d>(context: &Context<'d>, node: &'d Node, at: &At<'_>) -> Option<&'d Node> {
    if let Some(example) = node.get("example") {
        return Some(example);
    }
    let at = at.member("examples");
    let examples = node
        .get("examples")
        .and_then(Node::as_object)
        .unwrap_or_default();
    examples.iter().find_map(|(name, example)| {
        let at = at.member(name);
        let found = context.follow(example, &at)?;
        let value = found.node.get("value");
        if value.is_none() {
            context.tell(
                &found.at(&at),
                "the example stands elsewhere and is not read",
            );
        }
        value
    })
}

fn body<'d>(context: &Context<'d>, name: &str, media: &'d Node, at: &At<'_>) -> Option<Node> {
    let kind = Media::of(name);
    if kind == Media::Json {
        return value(context, media, at).map(|value| json(context, value, media, at));
    }
    if let Some(given) = given(context, media, at) {
        return context.spend(cost(given)).then(|| text(&line(given)));
    }
    if kind == Media::Text {
        return value(context, media, at).map(|value| text(&line(&value)));
    }
    context.tell(
        at,
        "no body is made of a schema for this media type; give it an example",
    );
    None
}

/// JSON, whatever its type. An example that is written as a text is read, unless a text is meant.
fn json<'d>(context: &Context<'d>, value: Node, media: &'d Node, at: &At<'_>) -> Node {
    let value = match &value {
        Node::String(text) if text.trim_start().starts_with(['{', '[']) => {
            let schema = media.get("schema");
            let merged = schema.map(|schema| Merged::of(context, &[schema], &[], at));
            let is_text = merged.is_some_and(|merged| merged.types().contains(&"string"));
            let read = (!is_text).then(|| Node::parse(text).ok()).flatten();
            read.unwrap_or(value)
        }
        _ => value,
    };
    match value {
        Node::Object(_) | Node::Array(_) => {
            Node::from([("type", Node::from("JSON")), ("json", value)])
        }
        other => text(&other.to_string()),
    }
}

fn text(text: &str) -> Node {
    Node::from([("type", Node::from("STRING")), ("string", Node::from(text))])
}
