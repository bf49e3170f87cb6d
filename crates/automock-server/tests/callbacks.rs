//! Clients that answer requests over a WebSocket.
#![allow(clippy::unwrap_used, reason = "a test fails with it")]

mod common;

use std::net::TcpStream;
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use automock_server::callback::CallbackLimits;
use automock_server::engine::{Engine, EngineOptions};
use automock_server::http::{Server, ServerOptions};
use common::Running;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite::client::{IntoClientRequest, client};
use tokio_tungstenite::tungstenite::handshake::client::Response;
use tokio_tungstenite::tungstenite::{Error, HandshakeError, Message, WebSocket};

const PATH: &str = "/_mockserver_callback_websocket";
const RESPONSE: &str = "org.mockserver.model.HttpResponse";
const ERROR: &str = "org.mockserver.serialization.model.WebSocketErrorDTO";

/// A server with a single worker, which therefore must not wait for anybody.
fn serve(
    limits: impl FnOnce(&mut CallbackLimits),
    options: impl FnOnce(&mut ServerOptions),
) -> Running {
    let mut engine = EngineOptions::default();
    limits(&mut engine.callbacks);
    let engine = Arc::new(Engine::new(engine));
    let mut server = ServerOptions {
        workers: NonZeroUsize::new(1),
        ..ServerOptions::default()
    };
    options(&mut server);
    let server = Server::start(Arc::clone(&engine), server).unwrap();
    Running {
        address: server.address(),
        engine,
        server,
    }
}

type Opened = Result<(WebSocket<TcpStream>, Response), Error>;

fn open(server: &Running, headers: &[(&'static str, &str)]) -> Opened {
    let mut request = format!("ws://{}{PATH}", server.address)
        .into_client_request()
        .unwrap();
    for (name, value) in headers {
        request.headers_mut().insert(*name, value.parse().unwrap());
    }
    client(request, server.connect()).map_err(|error| match error {
        HandshakeError::Failure(error) => error,
        HandshakeError::Interrupted(_) => panic!("the socket blocks"),
    })
}

/// Why a connection was refused.
fn refusal(opened: Opened) -> (u16, String) {
    match opened {
        Err(Error::Http(response)) => {
            let body = response.body().clone().unwrap_or_default();
            (response.status().as_u16(), String::from_utf8(body).unwrap())
        }
        other => panic!("{other:?}"),
    }
}

struct Client(WebSocket<TcpStream>);

impl Client {
    fn connect(server: &Running, id: &str) -> Self {
        let (socket, response) = open(server, &[("x-client-registration-id", id)]).unwrap();
        assert_eq!(response.headers()["x-client-registration-id"], id);
        let mut client = Self(socket);
        let (kind, value) = client.next();
        assert_eq!(
            kind,
            "org.mockserver.serialization.model.WebSocketClientIdDTO"
        );
        assert_eq!(value, json!({ "clientId": id }));
        client
    }

    /// The type and the value of the next message.
    fn next(&mut self) -> (String, Value) {
        let message = self.0.read().unwrap().into_text().unwrap();
        let message: Value = serde_json::from_str(&message).unwrap();
        let text = |name: &str| message[name].as_str().unwrap().to_owned();
        (text("type"), serde_json::from_str(&text("value")).unwrap())
    }

    /// Takes a question and gives its correlation.
    fn question(&mut self) -> String {
        let (_, value) = self.next();
        let correlation = &value["headers"]["WebSocketCorrelationId"][0];
        correlation.as_str().unwrap().to_owned()
    }

    fn say(&mut self, kind: &str, value: &Value) {
        let message = json!({ "type": kind, "value": value.to_string() });
        self.0.send(Message::text(message.to_string())).unwrap();
    }

    fn respond(&mut self, correlation: &str, status: u16) {
        let headers = json!({ "WebSocketCorrelationId": [correlation] });
        self.say(
            RESPONSE,
            &json!({ "statusCode": status, "headers": headers }),
        );
    }

    /// Whether the server ends the connection.
    fn is_ended(&mut self) -> bool {
        match self.0.read() {
            Ok(message) => panic!("{message:?}"),
            Err(Error::Io(error)) => error.kind() != std::io::ErrorKind::WouldBlock,
            Err(_) => true,
        }
    }
}

fn expect(server: &Running, path: &str, client_id: &str, more: &str) {
    server.create(&format!(
        r#"{{"httpRequest":{{"path":"{path}"}},"httpResponseObjectCallback":{{"clientId":"{client_id}"}}{more}}}"#
    ));
}

#[test]
fn a_request_waits_for_its_client_and_the_worker_for_nobody() {
    let server = serve(|_| {}, |_| {});
    let mut client = Client::connect(&server, "x");
    expect(&server, "/a", "x", "");
    server.create(r#"{"httpRequest":{"path":"/b"},"httpResponse":{}}"#);
    thread::scope(|scope| {
        let first = scope.spawn(|| server.get("/a?n=1"));
        let one = client.question();
        let second = scope.spawn(|| server.get("/a?n=2"));
        let two = client.question();
        assert_eq!(server.get("/b").0, 200, "meanwhile");
        client.respond(&two, 202);
        client.respond(&one, 201);
        client.respond(&one, 500);
        client.respond("unknown", 500);
        assert_eq!(first.join().unwrap().0, 201);
        assert_eq!(second.join().unwrap().0, 202);
    });
}

#[test]
fn without_an_answer_it_is_404() {
    let timeout = Duration::from_millis(300);
    let server = serve(|limits| limits.timeout = timeout, |_| {});
    expect(&server, "/", "x", "");
    assert_eq!(server.get("/"), (404, String::new()), "never connected");

    let _client = Client::connect(&server, "x");
    let begin = Instant::now();
    assert_eq!(server.get("/"), (404, String::new()), "silent");
    assert!(begin.elapsed() >= timeout);
}

#[test]
fn an_answer_that_is_none_and_a_client_that_leaves_are_404() {
    let server = serve(|limits| limits.timeout = Duration::from_mins(5), |_| {});
    expect(&server, "/", "x", "");
    let mut client = Client::connect(&server, "x");
    thread::scope(|scope| {
        let answer = scope.spawn(|| server.get("/"));
        let correlation = client.question();
        let failure = json!({ "message": "no idea", "webSocketCorrelationId": correlation });
        client.say(ERROR, &failure);
        assert_eq!(answer.join().unwrap(), (404, "no idea".to_owned()));

        let answer = scope.spawn(|| server.get("/"));
        let correlation = client.question();
        client.respond(&correlation, 99);
        assert_eq!(answer.join().unwrap(), (404, String::new()), "unusable");

        let answer = scope.spawn(|| server.get("/"));
        client.question();
        drop(client);
        assert_eq!(answer.join().unwrap(), (404, String::new()), "left");
    });
    let (_, active) = server.put("/mockserver/retrieve?type=ACTIVE_EXPECTATIONS", "");
    assert!(
        active.contains("\"clientId\""),
        "it may come back: {active}"
    );
    thread::scope(|scope| {
        let mut client = Client::connect(&server, "x");
        let answer = scope.spawn(|| server.get("/"));
        let correlation = client.question();
        client.respond(&correlation, 200);
        assert_eq!(answer.join().unwrap().0, 200);
    });
}

#[test]
fn a_client_is_dismissed_with_its_last_expectation() {
    let server = serve(|_| {}, |_| {});
    let mut idle = Client::connect(&server, "idle");
    let mut client = Client::connect(&server, "x");
    expect(&server, "/once", "x", r#","times":{"remainingTimes":1}"#);
    expect(&server, "/a", "x", "");
    thread::scope(|scope| {
        let answer = scope.spawn(|| server.get("/once"));
        let correlation = client.question();
        client.respond(&correlation, 200);
        assert_eq!(answer.join().unwrap().0, 200);

        let answer = scope.spawn(|| server.get("/a"));
        let correlation = client.question();
        server.put("/mockserver/clear", r#"{"path":"/a"}"#);
        assert_eq!(server.engine.callbacks().count(), 1);
        client.respond(&correlation, 200);
        assert_eq!(answer.join().unwrap().0, 200, "what runs ends");
    });
    assert!(client.is_ended());

    let mut client = Client::connect(&server, "x");
    expect(&server, "/once", "x", r#","times":{"remainingTimes":1}"#);
    thread::scope(|scope| {
        let answer = scope.spawn(|| server.get("/once"));
        let correlation = client.question();
        client.respond(&correlation, 200);
        assert_eq!(answer.join().unwrap().0, 200);
    });
    assert!(client.is_ended(), "no times are left");

    server.put("/mockserver/reset", "");
    assert!(idle.is_ended());
}

#[test]
fn who_may_not_control_the_server_may_not_answer() {
    let server = serve(
        |_| {},
        |options| options.control.token = Some("secret".into()),
    );
    assert_eq!(refusal(open(&server, &[])).0, 401);
    let wrong = [("authorization", "Bearer guess")];
    assert_eq!(refusal(open(&server, &wrong)).0, 401);
    assert!(open(&server, &[("authorization", "Bearer secret")]).is_ok());

    let elsewhere = vec!["192.0.2.0/24".parse().unwrap()];
    let server = serve(|_| {}, |options| options.control.sources = elsewhere);
    assert_eq!(refusal(open(&server, &[])).0, 403);

    let server = serve(|_| {}, |options| options.control.enabled = false);
    assert_eq!(refusal(open(&server, &[])).0, 404, "ordinary traffic");
}

#[test]
fn a_page_of_another_host_is_refused() {
    let server = serve(|_| {}, |_| {});
    for origin in ["http://example.com", "null"] {
        assert_eq!(refusal(open(&server, &[("origin", origin)])).0, 403);
    }
    assert!(open(&server, &[("origin", "http://127.0.0.1:9876")]).is_ok());
}

#[test]
fn clients_are_bounded() {
    let server = serve(|limits| limits.clients = 2, |_| {});
    let first = Client::connect(&server, "a");
    let _second = Client::connect(&server, "b");
    let (status, reason) = refusal(open(&server, &[]));
    let expected = "2 clients are connected already, and no more may be";
    assert_eq!((status, reason.as_str()), (503, expected));
    let mut first = first;
    let _again = Client::connect(&server, "a");
    assert!(first.is_ended(), "its id was taken over");
    let id = "x".repeat(257);
    let long = [("x-client-registration-id", id.as_str())];
    assert_eq!(refusal(open(&server, &long)).0, 400);
}

#[test]
fn what_is_no_answer_ends_the_connection() {
    let server = serve(|limits| limits.message_bytes = 1 << 10, |_| {});
    for message in [
        Message::text("not json"),
        Message::text(r#"{"type":"java.lang.String","value":"1"}"#),
        Message::binary(vec![0]),
        Message::text("x".repeat(2 << 10)),
    ] {
        let mut client = Client::connect(&server, "x");
        client.0.send(message).unwrap();
        assert!(client.is_ended());
    }
}

#[test]
fn a_client_that_says_nothing_is_given_up() {
    let ping = Duration::from_millis(300);
    let server = serve(|limits| limits.ping = ping, |_| {});
    let mut client = Client::connect(&server, "x");
    for _ in 0..5 {
        // To read is to answer what came before.
        assert_eq!(client.0.read().unwrap(), Message::Ping(Vec::new().into()));
    }
    let begin = Instant::now();
    while server.engine.callbacks().count() > 0 {
        assert!(begin.elapsed() < Duration::from_secs(20));
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_is_no_websocket_is_told_so() {
    let server = serve(|_| {}, |_| {});
    assert_eq!(server.get(PATH).0, 426);
    let text = server.talk_text(&format!(
        "GET {PATH} HTTP/1.0\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n"
    ));
    assert!(text.starts_with("HTTP/1.0 501 "), "{text}");
    assert_eq!(server.put(PATH, "").0, 404, "only GET means it");
}

#[test]
fn a_stop_does_not_wait_for_clients() {
    let server = serve(|_| {}, |_| {});
    let mut client = Client::connect(&server, "x");
    let begin = Instant::now();
    server.server.stop(Duration::from_secs(30));
    assert!(begin.elapsed() < Duration::from_secs(10));
    assert!(client.is_ended());
}
