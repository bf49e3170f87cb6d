//! What the program is told by its environment.

use std::fs;
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use super::program::{Program, connect};

const PET: &str = r#"[{"httpRequest":{"path":"/pet"},"httpResponse":{"body":"cat"}}]"#;

/// What a server answers on a connection that it closes.
fn talk(mut stream: impl std::io::Read + std::io::Write, text: &str) -> String {
    stream.write_all(text.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn get(path: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
}

#[test]
fn it_serves_without_a_source_what_clients_create() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.json");
    fs::write(&empty, "[]").unwrap();
    for source in [Path::new(""), &empty] {
        let program = Program::start(source, &[("AUTOMOCK_CONTROL_FROM", "127.0.0.0/8")]);
        let ready = program.ask("/__automock/ready");
        assert!(ready.starts_with("HTTP/1.1 200"), "{ready}");
        assert!(ready.contains("x-automock-revision: "), "{ready}");
        assert!(program.ask("/pet").starts_with("HTTP/1.1 404"));
        let put = format!(
            "PUT /mockserver/expectation HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             content-length: {}\r\n\r\n{PET}",
            PET.len()
        );
        let created = talk(program.connect(), &put);
        assert!(created.starts_with("HTTP/1.1 201"), "{created}");
        assert!(program.ask("/pet").ends_with("cat"));
    }
}

fn tls(
    address: SocketAddr,
    authority: &Path,
) -> rustls::StreamOwned<rustls::ClientConnection, TcpStream> {
    let mut roots = rustls::RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(authority).unwrap())
        .unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ClientConfig::builder_with_provider(provider);
    let builder = builder.with_safe_default_protocol_versions().unwrap();
    let config = builder.with_root_certificates(roots).with_no_client_auth();
    let name = "mock.test".try_into().unwrap();
    let client = rustls::ClientConnection::new(Arc::new(config), name).unwrap();
    rustls::StreamOwned::new(client, connect(address).unwrap())
}

#[test]
fn it_takes_tls_and_trusts_a_named_authority() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mock.json");
    let authority = folder.path().join("ca.pem");
    fs::write(&file, PET).unwrap();
    let variables = [
        ("AUTOMOCK_TLS", "true"),
        ("AUTOMOCK_TLS_NAME", "mock.test,other.test"),
        ("AUTOMOCK_TLS_CA_OUT", authority.to_str().unwrap()),
    ];
    let secure = Program::start(&file, &variables);
    assert!(talk(tls(secure.address, &authority), &get("/pet")).ends_with("cat"));
    assert!(
        secure.ask("/pet").ends_with("cat"),
        "the same port takes both"
    );

    let forward = folder.path().join("forward.json");
    let port = secure.address.port();
    let expectation =
        format!(r#"[{{"httpForward":{{"host":"127.0.0.1","port":{port},"scheme":"HTTPS"}}}}]"#);
    fs::write(&forward, expectation).unwrap();
    let allowed = ("AUTOMOCK_FORWARD_TO", "127.0.0.1");
    // As in the image, which has no authorities.
    let none = [
        ("SSL_CERT_FILE", "/nonexistent"),
        ("SSL_CERT_DIR", "/nonexistent"),
    ];
    let named = ("AUTOMOCK_FORWARD_CA", authority.to_str().unwrap());
    let program = Program::start(&forward, &[allowed, none[0], none[1], named]);
    let answer = program.ask("/pet");
    assert!(answer.ends_with("cat"), "{answer}");
    let bundle = [("SSL_CERT_FILE", authority.to_str().unwrap()), none[1]];
    let program = Program::start(&forward, &[allowed, bundle[0], bundle[1]]);
    assert!(program.ask("/pet").ends_with("cat"));
    let program = Program::start(&forward, &[allowed, none[0], none[1]]);
    let answer = program.ask("/pet");
    assert!(answer.starts_with("HTTP/1.1 502"), "{answer}");
    for word in ["--forward-ca", "AUTOMOCK_FORWARD_CA", "SSL_CERT_FILE"] {
        assert!(answer.contains(word), "{word}: {answer}");
    }
}
