//! Single requests: what the load balancer lets through, and what its rules promise to refuse.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::{Value, json};

use crate::error::Error;

const PATIENCE: Duration = Duration::from_secs(10);

/// Control paths without their prefix, on which `MockServer` takes PUT.
const CONTROL_PATHS: [&str; 16] = [
    "/expectation",
    "/openapi",
    "/clear",
    "/reset",
    "/retrieve",
    "/verify",
    "/verifySequence",
    "/status",
    "/bind",
    "/stop",
    "/crud",
    "/crud/pets",
    "/files/a",
    "/debugMismatch",
    "/configuration",
    "/grpc/a",
];

/// Paths that nobody may ask for, whatever the method.
const CONTROL_PREFIXES: [&str; 3] = [
    "/mockserver/expectation",
    "/mockserver/dashboard",
    "/_mockserver_callback_websocket",
];

/// Tries everything that the listener's rules promise to refuse.
pub(super) fn all_refused(address: SocketAddr) -> Result<Value, Error> {
    let mut refused = 0;
    for path in CONTROL_PREFIXES {
        for method in ["GET", "PUT", "POST"] {
            refused += expect(address, method, path, 403)?;
        }
    }
    for path in CONTROL_PATHS {
        refused += expect(address, "PUT", path, 403)?;
    }
    // A whole URL as the target, of which MockServer would strip scheme and host.
    let url = "http://other.example/mockserver/status";
    refused += expect(address, "GET", url, 403)?;
    Ok(json!({"refused_by_rules": refused}))
}

/// One request with one expected status.
pub(super) fn expect(
    address: SocketAddr,
    method: &str,
    target: &str,
    status: u16,
) -> Result<u64, Error> {
    let answer = ask(address, method, target)
        .map_err(|error| Error::Rehearsal(format!("{method} {target}: {error}")))?;
    let found = answer.split(' ').nth(1).unwrap_or_default();
    if found == status.to_string() {
        return Ok(1);
    }
    Err(Error::Rehearsal(format!(
        "{method} {target} was answered with {found:?}, and {status} was expected"
    )))
}

fn ask(address: SocketAddr, method: &str, target: &str) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    // A target that is a whole URL and another host are refused by any proxy.
    let whole = target.strip_prefix("http://");
    let host = whole.and_then(|rest| rest.split('/').next());
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nhost: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        host.unwrap_or("mock")
    )?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    Ok(answer)
}
