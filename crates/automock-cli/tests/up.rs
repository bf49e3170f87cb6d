//! `automock up`: a real file, the real binary, real requests.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]
#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use automock_testkit::{Emulator, S3Server, TestkitError, fresh_world};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

const PATIENCE: Duration = Duration::from_secs(20);

/// A running `automock up`.
struct Up {
    child: Child,
    url: String,
    curl: String,
    stdout: BufReader<ChildStdout>,
    stderr: Arc<Mutex<String>>,
}

#[expect(
    clippy::disallowed_methods,
    reason = "end-to-end tests start the binary as a person does"
)]
fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_automock"));
    command.env("NO_COLOR", "1");
    command
}

impl Up {
    fn start(source: &Path) -> Self {
        let mut command = program();
        command.args(["up", "--port", "0"]).arg(source);
        Self::running(&mut command)
    }

    fn running(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut words = child.stderr.take().unwrap();
        let stderr = Arc::new(Mutex::new(String::new()));
        let sink = Arc::clone(&stderr);
        thread::spawn(move || {
            let mut some = [0; 1024];
            while let Ok(count @ 1..) = words.read(&mut some) {
                let text = String::from_utf8_lossy(&some[..count]);
                sink.lock().unwrap().push_str(&text);
            }
        });
        let (mut first, mut second) = (String::new(), String::new());
        stdout.read_line(&mut first).unwrap();
        stdout.read_line(&mut second).unwrap();
        let url = first.split(' ').next().unwrap().to_owned();
        assert!(url.starts_with("http://127.0.0.1:"), "{first}");
        Self {
            child,
            url,
            curl: second.trim().to_owned(),
            stdout,
            stderr,
        }
    }

    fn get(&self, path: &str) -> (u16, String) {
        request("GET", &format!("{}{path}", self.url))
    }

    fn wait_until(&self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let started = Instant::now();
        while !is_so(self) {
            let words = self.stderr.lock().unwrap().clone();
            assert!(started.elapsed() < PATIENCE, "{what} never came:\n{words}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn says(&self, words: &str) {
        self.wait_until(words, |up| up.stderr.lock().unwrap().contains(words));
    }

    fn end(mut self) {
        let pid = Pid::from_raw(self.child.id().try_into().unwrap());
        kill(pid, Signal::SIGINT).unwrap();
        let status = self.child.wait().unwrap();
        assert!(status.success(), "{status}");
        let mut rest = String::new();
        self.stdout.read_to_string(&mut rest).unwrap();
        assert_eq!(rest, "", "only the result goes to standard output");
    }
}

fn request(method: &str, url: &str) -> (u16, String) {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .http_status_as_error(false)
        .proxy(None)
        .build()
        .into();
    let request = ureq::http::Request::builder().method(method).uri(url);
    let mut response = agent.run(request.body(()).unwrap()).unwrap();
    let body = response.body_mut().read_to_string().unwrap();
    (response.status().as_u16(), body)
}

#[test]
fn a_file_is_served_reloaded_and_its_misses_are_explained() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mock.json");
    let pet = |body: &str| {
        format!(r#"[{{"httpRequest": {{"path": "/pet"}}, "httpResponse": {{"body": "{body}"}}}}]"#)
    };
    fs::write(&file, pet("cat")).unwrap();
    let up = Up::start(&file);
    assert_eq!(up.curl, format!("curl -i {}/pet", up.url));
    assert_eq!(up.get("/pet"), (200, "cat".to_owned()));

    assert_eq!(up.get("/pets"), (404, String::new()));
    up.says("no expectation for GET /pets");

    fs::write(&file, pet("dog")).unwrap();
    up.wait_until("the dog", |up| up.get("/pet").1 == "dog");
    fs::write(&file, "[{").unwrap();
    up.says("the old expectations stay");
    assert_eq!(up.get("/pet"), (200, "dog".to_owned()));

    let (status, answer) = request("PUT", &format!("{}/mockserver/status", up.url));
    assert_eq!(status, 200, "{answer}");
    up.end();
}

#[test]
fn the_example_of_the_repository_answers() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/petstore");
    let up = Up::start(&example.join("expectations.json"));
    let url = up
        .curl
        .rsplit(' ')
        .next()
        .unwrap()
        .trim_matches('\'')
        .to_owned();
    let method = up
        .curl
        .split("-X ")
        .nth(1)
        .map_or("GET", |rest| rest.split(' ').next().unwrap());
    let (status, _) = request(method, &url);
    assert_ne!(status, 404, "{}", up.curl);
    up.end();
}

#[test]
fn what_cannot_be_served_is_told_before_anything_listens() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mock.json");
    fs::write(
        &file,
        r#"[{"httpRequest": {"pth": "/"}, "httpResponse": {}}]"#,
    )
    .unwrap();
    let output = program().arg("up").arg(&file).output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{words}");
    assert!(words.contains("[0].httpRequest"), "{words}");
    assert!(words.contains("path"), "{words}");

    let output = program()
        .arg("up")
        .arg(folder.path().join("absent"))
        .output();
    assert_eq!(output.unwrap().status.code(), Some(5));
}

/// An object of S3 and whoever changes it.
struct Bucket(Emulator);

impl Bucket {
    fn send(&self, method: &str, path: &str, body: &str) {
        let agent: ureq::Agent = ureq::Agent::config_builder().proxy(None).build().into();
        let request = ureq::http::Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.0.endpoint()))
            .header(
                "authorization",
                "AWS4-HMAC-SHA256 Credential=test/20250101/us-east-1/s3/aws4_request, \
                 SignedHeaders=host, Signature=0",
            );
        let mut answer = agent.run(request.body(body.to_owned()).unwrap()).unwrap();
        answer.body_mut().read_to_string().unwrap();
    }

    fn up(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command
            .args(["up", "--port", "0", "--poll", "1"])
            .args(arguments)
            .envs(self.0.env());
        command
    }
}

#[test]
fn an_object_of_s3_is_served_and_followed() {
    let bucket = Bucket(fresh_world());
    let pet = |body: &str| {
        format!(r#"[{{"httpRequest": {{"path": "/pet"}}, "httpResponse": {{"body": "{body}"}}}}]"#)
    };
    bucket.send("PUT", "/mocks", "");
    bucket.send("PUT", "/mocks/team/pets.json", &pet("cat"));
    let up = Up::running(&mut bucket.up(&["s3://mocks/team/pets.json"]));
    assert_eq!(up.get("/pet"), (200, "cat".to_owned()));

    bucket.send("PUT", "/mocks/team/pets.json", "[{");
    up.says("s3://mocks/team/pets.json: line 1, column 2");
    assert_eq!(up.get("/pet"), (200, "cat".to_owned()));
    bucket.send("PUT", "/mocks/team/pets.json", &pet("dog"));
    up.wait_until("the dog", |up| up.get("/pet").1 == "dog");

    bucket.send("DELETE", "/mocks/team/pets.json", "");
    up.says("NoSuchKey");
    thread::sleep(Duration::from_secs(3));
    let words = up.stderr.lock().unwrap().clone();
    assert_eq!(words.matches("NoSuchKey").count(), 1, "{words}");
    assert_eq!(up.get("/pet"), (200, "dog".to_owned()));
    up.end();
}

/// Storage that speaks only S3: no other service of AWS answers, and the signature counts.
#[test]
fn an_object_is_served_from_storage_that_speaks_only_s3() {
    let server = match S3Server::start() {
        Err(missing @ TestkitError::NoProgram { .. }) => {
            eprintln!("skipped: {missing}; `cargo xtask test` builds it where Go is installed");
            return;
        }
        started => started.unwrap(),
    };
    let mut up = program();
    up.args(["up", "--port", "0", "s3://mocks/pets.json"])
        .args(["--region", "us-east-1"])
        .env("AWS_ENDPOINT_URL_S3", server.url())
        .env("AWS_ACCESS_KEY_ID", S3Server::ACCESS_KEY);
    for variable in automock_testkit::REMOVED_VARIABLES {
        up.env_remove(variable);
    }
    let output = up.env("AWS_SECRET_ACCESS_KEY", "wrong").output().unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("SignatureDoesNotMatch"), "{words}");
    let output = up
        .env("AWS_SECRET_ACCESS_KEY", S3Server::SECRET_KEY)
        .output()
        .unwrap();
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(words.contains("NoSuchBucket"), "{words}");
}

/// The web is another mock.
#[test]
fn a_document_on_the_web_is_served_and_followed() {
    let folder = tempfile::tempdir().unwrap();
    let web = folder.path().join("web.json");
    let publish = |summary: &str| {
        let document = format!(
            "openapi: 3.0.0\ninfo: {{title: pets, version: '1'}}\npaths:\n  /pet:\n    get:\n      responses:\n        \
             '200':\n          description: {summary}\n          content:\n            text/plain:\n              \
             example: {summary}\n"
        );
        let answer = serde_json::json!([{
            "httpRequest": {"path": "/openapi.yaml"},
            "httpResponse": {"body": document}
        }]);
        fs::write(&web, answer.to_string()).unwrap();
    };
    publish("cat");
    let site = Up::start(&web);
    let url = format!("{}/openapi.yaml", site.url);
    let up = Up::running(program().args(["up", "--port", "0", "--poll", "1", &url]));
    assert_eq!(up.get("/pet"), (200, "cat".to_owned()));
    publish("dog");
    up.wait_until("the dog", |up| up.get("/pet").1 == "dog");
    site.end();
    up.says("Connection refused");
    assert_eq!(up.get("/pet"), (200, "dog".to_owned()));
    up.end();

    let missing = program()
        .args(["up", "--port", "0", "http://127.0.0.1:9/openapi.yaml"])
        .output()
        .unwrap();
    assert!(!missing.status.success());
    let words = String::from_utf8(missing.stderr).unwrap();
    assert!(words.contains("Connection refused"), "{words}");
}

#[test]
fn what_is_no_object_is_refused() {
    let bucket = Bucket(fresh_world());
    let told = |name: &str| {
        let output = bucket.up(&[name]).output().unwrap();
        assert!(!output.status.success(), "{name}");
        String::from_utf8(output.stderr).unwrap()
    };
    for name in ["s3://", "s3://mocks", "s3:///key"] {
        let words = told(name);
        assert!(
            words.contains("the address of an S3 object looks like s3://bucket/key"),
            "{words}"
        );
    }
    assert!(told("s3://none/pets.json").contains("NoSuchBucket"));
}
