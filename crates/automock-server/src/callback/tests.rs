//! Tests without a network.

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::node::Node;

fn node(text: &str) -> Node {
    Node::parse(text).unwrap()
}

fn clients(change: impl FnOnce(&mut CallbackLimits)) -> Arc<CallbackClients> {
    let mut limits = CallbackLimits::default();
    change(&mut limits);
    Arc::new(CallbackClients::new(limits))
}

fn question() -> Question {
    Question::Request(node(r#"{"path":"/"}"#))
}

/// The value of a message, which is JSON within JSON.
fn value(message: &str) -> Node {
    let message = node(message);
    node(message.get("value").unwrap().as_str().unwrap())
}

#[test]
fn a_greeting_names_the_client() {
    assert_eq!(
        greeting("a\"b"),
        r#"{"type":"org.mockserver.serialization.model.WebSocketClientIdDTO","value":"{\"clientId\":\"a\\\"b\"}"}"#
    );
}

#[test]
fn a_question_has_its_correlation_among_the_headers() {
    for (request, expected) in [
        ("{}", r#"{"headers":{"WebSocketCorrelationId":["1"]}}"#),
        (
            r#"{"headers":{"a":["b"]}}"#,
            r#"{"headers":{"a":["b"],"WebSocketCorrelationId":["1"]}}"#,
        ),
        (
            r#"{"headers":[{"name":"a","values":["b"]}]}"#,
            r#"{"headers":[{"name":"a","values":["b"]},{"name":"WebSocketCorrelationId","values":["1"]}]}"#,
        ),
    ] {
        let message = Question::Request(node(request)).to_message("1");
        assert_eq!(value(&message).to_string(), expected);
    }
    let both = Question::Response {
        request: node("{}"),
        response: node(r#"{"statusCode":201}"#),
    };
    assert_eq!(
        value(&both.to_message("2")).to_string(),
        r#"{"httpRequest":{"headers":{"WebSocketCorrelationId":["2"]}},"httpResponse":{"statusCode":201}}"#
    );
}

#[test]
fn an_answer_loses_its_correlation() {
    let read = |kind: &str, value: &str| {
        let message = Node::from([("type", Node::from(kind)), ("value", Node::from(value))]);
        read_reply(&message.to_string())
    };
    let response = "org.mockserver.model.HttpResponse";
    let request = "org.mockserver.model.HttpRequest";
    assert_eq!(
        read(
            response,
            r#"{"headers":{"a":["b"],"websocketcorrelationid":["7"]}}"#
        ),
        Ok((
            "7".into(),
            Reply::Response(node(r#"{"headers":{"a":["b"]}}"#))
        ))
    );
    assert_eq!(
        read(
            request,
            r#"{"headers":[{"name":"WebSocketCorrelationId","values":["8"]}]}"#
        ),
        Ok(("8".into(), Reply::Request(node(r#"{"headers":[]}"#))))
    );
    assert_eq!(
        read(
            "org.mockserver.serialization.model.WebSocketErrorDTO",
            r#"{"message":"no","webSocketCorrelationId":"9"}"#
        ),
        Ok(("9".into(), Reply::Error("no".into())))
    );
    assert_eq!(
        read(response, "{}").unwrap_err(),
        "a message without WebSocketCorrelationId"
    );
    assert_eq!(
        read("java.lang.Runtime", "{}").unwrap_err(),
        "a message of the unknown type \"java.lang.Runtime\""
    );
    assert!(
        read(response, "[")
            .unwrap_err()
            .starts_with("a value that is no JSON")
    );
    assert!(
        read_reply("[")
            .unwrap_err()
            .starts_with("a message that is no JSON")
    );
}

#[tokio::test]
async fn a_client_is_asked_and_answers() {
    let clients = clients(|_| {});
    let mut seat = clients.admit("x").unwrap();
    let line = clients.line("x").unwrap();
    let answer = async {
        let call = seat.next().await.unwrap();
        assert!(call.message.contains(&call.correlation));
        call.reply.send(Reply::Error("no".into())).unwrap();
    };
    let question = question();
    let (reply, ()) = tokio::join!(line.ask(&question), answer);
    assert_eq!(reply, Ok(Reply::Error("no".into())));
    assert!(clients.line("y").is_none());
}

#[tokio::test]
async fn who_is_silent_is_not_waited_for() {
    let clients = clients(|limits| limits.timeout = Duration::from_millis(20));
    let seat = clients.admit("x").unwrap();
    let line = clients.line("x").unwrap();
    assert_eq!(line.ask(&question()).await, Err(Silence::Late));
    drop(seat);
    assert_eq!(line.ask(&question()).await, Err(Silence::Gone));
    assert!(clients.line("x").is_none());
}

#[tokio::test]
async fn what_waits_is_bounded() {
    let by_number = clients(|limits| {
        limits.questions = 1;
        limits.timeout = Duration::from_millis(20);
    });
    let _seat = by_number.admit("x").unwrap();
    let line = by_number.line("x").unwrap();
    assert_eq!(line.ask(&question()).await, Err(Silence::Late));
    assert_eq!(line.ask(&question()).await, Err(Silence::Busy));

    let by_bytes = clients(|limits| limits.queued_bytes = 10);
    let _seat = by_bytes.admit("x").unwrap();
    let line = by_bytes.line("x").unwrap();
    assert_eq!(line.ask(&question()).await, Err(Silence::Busy));
    assert_eq!(
        line.ask(&question()).await,
        Err(Silence::Busy),
        "nothing is counted twice"
    );
}

#[test]
fn clients_are_bounded_and_an_id_is_taken_over() {
    let clients = clients(|limits| limits.clients = 1);
    let first = clients.admit("x").unwrap();
    assert_eq!(clients.admit("y").unwrap_err(), Full { limit: 1 });
    let second = clients.admit("x").unwrap();
    drop(first);
    assert_eq!(clients.count(), 1, "the first does not unseat the second");
    drop(second);
    assert_eq!(clients.count(), 0);
}

#[tokio::test]
async fn who_is_dismissed_may_end_what_it_was_asked() {
    let clients = clients(|_| {});
    let mut seat = clients.admit("x").unwrap();
    let line = clients.line("x").unwrap();
    clients.dismiss_all();
    assert!(clients.line("x").is_none());
    let answer = async {
        let call = seat.next().await.unwrap();
        call.reply.send(Reply::Error(String::new())).unwrap();
    };
    let question = question();
    let (reply, ()) = tokio::join!(line.ask(&question), answer);
    assert!(reply.is_ok());
    drop(line);
    assert!(seat.next().await.is_none());
}
