//! A command that the mock answers.

use automock_server::book::Snapshot;
use automock_server::definition::{Action, ConnectionOptions, Expectation, Times};
use automock_server::node::Node;
use automock_server::request::Request;
use serde::Serialize;

/// A request without headers and body that the mock answers.
#[derive(Debug, Serialize)]
pub(super) struct Example {
    method: String,
    /// Path and query.
    target: String,
    /// Whether it is answered at once, as often as it is asked.
    steady: bool,
}

/// A request for the first expectation that one without headers and body meets; one that is answered at
/// once and as often as it is asked, if there is any.
pub(super) fn example(snapshot: &Snapshot) -> Option<Example> {
    let mut examples = snapshot.entries().iter().filter_map(|entry| {
        let request = request_for(entry.expectation().matcher.source())?;
        // The one that answers may come before the one that it was made for.
        let mut all = snapshot.entries().iter().map(|entry| entry.expectation());
        let answering = all.find(|other| other.matcher.matches(&request))?;
        Some(Example::of(&request, is_steady(answering)))
    });
    let first = examples.next()?;
    if first.steady {
        return Some(first);
    }
    Some(examples.find(|example| example.steady).unwrap_or(first))
}

fn is_steady(expectation: &Expectation) -> bool {
    let is_immediate = match &expectation.action {
        Action::Response(response) => {
            response.delay.is_none() && response.connection == ConnectionOptions::default()
        }
        Action::Template(template) => template.delay.is_none(),
        _ => false,
    };
    is_immediate && expectation.times == Times::Unlimited
}

fn request_for(matcher: &Node) -> Option<Request> {
    let path = matcher.get("path").map_or(Some("/"), Node::as_str)?;
    let method = matcher.get("method").map_or(Some("GET"), Node::as_str)?;
    if !path.starts_with('/') || !path.chars().all(is_plain) {
        return None;
    }
    let mut request = Request::get(path);
    request.method = method.to_ascii_uppercase().parse().ok()?;
    for (name, value) in query(matcher) {
        if !name.chars().chain(value.chars()).all(is_plain) {
            return None;
        }
        request.query.push((name, value));
    }
    Some(request)
}

/// Query parameters that are written as `{"name": ["value"]}` or `{"name": "value"}`.
fn query(matcher: &Node) -> Vec<(String, String)> {
    let members = matcher
        .get("queryStringParameters")
        .and_then(Node::as_object)
        .unwrap_or_default();
    let text = |value: &Node| {
        let first = value.as_array().and_then(<[Node]>::first);
        first.unwrap_or(value).as_str().map(str::to_owned)
    };
    let pairs = members.iter();
    pairs
        .filter_map(|(name, value)| Some((name.clone(), text(value)?)))
        .collect()
}

/// Characters that mean themselves in a path, in a regular expression that is one, and in a shell.
fn is_plain(character: char) -> bool {
    character.is_ascii_alphanumeric() || "/-_.~".contains(character)
}

impl Example {
    fn of(request: &Request, steady: bool) -> Self {
        let pairs = request.query.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        Self {
            steady,
            method: request.method.to_string(),
            target: if pairs.is_empty() {
                request.path.clone()
            } else {
                format!("{}?{}", request.path, pairs.join("&"))
            },
        }
    }

    /// The command that sends it.
    pub(super) fn command(&self, url: &str) -> String {
        let method = match self.method.as_str() {
            "GET" => String::new(),
            method => format!(" -X {method}"),
        };
        let quote = if self.target.contains('?') { "'" } else { "" };
        format!("curl -i{method} {quote}{url}{}{quote}", self.target)
    }
}

#[cfg(test)]
mod tests {
    use automock_server::definition::read_expectations;
    use automock_server::engine::Engine;

    use super::*;

    fn shown(file: &str) -> Option<String> {
        let engine = Engine::default();
        let expectations = read_expectations(Node::parse(file).unwrap()).unwrap();
        engine.load("r", expectations).unwrap();
        let example = example(&engine.book().snapshot())?;
        Some(example.command("http://127.0.0.1:1080"))
    }

    #[test]
    fn the_first_plain_request_is_shown() {
        let file = r#"[
          {"httpRequest": {"path": "/pets/.*"}, "httpResponse": {}},
          {"httpRequest": {"path": "/pets", "headers": {"a": ["b"]}}, "httpResponse": {}},
          {"httpRequest": {"method": "DELETE", "path": "/pets",
            "queryStringParameters": {"id": ["7"]}}, "httpResponse": {}}
        ]"#;
        let expected = "curl -i -X DELETE 'http://127.0.0.1:1080/pets?id=7'";
        assert_eq!(shown(file).as_deref(), Some(expected));
        let any = r#"{"httpResponse": {}}"#;
        assert_eq!(
            shown(any).as_deref(),
            Some("curl -i http://127.0.0.1:1080/")
        );
        let regex = r#"{"httpRequest": {"path": "/a+"}, "httpResponse": {}}"#;
        assert_eq!(shown(regex), None);
    }

    #[test]
    fn one_that_is_answered_at_once_and_always_comes_first() {
        let file = r#"[
          {"httpRequest": {"path": "/once"}, "httpResponse": {}, "times": {"remainingTimes": 1}},
          {"httpRequest": {"path": "/once"}, "httpResponse": {}},
          {"httpRequest": {"path": "/late"},
            "httpResponse": {"delay": {"timeUnit": "SECONDS", "value": 1}}},
          {"httpRequest": {"path": "/steady"}, "httpResponse": {}}
        ]"#;
        let expected = "curl -i http://127.0.0.1:1080/steady";
        assert_eq!(shown(file).as_deref(), Some(expected));
    }
}
