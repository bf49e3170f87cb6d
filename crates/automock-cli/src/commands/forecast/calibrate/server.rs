//! The servers that can be started for a measurement. Each ends with its value.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use hyper::StatusCode;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use reqwest::redirect::Policy;
use reqwest::{Client, Url};
use serde::Deserialize;

use crate::args::GlobalArgs;
use crate::failure::Failure;

/// How long a JVM may take until it answers.
const START_TIMEOUT: Duration = Duration::from_mins(1);

/// How often it is asked meanwhile.
const START_INTERVAL: Duration = Duration::from_millis(200);

/// How much of what a server said is told when it fails.
const LAST_WORDS: u64 = 2_000;

/// A process that ends with this, and all that it has started: it leads a group of its own.
#[derive(Debug)]
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // The number of one that has ended may be another's by now.
        if let Ok(None) = self.0.try_wait()
            && let Ok(id) = self.0.id().try_into()
        {
            let _ = killpg(Pid::from_raw(id), Signal::SIGTERM);
            let _ = self.0.wait();
        }
    }
}

/// This program, serving the project's expectations.
#[derive(Debug)]
pub(super) struct Engine {
    process: Running,
    pub(super) url: Url,
    pub(super) example: Example,
}

/// What `automock up` prints.
#[derive(Deserialize)]
struct Up {
    url: String,
    example: Option<Example>,
}

/// A request that the mock answers.
#[derive(Debug, Deserialize)]
pub(super) struct Example {
    pub(super) method: String,
    /// Path and query.
    pub(super) target: String,
    /// Whether it is answered at once, as often as it is asked.
    steady: bool,
}

/// What `automock up` prints when it can't serve.
#[derive(Debug, Deserialize)]
pub(crate) struct Ended {
    /// Why.
    pub(crate) error: String,
    /// Why that.
    pub(crate) causes: Vec<String>,
    /// What to do.
    pub(crate) hint: Option<String>,
    /// Its exit code.
    pub(crate) exit_code: u8,
}

impl Engine {
    /// # Errors
    ///
    /// When it can't be started, or the project has no expectation that a plain request meets.
    pub(super) fn start(global: &GlobalArgs) -> Result<Self, Failure> {
        let failed = |source| Failure::io("start the engine", source);
        let program = std::env::current_exe().map_err(failed)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "the engine is this program itself, whose processor time has to be told apart"
        )]
        let mut child = Command::new(program)
            .args(["up", "--port", "0", "--output", "json", "--quiet"])
            .arg("--project")
            .arg(&global.project)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let output = child.stdout.take().expect("standard output is piped");
        let process = Running(child);
        let mut text = String::new();
        for line in BufReader::new(output).lines() {
            let line = line.map_err(failed)?;
            text.push_str(&line);
            // The document is printed with indentation, and nothing follows it.
            if line == "}" {
                break;
            }
        }
        let Ok(up) = serde_json::from_str::<Up>(&text) else {
            // It has said why on standard error, which is this program's.
            return Err(match serde_json::from_str::<Ended>(&text) {
                Ok(ended) => Failure::Engine(ended),
                Err(_) => failed(std::io::Error::other("the engine ended before it listened")),
            });
        };
        let example = up.example.filter(|example| example.steady);
        let example = example.ok_or_else(|| {
            let reason = "no expectation is met by a request without headers and body, and answered at \
                          once and as often as it is asked";
            Failure::io("measure the server", std::io::Error::other(reason))
        })?;
        Ok(Self {
            process,
            url: up.url.parse().map_err(failed_to_ask)?,
            example,
        })
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.0.id()
    }

    /// The status of the answer to the example.
    pub(super) async fn answer(&self) -> Result<StatusCode, Failure> {
        let method = self.example.method.parse().map_err(failed_to_ask)?;
        let url = self.url.join(&self.example.target).map_err(failed_to_ask)?;
        let asked = client()?.request(method, url).send().await;
        Ok(asked.map_err(failed_to_ask)?.status())
    }

    /// The project's expectations in MockServer's format.
    pub(super) async fn expectations(&self) -> Result<String, Failure> {
        let path = "mockserver/retrieve?type=ACTIVE_EXPECTATIONS&format=JSON";
        let url = self.url.join(path).map_err(failed_to_ask)?;
        let asked = async { client()?.put(url).send().await.map_err(failed_to_ask) };
        asked.await?.text().await.map_err(failed_to_ask)
    }
}

/// MockServer in a JVM.
#[derive(Debug)]
pub(super) struct MockServer {
    process: Running,
    pub(super) url: Url,
    output: File,
}

impl MockServer {
    /// Starts a MockServer with what the stack sets for it, and gives it expectations.
    ///
    /// # Errors
    ///
    /// When there is no Java, it ends or does not listen within a minute, or refuses an expectation.
    pub(super) async fn start(jar: &Path, expectations: &str) -> Result<Self, Failure> {
        let failed = |source| Failure::io(format!("start {}", jar.display()), source);
        // Java itself would only say that it can't open it.
        File::open(jar).map_err(failed)?;
        let port = free_port().map_err(failed)?;
        let output = tempfile::tempfile().map_err(failed)?;
        #[expect(
            clippy::disallowed_methods,
            reason = "MockServer is a program for Java, and runs nowhere else"
        )]
        let child = Command::new("java")
            .arg("-jar")
            .arg(jar)
            .args(["-serverPort", &port.to_string()])
            // As in the task definition (`terraform/modules/ecs-service/mockserver.tf`).
            .env("MOCKSERVER_LOG_LEVEL", "WARN")
            .env("MOCKSERVER_MAX_LOG_ENTRIES", "1000")
            .env(
                "MOCKSERVER_ATTEMPT_TO_PROXY_IF_NO_MATCHING_EXPECTATION",
                "false",
            )
            .stdin(Stdio::null())
            .stdout(output.try_clone().map_err(failed)?)
            .stderr(output.try_clone().map_err(failed)?)
            .process_group(0)
            .spawn()
            .map_err(|source| Failure::io("start java, which MockServer needs", source))?;
        let url = format!("http://127.0.0.1:{port}/");
        let mut server = Self {
            process: Running(child),
            url: url.parse().expect("it is a URL"),
            output,
        };
        if let Err(reason) = server.prepare(expectations).await {
            let reason = std::io::Error::other(server.with_last_words(reason));
            return Err(failed(reason));
        }
        Ok(server)
    }

    pub(super) fn pid(&self) -> u32 {
        self.process.0.id()
    }

    async fn prepare(&mut self, expectations: &str) -> Result<(), String> {
        let client = client().map_err(|failure| failure.to_string())?;
        let put = |path: &str| {
            let url = self.url.join(path).expect("it is a path");
            client.put(url)
        };
        let (status, load) = (put("mockserver/status"), put("mockserver/expectation"));
        let end = Instant::now() + START_TIMEOUT;
        loop {
            let ask = status.try_clone().expect("it has no body");
            if ask
                .send()
                .await
                .is_ok_and(|answer| answer.status().is_success())
            {
                break;
            }
            if let Ok(Some(ended)) = self.process.0.try_wait() {
                return Err(format!("it ended with {ended}"));
            }
            if Instant::now() > end {
                return Err(format!(
                    "it does not answer within {} s",
                    START_TIMEOUT.as_secs()
                ));
            }
            tokio::time::sleep(START_INTERVAL).await;
        }
        let answer = load.body(expectations.to_owned()).send().await;
        let answer = answer.map_err(|error| error.to_string())?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let said = answer.text().await.unwrap_or_default();
        Err(format!(
            "it refuses the project's expectations with {status}: {said}"
        ))
    }

    /// A reason, and the end of what the server has printed.
    fn with_last_words(&mut self, mut reason: String) -> String {
        let mut said = Vec::new();
        let length = self.output.metadata().map_or(0, |metadata| metadata.len());
        let start = SeekFrom::Start(length.saturating_sub(LAST_WORDS));
        // Without them, the reason alone has to do.
        if self.output.seek(start).is_ok() && self.output.read_to_end(&mut said).is_ok() {
            let said = String::from_utf8_lossy(&said);
            let _ = write!(reason, "\n{}", said.trim());
        }
        reason.trim_end().to_owned()
    }
}

/// A port that nobody listens on. Somebody else may take it before the server does; then it says so.
fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

fn client() -> Result<Client, Failure> {
    // The library takes the process's choice of cryptography, and fails without one.
    let _ = rustls::crypto::ring::default_provider().install_default();
    // What an expectation redirects to is nobody's business here.
    let client = Client::builder()
        .no_proxy()
        .redirect(Policy::none())
        .timeout(START_TIMEOUT);
    client.build().map_err(failed_to_ask)
}

fn failed_to_ask(error: impl std::error::Error + Send + Sync + 'static) -> Failure {
    Failure::io("ask the engine", std::io::Error::other(error))
}
