//! What clients retrieve, in each format.

mod common;

use automock_server::node::Node;
use common::{Running, agent, serve, serving};

fn served() -> Running {
    let server = serving(
        r#"[{"id":"one","httpRequest":{"path":"/a","headers":{"!x":[".*"]}},
             "httpResponse":{"statusCode":201,"body":{"ok":[1,2]}}},
            {"httpRequest":{"path":"/broken"},"httpError":{"dropConnection":true}}]"#,
    );
    let mut response = agent()
        .post(server.url("/a?q=1"))
        .send("hi \"there\"")
        .expect("the server answers");
    assert_eq!(
        response.body_mut().read_to_string().expect("a text"),
        "{\n  \"ok\" : [ 1, 2 ]\n}"
    );
    assert_eq!(server.get("/none").0, 404);
    server
}

fn retrieve(server: &Running, kind: &str, format: &str) -> String {
    let (status, text) = server.put(
        &format!("/mockserver/retrieve?type={kind}&format={format}"),
        "",
    );
    assert_eq!(status, 200, "{text}");
    text
}

fn items(text: &str) -> Vec<Node> {
    let node = Node::parse(text).expect("the server sends JSON");
    node.as_array().expect("an array").to_vec()
}

fn word<'n>(node: &'n Node, name: &str) -> &'n str {
    node.get(name).and_then(Node::as_str).expect("a string")
}

#[test]
fn json_is_laid_out_as_mockserver_does() {
    let server = served();
    let text = retrieve(&server, "ACTIVE_EXPECTATIONS", "JSON");
    assert!(
        text.starts_with("[ {\n  \"id\" : \"one\",\n  \"priority\" : 0,"),
        "{text}"
    );
    assert!(text.contains("\"!x\" : [ \".*\" ]"), "{text}");
    assert!(text.ends_with("\n} ]"), "{text}");
    let empty = serve(|_| {});
    assert_eq!(retrieve(&empty, "REQUESTS", "json"), "[]");
    assert_eq!(retrieve(&empty, "requests", "Log_Entries"), "[]");
    let (_, text) = server.put("/mockserver/verify", r#"{"httpRequest":{"path":"/other"}}"#);
    assert!(
        text.contains("expected:<{\n  \"path\" : \"/other\"\n}> but was:<[ {"),
        "{text}"
    );
}

#[test]
fn java_is_retrieved_where_there_is_any() {
    let server = served();
    let text = retrieve(&server, "REQUESTS", "JAVA");
    assert_eq!(text.matches("request()\n").count(), 2, "{text}");
    assert!(text.contains(".withMethod(\"POST\")\n"), "{text}");
    assert!(text.contains("new Parameter(\"q\", \"1\")"), "{text}");
    assert!(
        text.contains(r#"StringBody("hi \"there\"""#) || text.contains(r#""hi \"there\"""#),
        "{text}"
    );
    assert_eq!(text.matches(";\n").count(), 2, "{text}");
    let text = retrieve(&server, "ACTIVE_EXPECTATIONS", "JAVA");
    assert!(
        text.contains("new Header(not(\"x\"), string(\".*\"))"),
        "{text}"
    );
    assert!(text.contains(".error(\n        error()\n"), "{text}");
    let text = retrieve(&server, "REQUEST_RESPONSES", "JAVA");
    assert_eq!(text, "JAVA not supported for REQUEST_RESPONSES");
    let text = retrieve(&server, "ACTIVE_EXPECTATIONS", "LOG_ENTRIES");
    assert_eq!(text, "LOG_ENTRIES not supported for ACTIVE_EXPECTATIONS");
    let (status, text) = server.put("/mockserver/retrieve?format=xml", "");
    assert!(
        status == 400 && text.contains("[java, json, log_entries]"),
        "{text}"
    );
}

#[test]
fn log_entries_tell_what_came_and_what_went() {
    let server = served();
    let came = items(&retrieve(&server, "REQUESTS", "LOG_ENTRIES"));
    assert_eq!(came.len(), 2);
    assert_eq!(word(&came[0], "type"), "RECEIVED_REQUEST");
    assert_eq!(word(&came[0], "logLevel"), "INFO");
    assert_eq!(word(came[0].get("httpRequest").unwrap(), "path"), "/a");
    let went = items(&retrieve(&server, "REQUEST_RESPONSES", "LOG_ENTRIES"));
    let kinds: Vec<_> = went.iter().map(|entry| word(entry, "type")).collect();
    assert_eq!(kinds, ["EXPECTATION_RESPONSE", "NO_MATCH_RESPONSE"]);
    let status = |at: usize| went[at].get("httpResponse")?.get("statusCode")?.as_i64();
    assert_eq!((status(0), status(1)), (Some(201), Some(404)));
    let message = went[0].get("message").unwrap().as_array().unwrap();
    assert_eq!(message[0].as_str(), Some("returning response:"));
    let text = retrieve(&server, "RECORDED_EXPECTATIONS", "LOG_ENTRIES");
    assert_eq!(text, "[]", "nothing was forwarded");
    let log = retrieve(&server, "LOGS", "JAVA");
    assert!(log.contains("returning response:"), "{log}");
}

#[test]
fn what_was_forwarded_is_replayed_byte_for_byte() {
    let upstream = serving(
        r#"{"httpResponse":{"headers":{"content-type":["application/json"]},
            "body":"{\"compact\":[1,2.50]}"}}"#,
    );
    let server = serve(|options| options.forward.hosts = vec!["127.0.0.1".to_owned()]);
    let port = upstream.address.port();
    server.create(&format!(
        r#"{{"httpForward":{{"host":"127.0.0.1","port":{port}}}}}"#
    ));
    let answer = server.get("/data");
    let entries = items(&retrieve(&server, "RECORDED_EXPECTATIONS", "LOG_ENTRIES"));
    assert_eq!(word(&entries[0], "type"), "FORWARDED_REQUEST");
    assert!(
        entries[0]
            .get("expectation")
            .unwrap()
            .get("httpResponse")
            .is_some()
    );
    let java = retrieve(&server, "RECORDED_EXPECTATIONS", "JAVA");
    assert!(
        java.contains(r#".withBody("{\"compact\":[1,2.50]}", "#),
        "{java}"
    );
    assert!(java.contains("Times.once()"), "{java}");
    let recorded = retrieve(&server, "RECORDED_EXPECTATIONS", "JSON");
    let replaying = serving(&recorded);
    // The recorded request has the client's headers, and its host is another now.
    let (_, text) = replaying.put("/mockserver/retrieve?type=active_expectations", "");
    assert!(text.contains("rawBytes"), "{text}");
    let host = server.address.to_string();
    let mut response = agent()
        .get(replaying.url("/data"))
        .header("host", host)
        .call()
        .unwrap();
    assert_eq!(response.body_mut().read_to_string().unwrap(), answer.1);
}
