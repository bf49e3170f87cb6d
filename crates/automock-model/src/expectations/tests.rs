//! Tests of parsing, linting and composing expectations.

use super::*;

const GOOD: &str = r#"[
  { "id": "cat", "httpRequest": { "path": "/pets/1" }, "httpResponse": { "body": { "name": "Tom" } } },
  { "priority": -5, "httpRequest": {}, "httpForward": { "host": "example.com", "port": 80 } }
]"#;

fn problems(text: &str) -> String {
    Expectations::parse(text).unwrap_err().to_string()
}

/// Wraps members into an expectation with an action.
fn with(members: &str) -> String {
    format!("[{{ {members}, \"httpError\": {{}} }}]")
}

#[test]
fn items_stay_as_they_were_written() {
    let expectations = Expectations::parse(GOOD).unwrap();
    assert_eq!(expectations.len(), 2);
    assert_eq!(expectations.items()[0].id.as_deref(), Some("cat"));
    assert_eq!(expectations.items()[1].id, None);
    for item in expectations.items() {
        assert!(GOOD.contains(&item.text));
    }
}

#[test]
fn a_single_expectation_is_a_file_too() {
    let one = Expectations::parse(r#" {"httpResponse": {"statusCode": 204}} "#).unwrap();
    assert_eq!(one.len(), 1);
    assert!(Expectations::parse("\u{feff}[{\"httpResponse\": {}}]").is_ok());
}

#[test]
fn the_engines_object_is_the_file_and_its_revision() {
    for text in [GOOD, "\u{feff}[{\"httpResponse\": {}}]\r\n"] {
        let expectations = Expectations::parse(text).unwrap();
        let object = expectations.compose(EngineKind::AutoMock);
        assert_eq!(object, text);
        assert_eq!(Revision::of(object.as_bytes()), expectations.revision());
    }
}

#[test]
fn the_composed_file_is_the_users_content_and_the_readiness_answer() {
    let expectations = Expectations::parse(GOOD).unwrap();
    let composed: serde_json::Value =
        serde_json::from_str(&expectations.compose(EngineKind::MockServer)).unwrap();
    let user: serde_json::Value = serde_json::from_str(GOOD).unwrap();
    let items = composed.as_array().unwrap();
    assert_eq!(items[..2], user.as_array().unwrap()[..]);
    let revision = expectations.revision();
    assert_eq!(
        items[2],
        serde_json::json!({
            "id": "automock-ready",
            "priority": 2_147_483_647,
            "httpRequest": { "method": "GET", "path": "/__automock/ready" },
            "httpResponse": {
                "statusCode": 200,
                "headers": { "x-automock-revision": [revision.as_str()] },
                "body": { "revision": revision.as_str() },
            },
        })
    );
    assert_eq!(items.len(), 3);
}

#[test]
fn the_revision_is_that_of_the_bytes() {
    let revision = |text: &str| Expectations::parse(text).unwrap().revision();
    assert_eq!(revision(GOOD), Revision::of(GOOD.as_bytes()));
    assert_ne!(
        revision(r#"[{"httpResponse":{}}]"#),
        revision("[{ \"httpResponse\" : { } }]")
    );
    // Tasks and records hold this value: it must not depend on the version of AutoMock.
    assert_eq!(
        revision(r#"[{"httpResponse":{}}]"#).as_str(),
        "9aafe351bdd49b3a"
    );
}

#[test]
fn contents_that_are_served_together_have_one_revision() {
    let of = |parts: &[&str]| Revision::of_all(parts.iter().map(|part| part.as_bytes()));
    assert_eq!(of(&["ab"]), Revision::of(b"ab"));
    assert_ne!(of(&["a", "b"]), of(&["ab"]));
    assert_ne!(of(&["a", "bc"]), of(&["ab", "c"]));
}

#[test]
fn all_problems_come_at_once() {
    let text = r#"[
  5,
  { "httpRequest": { "path": "/a" } },
  { "httpResponce": {}, "httpResponse": {} },
  { "id": "a", "httpResponse": {}, "httpForward": {} },
  { "id": "a", "httpResponse": "hello" },
  { "id": "automock-ready", "httpResponse": { "statuscode": 200 } },
  { "priority": 2147483647, "httpResponse": { "statusCode": "200", "body": null } }
]"#;
    assert_eq!(
        problems(text),
        r#"[0]: 5 is a number, not an object
[1]: has no action; add one, such as "httpResponse"
[2].httpResponce: is not a field that MockServer knows; did you mean "httpResponse"?
[3].httpForward: is one action too many: an expectation has one, not httpResponse and httpForward
[4].id: "a" is the id of [3] as well, which it would replace
[4].httpResponse: "hello" is a string, not an object
[5].id: "automock-ready" is reserved for the expectation that AutoMock adds
[5].httpResponse.statuscode: is not a field that MockServer knows; did you mean "statusCode"?
[6].priority: 2147483647 is reserved for the expectation that AutoMock adds
[6].httpResponse.statusCode: "200" is not a status code, a number from 100 to 999
[6].httpResponse.body: null is not a body: MockServer takes a string, an object or an array"#
    );
    let found = Expectations::parse(text).unwrap_err();
    let places: Vec<_> = found.iter().map(|p| (p.line, p.column)).collect();
    assert_eq!(places[0], (Some(2), Some(3)));
    assert_eq!(places[4], (Some(6), Some(11)));
}

#[test]
fn files_that_are_not_json_are_one_problem_with_a_place() {
    for (text, line) in [
        ("[{ httpResponse: {} }]", 1),
        ("[\n{ \"httpResponse\": {} },\n]", 3),
        ("[\n// comment\n]", 2),
        ("[{ \"httpResponse\": {} }", 1),
        ("hello", 1),
    ] {
        let found = Expectations::parse(text).unwrap_err();
        assert_eq!(found.as_slice().len(), 1, "{text}");
        assert_eq!(found.as_slice()[0].line, Some(line), "{text}");
        assert!(found.to_string().contains("strict JSON"), "{found}");
    }
    assert_eq!(problems(" \n"), "the file is empty");
    assert_eq!(
        problems("[]"),
        "the file has no expectations; write at least one expectation"
    );
    assert_eq!(problems("3"), "[0]: 3 is a number, not an object");
}

#[test]
fn fields_of_newer_engines_are_known() {
    let newer = r#"{
        "percentage": 50, "responseMode": "RANDOM", "scenarioName": "s", "scenarioState": "Started",
        "newScenarioState": "Done", "httpResponses": [{ "statusCode": 200 }, { "body": "x" }]
    }"#;
    assert!(Expectations::parse(newer).is_ok());
    assert!(Expectations::parse(r#"{"httpResponse": {"primary": true, "trailers": {}}}"#).is_ok());
    assert!(problems(r#"{"httpResponses": []}"#).contains("[0].httpResponses: [] is empty"));
    assert!(problems(r#"{"httpResponses": [{"body": 1}]}"#).contains("[0].httpResponses[0].body"));
    assert!(Expectations::parse(r#"{"specUrlOrPayload": "file.yaml"}"#).is_ok());
    assert!(
        problems(r#"{"specUrlOrPayload": "f", "httpResponse": {}}"#).contains("[0].httpResponse")
    );
}

#[test]
fn members_have_their_types() {
    for (members, path) in [
        ("\"id\": 5", "[0].id: 5 is a number"),
        ("\"id\": \" \"", "[0].id: \" \" is empty"),
        (
            "\"priority\": 1.5",
            "[0].priority: 1.5 is not a whole number",
        ),
        ("\"httpRequest\": []", "[0].httpRequest: [] is an array"),
        (
            "\"httpRequest\": {\"pth\": \"/\"}",
            "[0].httpRequest.pth: is not a field",
        ),
        ("\"times\": 3", "[0].times: 3 is a number"),
        (
            "\"times\": {}, \"times\": {}",
            "[0].times: {} is written twice",
        ),
        (
            "\"colour\": 1",
            "[0].colour: is not a field that MockServer knows",
        ),
    ] {
        let found = problems(&with(members));
        assert!(found.starts_with(path), "{members}: {found}");
        assert_eq!(found.lines().count(), 1, "{found}");
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_answered(text: String) {
        let _ = Expectations::parse(&text);
    }

    #[test]
    fn any_json_is_answered_and_good_files_compose(
        text in "[\\[{]( ?(\"(httpResponse|id|times|priority|a)\"|:|,|\\{|\\}|\\[|\\]|5|\"b\")){0,12}"
    ) {
        if let Ok(expectations) = Expectations::parse(&text) {
            let composed = expectations.compose(EngineKind::MockServer);
            serde_json::from_str::<serde_json::Value>(&composed).unwrap();
            proptest::prop_assert_eq!(expectations.compose(EngineKind::AutoMock), text);
            let _ = expectations.longest_answer();
        }
    }
}
