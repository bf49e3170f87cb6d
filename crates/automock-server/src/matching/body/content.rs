//! A request's body as JSON, whatever it is written in.

use std::collections::BTreeMap;

use roxmltree::{Document, Node as XmlNode};
use serde_json::{Map, Value};

use super::super::style::Style;
use crate::node::Node;
use crate::request::{Request, parse_parameters};

/// No body that people send is nested deeper.
const DEEPEST: usize = 128;

/// JSON with liberties is for what people write by hand; its reader knows no limit of its own.
const MOST_OPENERS: usize = 256;

/// How the values of a form's fields are written.
pub(crate) type Styles = Vec<(String, Style)>;

/// The body as JSON: that of a form is an object of its fields, that of XML one of its elements.
pub(crate) fn as_json(request: &Request, styles: &Styles) -> Option<Value> {
    let media_type = request.media_type().unwrap_or_default();
    if media_type.contains("application/xml") || media_type.contains("text/xml") {
        return xml_to_json(&request.text());
    }
    if media_type.contains("application/x-www-form-urlencoded") {
        return Some(form_to_json(&request.text(), styles));
    }
    parse(&request.body)
}

fn parse(body: &[u8]) -> Option<Value> {
    if let Ok(value) = serde_json::from_slice(body) {
        return Some(value);
    }
    let text = std::str::from_utf8(body).ok()?;
    let lenient = !text.trim().is_empty() && openers(text) < MOST_OPENERS;
    lenient
        .then(|| Node::parse(text).ok())?
        .map(|node| node.to_value())
}

/// No text can be nested deeper than that.
fn openers(text: &str) -> usize {
    text.bytes()
        .filter(|byte| matches!(byte, b'[' | b'{'))
        .count()
}

fn form_to_json(text: &str, styles: &Styles) -> Value {
    let mut fields: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for (name, value) in parse_parameters(text) {
        let style = styles.iter().find(|(styled, _)| *styled == name);
        let style = style.map_or(Style::Whole, |(_, style)| *style);
        let values = style
            .split(&name, &value)
            .into_iter()
            .map(|value| scalar(&value));
        let values: Vec<_> = values.collect();
        fields.entry(name).or_default().extend(values);
    }
    let fields = fields
        .into_iter()
        .map(|(name, values)| (name, single_or_all(values)));
    Value::Object(fields.collect())
}

fn single_or_all(mut values: Vec<Value>) -> Value {
    match values.len() {
        0 => Value::Null,
        1 => values.remove(0),
        _ => Value::Array(values),
    }
}

fn xml_to_json(text: &str) -> Option<Value> {
    let document = Document::parse(text).ok()?;
    element_to_json(document.root_element(), 0)
}

/// Elements by their names, or the text if there are none; attributes are left out.
fn element_to_json(element: XmlNode<'_, '_>, depth: usize) -> Option<Value> {
    if depth > DEEPEST {
        return None;
    }
    let mut members = Map::new();
    let filled = element
        .children()
        .filter(|child| child.is_element() && child.has_children());
    for child in filled {
        let value = element_to_json(child, depth + 1)?;
        let name = child.tag_name().name().to_owned();
        match members.get_mut(&name) {
            Some(Value::Array(items)) => items.push(value),
            Some(first) => *first = Value::Array(vec![first.take(), value]),
            None => {
                members.insert(name, value);
            }
        }
    }
    if members.is_empty() {
        return Some(scalar(element.text().unwrap_or_default()));
    }
    Some(Value::Object(members))
}

/// A text as what it looks like: null, a boolean, a number or a string.
fn scalar(text: &str) -> Value {
    let text = text.trim();
    match text.to_ascii_lowercase().as_str() {
        "null" => return Value::Null,
        "true" => return Value::Bool(true),
        "false" => return Value::Bool(false),
        _ => {}
    }
    if let Ok(number) = text.parse::<i64>() {
        return number.into();
    }
    let number = text.parse::<f64>().ok().filter(|number| number.is_finite());
    number.map_or_else(|| text.into(), Value::from)
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;
    use serde_json::json;

    use super::*;

    fn check(content_type: &'static str, body: &str, expected: Option<&Value>) {
        let mut request = Request::get("/");
        request.body = body.to_owned().into();
        request
            .headers
            .insert(CONTENT_TYPE, content_type.parse().unwrap());
        let styles = vec![("list".to_owned(), Style::Comma)];
        assert_eq!(as_json(&request, &styles).as_ref(), expected, "{body}");
    }

    #[test]
    fn every_kind_becomes_json() {
        check("application/json", r#"{"a":1}"#, Some(&json!({"a": 1})));
        check("text/plain", "{'a': 1}", Some(&json!({"a": 1})));
        check("text/plain", "nonsense(", None);
        check("text/plain", "", None);
        check(
            "application/x-www-form-urlencoded",
            "a=1&b=x&a=2.5&c=true&list=1,2",
            Some(&json!({"a": [1, 2.5], "b": "x", "c": true, "list": [1, 2]})),
        );
        check(
            "application/xml; charset=utf-8",
            "<a><b>1</b><b>2</b><b>3</b><c><d>x</d></c><e/></a>",
            Some(&json!({"b": [1, 2, 3], "c": {"d": "x"}})),
        );
        check("text/xml", "<a>", None);
    }

    #[test]
    fn deep_nesting_is_no_json() {
        check("text/plain", &"[".repeat(100_000), None);
        check("text/plain", &"{a:".repeat(100_000), None);
    }
}
