//! The program, and the endpoint of its task.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use automock_testkit::{REMOVED_VARIABLES, S3Server};
use serde_json::{Value, json};

use crate::store::Store;
use crate::{BUCKET, OBJECT, wait_until};

pub(crate) struct Program {
    child: Child,
    log: Arc<Mutex<Vec<Value>>>,
}

impl Program {
    /// With credentials and a name in variables.
    pub(crate) fn start(url: &str) -> Self {
        Self::with_secret(url, S3Server::SECRET_KEY)
    }

    pub(crate) fn with_secret(url: &str, secret: &str) -> Self {
        Self::run(url, |command| {
            command
                .env("AWS_ACCESS_KEY_ID", S3Server::ACCESS_KEY)
                .env("AWS_SECRET_ACCESS_KEY", secret)
                .env("AUTOMOCK_TASK_ID", "task-1");
        })
    }

    /// As in a task of ECS: all of it from the task's endpoint.
    pub(crate) fn in_a_task(store: &Store, endpoint: &TaskEndpoint) -> Self {
        Self::run(&store.url(), |command| {
            let of = |path: &str| format!("http://{}{path}", endpoint.address);
            command
                .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", of("/credentials"))
                .env("ECS_CONTAINER_METADATA_URI_V4", of("/v4/1"));
        })
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the test starts the program as a container does"
    )]
    fn run(url: &str, prepare: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_automock-server"));
        for variable in REMOVED_VARIABLES {
            command.env_remove(variable);
        }
        command
            .env("AUTOMOCK_SOURCE", format!("s3://{BUCKET}/{OBJECT}"))
            .env("AUTOMOCK_CONFIRM", format!("s3://{BUCKET}/acks"))
            .env("AUTOMOCK_POLL_SECONDS", "1")
            .env("AUTOMOCK_HOST", "127.0.0.1")
            .env("AUTOMOCK_PORT", "0")
            .env("AWS_ENDPOINT_URL_S3", url)
            .env("AWS_REGION", "us-east-1")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .stdout(Stdio::piped());
        prepare(&mut command);
        let mut child = command.spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let log = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&log);
        thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                sink.lock()
                    .unwrap()
                    .push(serde_json::from_str(&line).unwrap());
            }
        });
        let program = Self { child, log };
        program.waits_for("serving");
        program
    }

    /// The first line of an event, in full.
    pub(crate) fn waits_for(&self, event: &str) -> String {
        wait_until(event, || self.line(event).is_some());
        self.line(event).unwrap().to_string()
    }

    fn line(&self, event: &str) -> Option<Value> {
        let log = self.log.lock().unwrap();
        log.iter().find(|line| line["event"] == event).cloned()
    }

    fn url(&self) -> String {
        let line = self.line("serving").unwrap();
        format!("http://{}", line["address"].as_str().unwrap())
    }

    fn ask(&self, path: &str) -> ureq::http::Response<ureq::Body> {
        let agent: ureq::Agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .build()
            .into();
        agent.get(format!("{}{path}", self.url())).call().unwrap()
    }

    pub(crate) fn get(&self, path: &str) -> (u16, String) {
        let mut response = self.ask(path);
        let body = response.body_mut().read_to_string().unwrap();
        (response.status().as_u16(), body)
    }

    /// The revision for which it is ready.
    pub(crate) fn ready(&self) -> Option<String> {
        let response = self.ask("/__automock/ready");
        let revision = response.headers().get("x-automock-revision")?;
        assert_eq!(response.status(), 200);
        Some(revision.to_str().unwrap().to_owned())
    }
}

/// A failed test must not leave a server behind.
impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// What ECS gives a task: its description and its credentials, which expire at once.
pub(crate) struct TaskEndpoint {
    address: SocketAddr,
    key: Arc<Mutex<String>>,
}

impl TaskEndpoint {
    pub(crate) fn start(key: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let key = Arc::new(Mutex::new(key.to_owned()));
        let shared = Arc::clone(&key);
        thread::spawn(move || {
            for mut client in listener.incoming().flatten() {
                let mut head = Vec::new();
                for line in BufReader::new(&client).lines().map_while(Result::ok) {
                    if line.is_empty() {
                        break;
                    }
                    head.push(line);
                }
                let target = head.first().and_then(|line| line.split(' ').nth(1));
                let body = match target {
                    Some("/credentials") => json!({
                        "AccessKeyId": &*shared.lock().unwrap(),
                        "SecretAccessKey": "secret",
                        "Token": "a-token",
                        "Expiration": "2020-01-01T00:00:00Z",
                    }),
                    _ => json!({"TaskARN": "arn:aws:ecs:us-east-1:1:task/c/task-of-the-metadata"}),
                };
                let body = body.to_string();
                let _ = write!(
                    client,
                    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\
                     connection: close\r\n\r\n{body}",
                    body.len()
                );
            }
        });
        Self { address, key }
    }

    pub(crate) fn hands_out(&self, key: &str) {
        key.clone_into(&mut self.key.lock().unwrap());
    }
}
