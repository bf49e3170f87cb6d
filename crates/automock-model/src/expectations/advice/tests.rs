//! Tests of the advice.

use super::advise;

fn advice(text: &str) -> Vec<String> {
    advise(text).iter().map(ToString::to_string).collect()
}

/// Which expectations of these request matchers are never asked, and because of which.
fn hidden(requests: &[&str]) -> Vec<String> {
    let items = requests
        .iter()
        .map(|request| format!(r#"{{{request}"httpResponse":{{}}}}"#));
    let text = format!("[{}]", items.collect::<Vec<_>>().join(","));
    let found = advice(&text)
        .into_iter()
        .filter(|line| line.contains("is never asked"));
    found
        .map(|line| {
            line.split(" takes")
                .next()
                .unwrap_or_default()
                .replace(": is never asked: ", " by ")
        })
        .collect()
}

fn request(parts: &str) -> String {
    format!(r#""httpRequest":{{{parts}}},"#)
}

#[track_caller]
fn check(first: &str, second: &str, is_hidden: bool) {
    let found = hidden(&[&request(first), &request(second)]);
    let expected: &[&str] = if is_hidden { &["[1] by [0]"] } else { &[] };
    assert_eq!(found, expected, "{first} before {second}");
}

#[test]
fn an_expectation_behind_a_wider_one_is_never_asked() {
    for (first, second) in [
        ("", r#""path":"/a""#),
        (r#""path":"/a""#, r#""path":"/a""#),
        (r#""path":"/a""#, r#""path":"/A","method":"GET""#),
        (r#""path":"/a/.*""#, r#""path":"/a/b","body":"x""#),
        (
            r#""path":".*","method":"""#,
            r#""path":"/a/{id}","pathParameters":{"id":["1"]}"#,
        ),
        (r#""method":"GET""#, r#""method":"get","path":"!/a""#),
        (
            r#""headers":{"a":["1"]}"#,
            r#""headers":[{"name":"a","values":["1"]},{"name":"b","values":["2"]}]"#,
        ),
        (
            r#""cookies":{"a":"1"}"#,
            r#""cookies":[{"name":"a","value":"1"}]"#,
        ),
        (
            r#""body":{"a":1,"b":2}"#,
            r#""body":{"b":2,"a":1},"secure":true"#,
        ),
        (
            r#""path":"/a/{id}","pathParameters":{"id":["1"]}"#,
            r#""path":"/a/{id}","pathParameters":{"id":["1"]},"method":"GET""#,
        ),
        (
            r#""queryStringParameters":{"!a":["1"]}"#,
            r#""queryStringParameters":{"!a":["1"]},"path":"/a""#,
        ),
    ] {
        check(first, second, true);
    }
}

#[test]
fn what_may_be_asked_is_not_told() {
    for (first, second) in [
        (r#""path":"/a""#, ""),
        (r#""path":"/a""#, r#""path":"/b""#),
        (r#""path":"/a","method":"GET""#, r#""path":"/a""#),
        (
            r#""path":"/a/{id}""#,
            r#""path":"/a/{id}","pathParameters":{"id":["1"]}"#,
        ),
        (
            r#""path":"/a/{id}","pathParameters":{"id":["1"]}"#,
            r#""path":"/a/1""#,
        ),
        (r#""headers":{"a":["1","1"]}"#, r#""headers":{"a":["1"]}"#),
        (
            r#""headers":{"?a":["1"]}"#,
            r#""headers":{"?a":["1"],"b":["1"]}"#,
        ),
        (
            r#""headers":{"keyMatchStyle":"MATCHING_KEY","a":["1"]}"#,
            r#""headers":{"a":["1"],"b":["1"]}"#,
        ),
        (
            r#""queryStringParameters":{"a":[]}"#,
            r#""queryStringParameters":{"b":["1"]}"#,
        ),
        (r#""body":"x""#, r#""body":"y""#),
        (r#""not":true"#, r#""path":"/a""#),
        (r#""specUrlOrPayload":"a.yaml""#, r#""path":"/a""#),
        (r#""secure":true"#, r#""secure":false"#),
    ] {
        check(first, second, false);
    }
}

#[test]
fn limits_and_priorities_count() {
    let any = r#""httpRequest":{},"#;
    let named = r#""httpRequest":{"path":"/a"},"#;
    let with = |more: &str| format!("{any}{more}");
    for limit in [
        r#""times":{"remainingTimes":1},"#,
        r#""timeToLive":{"timeUnit":"DAYS","timeToLive":1},"#,
        r#""percentage":50,"#,
        r#""scenarioName":"s","#,
        r#""priority":-1,"#,
    ] {
        assert!(hidden(&[&with(limit), named]).is_empty(), "{limit}");
    }
    assert_eq!(
        hidden(&[&with(r#""times":{"unlimited":true},"#), named]),
        ["[1] by [0]"]
    );
    assert_eq!(hidden(&[named, &with(r#""priority":5,"#)]), ["[0] by [1]"]);
    assert_eq!(hidden(&[&with(r#""priority":-1,"#), named]), [""; 0]);
    assert_eq!(hidden(&[any, named, any]), ["[1] by [0]", "[2] by [0]"]);
}

#[test]
fn advice_has_its_place_and_says_what_to_do() {
    let text = "[\n{\"httpRequest\":{\"path\":\"/a/.*\"},\"httpResponse\":{}},\n{\"httpRequest\":{\"path\":\"/a/b\"},\"httpResponse\":{}},\n{\"httpRequest\":{\"path\":\"/pets/{id}\",\"headers\":{\"accept\":[\"*/*\"]}},\"httpResponse\":{}}\n]";
    assert_eq!(
        advice(text),
        [
            "[1]: is never asked: [0] takes every request that it is for, and comes before it; give it \
             a higher priority than 0, or expect more of a request in [0]",
            "[2].httpRequest.path: \"/pets/{id}\" is no regular expression: \"{\" needs a number after it; \
             so it matches only itself; name the variable in pathParameters, or write [^/]+ for a part of the path",
            "[2].httpRequest.headers.accept[0]: \"*/*\" is no regular expression: a sign for repetition has \
             nothing before it; so it matches only itself; put \\\\ before what is meant as it is, or leave it if \
             only this text is meant",
        ]
    );
    let places: Vec<_> = advise(text).iter().map(|found| found.line).collect();
    assert_eq!(places, [Some(3), Some(4), Some(4)]);
}

#[test]
fn patterns_are_looked_at_where_they_are() {
    let count = |request: &str| {
        advice(&format!(
            r#"{{"httpRequest":{{{request}}},"httpResponse":{{}}}}"#
        ))
        .len()
    };
    assert_eq!(
        count(r#""path":"/a/{id}","pathParameters":{"id":[".*"]}"#),
        0
    );
    assert_eq!(count(r#""path":"/a/{id}","pathParameters":{}"#), 1);
    assert_eq!(count(r#""path":"!*""#), 1);
    assert_eq!(count(r#""path":{"schema":{"pattern":"*"}}"#), 0);
    assert_eq!(count(r#""body":{"type":"REGEX","regex":"(a"}"#), 1);
    assert_eq!(count(r#""body":"(a""#), 0);
    assert_eq!(
        count(r#""queryStringParameters":{"a":{"parameterStyle":"FORM","values":["[a"]}}"#),
        1
    );
    assert_eq!(count(r#""cookies":[{"name":"a","value":"+"}]"#), 1);
}

#[test]
fn large_bodies_are_told() {
    let body = |size: usize| {
        format!(
            r#"{{"httpRequest":{{"path":"/{size}"}},"httpResponse":{{"body":"{}"}}}}"#,
            "b".repeat(size)
        )
    };
    assert!(advice(&body(1 << 19)).is_empty());
    assert_eq!(
        advice(&body(3 << 19)),
        [
            "[0].httpResponse.body: is 1.5 MiB long, and every answer sends it; keep bodies below 1.0 MiB"
        ]
    );
    let many: Vec<String> = (0..36)
        .map(|number| body((1 << 20) - 100 - number))
        .collect();
    let found = advice(&format!("[{}]", many.join(",")));
    assert_eq!(
        found,
        [
            "the bodies are 35.9 MiB together, and every task keeps them in memory; keep them below 32.0 MiB"
        ]
    );
}

#[test]
fn the_examples_need_no_advice() {
    for text in [
        include_str!("../../../../../examples/petstore/expectations.json"),
        include_str!("../../../../automock-cli/src/commands/init/expectations.json"),
    ] {
        assert_eq!(advice(text), [""; 0]);
    }
}

#[test]
fn a_large_file_is_checked() {
    let items: Vec<String> = (0..5_000)
        .map(|number| format!(r#"{{"httpRequest":{{"path":"/{number}/.*"}},"httpResponse":{{}}}}"#))
        .collect();
    assert!(advice(&format!("[{}]", items.join(","))).is_empty());
}

proptest::proptest! {
    #[test]
    fn any_text_is_answered(text: String) {
        let _ = advise(&text);
    }

    #[test]
    fn any_json_is_answered(
        text in "[\\[{]( ?(\"(httpRequest|path|headers|times|a)\"|:|,|\\{|\\}|\\[|\\]|5|\"!?[*b{]\")){0,16}"
    ) {
        let _ = advise(&text);
    }
}
