//! Reads the body of a response.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http::HeaderValue;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

use super::body_fields::{BodyKind, Written, refuse_others, written};
use super::fields::{Fields, refuse_type};
use super::pairs::{Pair, read_values};
use super::{Body, Place, Refusal};
use crate::node::Node;
use crate::pretty::pretty;

/// The bytes of a body, and the content type that belongs to them.
#[derive(Clone, Debug, Default)]
pub(crate) struct TypedBody {
    pub(crate) bytes: Body,
    pub(crate) content_type: Option<HeaderValue>,
}

/// Reads a body: plain text without a content type, JSON itself, or an object with a type.
pub(crate) fn read_body(node: &Node, place: &Place) -> Result<TypedBody, Vec<Refusal>> {
    match written(node, place)? {
        Written::Plain(text) => Ok(TypedBody {
            bytes: copy(text),
            content_type: None,
        }),
        Written::Raw => Ok(raw(node)),
        Written::Typed(BodyKind::Parameters, _) if node.get("type").is_none() => Ok(raw(node)),
        Written::Typed(kind, field) => read_typed(node, place, kind, field),
    }
}

fn raw(node: &Node) -> TypedBody {
    TypedBody {
        bytes: Bytes::from(pretty(node)),
        content_type: Some(HeaderValue::from_static("application/json")),
    }
}

/// Reads the value of a body.
type Reader = fn(&Node, &Place) -> Result<Body, Vec<Refusal>>;

fn read_typed(
    node: &Node,
    place: &Place,
    kind: BodyKind,
    field: &'static str,
) -> Result<TypedBody, Vec<Refusal>> {
    let (default, reader): (_, Reader) = match kind {
        BodyKind::Text => (None, read_plain),
        BodyKind::Json => (Some("application/json"), |node, _| Ok(json_text(node))),
        BodyKind::Xml => (Some("application/xml"), read_plain),
        BodyKind::Binary => (None, read_base64),
        BodyKind::Parameters => (Some("application/x-www-form-urlencoded"), read_parameters),
        _ => {
            return Err(vec![place.refuse(format!(
                "{field:?} tells requests apart, and is no body; \
                     JSON like that is written {{\"type\": \"JSON\", \"json\": …}}"
            ))]);
        }
    };
    let mut fields = Fields::of(node, place)?;
    let more = [
        "contentType",
        "charset",
        "rawBytes",
        "not",
        "optional",
        "matchType",
    ];
    let known: Vec<_> = ["type", field].into_iter().chain(more).collect();
    refuse_others(&mut fields, field, &known);
    if fields.get(field).is_none() {
        fields.refuse_all(format!("needs {field:?}"));
    }
    let bytes = fields
        .read(field, reader)
        .map(|bytes| raw_bytes(node, kind).unwrap_or(bytes));
    let content_type = read_content_type(&mut fields, default);
    fields.finish(bytes.map(|bytes| TypedBody {
        bytes,
        content_type,
    }))
}

/// The bytes themselves, which recorded bodies have beside their value and which win over it.
fn raw_bytes(node: &Node, kind: BodyKind) -> Option<Body> {
    if !matches!(kind, BodyKind::Text | BodyKind::Json | BodyKind::Xml) {
        return None;
    }
    let text = node.get("rawBytes")?.as_str()?;
    STANDARD.decode(text).map(Bytes::from).ok()
}

fn read_content_type(fields: &mut Fields<'_>, default: Option<&str>) -> Option<HeaderValue> {
    let explicit = fields
        .text("contentType")
        .filter(|text| !text.trim().is_empty());
    let charset = fields.text("charset");
    if charset.is_some_and(|charset| !is_utf8(charset)) {
        fields.refuse("charset", "only UTF-8 is supported");
    }
    let text = match (explicit, charset) {
        (Some(explicit), _) => explicit.to_owned(),
        (None, Some(_)) => format!("{}; charset=utf-8", default.unwrap_or("text/plain")),
        (None, None) => default?.to_owned(),
    };
    let value = HeaderValue::from_str(&text).ok();
    if value.is_none() {
        fields.refuse("contentType", "is no value of a header");
    }
    value
}

fn is_utf8(charset: &str) -> bool {
    ["utf-8", "utf8", "us-ascii"]
        .iter()
        .any(|name| charset.eq_ignore_ascii_case(name))
}

fn read_plain(node: &Node, place: &Place) -> Result<Body, Vec<Refusal>> {
    let text = node.as_str().map(copy);
    text.ok_or_else(|| vec![refuse_type(node, place, "a string")])
}

/// A string is the text of the JSON, as it is; other JSON is indented, as MockServer sends it.
fn json_text(node: &Node) -> Body {
    node.as_str()
        .map_or_else(|| Bytes::from(pretty(node)), copy)
}

/// Reads bytes that are written in base64.
pub(crate) fn read_base64(node: &Node, place: &Place) -> Result<Body, Vec<Refusal>> {
    let Some(text) = node.as_str() else {
        return Err(vec![refuse_type(node, place, "a string")]);
    };
    let bytes = STANDARD.decode(text).map(Bytes::from);
    bytes.map_err(|error| vec![place.refuse(format!("is no base64: {error}"))])
}

fn read_parameters(node: &Node, place: &Place) -> Result<Body, Vec<Refusal>> {
    let pairs = read_values(node, place)?;
    let parameters: Vec<_> = pairs.iter().flat_map(encode_parameter).collect();
    Ok(Bytes::from(parameters.join("&")))
}

fn encode_parameter((name, values): &Pair) -> impl Iterator<Item = String> {
    let encode = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    values
        .iter()
        .map(move |value| format!("{}={}", encode(name), encode(value)))
}

fn copy(text: &str) -> Body {
    Bytes::copy_from_slice(text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<(&[u8], Option<&str>), &str>) {
        let body = read_body(&Node::parse(text).unwrap(), &Place::root().member("body"));
        match (&body, expected) {
            (Ok(body), Ok((bytes, content_type))) => {
                assert_eq!(&body.bytes[..], bytes, "{text}");
                let found = body
                    .content_type
                    .as_ref()
                    .map(|value| value.to_str().unwrap());
                assert_eq!(found, content_type, "{text}");
            }
            (Err(refusals), Err(reason)) => assert_eq!(refusals[0].to_string(), reason, "{text}"),
            _ => panic!("{text}: {body:?}"),
        }
    }

    #[test]
    fn every_kind_of_body_is_read() {
        let json = Some("application/json");
        check(r#""plain""#, Ok((b"plain", None)));
        let indented = b"{\n  \"z\" : 1,\n  \"a\" : [ 2 ]\n}";
        check(r#"{"z":1,"a":[2]}"#, Ok((indented, json)));
        check("[1]", Ok((b"[ 1 ]", json)));
        check("{}", Ok((b"{ }", json)));
        check(
            r#"{"type":"JSON","json":{"a":1}}"#,
            Ok((b"{\n  \"a\" : 1\n}", json)),
        );
        check(
            r#"{"type":"JSON","json":"{ \"a\": 1 }"}"#,
            Ok((br#"{ "a": 1 }"#, json)),
        );
        check(
            r#"{"json":"x","contentType":"a/b"}"#,
            Ok((b"x", Some("a/b"))),
        );
        check(
            r#"{"type":"JSON","json":{"a":1},"rawBytes":"eyJhIjoxfQ=="}"#,
            Ok((br#"{"a":1}"#, json)),
        );
        check(r#"{"type":"STRING","string":"x"}"#, Ok((b"x", None)));
        check(
            r#"{"string":"x","charset":"UTF-8"}"#,
            Ok((b"x", Some("text/plain; charset=utf-8"))),
        );
        check(r#"{"xml":"<a/>"}"#, Ok((b"<a/>", Some("application/xml"))));
        check(
            r#"{"type":"BINARY","base64Bytes":"AAE="}"#,
            Ok((&[0, 1], None)),
        );
        check(
            r#"{"parameters":{}}"#,
            Ok((b"{\n  \"parameters\" : { }\n}", json)),
        );
        check(
            r#"{"type":"PARAMETERS","parameters":{"a":["1","x y"]}}"#,
            Ok((b"a=1&a=x%20y", Some("application/x-www-form-urlencoded"))),
        );
        check(
            r#"{"type":"car","a":1}"#,
            Ok((b"{\n  \"type\" : \"car\",\n  \"a\" : 1\n}", json)),
        );
    }

    #[test]
    fn what_is_no_body_is_refused() {
        check(
            "null",
            Err("body: is null, not a string, an object or an array"),
        );
        check(
            r#"{"regex":"x"}"#,
            Err("body: \"regex\" tells requests apart, and is no body; \
                 JSON like that is written {\"type\": \"JSON\", \"json\": …}"),
        );
        check(r#"{"type":"STRING"}"#, Err("body: needs \"string\""));
        check(
            r#"{"string":1}"#,
            Err("body.string: is a number, not a string"),
        );
        check(
            r#"{"string":"x","charset":"EBCDIC"}"#,
            Err("body.charset: only UTF-8 is supported"),
        );
        check(
            r#"{"string":"x","other":1}"#,
            Err("body.other: unknown field"),
        );
        check(
            r#"{"base64Bytes":"?"}"#,
            Err("body.base64Bytes: is no base64: Invalid symbol 63, offset 0."),
        );
    }
}
