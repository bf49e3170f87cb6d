//! Parameters of operations as matchers.

use super::at::At;
use super::context::Context;
use super::merged::Merged;
use super::schema::{Direction, is_true, json_schema};
use crate::node::Node;

/// Names with what their values must be.
pub(super) type Members = Vec<(String, Node)>;

/// The parameters of an operation.
#[derive(Debug, Default)]
pub(super) struct Parameters {
    pub(super) path: Members,
    pub(super) query: Members,
    pub(super) headers: Members,
    pub(super) cookies: Members,
}

/// Headers that parameters do not describe, as the specification has it.
const OTHER_HEADERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// Reads the parameters of an operation and those that its path has for all operations.
pub(super) fn parameters<'d>(
    context: &Context<'d>,
    lists: &[(Option<&'d Node>, At<'_>)],
) -> Parameters {
    let mut parameters = Parameters::default();
    let mut known = std::collections::HashSet::new();
    for (list, at) in lists {
        let items = list.and_then(Node::as_array).unwrap_or_default();
        for (index, item) in items.iter().enumerate() {
            let at = at.item(index);
            let Some(found) = context.follow(item, &at) else {
                continue;
            };
            let at = found.at(&at);
            let text = |word: &str| found.node.get(word).and_then(Node::as_str);
            let (Some(name), Some(place)) = (text("name"), text("in")) else {
                context.tell(&at, "the parameter has no name or no place");
                continue;
            };
            if known.insert((name, place)) {
                parameters.add(context, found.node, name, place, &at);
            }
        }
    }
    parameters
}

impl Parameters {
    fn add<'d>(
        &mut self,
        context: &Context<'d>,
        node: &'d Node,
        name: &'d str,
        place: &str,
        at: &At<'_>,
    ) {
        let members = match place {
            "path" => &mut self.path,
            "query" => &mut self.query,
            "header" if OTHER_HEADERS.contains(&name.to_ascii_lowercase().as_str()) => return,
            "header" => &mut self.headers,
            "cookie" => &mut self.cookies,
            _ => return context.tell(at, format!("nothing is known of parameters in {place:?}")),
        };
        if name.is_empty() || name.starts_with(['!', '?']) {
            return context.tell(at, "a parameter with such a name cannot be matched");
        }
        let Some(values) = values(context, node, place, at) else {
            return;
        };
        let values = match (place, values) {
            // A cookie has one value.
            ("cookie", Node::Array(mut items)) => match items.pop() {
                Some(item) => item,
                None => return,
            },
            ("cookie", _) => {
                return context.tell(at, "a cookie with several values cannot be matched");
            }
            (_, values) => values,
        };
        let required = place == "path" || is_true(node.get("required"));
        let mark = if required { "" } else { "?" };
        members.push((format!("{mark}{name}"), values));
    }
}

/// What the values of a parameter must be; nothing, which is told, if they have no name of their own.
fn values<'d>(context: &Context<'d>, node: &'d Node, place: &str, at: &At<'_>) -> Option<Node> {
    if let Some((_, media)) = node
        .get("content")
        .and_then(Node::as_object)
        .and_then(<[_]>::first)
    {
        let matcher = media.get("schema").map_or_else(any_text, |schema| {
            text_matcher(context, schema, &at.member("content"))
        });
        return Some(Node::Array(vec![matcher]));
    }
    if is_true(node.get("allowEmptyValue")) {
        return Some(Node::Array(vec![any_text()]));
    }
    let style = node.get("style").and_then(Node::as_str);
    let style = style.unwrap_or(match place {
        "query" | "cookie" => "form",
        _ => "simple",
    });
    let explode = node
        .get("explode")
        .and_then(Node::as_bool)
        .unwrap_or(style == "form");
    let at = at.member("schema");
    let Some(schema) = node.get("schema") else {
        return Some(Node::Array(vec![any_text()]));
    };
    styled_values(context, schema, style, explode, &at)
}

/// What values must be that are written in a style.
pub(super) fn styled_values<'d>(
    context: &Context<'d>,
    schema: &'d Node,
    style: &str,
    explode: bool,
    at: &At<'_>,
) -> Option<Node> {
    let merged = Merged::of(context, &[schema], &[], at);
    let types = merged.types();
    if style == "deepObject" || types.contains(&"object") {
        context.tell(at, format!("objects in the style {style} are not matched"));
        return None;
    }
    if !types.contains(&"array") {
        return Some(Node::Array(vec![text_matcher(context, schema, at)]));
    }
    let item = merged.first("items").map_or_else(any_text, |items| {
        text_matcher(context, items, &at.member("items"))
    });
    let values = Node::Array(vec![item]);
    let style = match style {
        _ if explode => return Some(values),
        "form" => "FORM",
        "spaceDelimited" => "SPACE_DELIMITED",
        "pipeDelimited" => "PIPE_DELIMITED",
        _ => "SIMPLE",
    };
    Some(Node::from([
        ("parameterStyle", Node::from(style)),
        ("values", values),
    ]))
}

/// Any text at all.
pub(super) fn any_text() -> Node {
    Node::from(".*")
}

/// What a text must be that stands for a value of a schema.
pub(super) fn text_matcher<'d>(context: &Context<'d>, schema: &'d Node, at: &At<'_>) -> Node {
    let kind = text_kind(context, schema, at, 0);
    if kind == TextKind::Either {
        context.tell(
            at,
            "values that are texts or something else are not checked",
        );
        return any_text();
    }
    let Some(Node::Object(mut members)) = json_schema(context, schema, at, Direction::Request)
    else {
        return any_text();
    };
    if kind == TextKind::Only {
        members.retain(|(word, _)| word != "type");
        let demands = members.iter().any(|(word, _)| word != "$schema");
        if !demands {
            return any_text();
        }
        members.insert(0, ("type".to_owned(), Node::from("string")));
        let filled = [
            "minLength",
            "enum",
            "pattern",
            "format",
            "const",
            "allOf",
            "anyOf",
            "oneOf",
            "$ref",
        ];
        if !members
            .iter()
            .any(|(word, _)| filled.contains(&word.as_str()))
        {
            // A text without letters is checked by nothing else than this word.
            members.push(("nullable".to_owned(), Node::Bool(true)));
        }
    }
    if members.is_empty() {
        return any_text();
    }
    Node::from([("schema", Node::Object(members))])
}

/// Whether the values of a schema are texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TextKind {
    Only,
    Never,
    Either,
}

fn text_kind<'d>(context: &Context<'d>, schema: &'d Node, at: &At<'_>, depth: usize) -> TextKind {
    const DEEPEST: usize = 4;
    let merged = Merged::of(context, &[schema], &[], at);
    let types = merged.types();
    if !types.is_empty() {
        return match types.iter().filter(|word| **word == "string").count() {
            0 => TextKind::Never,
            // Parts may each say that it is a text.
            count if count == types.len() => TextKind::Only,
            _ => TextKind::Either,
        };
    }
    let choices = merged.first("oneOf").or_else(|| merged.first("anyOf"));
    if let Some(choices) = choices.and_then(Node::as_array) {
        let mut kinds = choices
            .iter()
            .filter(|choice| choice.get("type").and_then(Node::as_str) != Some("null"))
            .map(|choice| {
                if depth >= DEEPEST {
                    return TextKind::Either;
                }
                text_kind(context, choice, at, depth + 1)
            });
        let first = kinds.next().unwrap_or(TextKind::Either);
        return if kinds.all(|kind| kind == first) {
            first
        } else {
            TextKind::Either
        };
    }
    let values = merged.first("enum").and_then(Node::as_array);
    match values {
        Some(values) if values.iter().all(|value| value.as_str().is_some()) => TextKind::Only,
        Some(values) if values.iter().all(|value| value.as_str().is_none()) => TextKind::Never,
        _ if merged
            .parts
            .iter()
            .all(|part| part.as_object().is_some_and(<[_]>::is_empty)) =>
        {
            TextKind::Only
        }
        _ => TextKind::Either,
    }
}
