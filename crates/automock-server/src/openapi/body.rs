//! Bodies of requests as matchers.

use super::at::At;
use super::context::Context;
use super::media::{Media, pattern};
use super::merged::Merged;
use super::parameters::{Members, styled_values};
use super::schema::{Direction, is_true, json_schema};
use crate::node::Node;

/// One way in which a request may have its body.
#[derive(Clone, Debug, Default)]
pub(super) struct BodyVariant {
    /// The header that tells its content type.
    pub(super) content_type: Option<(String, Node)>,
    /// What it must be.
    pub(super) body: Option<Node>,
}

type Content<'d> = Vec<(&'d str, &'d Node)>;

/// All ways in which a request may have its body: as JSON, as a form, or as something else.
pub(super) fn bodies<'d>(
    context: &Context<'d>,
    node: Option<&'d Node>,
    at: &At<'_>,
) -> Vec<BodyVariant> {
    let found = node.and_then(|node| context.follow(node, at));
    let Some(found) = found else {
        return vec![BodyVariant::default()];
    };
    let at = found.at(at);
    let at = at.member("content");
    let by_media = found.node.get("content").and_then(Node::as_object);
    let of = |kinds: &[Media]| -> Content<'d> {
        let by_media = by_media.unwrap_or_default().iter();
        let by_media = by_media.filter(|(name, _)| kinds.contains(&Media::of(name)));
        by_media
            .map(|(name, media)| (name.as_str(), media))
            .collect()
    };
    let optional = !is_true(found.node.get("required"));
    let json = of(&[Media::Json]);
    let forms = of(&[Media::Form]);
    let others = of(&[Media::Text, Media::Xml, Media::Other]);
    for (name, _) in &others {
        context.tell(
            &at.member(name),
            "only that there is such a body is matched",
        );
    }
    let groups = [
        (json_body(context, &json, &at), json),
        (form_body(context, &forms, &at), forms),
        (None, others),
    ];
    let mut variants: Vec<_> = groups
        .into_iter()
        .filter(|(_, by_media)| !by_media.is_empty())
        .map(|(body, by_media)| variant(body, &by_media, optional))
        .collect();
    if variants.is_empty() {
        variants.push(BodyVariant::default());
    }
    variants
}

fn variant(body: Option<Members>, by_media: &[(&str, &Node)], optional: bool) -> BodyVariant {
    let names: Vec<_> = by_media.iter().map(|(name, _)| *name).collect();
    let mark = if optional { "?" } else { "" };
    let content_type = pattern(&names).map(|pattern| {
        let name = format!("{mark}content-type");
        (name, Node::Array(vec![Node::from(pattern)]))
    });
    let body = body.or_else(|| (!optional).then(anything));
    let body = body.map(|mut members| {
        if optional {
            members.push(("optional".to_owned(), Node::Bool(true)));
        }
        Node::Object(members)
    });
    BodyVariant { content_type, body }
}

/// A body of any kind, but not none.
fn anything() -> Members {
    vec![
        ("type".to_owned(), Node::from("REGEX")),
        ("regex".to_owned(), Node::from(".+")),
    ]
}

fn json_body<'d>(context: &Context<'d>, by_media: &Content<'d>, at: &At<'_>) -> Option<Members> {
    let mut schemas: Vec<(&str, &'d Node)> = Vec::new();
    for (name, media) in by_media {
        let schema = media.get("schema")?;
        if !schemas.iter().any(|(_, known)| *known == schema) {
            schemas.push((name, schema));
        }
    }
    let mut converted = Vec::new();
    for (name, schema) in schemas {
        let at = at.member(name);
        let at = at.member("schema");
        converted.push(json_schema(context, schema, &at, Direction::Request)?);
    }
    let schema = match converted.len() {
        0 => return None,
        1 => converted.remove(0),
        _ if converted.iter().all(|it| it.get("definitions").is_none()) => {
            Node::from([("anyOf", Node::Array(converted))])
        }
        _ => {
            context.tell(at, "the schemas of several media types are not checked");
            return None;
        }
    };
    Some(vec![
        ("type".to_owned(), Node::from("JSON_SCHEMA")),
        ("jsonSchema".to_owned(), schema),
    ])
}

fn form_body<'d>(context: &Context<'d>, by_media: &Content<'d>, at: &At<'_>) -> Option<Members> {
    let (name, media) = by_media.first()?;
    let at = at.member(name);
    let at = at.member("schema");
    let merged = Merged::of(context, &[media.get("schema")?], &[], &at);
    let at = at.member("properties");
    let mut parameters = Vec::new();
    for (name, schemas) in merged.properties() {
        if schemas.iter().any(|schema| is_true(schema.get("readOnly"))) {
            continue;
        }
        let at = at.member(name);
        if name.is_empty() || name.starts_with(['!', '?']) {
            context.tell(&at, "a field with such a name cannot be matched");
            continue;
        }
        let encoding = media
            .get("encoding")
            .and_then(|encoding| encoding.get(name));
        let style = encoding
            .and_then(|it| it.get("style"))
            .and_then(Node::as_str);
        let style = style.unwrap_or("form");
        let explode = encoding
            .and_then(|it| it.get("explode"))
            .and_then(Node::as_bool);
        let explode = explode.unwrap_or(style == "form");
        let Some(schema) = schemas.first() else {
            continue;
        };
        if let Some(values) = styled_values(context, schema, style, explode, &at) {
            let mark = if merged.requires(name) { "" } else { "?" };
            parameters.push((format!("{mark}{name}"), values));
        }
    }
    if parameters.is_empty() {
        return None;
    }
    Some(vec![
        ("type".to_owned(), Node::from("PARAMETERS")),
        ("parameters".to_owned(), Node::Object(parameters)),
    ])
}
