//! The messages of the WebSocket: `{"type": "<class of MockServer>", "value": "<JSON>"}`.

use crate::node::Node;

const REQUEST: &str = "org.mockserver.model.HttpRequest";
const RESPONSE: &str = "org.mockserver.model.HttpResponse";
const REQUEST_AND_RESPONSE: &str = "org.mockserver.model.HttpRequestAndHttpResponse";
const CLIENT_ID: &str = "org.mockserver.serialization.model.WebSocketClientIdDTO";
const ERROR: &str = "org.mockserver.serialization.model.WebSocketErrorDTO";

/// Ties an answer to its question. Clients look for exactly this name.
const CORRELATION: &str = "WebSocketCorrelationId";

/// What a client is asked.
#[derive(Clone, Debug, PartialEq)]
pub enum Question {
    /// What to do with a request.
    Request(Node),
    /// What to make of another server's response.
    Response {
        /// The request that it answers.
        request: Node,
        /// The response.
        response: Node,
    },
}

/// What a client answers.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// A response.
    Response(Node),
    /// A request for another server.
    Request(Node),
    /// It failed, and says how.
    Error(String),
}

/// The first message: by what the client is called.
#[must_use]
pub fn greeting(client_id: &str) -> String {
    message(
        CLIENT_ID,
        &Node::from([("clientId", Node::from(client_id))]),
    )
}

impl Question {
    /// The message that asks it.
    #[must_use]
    pub fn to_message(&self, correlation: &str) -> String {
        match self {
            Self::Request(request) => message(REQUEST, &tied(request.clone(), correlation)),
            Self::Response { request, response } => {
                let request = tied(request.clone(), correlation);
                let both = [("httpRequest", request), ("httpResponse", response.clone())];
                message(REQUEST_AND_RESPONSE, &Node::from(both))
            }
        }
    }
}

/// Reads an answer, and which question it belongs to.
///
/// # Errors
/// Why it is none, in words.
pub fn read_reply(text: &str) -> Result<(String, Reply), String> {
    let message =
        Node::parse(text).map_err(|error| format!("a message that is no JSON: {error}"))?;
    let member = |name| message.get(name).and_then(Node::as_str);
    let kind = member("type").ok_or("a message without a type")?;
    let value = member("value").ok_or("a message without a value")?;
    let value = Node::parse(value).map_err(|error| format!("a value that is no JSON: {error}"))?;
    match kind {
        RESPONSE => untied(value).map(|(correlation, value)| (correlation, Reply::Response(value))),
        REQUEST => untied(value).map(|(correlation, value)| (correlation, Reply::Request(value))),
        ERROR => read_error(&value),
        other => Err(format!("a message of the unknown type {other:?}")),
    }
}

fn read_error(value: &Node) -> Result<(String, Reply), String> {
    let member = |name| value.get(name).and_then(Node::as_str);
    let correlation = member("webSocketCorrelationId").ok_or_else(no_correlation)?;
    let reason = member("message").unwrap_or_default();
    Ok((correlation.to_owned(), Reply::Error(reason.to_owned())))
}

fn message(kind: &str, value: &Node) -> String {
    let value = Node::from(value.to_string());
    Node::from([("type", Node::from(kind)), ("value", value)]).to_string()
}

/// Puts the correlation among the headers, in whichever way they are written.
fn tied(mut value: Node, correlation: &str) -> Node {
    let Node::Object(members) = &mut value else {
        return value;
    };
    let values = Node::Array(vec![correlation.into()]);
    match members.iter_mut().find(|(name, _)| name == "headers") {
        Some((_, Node::Object(headers))) => headers.push((CORRELATION.to_owned(), values)),
        Some((_, Node::Array(headers))) => headers.push(Node::from([
            ("name", Node::from(CORRELATION)),
            ("values", values),
        ])),
        Some((_, other)) => *other = Node::from([(CORRELATION, values)]),
        None => members.push(("headers".to_owned(), Node::from([(CORRELATION, values)]))),
    }
    value
}

/// Takes the correlation from the headers.
fn untied(mut value: Node) -> Result<(String, Node), String> {
    let Node::Object(members) = &mut value else {
        return Err("a value that is no object".to_owned());
    };
    let headers = members.iter_mut().find(|(name, _)| name == "headers");
    let mut found = None;
    match headers {
        Some((_, Node::Object(headers))) => headers.retain(|(name, values)| {
            let is_other = !name.eq_ignore_ascii_case(CORRELATION);
            if !is_other {
                found = first_text(values);
            }
            is_other
        }),
        Some((_, Node::Array(headers))) => headers.retain(|header| {
            let name = header.get("name").and_then(Node::as_str);
            let is_other = !name.is_some_and(|name| name.eq_ignore_ascii_case(CORRELATION));
            if !is_other {
                found = header.get("values").and_then(first_text);
            }
            is_other
        }),
        _ => {}
    }
    Ok((found.ok_or_else(no_correlation)?, value))
}

fn first_text(values: &Node) -> Option<String> {
    let first = match values {
        Node::Array(values) => values.first()?,
        single => single,
    };
    first.as_str().map(str::to_owned)
}

fn no_correlation() -> String {
    format!("a message without {CORRELATION}")
}
