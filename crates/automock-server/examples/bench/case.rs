//! What is served and asked.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::Outcome;

/// The file of expectations.
pub(crate) const EXPECTATIONS: &str = "expectations.json";
/// The file of requests and their answers.
pub(crate) const EXCHANGES: &str = "exchanges.json";

/// Expectations of the case `many`, and about how many bytes their bodies have together.
const MANY: usize = 270;
const MANY_BYTES: usize = 4_500_000;

/// Expectations of the case `exact`.
const EXACT: usize = 10_000;

/// A request and its answer.
struct Exchange {
    method: &'static str,
    target: String,
    headers: Vec<(&'static str, &'static str)>,
    sent: String,
    body: String,
}

/// Expectations, and requests in the order in which they are sent.
struct Case {
    expectations: Vec<Value>,
    exchanges: Vec<Exchange>,
}

/// Writes the files of a case.
pub(crate) fn write(name: &str, folder: &Path) -> Outcome {
    let Case {
        expectations,
        exchanges,
    } = match name {
        "one" => one(Vec::new()),
        "headers" => one(HEADERS.to_vec()),
        "many" => many(),
        "late" => late(),
        "exact" => exact(),
        "regex" => regex(),
        "json" => json_body(),
        "template" => template(),
        other => return Err(format!("there is no case {other}").into()),
    };
    let exchanges: Vec<Value> = exchanges.iter().map(Exchange::to_json).collect();
    fs::create_dir_all(folder)?;
    fs::write(
        folder.join(EXPECTATIONS),
        Value::from(expectations).to_string(),
    )?;
    fs::write(folder.join(EXCHANGES), Value::from(exchanges).to_string())?;
    Ok(())
}

impl Exchange {
    fn get(target: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            method: "GET",
            target: target.into(),
            headers: Vec::new(),
            sent: String::new(),
            body: body.into(),
        }
    }

    fn to_json(&self) -> Value {
        let Self {
            method,
            target,
            headers,
            sent,
            body,
        } = self;
        let mut request = format!("{method} {target} HTTP/1.1\r\nhost: 127.0.0.1\r\n");
        for (name, value) in headers {
            request.extend([name, ": ", value, "\r\n"]);
        }
        if !sent.is_empty() {
            let length = sent.len().to_string();
            request.extend(["content-length: ", &length, "\r\n"]);
        }
        request.push_str("\r\n");
        request.push_str(sent);
        json!({"target": target, "request": request, "body": body})
    }
}

/// What a browser or a client's library sends besides the host.
const HEADERS: [(&str, &str); 7] = [
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0",
    ),
    ("accept", "application/json, text/plain, */*"),
    ("accept-encoding", "gzip, deflate, br"),
    ("accept-language", "en-GB,en;q=0.8,de;q=0.5"),
    ("authorization", "Bearer 0123456789abcdef0123456789abcdef"),
    (
        "traceparent",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    ),
    ("x-request-id", "a8098c1a-f86e-11da-bd1a-00112444be1e"),
];

fn expectation(request: &Value, body: &str) -> Value {
    json!({
        "httpRequest": request,
        "httpResponse": {
            "statusCode": 200,
            "headers": {"content-type": ["application/json"]},
            "body": body,
        }
    })
}

fn one(headers: Vec<(&'static str, &'static str)>) -> Case {
    let body = r#"{"message":"hello"}"#;
    let exchange = Exchange {
        headers,
        ..Exchange::get("/hello", body)
    };
    Case {
        expectations: vec![expectation(
            &json!({"method": "GET", "path": "/hello"}),
            body,
        )],
        exchanges: vec![exchange],
    }
}

/// Literal paths, regular expressions and path parameters in turns; bodies of 1 to 32 KB. All are
/// asked in turns, the last as often as the first.
fn many() -> Case {
    let step = (MANY_BYTES / MANY - 1000) * 2 / MANY;
    let pairs = (0..MANY).map(|number| {
        let length = 1000 + number * 7919 % MANY * step;
        let body = format!(
            "{{\"number\":{number},\"text\":\"{}\"}}",
            "x".repeat(length)
        );
        let (request, target) = of_kind(number);
        (expectation(&request, &body), Exchange::get(target, body))
    });
    let (expectations, exchanges): (Vec<_>, Vec<_>) = pairs.unzip();
    Case {
        expectations,
        exchanges: in_no_order(exchanges),
    }
}

fn of_kind(number: usize) -> (Value, String) {
    match number % 3 {
        0 => (
            json!({"method": "GET", "path": format!("/service-{number}/items")}),
            format!("/service-{number}/items"),
        ),
        1 => (
            json!({"method": "GET", "path": format!("/service-{number}/items/[0-9]+")}),
            format!("/service-{number}/items/4711"),
        ),
        _ => (
            json!({
                "method": "GET",
                "path": format!("/service-{number}/users/{{user}}/orders/{{order}}"),
                "pathParameters": {"user": ["[a-z]+"], "order": ["[0-9]+"]}
            }),
            format!("/service-{number}/users/somebody/orders/4711"),
        ),
    }
}

/// The same, but only the last is asked, which is for what the others leave.
fn late() -> Case {
    let Case {
        mut expectations, ..
    } = many();
    let body = r#"{"message":"late"}"#;
    expectations.pop();
    expectations.push(expectation(&json!({"path": "/.*/late/[a-z]+"}), body));
    Case {
        expectations,
        exchanges: vec![Exchange::get("/service-1/late/match", body)],
    }
}

fn exact() -> Case {
    let body = r#"{"message":"hello"}"#;
    let paths = (0..EXACT).map(|number| format!("/tenants/{}/resources/{number:05}", number % 97));
    let pairs = paths.map(|path| {
        let expectation = expectation(&json!({"method": "GET", "path": path}), body);
        (expectation, Exchange::get(path, body))
    });
    let (expectations, exchanges): (Vec<_>, Vec<_>) = pairs.unzip();
    Case {
        expectations,
        exchanges: in_no_order(exchanges),
    }
}

fn regex() -> Case {
    let body = r#"{"message":"hello"}"#;
    let request = json!({"method": "GET", "path": "/users/[0-9]+/orders/[a-f0-9]{8}"});
    Case {
        expectations: vec![expectation(&request, body)],
        exchanges: vec![Exchange::get("/users/4711/orders/deadbeef", body)],
    }
}

fn json_body() -> Case {
    let body = r#"{"message":"ordered"}"#;
    let order = json!({"customer": 4711, "items": [{"id": 1, "count": 2}, {"id": 7, "count": 1}], "express": true});
    let request = json!({
        "method": "POST",
        "path": "/orders",
        "body": {"type": "JSON", "json": order, "matchType": "STRICT"}
    });
    let exchange = Exchange {
        method: "POST",
        headers: vec![("content-type", "application/json")],
        sent: order.to_string(),
        ..Exchange::get("/orders", body)
    };
    Case {
        expectations: vec![expectation(&request, body)],
        exchanges: vec![exchange],
    }
}

fn template() -> Case {
    let template = r#"{"statusCode": 200, "headers": {"content-type": ["application/json"]}, "body": "you asked for $!request.path"}"#;
    let expectation = json!({
        "httpRequest": {"path": "/templates/.*"},
        "httpResponseTemplate": {"templateType": "VELOCITY", "template": template}
    });
    let path = "/templates/one";
    Case {
        expectations: vec![expectation],
        exchanges: vec![Exchange::get(path, format!("you asked for {path}"))],
    }
}

/// An order in which neighbours are far from each other, the same each time.
fn in_no_order(mut exchanges: Vec<Exchange>) -> Vec<Exchange> {
    fastrand::Rng::with_seed(1).shuffle(&mut exchanges);
    exchanges
}
