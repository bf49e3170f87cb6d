//! Expectations.

use super::action::action;
use super::code::Code;
use super::pairs::identifier;
use super::request::request;
use crate::node::Node;

/// Each expectation as a statement that creates it.
pub(crate) fn expectations(nodes: &[Node]) -> String {
    let mut code = Code::default();
    for node in nodes {
        expectation(&mut code, node);
        code.more("\n\n");
    }
    code.finish()
}

fn expectation(code: &mut Code, node: &Node) {
    code.line(0, "new MockServerClient(\"localhost\", 1080)");
    code.line(0, ".when(");
    let nothing = Node::Object(Vec::new());
    request(code, 1, node.get("httpRequest").unwrap_or(&nothing));
    code.more(",");
    code.line(1, &times(node.get("times")));
    code.more(",");
    code.line(1, &time_to_live(node.get("timeToLive")));
    code.more(",");
    let priority = node.get("priority").and_then(Node::as_i64);
    code.line(1, &priority.unwrap_or_default().to_string());
    code.line(0, ")");
    action(code, node);
    code.more(";");
}

/// More than an `int` holds is as good as no limit.
fn times(node: Option<&Node>) -> String {
    let remaining = node.and_then(|node| node.get("remainingTimes"));
    match remaining.and_then(Node::as_i64).map(i32::try_from) {
        Some(Ok(1)) => "Times.once()".to_owned(),
        Some(Ok(times)) => format!("Times.exactly({times})"),
        _ => "Times.unlimited()".to_owned(),
    }
}

fn time_to_live(node: Option<&Node>) -> String {
    let unit = node
        .and_then(|node| node.get("timeUnit"))
        .and_then(Node::as_str);
    let value = node
        .and_then(|node| node.get("timeToLive"))
        .and_then(Node::as_i64);
    match (unit, value) {
        (Some(unit), Some(value)) => {
            let unit = identifier(unit);
            format!("TimeToLive.exactly(TimeUnit.{unit}, {value}L)")
        }
        _ => "TimeToLive.unlimited()".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let node = Node::parse(text).unwrap();
        let found = expectations(&[node]);
        assert_eq!(found.trim(), expected.trim(), "{found}");
    }

    #[test]
    fn an_expectation_is_a_statement() {
        check(
            r#"{"priority":3,"httpRequest":{"method":"!GET","path":"/a\"b","headers":{"a":["1","2"],"!b":[".*"]},
                "body":{"id":1}},"httpResponse":{"statusCode":201,"body":{"ok":true},
                "delay":{"timeUnit":"SECONDS","value":2}},"times":{"remainingTimes":2},
                "timeToLive":{"timeUnit":"MINUTES","timeToLive":1}}"#,
            r#"
new MockServerClient("localhost", 1080)
.when(
        request()
                .withMethod(not("GET"))
                .withPath("/a\"b")
                .withHeaders(
                        new Header("a", "1", "2"),
                        new Header(not("b"), string(".*"))
                )
                .withBody(new JsonBody("{\"id\":1}", MatchType.ONLY_MATCHING_FIELDS)),
        Times.exactly(2),
        TimeToLive.exactly(TimeUnit.MINUTES, 1L),
        3
)
.respond(
        response()
                .withStatusCode(201)
                .withBody("{\n  \"ok\" : true\n}", MediaType.parse("application/json"))
                .withDelay(new Delay(TimeUnit.SECONDS, 2))
);
"#,
        );
    }

    #[test]
    fn everything_is_the_default() {
        check(
            r#"{"httpForward":{"host":"h","scheme":"HTTPS"}}"#,
            r#"
new MockServerClient("localhost", 1080)
.when(
        request(),
        Times.unlimited(),
        TimeToLive.unlimited(),
        0
)
.forward(
        forward()
                .withHost("h")
                .withScheme(HttpForward.Scheme.HTTPS)
);
"#,
        );
    }
}
