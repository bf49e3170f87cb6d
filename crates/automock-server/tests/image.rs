//! The image of the engine in a container that may do as little as a container can: another user, a root
//! file system that nobody can write to, no capabilities.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

mod common;

use std::env;
use std::fs;
use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use common::{agent, tls_config};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_tungstenite::tungstenite::client::{IntoClientRequest, client};
use tokio_tungstenite::tungstenite::{Message, WebSocket};

const INSTALL: &str = "apt-get install -y podman runc";

/// Nobody in particular; the image names 65532.
const USER: &str = "1234:1234";

const DOCUMENT: &str = "
openapi: 3.0.3
paths:
  /pets/{id}:
    get:
      operationId: showPet
      parameters: [{name: id, in: path, required: true, schema: {type: integer}}]
      responses:
        200:
          description: one
          content: {application/json: {example: {name: Ada}}}
";

const EXPECTATIONS: &str = r#"[
    {"httpRequest": {"path": "/velocity"},
     "httpResponseTemplate": {"templateType": "VELOCITY",
        "template": "{\"statusCode\": 200, \"body\": \"$request.method of $request.path\"}"}},
    {"httpRequest": {"path": "/mustache"},
     "httpResponseTemplate": {"templateType": "MUSTACHE",
        "template": "{\"statusCode\": 200, \"body\": \"{{request.method}} of {{request.path}}\"}"}},
    {"httpRequest": {"path": "/callback"}, "httpResponseObjectCallback": {"clientId": "own"}}
]"#;

/// The image, if it was built and this machine can run it.
fn image() -> Option<PathBuf> {
    let built = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/image/automock-server");
    let image = env::var_os("AUTOMOCK_IMAGE").map_or(built, PathBuf::from);
    let is_there = |program: &str| {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).any(|folder| folder.join(program).is_file())
    };
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        eprintln!("skipped: only root may limit containers here");
    } else if !is_there("podman") || !is_there("runc") {
        eprintln!("skipped: podman and runc are not installed; `{INSTALL}` installs them");
    } else if !image.join("index.json").is_file() {
        eprintln!("skipped: there is no image; `cargo xtask image` builds it");
    } else {
        // podman takes no path with dots for the place of an image.
        return Some(fs::canonicalize(image).unwrap());
    }
    None
}

/// A running container, with a container store of its own. Both are gone when it is dropped.
struct Container {
    store: TempDir,
    run: Child,
    /// Kept open, because podman ends when nobody reads what it passes on.
    _output: Lines<BufReader<ChildStdout>>,
    address: SocketAddr,
}

impl Container {
    fn start(image: &Path, configuration: &Path) -> Self {
        let store = tempfile::tempdir().unwrap();
        let source = format!("oci:{}", image.display());
        let pulled = podman(store.path())
            .args(["pull", "--quiet", &source])
            .output();
        let pulled = String::from_utf8(pulled.unwrap().stdout).unwrap();
        let mut command = podman(store.path());
        command.args(["run", "--name", "mock", "--pull", "never"]);
        command.args(["--network", "host", "--no-hosts", "--user", USER]);
        command.args(["--read-only", "--read-only-tmpfs=false"]);
        command.args(["--cap-drop", "ALL"]);
        command.args(["--security-opt", "no-new-privileges"]);
        command.args(["--memory", "384m", "--memory-swap", "384m"]);
        command.args(["--ulimit", "nofile=1024:4096"]);
        command.args(["--ulimit", "nproc=4096:4096"]);
        let volume = format!("{}:/config:ro", configuration.display());
        command.args(["--volume", &volume]);
        for (name, value) in [
            ("AUTOMOCK_SOURCE", "/config/mocks"),
            ("AUTOMOCK_HOST", "127.0.0.1"),
            ("AUTOMOCK_PORT", "0"),
            ("AUTOMOCK_CONTROL_FROM", "127.0.0.1/32"),
            ("AUTOMOCK_TLS_CERT", "/config/cert.pem"),
            ("AUTOMOCK_TLS_KEY", "/config/key.pem"),
        ] {
            command.args(["--env", &format!("{name}={value}")]);
        }
        command.arg(pulled.trim()).stdout(Stdio::piped());
        let mut run = command.spawn().unwrap();
        let mut output = BufReader::new(run.stdout.take().unwrap()).lines();
        let serving = output
            .by_ref()
            .map_while(Result::ok)
            .filter_map(|line| serde_json::from_str::<Value>(&line).ok())
            .find(|line| line["event"] == "serving")
            .expect("it serves");
        let address = serving["address"].as_str().unwrap().parse().unwrap();
        Self {
            store,
            run,
            _output: output,
            address,
        }
    }

    fn get(&self, path: &str) -> (u16, String) {
        let url = format!("http://{}{path}", self.address);
        let mut response = agent().get(url).call().unwrap();
        let body = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), body)
    }

    fn get_over_tls(&self, ca: &str, path: &str) -> String {
        let config = Arc::new(tls_config(ca, &[]));
        let name = "mock.test".try_into().unwrap();
        let client = rustls::ClientConnection::new(config, name).unwrap();
        let stream = TcpStream::connect(self.address).unwrap();
        let mut stream = rustls::StreamOwned::new(client, stream);
        write!(
            stream,
            "GET {path} HTTP/1.1\r\nhost: mock.test\r\nconnection: close\r\n\r\n"
        )
        .unwrap();
        let mut found = String::new();
        stream.read_to_string(&mut found).unwrap();
        found
    }
}

impl Drop for Container {
    fn drop(&mut self) {
        let _ = podman(self.store.path())
            .args(["rm", "--force", "--time", "0", "mock"])
            .output();
        let _ = self.run.wait();
        // What a container's layers are mounted on is podman's to remove.
        let _ = podman(self.store.path())
            .args(["rmi", "--all", "--force"])
            .output();
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the test runs containers as an operator does"
)]
fn podman(store: &Path) -> Command {
    let mut command = Command::new("podman");
    for (name, folder) in [
        ("--root", "root"),
        ("--runroot", "run"),
        ("--tmpdir", "tmp"),
    ] {
        command.arg(name).arg(store.join(folder));
    }
    command.args(["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"]);
    command.args(["--runtime", "runc", "--events-backend", "file"]);
    // conmon leaves files where its caller is.
    command.current_dir(store).stdin(Stdio::null());
    command
}

/// What the container reads; the certificate is its own authority.
fn configure(folder: &Path) -> String {
    let key = rcgen::KeyPair::generate().unwrap();
    let names = vec!["mock.test".to_owned()];
    let certificate = rcgen::CertificateParams::new(names).unwrap();
    let certificate = certificate.self_signed(&key).unwrap().pem();
    fs::create_dir(folder.join("mocks")).unwrap();
    for (name, text) in [
        ("cert.pem", certificate.as_str()),
        ("key.pem", &key.serialize_pem()),
        ("mocks/pets.yaml", DOCUMENT),
        ("mocks/more.json", EXPECTATIONS),
    ] {
        fs::write(folder.join(name), text).unwrap();
    }
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    certificate
}

/// A client that answers one request.
fn answer_once(address: SocketAddr, status: u16) -> thread::JoinHandle<()> {
    let url = format!("ws://{address}/_mockserver_callback_websocket");
    let mut request = url.into_client_request().unwrap();
    let headers = request.headers_mut();
    headers.insert("x-client-registration-id", "own".parse().unwrap());
    let stream = TcpStream::connect(address).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let (mut socket, _) = client(request, stream).unwrap();
    let registered = value_of(&mut socket);
    assert_eq!(registered["clientId"], "own");
    thread::spawn(move || {
        let question = value_of(&mut socket);
        let correlation = &question["headers"]["WebSocketCorrelationId"];
        let answer =
            json!({"statusCode": status, "headers": {"WebSocketCorrelationId": correlation}});
        let message =
            json!({"type": "org.mockserver.model.HttpResponse", "value": answer.to_string()});
        socket.send(Message::text(message.to_string())).unwrap();
    })
}

fn value_of(socket: &mut WebSocket<TcpStream>) -> Value {
    let message = socket.read().unwrap().into_text().unwrap();
    let message: Value = serde_json::from_str(&message).unwrap();
    serde_json::from_str(message["value"].as_str().unwrap()).unwrap()
}

#[test]
fn tls_openapi_templates_and_callbacks_work_without_any_right() {
    let Some(image) = image() else { return };
    let folder = tempfile::tempdir().unwrap();
    let certificate = configure(folder.path());
    let container = Container::start(&image, folder.path());

    let (status, body) = container.get("/pets/7");
    assert_eq!((status, body.contains("Ada")), (200, true), "{body}");
    assert_eq!(container.get("/pets/x").0, 404);

    let expected = |path: &str| (200, format!("GET of {path}"));
    assert_eq!(container.get("/velocity"), expected("/velocity"));
    assert_eq!(container.get("/mustache"), expected("/mustache"));

    let secure = container.get_over_tls(&certificate, "/velocity");
    assert!(secure.starts_with("HTTP/1.1 200"), "{secure}");
    assert!(secure.ends_with("GET of /velocity"), "{secure}");

    let client = answer_once(container.address, 207);
    assert_eq!(container.get("/callback").0, 207);
    client.join().unwrap();
}
