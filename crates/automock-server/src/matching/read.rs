//! Reads a request matcher.

use automock_model::expectations::{RECORDED_PROPERTIES, REQUEST_PROPERTIES};

use super::body::BodyMatcher;
use super::matcher::Parts;
use super::pairs::Pairs;
use super::path::{PathTemplate, without_variables};
use super::text::Text;
use crate::definition::{Fields, NO_OPENAPI, Place, Refusal};
use crate::node::Node;
use crate::request::Protocol;

const ONLY_HTTP: &str = "only HTTP is supported";

/// What `MockServer` has and this engine does not.
const UNSUPPORTED: [(&str, &str); 9] = [
    ("specUrlOrPayload", NO_OPENAPI),
    ("operationId", NO_OPENAPI),
    ("contextPathPrefix", NO_OPENAPI),
    ("dnsName", ONLY_HTTP),
    ("dnsType", ONLY_HTTP),
    ("dnsClass", ONLY_HTTP),
    ("binaryData", ONLY_HTTP),
    (
        "respondBeforeBody",
        "a body is always read before the answer",
    ),
    (
        "not",
        "a whole request cannot be turned round; put \"!\" before its parts",
    ),
];

const PROTOCOLS: [(&str, Protocol); 2] =
    [("HTTP_1_1", Protocol::Http1), ("HTTP_2", Protocol::Http2)];

impl Parts {
    pub(super) fn read(node: &Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        if node.get("specUrlOrPayload").is_some() {
            return Self::read_operations(node, place);
        }
        let mut fields = Fields::of(node, place)?;
        let known = [&REQUEST_PROPERTIES[..], &RECORDED_PROPERTIES].concat();
        fields.only(&known, &UNSUPPORTED);
        fields.text("localAddress");
        fields.text("remoteAddress");
        let method = read_text(&mut fields, "method");
        let path = read_text(&mut fields, "path");
        let path_parameters = fields
            .read("pathParameters", Pairs::read)
            .unwrap_or_default();
        let (path, template) = with_template(path, &path_parameters);
        let parts = Self {
            method,
            path,
            template,
            path_parameters,
            query: fields
                .read("queryStringParameters", Pairs::read)
                .unwrap_or_default(),
            headers: fields.read("headers", Pairs::read).unwrap_or_default(),
            cookies: fields
                .read("cookies", Pairs::read_single)
                .unwrap_or_default(),
            secure: fields.flag("secure"),
            keep_alive: fields.flag("keepAlive"),
            protocol: fields.word("protocol", &PROTOCOLS),
            body: fields.read("body", BodyMatcher::read),
            alternatives: Vec::new(),
            source: Some(node.clone()),
        };
        fields.finish(Some(parts))
    }
}

/// A blank text expects nothing.
fn read_text(fields: &mut Fields<'_>, name: &str) -> Option<Text> {
    fields
        .read(name, Text::read)
        .filter(|text| !text.is_anything())
}

/// Only beside path parameters braces mean anything.
fn with_template(path: Option<Text>, parameters: &Pairs) -> (Option<Text>, Option<PathTemplate>) {
    match path {
        Some(path) if !parameters.is_empty() => {
            let template = PathTemplate::new(path.text());
            (Some(without_variables(&path)), Some(template))
        }
        _ => (path, None),
    }
}
