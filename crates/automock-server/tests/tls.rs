//! TLS on the port of plain HTTP.

mod common;

use std::io::{Read, Write};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use automock_server::http::{ForwardOptions, Identity, Server, ServerOptions};
use bytes::Bytes;
use common::{read_all, serve, serve_tls, serving, tls_config};
use http_body_util::{BodyExt, Full};
use hyper_util::rt::{TokioExecutor, TokioIo};

const SECURE: &str = r#"[{"httpRequest":{"path":"/s","secure":true},"httpResponse":{"body":"over TLS"}},
    {"httpRequest":{"path":"/s","secure":false},"httpResponse":{"body":"plain"}}]"#;

const GET: &str = "GET /s HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

#[test]
fn one_port_takes_tls_and_plain_http() {
    let (server, ca) = serve_tls(|_| {});
    server.create(SECURE);
    assert_eq!(server.get("/s").1, "plain");
    for host in ["localhost", "127.0.0.1", "mock.test"] {
        let text = server.talk_tls(&ca, host, GET).unwrap();
        assert!(text.starts_with("HTTP/1.1 200 OK\r\n"), "{text}");
        assert!(text.ends_with("over TLS"), "{text}");
    }
    let (_, requests) = server.put("/mockserver/retrieve?format=json", r#"{"secure":true}"#);
    assert_eq!(requests.matches("\"/s\"").count(), 3, "{requests}");
}

#[test]
fn another_name_or_another_authority_is_not_trusted() {
    let (server, ca) = serve_tls(|_| {});
    assert!(server.talk_tls(&ca, "other.test", GET).is_err());
    let other = Identity::generate(&[]).unwrap();
    let error = server.talk_tls(other.ca_pem().unwrap(), "localhost", GET);
    assert!(error.unwrap_err().to_string().contains("certificate"));
}

#[test]
fn without_a_certificate_tls_is_not_spoken() {
    let server = serve(|_| {});
    let ca = Identity::generate(&[]).unwrap();
    assert!(
        server
            .talk_tls(ca.ca_pem().unwrap(), "localhost", GET)
            .is_err()
    );
    assert_eq!(server.get("/").0, 404);
}

#[test]
fn a_certificate_is_read_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let key = rcgen::KeyPair::generate().unwrap();
    let params = rcgen::CertificateParams::new(vec!["own.test".to_owned()]).unwrap();
    let certificate = params.self_signed(&key).unwrap();
    std::fs::write(path("cert.pem"), certificate.pem()).unwrap();
    std::fs::write(path("key.pem"), key.serialize_pem()).unwrap();
    let identity = Identity::from_pem_files(&path("cert.pem"), &path("key.pem")).unwrap();
    assert!(identity.ca_pem().is_none());
    let server = serve(|options| options.tls = Some(identity));
    server.create(SECURE);
    let text = server
        .talk_tls(&certificate.pem(), "own.test", GET)
        .unwrap();
    assert!(text.ends_with("over TLS"), "{text}");
}

#[test]
fn http2_is_spoken_over_tls() {
    let (server, ca) = serve_tls(|_| {});
    server.create(
        r#"{"httpRequest":{"path":"/h2","secure":true,"protocol":"HTTP_2"},"httpResponse":{"body":"two"}}"#,
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let connector = tokio_rustls::TlsConnector::from(Arc::new(tls_config(&ca, &["h2"])));
        let stream = tokio::net::TcpStream::connect(server.address)
            .await
            .unwrap();
        let name = "localhost".try_into().unwrap();
        let stream = connector.connect(name, stream).await.unwrap();
        assert_eq!(stream.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
        let io = TokioIo::new(stream);
        let shake_hands = hyper::client::conn::http2::handshake(TokioExecutor::new(), io);
        let (mut sender, connection) = shake_hands.await.unwrap();
        tokio::spawn(connection);
        let asked = (0..20).map(|_| {
            let request = http::Request::get("https://localhost/h2").body(Full::<Bytes>::default());
            sender.send_request(request.unwrap())
        });
        for response in asked.collect::<Vec<_>>() {
            let response = response.await.unwrap();
            assert_eq!(response.status(), 200);
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(body, "two");
        }
    });
}

#[test]
fn slow_handshakes_are_ended_and_hold_nobody_up() {
    let limit = Duration::from_millis(1500);
    let (server, ca) = serve_tls(|options| options.limits.handshake_timeout = limit);
    server.create(SECURE);
    // The head of a record, and then nothing.
    let mut slow: Vec<_> = (0..50).map(|_| server.connect()).collect();
    for stream in &mut slow {
        stream.write_all(&[0x16, 3, 1, 2, 0]).unwrap();
    }
    let start = Instant::now();
    let text = server.talk_tls(&ca, "localhost", GET).unwrap();
    assert!(text.ends_with("over TLS"), "{text}");
    assert!(start.elapsed() < limit, "{:?}", start.elapsed());
    for stream in &mut slow {
        read_all(stream);
    }
    let took = start.elapsed();
    assert!(
        took >= limit / 2 && took < Duration::from_secs(10),
        "{took:?}"
    );
}

#[test]
fn a_handshake_in_single_bytes_gets_no_more_time() {
    let (server, _) = serve_tls(|options| {
        options.limits.handshake_timeout = Duration::from_millis(300);
    });
    let mut stream = server.connect();
    let start = Instant::now();
    stream.write_all(&[0x16, 3, 1, 2, 0, 1, 0]).unwrap();
    let ended = loop {
        thread::sleep(Duration::from_millis(50));
        if stream.write_all(&[0]).is_err() {
            break true;
        }
        if start.elapsed() > Duration::from_secs(5) {
            break false;
        }
    };
    assert!(ended);
}

#[test]
fn more_handshakes_than_allowed_are_closed_at_once() {
    let (server, _) = serve_tls(|options| options.limits.handshakes = 2);
    let mut streams: Vec<_> = (0..3).map(|_| server.connect()).collect();
    for stream in &mut streams {
        stream.write_all(&[0x16, 3, 1, 2, 0]).unwrap();
        thread::sleep(Duration::from_millis(100));
    }
    let start = Instant::now();
    read_all(&mut streams[2]);
    assert!(start.elapsed() < Duration::from_secs(2));
    let timeout = Some(Duration::from_millis(100));
    streams[0].set_read_timeout(timeout).unwrap();
    assert!(streams[0].read(&mut [0; 1]).is_err(), "the first still may");
}

#[test]
fn a_connection_may_rest_after_its_handshake() {
    let (server, ca) = serve_tls(|options| {
        options.limits.header_timeout = Duration::from_millis(300);
    });
    server.create(SECURE);
    let config = Arc::new(tls_config(&ca, &[]));
    let client = rustls::ClientConnection::new(config, "localhost".try_into().unwrap());
    let mut stream = rustls::StreamOwned::new(client.unwrap(), server.connect());
    stream.flush().unwrap();
    thread::sleep(Duration::from_millis(1200));
    stream.write_all(GET.as_bytes()).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert!(text.ends_with("over TLS"), "{text}");
}

#[test]
fn a_stop_does_not_wait_for_handshakes() {
    let (server, _) = serve_tls(|_| {});
    let mut stream = server.connect();
    stream.write_all(&[0x16, 3, 1]).unwrap();
    thread::sleep(Duration::from_millis(100));
    let start = Instant::now();
    server.server.stop(Duration::from_secs(5));
    assert!(start.elapsed() < Duration::from_secs(3));
}

fn trusting(ca: &str, folder: &tempfile::TempDir) -> ForwardOptions {
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, ca).expect("a new folder takes a file");
    ForwardOptions {
        hosts: vec!["localhost".to_owned()],
        ca_file: Some(path),
        ..ForwardOptions::default()
    }
}

#[test]
fn requests_are_forwarded_over_tls() {
    let (upstream, ca) = serve_tls(|_| {});
    upstream.create(SECURE);
    let folder = tempfile::tempdir().unwrap();
    let server = serve(|options| options.forward = trusting(&ca, &folder));
    let port = upstream.address.port();
    server.create(&format!(
        r#"[{{"httpRequest":{{"path":"/s"}},
              "httpForward":{{"host":"localhost","port":{port},"scheme":"HTTPS"}}}},
            {{"httpRequest":{{"path":"/o"}},"httpOverrideForwardedRequest":{{"requestOverride":{{
              "path":"/s","secure":true,"headers":{{"Host":["localhost:{port}"]}}}}}}}},
            {{"httpRequest":{{"path":"/a"}},"httpOverrideForwardedRequest":{{"requestOverride":{{
              "path":"/s","secure":true,"socketAddress":{{"host":"localhost","port":{port}}}}}}}}}]"#
    ));
    for path in ["/s", "/o", "/a"] {
        assert_eq!(server.get(path), (200, "over TLS".to_owned()), "{path}");
    }
}

#[test]
fn who_is_not_trusted_is_not_asked() {
    let (upstream, _) = serve_tls(|_| {});
    upstream.create(SECURE);
    let other = Identity::generate(&[]).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let server = serve(|options| options.forward = trusting(other.ca_pem().unwrap(), &folder));
    let port = upstream.address.port();
    server.create(&format!(
        r#"{{"httpForward":{{"host":"localhost","port":{port},"scheme":"HTTPS"}}}}"#
    ));
    let (status, text) = server.get("/s");
    assert!(status == 502 && text.contains("certificate"), "{text}");
    assert_eq!(upstream.engine.journal().records().len(), 0);
}

#[test]
fn an_authority_that_cannot_be_read_fails_the_start() {
    let mut options = ServerOptions::default();
    options.forward.ca_file = Some("/none/ca.pem".into());
    let error = Server::start(Arc::default(), options).unwrap_err();
    assert!(error.to_string().contains("/none/ca.pem"), "{error}");
}

#[test]
fn plain_upstreams_are_still_asked_plainly() {
    let upstream = serving(SECURE);
    let (server, ca) = serve_tls(|options| {
        options.forward.hosts = vec!["127.0.0.1".to_owned()];
    });
    let port = upstream.address.port();
    server.create(&format!(
        r#"{{"httpForward":{{"host":"127.0.0.1","port":{port}}}}}"#
    ));
    let text = server.talk_tls(&ca, "localhost", GET).unwrap();
    assert!(text.ends_with("plain"), "{text}");
}
