//! Requests that nothing expects and that are for other servers, and preflight requests.

mod common;

use common::{Running, agent, serve, serving};

fn proxying(allowed: &str) -> Running {
    serve(|options| options.forward.hosts = vec![allowed.to_owned()])
}

fn upstream() -> Running {
    serving(
        r#"{"httpRequest":{"path":"/up"},"httpResponse":{"headers":{"x-up":["1"]},"body":"from there"}}"#,
    )
}

fn get(target: &str, host: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n")
}

#[test]
fn a_host_header_or_an_absolute_target_names_another_server() {
    let upstream = upstream();
    let there = upstream.address;
    let server = proxying("127.0.0.1");
    let text = server.talk_text(&get("/up?q=1", &there.to_string()));
    assert!(
        text.contains("x-up: 1\r\n") && text.ends_with("from there"),
        "{text}"
    );
    let text = server.talk_text(&get(&format!("http://{there}/up"), "ignored.test"));
    assert!(text.ends_with("from there"), "{text}");
    let (_, recorded) = server.put("/mockserver/retrieve?type=RECORDED_EXPECTATIONS", "");
    assert_eq!(recorded.matches("\"x-up\"").count(), 2, "{recorded}");
    let (_, seen) = upstream.put("/mockserver/retrieve", "");
    assert_eq!(seen.matches("x-forwarded-by").count(), 2, "{seen}");
}

#[test]
fn an_expectation_comes_first() {
    let upstream = upstream();
    let server = proxying("*");
    server.create(r#"{"httpRequest":{"path":"/up"},"httpResponse":{"body":"from here"}}"#);
    let text = server.talk_text(&get("/up", &upstream.address.to_string()));
    assert!(text.ends_with("from here"), "{text}");
    assert_eq!(upstream.engine.journal().records().len(), 0);
}

#[test]
fn nobody_is_asked_who_is_not_allowed() {
    let upstream = upstream();
    let servers = [
        serve(|_| {}),
        proxying("other.test"),
        serve(|options| {
            options.forward.hosts = vec!["*".to_owned()];
            options.forward.proxy = false;
        }),
    ];
    for server in servers {
        let text = server.talk_text(&get("/up", &upstream.address.to_string()));
        assert!(text.starts_with("HTTP/1.1 404 "), "{text}");
    }
    assert_eq!(upstream.engine.journal().records().len(), 0);
}

#[test]
fn a_server_does_not_ask_itself() {
    let server = proxying("*");
    let port = server.address.port();
    for host in [format!("127.0.0.1:{port}"), format!("localhost:{port}")] {
        let text = server.talk_text(&get("/none", &host));
        assert!(text.starts_with("HTTP/1.1 404 "), "{text}");
    }
    assert_eq!(server.engine.journal().records().len(), 2);
}

#[test]
fn a_circle_of_servers_is_broken() {
    let (one, two) = (proxying("*"), proxying("*"));
    one.create(&forward_to(&two));
    two.create(&forward_to(&one));
    let (status, text) = one.get("/round");
    assert!(status == 502 && text.contains("circle"), "{text}");
    assert_eq!(one.engine.journal().records().len(), 2);
    assert_eq!(two.engine.journal().records().len(), 1);
}

fn forward_to(other: &Running) -> String {
    let port = other.address.port();
    format!(r#"{{"httpForward":{{"host":"127.0.0.1","port":{port}}}}}"#)
}

#[test]
fn a_server_that_is_not_there_is_502_with_the_reason() {
    let server = proxying("127.0.0.1:1");
    let text = server.talk_text(&get("/", "127.0.0.1:1"));
    assert!(text.starts_with("HTTP/1.1 502 "), "{text}");
}

fn preflight(path: &str) -> String {
    format!(
        "OPTIONS {path} HTTP/1.1\r\nhost: a\r\norigin: http://page.test\r\n\
         access-control-request-method: PUT\r\naccess-control-request-headers: x-own\r\n\
         connection: close\r\n\r\n"
    )
}

#[test]
fn a_preflight_request_that_nothing_expects_is_allowed() {
    let server = serve(|_| {});
    let text = server.talk_text(&preflight("/data"));
    assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
    assert!(
        text.contains("access-control-allow-origin: *\r\n"),
        "{text}"
    );
    assert!(text.contains("PUT, PATCH"), "{text}");
    assert!(text.contains(", x-own\r\n"), "{text}");
    assert!(text.contains("access-control-max-age: 300\r\n"), "{text}");
    let text = server.talk_text("OPTIONS / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    assert!(text.starts_with("HTTP/1.1 404 "), "{text}");
    server.create(r#"{"httpRequest":{"method":"OPTIONS"},"httpResponse":{"statusCode":204}}"#);
    let text = server.talk_text(&preflight("/data"));
    assert!(text.starts_with("HTTP/1.1 204 "), "{text}");
    assert!(!text.contains("access-control"), "{text}");
}

#[test]
fn pages_use_the_control_api_only_where_they_may() {
    let closed = serve(|_| {});
    let text = closed.talk_text(&preflight("/mockserver/expectation"));
    assert!(text.starts_with("HTTP/1.1 404 "), "{text}");
    let open = serve(|options| options.cors.api = true);
    let text = open.talk_text(&preflight("/mockserver/expectation"));
    assert!(text.starts_with("HTTP/1.1 200 "), "{text}");
    let response = agent()
        .put(open.url("/mockserver/status"))
        .header("origin", "http://page.test")
        .send("")
        .unwrap();
    assert_eq!(response.headers()["access-control-allow-origin"], "*");
    let response = agent().get(open.url("/data")).call().unwrap();
    assert!(
        !response
            .headers()
            .contains_key("access-control-allow-origin")
    );
}

#[test]
fn all_responses_may_be_read_where_that_is_allowed() {
    let server = serve(|options| {
        options.cors.all = true;
        options.cors.credentials = true;
    });
    server.create(
        r#"{"httpRequest":{"path":"/own"},
            "httpResponse":{"headers":{"access-control-allow-origin":["https://own.test"]}}}"#,
    );
    let ask = |path: &str| {
        agent()
            .get(server.url(path))
            .header("origin", "http://page.test")
            .call()
            .unwrap()
    };
    let response = ask("/none");
    assert_eq!(response.status(), 404);
    let headers = response.headers();
    assert_eq!(headers["access-control-allow-origin"], "http://page.test");
    assert_eq!(headers["access-control-allow-credentials"], "true");
    let response = ask("/own");
    let origins = response.headers().get_all("access-control-allow-origin");
    assert_eq!(origins.iter().collect::<Vec<_>>(), ["https://own.test"]);
}
