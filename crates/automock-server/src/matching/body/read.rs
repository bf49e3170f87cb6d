//! Reads what a body is expected to be.

use super::super::pairs::Pairs;
use super::super::schema::Schema;
use super::super::style::STYLES;
use super::super::text::Text;
use super::super::xpath::XPathMatcher;
use super::content::Styles;
use super::json::{JsonMatcher, Rules};
use super::json_path::JsonPathMatcher;
use super::matcher::{BodyMatcher, Kind};
use super::xml::XmlMatcher;
use crate::definition::{
    BodyKind, Fields, Place, Refusal, Written, collect, read_base64, refuse_others, refuse_type,
    written,
};
use crate::node::Node;

impl BodyMatcher {
    /// Reads a body: a text, JSON itself, or an object with a type.
    pub(crate) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let kind = match written(node, place)? {
            Written::Plain(text) => exact(text),
            Written::Raw => Kind::Json(JsonMatcher::read(node, place, Rules::default())?),
            Written::Typed(kind, field) => return read_typed(node, place, kind, field),
        };
        Ok(Self {
            kind,
            not: false,
            optional: false,
        })
    }
}

const BOTH: [&str; 3] = ["type", "not", "optional"];

/// The fields that go with each kind, beside the value. Those of the text's encoding are taken
/// because `MockServer` writes them; a body is compared as text.
fn more_fields(kind: BodyKind) -> &'static [&'static str] {
    match kind {
        BodyKind::Text => &["subString", "contentType", "charset", "rawBytes"],
        BodyKind::Json => &[
            "matchType",
            "matchNumbersAsStrings",
            "contentType",
            "charset",
            "rawBytes",
        ],
        BodyKind::Xml => &["contentType", "charset", "rawBytes"],
        BodyKind::JsonSchema => &["parameterStyles"],
        BodyKind::XPath => &["namespacePrefixes"],
        BodyKind::Binary => &["contentType"],
        _ => &[],
    }
}

fn read_typed(
    node: &Node,
    place: &Place,
    kind: BodyKind,
    field: &'static str,
) -> Result<BodyMatcher, Vec<Refusal>> {
    if let Some(reason) = unsupported(kind) {
        return Err(vec![place.refuse(reason)]);
    }
    let mut fields = Fields::of(node, place)?;
    let known: Vec<_> = BOTH
        .iter()
        .chain(more_fields(kind))
        .copied()
        .chain([field])
        .collect();
    refuse_others(&mut fields, field, &known);
    for name in ["contentType", "charset", "rawBytes"] {
        fields.text(name);
    }
    if fields.get(field).is_none() {
        fields.refuse_all(format!("needs {field:?}"));
    }
    let matcher = read_kind(&mut fields, kind, field);
    let not = fields.flag("not").unwrap_or(false);
    let optional = fields.flag("optional").unwrap_or(false);
    fields.finish(matcher.map(|kind| BodyMatcher {
        kind,
        not,
        optional,
    }))
}

fn unsupported(kind: BodyKind) -> Option<&'static str> {
    match kind {
        BodyKind::XmlSchema => Some("matching by an XML schema is not supported; use XML or XPATH"),
        BodyKind::JsonRpc => Some("matching JSON-RPC is not supported; use JSON or JSON_PATH"),
        BodyKind::GraphQl => Some("matching GraphQL is not supported; use JSON or JSON_PATH"),
        _ => None,
    }
}

const MATCH_TYPES: [(&str, bool); 2] = [("ONLY_MATCHING_FIELDS", false), ("STRICT", true)];

fn read_kind(fields: &mut Fields<'_>, kind: BodyKind, field: &str) -> Option<Kind> {
    match kind {
        BodyKind::Text => {
            let part = fields.flag("subString").unwrap_or(false);
            let text = fields.text(field)?;
            Some(if part { part_of(text) } else { exact(text) })
        }
        BodyKind::Regex => fields.text(field).map(|text| Kind::Regex(Text::new(text))),
        BodyKind::Json => {
            let strict = fields.word("matchType", &MATCH_TYPES).unwrap_or(false);
            let by_value = fields.flag("matchNumbersAsStrings").unwrap_or(false);
            let rules = Rules { strict, by_value };
            let read = |node: &Node, place: &Place| JsonMatcher::read(node, place, rules);
            fields.read(field, read).map(Kind::Json)
        }
        BodyKind::JsonSchema => {
            let styles = fields
                .read("parameterStyles", read_styles)
                .unwrap_or_default();
            fields
                .read(field, Schema::read)
                .map(|schema| Kind::Schema(schema, styles))
        }
        BodyKind::JsonPath => fields
            .read(field, JsonPathMatcher::read)
            .map(Kind::JsonPath),
        BodyKind::Xml => fields.read(field, XmlMatcher::read).map(Kind::Xml),
        BodyKind::XPath => read_xpath(fields, field).map(Kind::XPath),
        BodyKind::Parameters => fields.read(field, Pairs::read).map(Kind::Parameters),
        BodyKind::Binary => fields.read(field, read_base64).map(Kind::Binary),
        BodyKind::XmlSchema | BodyKind::JsonRpc | BodyKind::GraphQl => None,
    }
}

fn read_xpath(fields: &mut Fields<'_>, field: &str) -> Option<XPathMatcher> {
    let prefixes = fields.read("namespacePrefixes", |node, place| {
        read_members(node, place, |node, place| {
            let text = node.as_str().map(str::to_owned);
            text.ok_or_else(|| vec![refuse_type(node, place, "a string")])
        })
    });
    let text = fields.text(field)?;
    let place = fields.place(field);
    let matcher = XPathMatcher::read(text, &prefixes.unwrap_or_default(), &place);
    fields.take(matcher)
}

fn read_styles(node: &Node, place: &Place) -> Result<Styles, Vec<Refusal>> {
    read_members(node, place, |node, place| {
        let word = node.as_str().unwrap_or_default();
        let style = STYLES
            .iter()
            .find(|(known, _)| *known == word)
            .map(|(_, style)| *style);
        style.ok_or_else(|| vec![place.refuse("is no style of parameters that is supported")])
    })
}

fn read_members<T>(
    node: &Node,
    place: &Place,
    read: impl Fn(&Node, &Place) -> Result<T, Vec<Refusal>>,
) -> Result<Vec<(String, T)>, Vec<Refusal>> {
    let Some(members) = node.as_object() else {
        return Err(vec![refuse_type(node, place, "an object")]);
    };
    collect(
        members
            .iter()
            .map(|(name, node)| read(node, &place.member(name)).map(|value| (name.clone(), value))),
    )
}

fn exact(text: &str) -> Kind {
    let (not, text) = unmarked(text);
    Kind::Exact {
        text: text.into(),
        not,
    }
}

fn part_of(text: &str) -> Kind {
    let (not, text) = unmarked(text);
    Kind::Part {
        text: text.into(),
        not,
    }
}

/// A text without the mark that turns it round.
fn unmarked(text: &str) -> (bool, &str) {
    let inner = text.strip_prefix('!').filter(|inner| !inner.is_empty());
    (inner.is_some(), inner.unwrap_or(text))
}

#[cfg(test)]
mod tests {
    use http::header::CONTENT_TYPE;

    use super::*;
    use crate::request::Request;

    fn read(text: &str) -> Result<BodyMatcher, String> {
        let matcher = BodyMatcher::read(&Node::parse(text).unwrap(), &Place::root());
        matcher.map_err(|refusals| refusals[0].to_string())
    }

    fn request(body: &[u8]) -> Request {
        let mut request = Request::get("/");
        request.body = body.to_vec().into();
        request
    }

    fn check(matcher: &str, body: &str, expected: bool) {
        let found = read(matcher).unwrap().matches(&request(body.as_bytes()));
        assert_eq!(found, expected, "{matcher} {body}");
    }

    #[test]
    fn texts_are_exact() {
        check(r#""some body""#, "some body", true);
        check(r#""some body""#, "Some body", false);
        check(r#""some.*""#, "some body", false);
        check(r#""""#, "anything", true);
        check(r#""!some""#, "some", false);
        check(r#""!some""#, "other", true);
        check(r#"{"type":"STRING","string":"x"}"#, "x", true);
        check(r#"{"string":"x","contentType":"text/plain"}"#, "xy", false);
        check(r#"{"string":"x","subString":true}"#, "axb", true);
        check(r#"{"string":"x","subString":true}"#, "aXb", false);
    }

    #[test]
    fn a_regex_is_for_the_whole_body() {
        check(r#"{"regex":"starts.*"}"#, "STARTS\nhere", true);
        check(r#"{"type":"REGEX","regex":"starts"}"#, "starts here", false);
        check(r#"{"regex":"!a.*"}"#, "abc", false);
    }

    #[test]
    fn json_is_partial_unless_it_is_strict() {
        check(r#"{"id":1}"#, r#"{"id":1,"more":2}"#, true);
        check("{}", r#"{"id":1}"#, true);
        check("[1]", "[2,1]", true);
        check(r#"{"json":{"id":1}}"#, r#"{"id":1,"more":2}"#, true);
        check(
            r#"{"type":"JSON","json":"{\"id\":1}"}"#,
            r#"{"id":1}"#,
            true,
        );
        check(
            r#"{"json":{"id":1},"matchType":"STRICT"}"#,
            r#"{"id":1,"more":2}"#,
            false,
        );
        check(
            r#"{"json":{"id":1},"matchNumbersAsStrings":true}"#,
            r#"{"id":1.0}"#,
            true,
        );
        check(r#"{"id":1}"#, "no json", false);
        check(r#"{"id":1}"#, "", false);
        check(r#"{"type":"car"}"#, r#"{"type":"car"}"#, true);
    }

    #[test]
    fn schemas_and_paths_look_into_json() {
        let schema = r#"{"jsonSchema":{"type":"object","required":["id"]}}"#;
        check(schema, r#"{"id":1}"#, true);
        check(schema, "{}", false);
        check(
            r#"{"type":"JSON_SCHEMA","jsonSchema":"{\"type\":\"array\"}"}"#,
            "[]",
            true,
        );
        check(
            r#"{"jsonPath":"$.a[?(@.b > 1)]"}"#,
            r#"{"a":[{"b":2}]}"#,
            true,
        );
        check(
            r#"{"jsonPath":"$.a[?(@.b > 1)]"}"#,
            r#"{"a":[{"b":1}]}"#,
            false,
        );
    }

    #[test]
    fn xml_is_compared_and_searched() {
        check(r#"{"xml":"<a><b/></a>"}"#, "<a>\n<b/></a>", true);
        check(r#"{"type":"XML","xml":"<a/>"}"#, "<b/>", false);
        check(r#"{"xpath":"/a/b[. = 'x']"}"#, "<a><b>x</b></a>", true);
        check(
            r#"{"xpath":"/p:a","namespacePrefixes":{"p":"u"}}"#,
            "<a xmlns='u'/>",
            true,
        );
        check(
            r#"{"xpath":"/p:a","namespacePrefixes":{"p":"u"}}"#,
            "<a/>",
            false,
        );
    }

    #[test]
    fn forms_and_bytes_are_compared() {
        let form = r#"{"type":"PARAMETERS","parameters":{"a":["1"],"b":[".+"]}}"#;
        check(form, "b=x&a=1&c=3", true);
        check(form, "a=2&b=x", false);
        check(
            r#"{"parameters":[{"name":"a","values":["x y"]}]}"#,
            "a=x+y",
            true,
        );
        let matcher = read(r#"{"base64Bytes":"AP8="}"#).unwrap();
        assert!(matcher.matches(&request(&[0, 255])) && !matcher.matches(&request(&[0])));
    }

    #[test]
    fn a_body_may_be_turned_round_or_left_out() {
        check(r#"{"json":{"a":1},"not":true}"#, r#"{"a":2}"#, true);
        check(r#"{"json":{"a":1},"not":true}"#, r#"{"a":1}"#, false);
        check(r#"{"string":"x","optional":true}"#, "", true);
        check(r#"{"string":"x","optional":true}"#, "x", true);
        check(r#"{"string":"x","optional":true}"#, "y", false);
    }

    #[test]
    fn the_content_type_says_what_json_looks_into() {
        let matches = |matcher, content_type: &'static str, body: &[u8]| {
            let mut request = request(body);
            request
                .headers
                .insert(CONTENT_TYPE, content_type.parse().unwrap());
            read(matcher).unwrap().matches(&request)
        };
        let form = "application/x-www-form-urlencoded";
        assert!(matches(r#"{"a":1}"#, form, b"a=1&b=2"));
        let schema = r#"{"jsonSchema":{"properties":{"a":{"type":"array"}}},"parameterStyles":{"a":"FORM"}}"#;
        assert!(matches(schema, form, b"a=1,2"));
        assert!(matches(
            r#"{"jsonPath":"$.b.c"}"#,
            "text/xml",
            b"<a><b><c>1</c></b></a>"
        ));
    }

    #[test]
    fn what_is_no_matcher_is_refused() {
        let check = |matcher, expected: &str| assert_eq!(read(matcher).unwrap_err(), expected);
        check("null", "is null, not a string, an object or an array");
        check("3", "is a number, not a string, an object or an array");
        check(r#"{"type":"JSON"}"#, "needs \"json\"");
        check(
            r#"{"json":{},"matchtype":"STRICT"}"#,
            "matchtype: unknown field (did you mean \"matchType\"?)",
        );
        check(
            r#"{"json":{},"matchType":"LOOSE"}"#,
            "matchType: \"LOOSE\" is none of ONLY_MATCHING_FIELDS, STRICT",
        );
        check(
            r#"{"xpath":"//a + 1"}"#,
            "xpath: is outside the supported XPath: arithmetic is not supported",
        );
        check(
            r#"{"xmlSchema":"<x/>"}"#,
            "matching by an XML schema is not supported; use XML or XPATH",
        );
        check(r#"{"regex":1}"#, "regex: is a number, not a string");
        check(
            r#"{"base64Bytes":"?"}"#,
            "base64Bytes: is no base64: Invalid symbol 63, offset 0.",
        );
        check(
            r#"{"string":"x","parameterStyles":{}}"#,
            "parameterStyles: unknown field",
        );
        check(
            r#"{"jsonSchema":{},"parameterStyles":{"a":"x"}}"#,
            "parameterStyles.a: is no style of parameters that is supported",
        );
    }

    #[test]
    fn differences_are_told_in_words() {
        let check = |matcher, body: &str, expected: (&str, &str)| {
            let (wanted, found) = read(matcher).unwrap().difference(&request(body.as_bytes()));
            assert_eq!((&*wanted, &*found), expected, "{matcher} {body}");
        };
        check(r#"{"a":{"b":1}}"#, r#"{"a":{"b":2}}"#, ("1 at $.a.b", "2"));
        check(r#"{"a":1}"#, "", ("JSON", "no body"));
        check(r#""x""#, "y", ("\"x\"", "\"y\""));
        check(
            r#"{"xml":"<a>1</a>"}"#,
            "<a>2</a>",
            ("<a> \"1\" at /a", "<a> \"2\""),
        );
        check(r#"{"string":"x","not":true}"#, "x", ("not \"x\"", "\"x\""));
        check(
            r#"{"jsonSchema":{"required":["id"]}}"#,
            "{}",
            ("JSON as the schema says", "\"id\" is a required property"),
        );
        check(
            r#"{"parameters":{"a":["1"]}}"#,
            "a=2",
            ("\"a\": \"1\"", "\"a\": \"2\""),
        );
    }
}
