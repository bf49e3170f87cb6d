//! What the advice on a file says of expectations is held against the matchers that serve them.

use automock_model::Expectations;
use automock_server::definition::read_expectations;
use automock_server::node::Node;
use automock_server::request::Request;
use http::Method;
use http::header::{COOKIE, HeaderName, HeaderValue};
use proptest::prelude::*;
use proptest::sample::select;

const TEXTS: [&str; 20] = [
    "", "/", "/a", "/A", "/a/b", "/a.b", "/a\\.b", ".*", "/.*", "/a/.*", "/.+", "/a/[^/]+",
    "/[^/]+/b", "/a.*b", "/a/{x}", "!/a", "/(a|b)", "/a?", "*", "/\\d+",
];

const VALUES: [&str; 9] = ["", "1", "1.*", ".*", "!1", "?1", "2", "x", "X"];

const NAMES: [&str; 5] = ["a", "b", "!a", "?a", "a.*"];

const PATHS: [&str; 13] = [
    "/", "/a", "/A", "/a/b", "/a.b", "/axb", "/a/b/c", "/a/", "/5", "/a/{x}", "/b", "/x/b", "*",
];

fn pairs(part: &'static str) -> impl Strategy<Value = String> {
    let pair = (
        select(&NAMES[..]),
        prop::collection::vec(select(&VALUES[..]), 0..3),
    );
    let pairs = prop::collection::btree_map(pair.0, pair.1, 0..3);
    (pairs, any::<bool>()).prop_map(move |(pairs, as_array)| {
        if part == "cookies" {
            let pairs = pairs
                .iter()
                .filter_map(|(name, values)| Some((name, values.first()?)));
            let members: Vec<_> = pairs
                .map(|(name, value)| format!("{name:?}:{value:?}"))
                .collect();
            return format!("{part:?}:{{{}}}", members.join(","));
        }
        if as_array {
            let items = pairs
                .iter()
                .map(|(name, values)| format!(r#"{{"name":{name:?},"values":{values:?}}}"#));
            return format!("{part:?}:[{}]", items.collect::<Vec<_>>().join(","));
        }
        let members: Vec<_> = pairs
            .iter()
            .map(|(name, values)| format!("{name:?}:{values:?}"))
            .collect();
        format!("{part:?}:{{{}}}", members.join(","))
    })
}

fn text(name: &'static str, texts: &'static [&'static str]) -> impl Strategy<Value = String> {
    select(texts).prop_map(move |text| format!("{name:?}:{text:?}"))
}

fn expectation() -> impl Strategy<Value = String> {
    let parts = (
        prop::option::weighted(
            0.3,
            text("method", &["GET", "get", "", "G.*", ".*", "!GET"]),
        ),
        prop::option::weighted(0.7, text("path", &TEXTS)),
        prop::option::weighted(0.1, Just(r#""pathParameters":{"x":["b"]}"#.to_owned())),
        prop::option::weighted(0.3, pairs("queryStringParameters")),
        prop::option::weighted(0.3, pairs("headers")),
        prop::option::weighted(0.2, pairs("cookies")),
        prop::option::weighted(0.2, text("body", &["x", "y", ""])),
    );
    let parts = parts.prop_map(
        |(method, path, parameters, query, headers, cookies, body)| {
            let parts = [method, path, parameters, query, headers, cookies, body];
            parts.into_iter().flatten().collect::<Vec<_>>().join(",")
        },
    );
    (parts, -1..2).prop_map(|(parts, priority)| {
        format!(r#"{{"priority":{priority},"httpRequest":{{{parts}}},"httpResponse":{{}}}}"#)
    })
}

fn request() -> impl Strategy<Value = Request> {
    let pairs = || {
        prop::collection::vec(
            (
                select(&["a", "b", "ab"][..]),
                select(&["", "1", "12", "2", "x"][..]),
            ),
            0..4,
        )
    };
    let parts = (
        select(&PATHS[..]),
        any::<bool>(),
        pairs(),
        pairs(),
        pairs(),
        select(&["", "x", "y"][..]),
    );
    parts.prop_map(|(path, is_get, query, headers, cookies, body)| {
        let mut request = Request::get(path);
        if !is_get {
            request.method = Method::POST;
        }
        request.query = query
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        for (name, value) in headers {
            request.headers.append(
                HeaderName::from_static(name),
                HeaderValue::from_static(value),
            );
        }
        for (name, value) in cookies {
            let cookie = HeaderValue::from_str(&format!("{name}={value}"));
            request
                .headers
                .append(COOKIE, cookie.expect("letters and digits"));
        }
        request.body = body.into();
        request
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    /// If one is never asked because of another, each request that it takes is one of the other.
    #[test]
    fn what_is_said_to_be_hidden_is(
        expectations in prop::collection::vec(expectation(), 2..6),
        requests in prop::collection::vec(request(), 40),
    ) {
        let file = format!("[{}]", expectations.join(","));
        let read = read_expectations(Node::parse(&file).expect("it is JSON"));
        let read = read.map_err(|refusals| TestCaseError::reject(format!("{refusals:?}")))?;
        for advice in Expectations::advice(&file) {
            let Some((by, _)) = advice.reason.strip_prefix("is never asked: [").and_then(|rest| rest.split_once(']')) else {
                continue;
            };
            let place = |text: &str| text.trim_matches(['[', ']']).parse::<usize>().expect("an index");
            let (hidden, by) = (&read[place(&advice.path)], &read[place(by)]);
            for request in &requests {
                let is_taken = !hidden.matcher.matches(request) || by.matcher.matches(request);
                prop_assert!(is_taken, "{advice}\n{request:?}\n{file}");
            }
        }
    }
}
