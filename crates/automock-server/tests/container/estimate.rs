//! The estimate of the memory that expectations need, against what the program takes.

use std::fs;

use automock_server::memory::needed_for;

use super::program::Program;

fn array(count: u32, expectation: impl Fn(u32) -> String) -> String {
    let all: Vec<_> = (0..count).map(expectation).collect();
    format!("[{}]", all.join(","))
}

/// Kinds of expectations that differ in what they take.
fn kinds() -> Vec<(&'static str, String)> {
    let answering = |matcher: &str, answer: &str| {
        let (matcher, answer) = (matcher.to_owned(), answer.to_owned());
        move |number: u32| {
            format!(
                r#"{{"httpRequest":{{"path":"/p/{number}"{matcher}}},"httpResponse":{{{answer}}}}}"#
            )
        }
    };
    let long = format!(r#""body":"{}""#, "x".repeat(10_000));
    let items: Vec<_> = (0..500)
        .map(|item| format!(r#"{{"a":{item},"b":"cc"}}"#))
        .collect();
    let json = format!(r#""body":{{"json":[{}]}}"#, items.join(","));
    let small_json = r#""body":{"type":"JSON","json":{"id":7,"name":"pet","tags":["a","b"]}}"#;
    let schema = r#","body":{"type":"JSON_SCHEMA","jsonSchema":{"type":"object","properties":
        {"a":{"type":"string"},"b":{"type":"integer"}}}}"#;
    let query = r#","queryStringParameters":{"k":["v.*"],"l":["w"]},"headers":{"x-a":["b"]}"#;
    let template = |number: u32| {
        format!(
            r#"{{"httpRequest":{{"path":"/p/{number}"}},"httpResponseTemplate":{{"templateType":
            "VELOCITY","template":"{{\"statusCode\":200,\"body\":\"$!request.path {number}\"}}"}}}}"#
        )
    };
    vec![
        ("smallest", array(20_000, answering("", ""))),
        ("long texts", array(2_000, answering("", &long))),
        ("long JSON", array(600, answering("", &json))),
        ("short JSON", array(10_000, answering("", small_json))),
        (
            "matched JSON",
            array(10_000, answering(&format!(",{small_json}"), "")),
        ),
        ("parameters", array(10_000, answering(query, ""))),
        ("schemas", array(2_000, answering(schema, ""))),
        ("templates", array(2_000, template)),
    ]
}

#[test]
fn it_is_never_below_what_is_taken_and_not_far_above() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mock.json");
    let resident = |program: &Program| {
        let status = fs::read_to_string(format!("/proc/{}/status", program.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kibibytes = line.unwrap().trim().trim_end_matches(" kB");
        kibibytes.parse::<u64>().unwrap() << 10
    };
    fs::write(&file, array(1, |_| r#"{"httpResponse":{}}"#.to_owned())).unwrap();
    let empty = resident(&Program::start(&file, &[]));
    let mut wrong = Vec::new();
    for (kind, text) in kinds() {
        fs::write(&file, &text).unwrap();
        let taken = resident(&Program::start(&file, &[])) - empty;
        let needed = needed_for(&text);
        let line = format!(
            "{kind}: {:.1} MB of text, {} MiB taken, {} MiB estimated",
            f64::from(u32::try_from(text.len()).unwrap()) / 1e6,
            taken >> 20,
            needed >> 20,
        );
        eprintln!("{line}");
        if needed < taken || needed > taken * 5 / 2 {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
