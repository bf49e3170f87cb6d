//! The loader of a task, run for real: bash, an S3 object in the emulator, a mock over loopback.
#![expect(clippy::unwrap_used, reason = "a step that fails ends the test")]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use automock_model::{EngineKind, Expectations};
use automock_testkit::{Emulator, find_python, fresh_world};
use tempfile::TempDir;

const BUCKET: &str = "loader-test";
const KEY: &str = "expectations.json";
const TASK: &str = "0123456789abcdef0123456789abcdef";

#[test]
fn a_task_serves_what_lies_in_the_bucket_and_confirms_it() {
    let stage = Stage::set();
    let first = stage.upload("Ada");
    let mut loader = stage.start();
    stage.wait_for_confirmation(&first);
    assert!(stage.file().contains("Ada"));

    let second = stage.upload("Bran");
    assert_ne!(first, second);
    stage.wait_for_confirmation(&second);
    assert!(stage.file().contains("Bran"));

    stop(&mut loader);
}

/// The emulator, a stand-in for the AWS CLI, and a mock that serves the loader's file.
struct Stage {
    world: Emulator,
    folder: TempDir,
    port: u16,
}

impl Stage {
    fn set() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/aws_cli.py");
        let python = find_python().unwrap();
        let aws = folder.path().join("aws");
        let text = format!(
            "#!/bin/sh\nexec '{}' '{}' \"$@\"\n",
            python.display(),
            script.display()
        );
        fs::write(&aws, text).unwrap();
        make_executable(&aws);
        let port = serve(folder.path().join("mock.json"));
        let stage = Self {
            world: fresh_world(),
            folder,
            port,
        };
        assert!(stage.aws(&["create-bucket"]));
        stage
    }

    fn aws(&self, arguments: &[&str]) -> bool {
        let mut command = command(self.folder.path().join("aws"));
        self.world.prepare(&mut command);
        let (operation, rest) = arguments.split_first().unwrap();
        command
            .args(["s3api", operation, "--bucket", BUCKET])
            .args(rest);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command.status().unwrap().success()
    }

    /// Uploads expectations and returns their revision.
    fn upload(&self, name: &str) -> String {
        let text =
            format!(r#"[{{"httpRequest":{{"path":"/pet"}},"httpResponse":{{"body":"{name}"}}}}]"#);
        let expectations = Expectations::parse(&text).unwrap();
        let path = self.folder.path().join("upload.json");
        fs::write(&path, expectations.compose(EngineKind::MockServer)).unwrap();
        assert!(self.aws(&["put-object", "--key", KEY, "--body", path.to_str().unwrap()]));
        expectations.revision().to_string()
    }

    fn start(&self) -> Loader {
        let script = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../terraform/modules/ecs-service/files/loader.sh");
        let mut loader = command("bash");
        self.world.prepare(&mut loader);
        let path = std::env::var("PATH").unwrap();
        loader
            .arg(script)
            .env("PATH", format!("{}:{path}", self.folder.path().display()))
            .env("AUTOMOCK_BUCKET", BUCKET)
            .env("AUTOMOCK_KEY", KEY)
            .env("AUTOMOCK_FILE", self.folder.path().join("mock.json"))
            .env("AUTOMOCK_POLL_SECONDS", "1")
            .env("AUTOMOCK_MOCK_PORT", self.port.to_string())
            .env(
                "ECS_CONTAINER_METADATA_URI_V4",
                format!("http://127.0.0.1:{}/v4/x", self.port),
            )
            .stdout(Stdio::null());
        Loader(loader.spawn().unwrap())
    }

    fn wait_for_confirmation(&self, revision: &str) {
        let key = format!("acks/{revision}/{TASK}");
        let started = Instant::now();
        while !self.aws(&["head-object", "--key", &key]) {
            assert!(started.elapsed() < Duration::from_mins(1), "no {key}");
            thread::sleep(Duration::from_millis(300));
        }
    }

    fn file(&self) -> String {
        fs::read_to_string(self.folder.path().join("mock.json")).unwrap()
    }
}

/// A running loader, which ends with the test whatever becomes of it.
struct Loader(Child);

impl Drop for Loader {
    fn drop(&mut self) {
        // One that has ended already can't be killed, and need not be.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// ECS stops a container with SIGTERM, and kills it when it does not end.
fn stop(loader: &mut Loader) {
    let loader = &mut loader.0;
    let pid = loader.id().to_string();
    assert!(
        command("kill")
            .args(["-TERM", &pid])
            .status()
            .unwrap()
            .success()
    );
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(10) {
        if let Some(status) = loader.try_wait().unwrap() {
            assert!(status.success(), "{status}");
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("the loader did not stop");
}

/// A mock that answers readiness from the file, and the task's metadata.
fn serve(file: PathBuf) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for connection in listener.incoming().map_while(Result::ok) {
            // A client that went away is no reason to stop serving.
            let _ = answer(&connection, &file);
        }
    });
    port
}

fn answer(connection: &TcpStream, file: &Path) -> std::io::Result<()> {
    let mut request = String::new();
    let mut reader = BufReader::new(connection.try_clone()?);
    reader.read_line(&mut request)?;
    let mut header = String::new();
    while reader.read_line(&mut header)? > 2 {
        header.clear();
    }
    let text = fs::read_to_string(file).unwrap_or_default();
    let (head, body) = if request.contains("/task") {
        (
            String::new(),
            format!(r#"{{"TaskARN":"arn:aws:ecs:us-east-1:1:task/c/{TASK}"}}"#),
        )
    } else {
        let revision = text
            .rsplit("x-automock-revision")
            .next()
            .unwrap_or_default();
        let digits: String = revision
            .chars()
            .skip_while(|c| !c.is_ascii_hexdigit())
            .take_while(char::is_ascii_hexdigit)
            .collect();
        (
            format!("x-automock-revision: {digits}\r\n"),
            "{}".to_owned(),
        )
    };
    let mut sink = connection;
    write!(
        sink,
        "HTTP/1.1 200 OK\r\n{head}content-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    )
}

fn make_executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[expect(
    clippy::disallowed_methods,
    reason = "the loader is a program of its own"
)]
fn command(program: impl AsRef<std::ffi::OsStr>) -> Command {
    Command::new(program)
}
