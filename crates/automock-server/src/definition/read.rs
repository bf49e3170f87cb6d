//! Reads expectations documents.

use super::action_read::ACTIONS;
use super::fields::{Fields, refuse_type};
use super::pairs::collect;
use super::{Action, Expectation, Place, Refusal, TimeToLive, Times};
use crate::matching::RequestMatcher;
use crate::node::Node;

/// Reads an array of expectations, which may be empty, or a single one.
///
/// # Errors
/// Everything that is refused; one bad item refuses all.
pub fn read_expectations(document: Node) -> Result<Vec<Expectation>, Vec<Refusal>> {
    let place = Place::root();
    match document {
        Node::Array(items) => collect(
            items
                .into_iter()
                .enumerate()
                .map(|(index, item)| Expectation::read(item, &place.item(index))),
        ),
        Node::Object(_) => Ok(vec![Expectation::read(document, &place)?]),
        _ => Err(vec![refuse_type(
            &document,
            &place,
            "an array or an object",
        )]),
    }
}

/// Fields that are taken, beside the actions.
const FIELDS: [&str; 6] = [
    "id",
    "priority",
    "httpRequest",
    "times",
    "timeToLive",
    "timestamp",
];

const NO_JAVA: &str = "needs a Java class, which this engine cannot run";
const NO_FORWARD_CODE: &str = "use httpForward or httpOverrideForwardedRequest instead";
const NO_STREAM: &str = "streams of messages are not supported";
const NO_SCENARIO: &str = "scenarios are not supported";
const NO_SEQUENCE: &str = "only one action is supported; use times for a sequence";
/// Why an `OpenAPI` document is refused at this place.
pub(crate) const NO_OPENAPI: &str = "an OpenAPI document is imported with /mockserver/openapi, or \
     stands in httpRequest as specUrlOrPayload without other properties";

/// What `MockServer` has and this engine does not.
const UNSUPPORTED: [(&str, &str); 19] = [
    ("httpResponseClassCallback", NO_JAVA),
    ("httpForwardClassCallback", NO_JAVA),
    ("httpForwardTemplate", NO_FORWARD_CODE),
    ("httpForwardValidateAction", NO_FORWARD_CODE),
    ("httpSseResponse", NO_STREAM),
    ("httpWebSocketResponse", NO_STREAM),
    ("grpcStreamResponse", "gRPC is not supported"),
    ("grpcBidiResponse", "gRPC is not supported"),
    ("binaryResponse", "only HTTP is supported"),
    ("dnsResponse", "only HTTP is supported"),
    ("scenarioName", NO_SCENARIO),
    ("scenarioState", NO_SCENARIO),
    ("newScenarioState", NO_SCENARIO),
    ("httpResponses", NO_SEQUENCE),
    ("responseMode", NO_SEQUENCE),
    ("afterActions", NO_SEQUENCE),
    (
        "percentage",
        "answering a share of the requests is not supported",
    ),
    ("specUrlOrPayload", NO_OPENAPI),
    ("operationsAndResponses", NO_OPENAPI),
];

impl Expectation {
    /// Reads one expectation.
    ///
    /// # Errors
    /// Everything in it that is refused.
    pub fn read(node: Node, place: &Place) -> Result<Self, Vec<Refusal>> {
        let mut fields = Fields::of(&node, place)?;
        if fields.members().is_empty() {
            return Err(vec![place.refuse("is an empty object, not an expectation")]);
        }
        fields.only(&known_fields(), &UNSUPPORTED);
        fields.text("timestamp");
        let id = fields.text("id").map(str::to_owned);
        let priority = fields.number("priority").unwrap_or_default();
        let matcher = match fields.get("httpRequest") {
            Some(_) => fields.read("httpRequest", RequestMatcher::read),
            None => Some(RequestMatcher::anything()),
        };
        let times = fields.read("times", Times::read).unwrap_or_default();
        let time_to_live = fields
            .read("timeToLive", TimeToLive::read)
            .unwrap_or_default();
        let action = read_action(&mut fields);
        let (matcher, action) = fields.finish(matcher.zip(action))?;
        Ok(Self {
            id,
            priority,
            matcher,
            action,
            times,
            time_to_live,
            source: node,
        })
    }
}

fn known_fields() -> [&'static str; FIELDS.len() + ACTIONS.len()] {
    let mut names = [""; FIELDS.len() + ACTIONS.len()];
    let all = FIELDS
        .into_iter()
        .chain(ACTIONS.iter().map(|(name, _)| *name));
    names
        .iter_mut()
        .zip(all)
        .for_each(|(slot, name)| *slot = name);
    names
}

/// Reads the one action.
fn read_action(fields: &mut Fields<'_>) -> Option<Action> {
    let mut present = ACTIONS
        .iter()
        .filter(|(name, _)| fields.get(name).is_some());
    let first = present.next();
    let second = present.next();
    match (first, second) {
        (Some((name, reader)), None) => fields.read(name, reader),
        (Some((first, _)), Some((second, _))) => {
            fields.refuse_all(format!("has two actions: {first} and {second}"));
            None
        }
        (None, _) => {
            let unsupported = UNSUPPORTED
                .iter()
                .any(|(name, _)| fields.get(name).is_some());
            if !unsupported {
                fields.refuse_all("has no action such as httpResponse");
            }
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;

    fn read(text: &str) -> Result<Vec<Expectation>, Vec<String>> {
        let read = read_expectations(Node::parse(text).unwrap());
        read.map_err(|refusals| refusals.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn one_or_several_are_read() {
        assert_eq!(read(r#"{"httpResponse":{}}"#).unwrap().len(), 1);
        assert_eq!(
            read(r#"[{"httpResponse":{}},{"httpError":{}}]"#)
                .unwrap()
                .len(),
            2
        );
    }

    #[test]
    fn every_field_is_read() {
        let text = r#"{"id":"x","priority":-3,"httpRequest":{"path":"/a"},"httpResponse":{},
            "times":{"remainingTimes":2},"timeToLive":{"timeUnit":"SECONDS","timeToLive":5}}"#;
        let expectation = read(text).unwrap().remove(0);
        assert_eq!(expectation.id.as_deref(), Some("x"));
        assert_eq!(expectation.priority, -3);
        assert_eq!(expectation.times, Times::Remaining(2));
        assert_eq!(
            expectation.time_to_live,
            TimeToLive::For(Duration::from_secs(5))
        );
        assert_eq!(expectation.source, Node::parse(text).unwrap());
        assert_eq!(expectation.matcher.source().to_string(), r#"{"path":"/a"}"#);
    }

    #[test]
    fn nothing_is_refused() {
        assert!(read("[]").unwrap().is_empty());
        assert_eq!(
            read("{}").unwrap_err(),
            ["is an empty object, not an expectation"]
        );
        assert_eq!(
            read("[{}]").unwrap_err(),
            ["[0]: is an empty object, not an expectation"]
        );
        assert_eq!(
            read("3").unwrap_err(),
            ["is a number, not an array or an object"]
        );
    }

    #[test]
    fn all_refusals_of_all_items_are_told() {
        let refusals = read(
            r#"[{"httpResponse":{}},{"httpRequst":{},"httpResponse":{"statusCode":"200"}},
                {"httpRequest":{"path":1},"httpResponse":{},"httpError":{}},{"id":1},null]"#,
        );
        assert_eq!(
            refusals.unwrap_err(),
            [
                "[1].httpRequst: unknown field (did you mean \"httpRequest\"?)",
                "[1].httpResponse.statusCode: is a string, not a whole number",
                "[2].httpRequest.path: is a number, not a string or an object",
                "[2]: has two actions: httpResponse and httpError",
                "[3].id: is a number, not a string",
                "[3]: has no action such as httpResponse",
                "[4]: is null, not an object",
            ]
        );
    }

    #[test]
    fn what_is_not_supported_has_its_reason() {
        for (name, reason) in UNSUPPORTED {
            let refusals = read(&format!(r#"{{"{name}":{{}}}}"#)).unwrap_err();
            assert_eq!(refusals, [format!("{name}: {reason}")]);
        }
    }

    fn any_node() -> impl Strategy<Value = Node> {
        let word = prop::sample::select(vec![
            "httpRequest",
            "httpResponse",
            "body",
            "path",
            "method",
            "headers",
            "type",
            "json",
            "string",
            "values",
            "name",
            "times",
            "delay",
            "timeUnit",
            "value",
            "SECONDS",
            "JSON",
            "httpForward",
            "host",
            "xpath",
            "jsonPath",
            "regex",
            "not",
            "schema",
            "x",
            "$.a",
            "//a",
            "pathParameters",
            "cookies",
            "{a}",
            "/{a}",
            "!x",
            "?x",
            "",
            "httpError",
            "xml",
            "<a/>",
        ]);
        let leaf = prop_oneof![
            Just(Node::Null),
            any::<bool>().prop_map(Node::from),
            any::<i64>().prop_map(Node::from),
            word.clone().prop_map(Node::from),
            ".*".prop_map(Node::from),
        ];
        leaf.prop_recursive(5, 40, 6, move |inner| {
            let member = (word.clone().prop_map(str::to_owned), inner.clone());
            prop_oneof![
                prop::collection::vec(inner, 0..4).prop_map(Node::Array),
                prop::collection::vec(member, 0..6).prop_map(Node::Object),
            ]
        })
    }

    proptest! {
        #[test]
        fn no_document_makes_it_panic(node in any_node(), request in any_node()) {
            let _ = read_expectations(node.clone());
            let whole = Node::from([("httpRequest", request), ("httpResponse", Node::from([("body", node)]))]);
            let _ = read_expectations(whole);
        }
    }
}
