//! Whole matchers against whole requests: each rule of matching.

use http::header::{HeaderName, HeaderValue};
use proptest::prelude::*;

use super::RequestMatcher;
use crate::definition::Place;
use crate::node::Node;
use crate::request::{Protocol, Request, parse_parameters};

fn matcher(text: &str) -> RequestMatcher {
    RequestMatcher::read(&Node::parse(text).unwrap(), &Place::root()).unwrap()
}

/// `GET /path?query`, then headers, then an empty line and the body.
fn request(text: &str) -> Request {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let (method, target) = lines.next().unwrap().split_once(' ').unwrap();
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let mut request = Request::get(path);
    request.method = method.parse().unwrap();
    request.query = parse_parameters(query);
    request.body = body.to_owned().into();
    for line in lines {
        let (name, value) = line.split_once(": ").unwrap();
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        request
            .headers
            .append(name, HeaderValue::from_str(value).unwrap());
    }
    request
}

#[track_caller]
fn check(expected: &str, found: &str, result: bool) {
    let (matcher, request) = (matcher(expected), request(found));
    assert_eq!(matcher.matches(&request), result, "{expected} {found}");
    assert_eq!(
        matcher.difference(&request).is_none(),
        result,
        "{expected} {found}"
    );
}

#[test]
fn nothing_matches_everything() {
    check("{}", "GET /", true);
    check(r#"{"method":"","path":" "}"#, "POST /a?b=c", true);
    assert!(RequestMatcher::anything().matches(&request("PUT /x")));
}

#[test]
fn methods_and_paths_are_texts() {
    check(r#"{"method":"GET"}"#, "GET /", true);
    check(r#"{"method":"get"}"#, "GET /", true);
    check(r#"{"method":"GET|POST"}"#, "POST /", true);
    check(r#"{"method":"!GET"}"#, "GET /", false);
    check(
        r#"{"method":{"schema":{"type":"string","pattern":"^P"}}}"#,
        "PUT /",
        true,
    );
    check(r#"{"path":"/a"}"#, "GET /a?b=c", true);
    check(r#"{"path":"/a"}"#, "GET /a/", false);
    check(r#"{"path":"/a/.*"}"#, "GET /a/b/c", true);
    check(r#"{"path":"!/a.*"}"#, "GET /abc", false);
    check(
        r#"{"path":{"schema":{"type":"string","maxLength":3}}}"#,
        "GET /abc",
        false,
    );
    check(r#"{"path":"/a/{id}"}"#, "GET /a/7", false);
    check(r#"{"path":"/a/{id}"}"#, "GET /a/{id}", true);
}

#[test]
fn path_parameters_are_matched_by_segment() {
    let matcher = r#"{"path":"/a/{id}/b/{x}","pathParameters":{"id":["[0-9]+"],"x":[".*"]}}"#;
    check(matcher, "GET /a/7/b/c", true);
    check(matcher, "GET /a/x/b/c", false);
    check(matcher, "GET /a/7/b", false);
    check(matcher, "GET /a/7/b/c/d", false);
    let several = r#"{"path":"/a/{id}","pathParameters":{"id":["1","2"]}}"#;
    check(several, "GET /a/1,2", true);
    check(several, "GET /a/1,3", false);
    let styled = r#"{"path":"/a/{id}","pathParameters":{"id":{"parameterStyle":"LABEL_EXPLODED","values":["1","2"]}}}"#;
    check(styled, "GET /a/.1.2", true);
    let schema = r#"{"path":"/a/{id}","pathParameters":{"id":[{"schema":{"type":"integer"}}]}}"#;
    check(schema, "GET /a/5", true);
    check(schema, "GET /a/b", false);
}

#[test]
fn path_parameters_are_given_to_others() {
    let matcher = matcher(r#"{"path":"/a/{id}/{x}","pathParameters":{"id":[".*"],"x":[".*"]}}"#);
    let found = matcher.path_parameters(&request("GET /a/7/b,c"));
    let expected = [("id", "7"), ("x", "b"), ("x", "c")];
    assert_eq!(
        found,
        expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
    );
    assert!(
        RequestMatcher::anything()
            .path_parameters(&request("GET /a"))
            .is_empty()
    );
}

#[test]
fn pairs_are_a_subset() {
    check(
        r#"{"headers":{"Accept":["text/.*"]}}"#,
        "GET /\naccept: text/html\nx: y",
        true,
    );
    check(
        r#"{"headers":{"accept":"text/html"}}"#,
        "GET /\naccept: TEXT/html",
        true,
    );
    check(
        r#"{"headers":[{"name":"a","values":["1"]}]}"#,
        "GET /\na: 2",
        false,
    );
    check(r#"{"headers":{"a":["1"]}}"#, "GET /\nb: 1", false);
    check(r#"{"headers":{"a":["1"]}}"#, "GET /", false);
    check(r#"{"headers":{"a":[]}}"#, "GET /\na: anything", true);
    check(r#"{"headers":{"a":[]}}"#, "GET /\nb: 1", false);
    check(r#"{"headers":{"a.*":["1"]}}"#, "GET /\nabc: 1", true);
    check(
        r#"{"queryStringParameters":{"a":["1"],"b":["2"]}}"#,
        "GET /?b=2&a=1&c=3",
        true,
    );
    check(
        r#"{"queryStringParameters":{"a":["1","2"]}}"#,
        "GET /?a=2&a=1",
        true,
    );
    check(
        r#"{"queryStringParameters":{"a":["1","2"]}}"#,
        "GET /?a=1",
        false,
    );
    check(
        r#"{"queryStringParameters":{"a":[".*",".*"]}}"#,
        "GET /?a=1",
        false,
    );
    check(
        r#"{"queryStringParameters":{"a":[".*","1"]}}"#,
        "GET /?a=1&b=2",
        false,
    );
    check(
        r#"{"queryStringParameters":{"a":[{"schema":{"type":"integer"}}]}}"#,
        "GET /?a=5",
        true,
    );
    check(
        r#"{"queryStringParameters":{"a":[{"schema":{"type":"integer"}}]}}"#,
        "GET /?a=x",
        false,
    );
}

#[test]
fn names_may_be_turned_round_or_optional() {
    check(r#"{"headers":{"!a":[".*"]}}"#, "GET /", true);
    check(r#"{"headers":{"!a":[".*"]}}"#, "GET /\nb: 1", true);
    check(r#"{"headers":{"!a":[".*"]}}"#, "GET /\na: 1", false);
    check(
        r#"{"headers":{"!Authorization":["Bearer .+"]}}"#,
        "GET /\nhost: x",
        false,
    );
    check(r#"{"headers":{"a":["!1"]}}"#, "GET /\na: 2", true);
    check(r#"{"headers":{"a":["!1"]}}"#, "GET /\na: 1", false);
    check(r#"{"headers":{"?a":["1"]}}"#, "GET /", true);
    check(r#"{"headers":{"?a":["1"]}}"#, "GET /\nb: 1", true);
    check(r#"{"headers":{"?a":["1"]}}"#, "GET /\na: 1", true);
    check(r#"{"headers":{"?a":["1"]}}"#, "GET /\na: 2", false);
    check(r#"{"headers":{"?!a":[".*"]}}"#, "GET /\nb: 1", true);
    check(
        r#"{"headers":[{"name":{"value":"a","not":true},"values":[".*"]}]}"#,
        "GET /\na: 1",
        false,
    );
}

#[test]
fn every_value_of_a_key_can_be_demanded() {
    let all = r#"{"queryStringParameters":{"keyMatchStyle":"MATCHING_KEY","a":["1","2"]}}"#;
    check(all, "GET /?a=1", true);
    check(all, "GET /?a=1&a=2&a=1", true);
    check(all, "GET /?a=1&a=3", false);
    check(all, "GET /?b=1", false);
    check(all, "GET /", false);
    let some = r#"{"queryStringParameters":{"keyMatchStyle":"SUB_SET","a":["1"]}}"#;
    check(some, "GET /?a=1&a=3", true);
    let optional = r#"{"queryStringParameters":{"keyMatchStyle":"MATCHING_KEY","?a":["1"]}}"#;
    check(optional, "GET /?b=1", true);
}

#[test]
fn values_in_one_are_split() {
    let style = |style: &str| {
        format!(
            r#"{{"queryStringParameters":{{"a":{{"parameterStyle":"{style}","values":["1","2"]}}}}}}"#
        )
    };
    check(&style("FORM"), "GET /?a=1,2", true);
    check(&style("FORM_EXPLODED"), "GET /?a=1&a=2", true);
    check(&style("FORM_EXPLODED"), "GET /?a=1,2", false);
    check(&style("PIPE_DELIMITED"), "GET /?a=1|2", true);
    check(&style("SPACE_DELIMITED"), "GET /?a=1%202", true);
}

#[test]
fn cookies_are_a_subset() {
    check(r#"{"cookies":{"a":"1"}}"#, "GET /\ncookie: b=2; a=1", true);
    check(
        r#"{"cookies":[{"name":"a","value":"[0-9]"}]}"#,
        "GET /\ncookie: a=1",
        true,
    );
    check(r#"{"cookies":{"a":"1"}}"#, "GET /\ncookie: a=2", false);
    check(r#"{"cookies":{"a":""}}"#, "GET /\ncookie: a=2", true);
    check(r#"{"cookies":{"a":""}}"#, "GET /\ncookie: b=2", false);
    check(r#"{"cookies":{"!a":".*"}}"#, "GET /", true);
    check(
        r#"{"cookies":{"a":{"schema":{"type":"integer"}}}}"#,
        "GET /\ncookie: a=2",
        true,
    );
}

#[test]
fn the_connection_is_matched() {
    let mut secure = request("GET /");
    secure.secure = true;
    secure.protocol = Protocol::Http2;
    secure.keep_alive = false;
    for (text, expected) in [
        (r#"{"secure":true}"#, true),
        (r#"{"secure":false}"#, false),
        (r#"{"keepAlive":false}"#, true),
        (r#"{"keepAlive":true}"#, false),
        (r#"{"protocol":"HTTP_2"}"#, true),
        (r#"{"protocol":"HTTP_1_1"}"#, false),
        (r#"{"remoteAddress":"10.0.0.1","localAddress":"x"}"#, true),
    ] {
        assert_eq!(matcher(text).matches(&secure), expected, "{text}");
    }
}

#[test]
fn bodies_are_matched_with_the_rest() {
    check(
        r#"{"method":"POST","body":{"id":1}}"#,
        "POST /\n\n{\"id\":1,\"a\":2}",
        true,
    );
    check(
        r#"{"method":"POST","body":{"id":1}}"#,
        "POST /\n\n{\"id\":2}",
        false,
    );
    check(
        r#"{"method":"PUT","body":{"id":1}}"#,
        "POST /\n\n{\"id\":1}",
        false,
    );
}

#[test]
fn the_first_difference_is_told() {
    let check = |expected: &str, found: &str, words: &str| {
        let difference = matcher(expected).difference(&request(found));
        assert_eq!(difference.unwrap().to_string(), words);
    };
    check(
        r#"{"method":"GET","path":"/a"}"#,
        "POST /b",
        "method: expected \"GET\", found \"POST\"",
    );
    check(
        r#"{"path":"!/a"}"#,
        "GET /a",
        "path: expected not \"/a\", found \"/a\"",
    );
    check(
        r#"{"path":"/a/{x}","pathParameters":{"x":["1"]}}"#,
        "GET /a",
        "path: expected \"/a/.*\" with 2 segments, found \"/a\" with 1",
    );
    check(
        r#"{"path":"/a/{x}","pathParameters":{"x":["1"]}}"#,
        "GET /a/2",
        "pathParameters: expected \"x\": \"1\", found \"x\": \"2\"",
    );
    check(
        r#"{"headers":{"a":["1"],"b":["2"]}}"#,
        "GET /\na: 1\nb: 3",
        "headers: expected \"b\": \"2\", found \"b\": \"3\"",
    );
    check(
        r#"{"queryStringParameters":{"q":[{"schema":{"type":"integer"}}]}}"#,
        "GET /",
        "queryStringParameters: expected \"q\": the schema {\"type\":\"integer\"}, found none",
    );
    check(
        r#"{"secure":true}"#,
        "GET /",
        "secure: expected true, found false",
    );
    check(
        r#"{"protocol":"HTTP_2"}"#,
        "GET /",
        "protocol: expected HTTP_2, found HTTP_1_1",
    );
    check(
        r#"{"body":{"a":1}}"#,
        "GET /\n\n{}",
        "body: expected 1 at $.a, found nothing",
    );
}

#[test]
fn the_closest_has_the_highest_score() {
    let found = request("POST /a?q=1\n\nx");
    let score = |text: &str| matcher(text).score(&found);
    let path = score(r#"{"method":"GET","path":"/a"}"#);
    let method = score(r#"{"method":"POST","path":"/b","queryStringParameters":{"q":["1"]}}"#);
    let more = score(r#"{"method":"POST","path":"/a","body":"y"}"#);
    assert!(more > path && path > method && method > score("{}"));
}

#[test]
fn what_is_no_matcher_is_refused() {
    let check = |text: &str, expected: &[&str]| {
        let refusals =
            RequestMatcher::read(&Node::parse(text).unwrap(), &Place::root()).unwrap_err();
        let words: Vec<_> = refusals.iter().map(ToString::to_string).collect();
        assert_eq!(words, expected, "{text}");
    };
    check("null", &["is null, not an object"]);
    check(
        r#"{"metod":"GET","path":1,"headers":{"a":[1]},"cookies":[{"nam":"x"}]}"#,
        &[
            "metod: unknown field (did you mean \"method\"?)",
            "path: is a number, not a string or an object",
            "headers.a[0]: is a number, not a string or an object",
            "cookies[0].nam: unknown field (did you mean \"name\"?)",
            "cookies[0]: needs \"name\"",
        ],
    );
    check(
        r#"{"specUrlOrPayload":"x"}"#,
        &[
            "specUrlOrPayload: \"x\" is not read from here; give the document itself, as an object or as a text",
        ],
    );
    check(
        r#"{"protocol":"HTTP_3"}"#,
        &["protocol: \"HTTP_3\" is none of HTTP_1_1, HTTP_2"],
    );
    check(
        r#"{"secure":"yes"}"#,
        &["secure: is a string, not a boolean"],
    );
    check(
        r#"{"queryStringParameters":{"keyMatchStyle":"ALL","a":{"parameterStyle":"DEEP_OBJECT","values":[]}}}"#,
        &["queryStringParameters.keyMatchStyle: is none of SUB_SET, MATCHING_KEY"],
    );
    check(
        r#"{"headers":{"a":{"parameterStyle":"DEEP_OBJECT","values":[]}}}"#,
        &["headers.a.parameterStyle: DEEP_OBJECT is not supported"],
    );
}

fn any_body() -> impl Strategy<Value = Node> {
    prop::sample::select(vec![
        r#""x""#,
        r#"{"a":[1,{"b":null}]}"#,
        r#"{"jsonPath":"$..a"}"#,
        r#"{"xpath":"//a[1]"}"#,
        r#"{"xml":"<a>x</a>"}"#,
        r#"{"regex":"(a+)+b"}"#,
        r#"{"jsonSchema":{"type":"object"}}"#,
        r#"{"parameters":{"a":["1"]}}"#,
        r#"{"base64Bytes":"AA=="}"#,
        r#"{"string":"x","not":true}"#,
    ])
    .prop_map(|text| Node::parse(text).unwrap())
}

proptest! {
    #[test]
    fn no_request_makes_it_panic(
        method in "[A-Z]{1,5}",
        path in ".*",
        query in ".*",
        body in prop_oneof![".*", r#"([\[\]{}:,1a"']|<a>|</a>|=|&){0,20}"#],
        content_type in prop::sample::select(vec!["application/json", "text/xml", "application/x-www-form-urlencoded"]),
        expected_path in ".*",
        expected_body in any_body(),
        name in ".*",
    ) {
        let pairs = Node::from([(name, Node::from(expected_path.clone()))]);
        let node = Node::from([
            ("path", Node::from(expected_path)),
            ("pathParameters", pairs.clone()),
            ("queryStringParameters", pairs.clone()),
            ("headers", pairs.clone()),
            ("cookies", pairs),
            ("body", expected_body),
        ]);
        let mut request = Request::get(path);
        request.method = method.parse().unwrap();
        request.query = parse_parameters(&query);
        request.body = body.into();
        request.headers.insert("content-type", HeaderValue::from_static(content_type));
        if let Ok(matcher) = RequestMatcher::read(&node, &Place::root()) {
            let difference = matcher.difference(&request);
            prop_assert_eq!(difference.is_none(), matcher.matches(&request));
            let _ = matcher.score(&request);
            let _ = matcher.path_parameters(&request);
            prop_assert!(matcher.matches_definition(&matcher) || name_is_odd(&matcher));
        }
    }
}

/// A name that is turned round does not find itself among the names it forbids.
fn name_is_odd(matcher: &RequestMatcher) -> bool {
    let text = matcher.source().to_string();
    text.contains('!') || text.contains("\"not\"") || text.contains("keyMatchStyle")
}
