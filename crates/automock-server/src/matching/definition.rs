//! Matchers as filters for other matchers, as the control API has them.
//!
//! Expressions are tried in both directions, so that the filter `/some_path_one` finds what
//! was created for `/some_path.*`, and bodies are compared as they are defined.

use super::matcher::{Parts, RequestMatcher};
use super::text::Text;
use crate::node::Node;

impl RequestMatcher {
    /// Whether it, as a filter, selects another matcher.
    #[must_use]
    pub fn matches_definition(&self, other: &Self) -> bool {
        let mut filters = self.all().iter();
        filters.any(|filter| other.all().iter().any(|other| filter.selects_one(other)))
    }

    fn selects_one(&self, other: &Self) -> bool {
        let (filter, other) = (&*self.0, &*other.0);
        selects_text(filter.method.as_ref(), other.method.as_ref())
            && selects_path(filter, other)
            && selects_value(filter.secure.as_ref(), other.secure.as_ref())
            && selects_value(filter.keep_alive.as_ref(), other.keep_alive.as_ref())
            && selects_value(filter.protocol.as_ref(), other.protocol.as_ref())
            && filter.query.selects(&other.query)
            && filter.headers.selects(&other.headers)
            && filter.cookies.selects(&other.cookies)
            && selects_body(filter, other)
    }
}

/// What another matcher does not say is no reason to leave it out.
fn selects_text(filter: Option<&Text>, other: Option<&Text>) -> bool {
    match (filter, other) {
        (Some(filter), Some(other)) => filter.selects(other),
        _ => true,
    }
}

fn selects_value<T: PartialEq>(filter: Option<&T>, other: Option<&T>) -> bool {
    filter.is_none() || filter == other
}

fn selects_path(filter: &Parts, other: &Parts) -> bool {
    if !selects_text(filter.path.as_ref(), other.path.as_ref()) {
        return false;
    }
    match (&filter.template, &other.template, filter.path.as_ref()) {
        (Some(one), Some(other_template), _) => {
            one.segment_count() == other_template.segment_count()
                && filter.path_parameters.selects(&other.path_parameters)
        }
        (None, Some(template), Some(path)) => {
            let path = path.text();
            !template.fits(path) || other.path_parameters.matches(&other.variables(path))
        }
        _ => true,
    }
}

fn selects_body(filter: &Parts, other: &Parts) -> bool {
    let Some(body) = &filter.body else {
        return true;
    };
    let source = |parts: &Parts| {
        parts
            .source
            .as_ref()
            .and_then(|node| node.get("body").cloned())
    };
    let (one, two) = (source(filter), source(other));
    one == two || two.is_some_and(|two| text_of(&two).is_some_and(|text| body.matches_text(&text)))
}

/// The text that a body is defined by.
fn text_of(body: &Node) -> Option<String> {
    let typed = ["string", "json", "xml", "regex"]
        .iter()
        .find_map(|name| body.get(name));
    let is_typed = typed.is_some() || body.get("type").is_some();
    match typed.or((!is_typed).then_some(body))? {
        Node::String(text) => Some(text.clone()),
        node => Some(node.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::definition::Place;

    fn matcher(text: &str) -> RequestMatcher {
        RequestMatcher::read(&Node::parse(text).unwrap(), &Place::root()).unwrap()
    }

    fn check(filter: &str, other: &str, expected: bool) {
        let selected = matcher(filter).matches_definition(&matcher(other));
        assert_eq!(selected, expected, "{filter} {other}");
    }

    #[test]
    fn texts_are_tried_in_both_directions() {
        check(
            r#"{"path":"/some_path_one"}"#,
            r#"{"path":"/some_path.*"}"#,
            true,
        );
        check(
            r#"{"path":"/some_path.*"}"#,
            r#"{"path":"/some_path_one"}"#,
            true,
        );
        check(r#"{"path":"/a"}"#, r#"{"path":"/b"}"#, false);
        check(r#"{"method":"GET"}"#, r#"{"method":"POST"}"#, false);
        check(r#"{"path":"/a"}"#, "{}", true);
        check("{}", r#"{"path":"/a","body":"x"}"#, true);
        check(r#"{"path":"/a"}"#, r#"{"path":"/a","method":"GET"}"#, true);
    }

    #[test]
    fn pairs_are_a_subset() {
        let other = r#"{"headers":{"a":["1"],"b":["2"]},"cookies":{"c":"3"},"queryStringParameters":{"q":[".*"]}}"#;
        check(r#"{"headers":{"a":["1"]}}"#, other, true);
        check(r#"{"headers":{"a":["2"]}}"#, other, false);
        check(r#"{"headers":{"x":["1"]}}"#, "{}", false);
        check(r#"{"cookies":{"c":"3"}}"#, other, true);
        check(r#"{"queryStringParameters":{"q":["1"]}}"#, other, true);
        check(r#"{"headers":{"!x":[".*"]}}"#, "{}", true);
    }

    #[test]
    fn path_parameters_are_compared() {
        let other = r#"{"path":"/a/{id}","pathParameters":{"id":["[0-9]+"]}}"#;
        check(r#"{"path":"/a/7"}"#, other, true);
        check(r#"{"path":"/a/x"}"#, other, false);
        check(other, other, true);
        check(
            r#"{"path":"/a/{id}","pathParameters":{"id":["x"]}}"#,
            other,
            false,
        );
    }

    #[test]
    fn bodies_are_compared_as_definitions() {
        check(r#"{"body":"x"}"#, r#"{"body":"x"}"#, true);
        check(r#"{"body":"x"}"#, r#"{"body":"y"}"#, false);
        check(r#"{"body":"x"}"#, "{}", false);
        check(
            r#"{"body":{"jsonPath":"$.a"}}"#,
            r#"{"body":{"jsonPath":"$.a"}}"#,
            true,
        );
        check(
            r#"{"body":{"jsonPath":"$.a"}}"#,
            r#"{"body":{"json":{"a":1}}}"#,
            true,
        );
        check(
            r#"{"body":{"a":1}}"#,
            r#"{"body":{"type":"JSON","json":"{\"a\":1,\"b\":2}"}}"#,
            true,
        );
        check(r#"{"body":{"regex":"so.*"}}"#, r#"{"body":"some"}"#, true);
    }

    #[test]
    fn the_other_properties_must_be_equal() {
        check(r#"{"secure":true}"#, r#"{"secure":true}"#, true);
        check(r#"{"secure":true}"#, "{}", false);
        check(r#"{"keepAlive":true}"#, r#"{"keepAlive":false}"#, false);
        check(r#"{"protocol":"HTTP_2"}"#, r#"{"protocol":"HTTP_2"}"#, true);
    }
}
