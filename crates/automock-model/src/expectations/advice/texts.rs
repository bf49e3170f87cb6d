//! The texts of a request matcher that may be regular expressions.

use serde_json::value::RawValue;

use super::super::json::Members;
use super::advisor::member;

/// A text that may be a regular expression.
pub(super) struct PatternText<'a> {
    /// Where it is.
    pub(super) path: String,
    /// Without the signs before it.
    pub(super) text: String,
    /// As it is written.
    pub(super) shown: &'a RawValue,
    /// Whether it is a path with a variable that nothing describes.
    pub(super) has_braces: bool,
}

/// Members of the parts below that are no names.
const SETTINGS: [&str; 2] = ["keyMatchStyle", "parameterStyle"];

/// Parts that have names and values.
const PAIRS: [&str; 4] = [
    "headers",
    "queryStringParameters",
    "cookies",
    "pathParameters",
];

/// The texts of a request matcher.
pub(super) fn of<'a>(path: &str, request: &'a RawValue) -> Vec<PatternText<'a>> {
    let mut texts = Vec::new();
    if let Some(method) = member(request, "method") {
        push(&mut texts, format!("{path}.method"), method);
    }
    if let Some(value) = member(request, "path") {
        push_path(
            &mut texts,
            format!("{path}.path"),
            value,
            has_parameters(request),
        );
    }
    for part in PAIRS {
        if let Some(pairs) = member(request, part) {
            walk(&mut texts, &format!("{path}.{part}"), pairs);
        }
    }
    if let Some(regex) = member(request, "body").and_then(|body| member(body, "regex")) {
        push(&mut texts, format!("{path}.body.regex"), regex);
    }
    texts
}

fn has_parameters(request: &RawValue) -> bool {
    let parameters = member(request, "pathParameters").map(RawValue::get);
    parameters.is_some_and(|parameters| !matches!(parameters, "{}" | "[]" | "null"))
}

/// With path parameters a name in braces stands for a part of the path.
fn push_path<'a>(
    texts: &mut Vec<PatternText<'a>>,
    path: String,
    value: &'a RawValue,
    has_parameters: bool,
) {
    push(texts, path, value);
    let Some(text) = texts.last_mut() else {
        return;
    };
    if has_parameters {
        text.text = without_variables(&text.text);
    } else {
        text.has_braces = text.text.contains('{');
    }
}

fn without_variables(path: &str) -> String {
    let segments = path.split('/').map(|segment| {
        let is_variable = segment.starts_with('{') && segment.ends_with('}');
        if is_variable { ".*" } else { segment }
    });
    segments.collect::<Vec<_>>().join("/")
}

/// Every string below, except in what is no text: schemas and settings.
fn walk<'a>(texts: &mut Vec<PatternText<'a>>, path: &str, value: &'a RawValue) {
    if let Ok(Members(members)) = serde_json::from_str(value.get()) {
        for (name, value) in members {
            if name == "schema" || SETTINGS.contains(&name.as_ref()) {
                continue;
            }
            walk(texts, &format!("{path}.{name}"), value);
        }
    } else if let Ok(items) = serde_json::from_str::<Vec<&RawValue>>(value.get()) {
        for (index, item) in items.into_iter().enumerate() {
            walk(texts, &format!("{path}[{index}]"), item);
        }
    } else {
        push(texts, path.to_owned(), value);
    }
}

fn push<'a>(texts: &mut Vec<PatternText<'a>>, path: String, value: &'a RawValue) {
    if let Ok(text) = serde_json::from_str::<String>(value.get()) {
        texts.push(PatternText {
            path,
            text: text.trim_start_matches(['!', '?']).to_owned(),
            shown: value,
            has_braces: false,
        });
    }
}
