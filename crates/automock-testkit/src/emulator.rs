//! Running worlds: the emulator's process and its forks.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader},
    net::SocketAddr,
    os::unix::fs::FileExt,
    process::{Child, Command, Stdio},
    sync::{
        Arc, LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{
    Census, TestkitError,
    census::Answer,
    control::Control,
    venv::{find_python, package_dir},
};

/// Variables of the caller's environment that would lead AWS clients away from the emulator.
pub const REMOVED_VARIABLES: [&str; 8] = [
    "AWS_CA_BUNDLE",
    "AWS_CONFIG_FILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_DEFAULT_REGION",
    "AWS_PROFILE",
    "AWS_ROLE_ARN",
    "AWS_SESSION_TOKEN",
    "AWS_SHARED_CREDENTIALS_FILE",
];

/// How long a live fleet may take to remove its containers and networks.
const CLEANUP_TIME: Duration = Duration::from_secs(90);

const DEFAULT_REGION: &str = "us-east-1";

static SHARED: LazyLock<Result<Emulator, TestkitError>> = LazyLock::new(Emulator::start);

/// One emulated AWS on the loopback interface: all accounts, all regions.
///
/// A world ends when its `Emulator` is dropped; the process behind it ends with the last
/// of its worlds, and also when this process dies.
pub struct Emulator {
    pub(crate) control: Control,
    port: u16,
    is_fork: bool,
    // Dropped last: the original process keeps its forks alive.
    process: Arc<Process>,
}

/// What goes wrong with an ECS service.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServiceFailure {
    /// Tasks run, but their targets fail the health check.
    TargetsUnhealthy {
        /// The description in the target's health; a default if empty.
        reason: String,
    },
    /// Tasks stop as soon as they start.
    TasksStopped {
        /// The tasks' `stoppedReason`; a failed image pull if empty.
        reason: String,
    },
    /// Tasks run and are healthy, but no loader reads or confirms new expectations.
    LoaderSilent,
}

/// Delays of a world in seconds, and whether it refuses what AWS refuses. Only what is
/// set is changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Settings {
    /// How long a new target stays `initial` before it turns `healthy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_initial_seconds: Option<f64>,
    /// How long a loader takes to confirm a revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ack_seconds: Option<f64>,
    /// How long a NAT gateway stays `deleting`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nat_delete_seconds: Option<f64>,
    /// How long the tasks of a deleted service keep running.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drain_seconds: Option<f64>,
    /// How long the network interfaces of a deleted load balancer stay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub eni_release_seconds: Option<f64>,
    /// Whether deletions that AWS refuses are refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub strict: Option<bool>,
}

/// The original process of a family of worlds.
struct Process {
    child: std::sync::Mutex<Child>,
    /// Has no name, so that nothing stays when this process ends.
    log: File,
    /// Whether it has started what it must take away before it ends.
    is_live: AtomicBool,
}

#[derive(Deserialize)]
struct Ready {
    port: u16,
}

/// A copy of this test binary's shared, untouched emulator.
///
/// # Panics
/// When the emulator cannot be started, with the reason and what to do.
#[must_use]
#[track_caller]
pub fn fresh_world() -> Emulator {
    match &*SHARED {
        Ok(shared) => shared.fork().unwrap_or_else(|error| panic!("{error}")),
        Err(error) => panic!("{error}"),
    }
}

impl Emulator {
    /// Starts an untouched world in a process of its own.
    ///
    /// # Errors
    /// [`TestkitError::NoEnvironment`] without the Python environment,
    /// [`TestkitError::NotStarted`] with the emulator's last words when it fails.
    #[expect(
        clippy::disallowed_methods,
        reason = "the test kit starts the emulator"
    )]
    pub fn start() -> Result<Self, TestkitError> {
        let python = find_python()?;
        let at_log = || TestkitError::file("the emulator's log");
        let log = tempfile::tempfile().map_err(at_log())?;
        let stderr = log.try_clone().map_err(at_log())?;
        let mut command = Command::new(&python);
        command.args(["-m", "automock_emulator"]);
        for variable in REMOVED_VARIABLES {
            command.env_remove(variable);
        }
        let mut child = command
            .current_dir(package_dir())
            .env("PYTHONDONTWRITEBYTECODE", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(stderr)
            .spawn()
            .map_err(TestkitError::run(&python))?;
        let stdout = child.stdout.take();
        let process = Process {
            child: child.into(),
            log,
            is_live: AtomicBool::new(false),
        };
        let mut line = String::new();
        let read = stdout.map(|stdout| BufReader::new(stdout).read_line(&mut line));
        match (read, serde_json::from_str::<Ready>(&line)) {
            (Some(Ok(_)), Ok(ready)) => Ok(Self {
                control: Control::new(ready.port),
                port: ready.port,
                is_fork: false,
                process: Arc::new(process),
            }),
            _ => Err(TestkitError::NotStarted(process.last_words())),
        }
    }

    /// The URL for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// From now on the process is asked to end, and killed only when it does not.
    pub(crate) fn note_live(&self) {
        self.process.is_live.store(true, Ordering::Relaxed);
    }

    /// Where the world listens.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// Copies this world with everything in it. The copy and the original go separate ways.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn fork(&self) -> Result<Self, TestkitError> {
        let ready: Ready = self.control.post("fork", &json!({}))?;
        Ok(Self {
            control: Control::new(ready.port),
            port: ready.port,
            is_fork: true,
            process: Arc::clone(&self.process),
        })
    }

    /// Everything in this world that was made and not deleted.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn census(&self) -> Result<Census, TestkitError> {
        Ok(self.control.get::<Answer>("census?names=true")?.into())
    }

    /// Variables that lead AWS clients, terraform among them, to this world. Remove
    /// [`REMOVED_VARIABLES`] as well, or use [`Emulator::prepare`], which does both.
    #[must_use]
    pub fn env(&self) -> Vec<(String, String)> {
        [
            ("AWS_ENDPOINT_URL", self.endpoint().as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
            ("AWS_REGION", DEFAULT_REGION),
            ("AWS_EC2_METADATA_DISABLED", "true"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec()
    }

    /// Sets and removes variables so that the command's AWS calls reach this world.
    pub fn prepare(&self, command: &mut Command) {
        for variable in REMOVED_VARIABLES {
            command.env_remove(variable);
        }
        command.envs(self.env());
    }

    /// Makes the ECS services whose name matches `service` fail, existing ones and new
    /// ones. `*` and `?` are wildcards.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn fail_service(
        &self,
        service: &str,
        failure: &ServiceFailure,
    ) -> Result<(), TestkitError> {
        let (mode, reason) = match failure {
            ServiceFailure::TargetsUnhealthy { reason } => ("targets-unhealthy", reason.as_str()),
            ServiceFailure::TasksStopped { reason } => ("tasks-stopped", reason.as_str()),
            ServiceFailure::LoaderSilent => ("loader-silent", ""),
        };
        let body = json!({"service": service, "mode": mode, "reason": reason});
        self.control.post::<Value>("fail-service", &body).map(drop)
    }

    /// Takes back what [`Emulator::fail_service`] set under the same name.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn heal_service(&self, service: &str) -> Result<(), TestkitError> {
        let body = json!({"service": service, "mode": null});
        self.control.post::<Value>("fail-service", &body).map(drop)
    }

    /// Moves the clock of this world's delays forward.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn advance(&self, by: Duration) -> Result<(), TestkitError> {
        let body = json!({"advance_seconds": by.as_secs_f64()});
        self.control.post::<Value>("time", &body).map(drop)
    }

    /// Changes this world's delays.
    ///
    /// # Errors
    /// When the control endpoint does not answer.
    pub fn configure(&self, settings: &Settings) -> Result<(), TestkitError> {
        self.control.post::<Value>("settings", settings).map(drop)
    }

    /// What the emulator had to say so far, this world's relatives included.
    #[must_use]
    pub fn log(&self) -> String {
        self.process.words()
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if self.is_fork {
            // The fork ends with the original process anyway.
            let _ = self.control.post::<Value>("shutdown", &json!({}));
        }
    }
}

impl fmt::Debug for Emulator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Emulator")
            .field("endpoint", &self.endpoint())
            .field("is_fork", &self.is_fork)
            .finish_non_exhaustive()
    }
}

impl Process {
    fn words(&self) -> String {
        let words = self.read_log().unwrap_or_default();
        String::from_utf8_lossy(&words).into_owned()
    }

    /// Reads by position: the emulator writes at the offset that both share.
    fn read_log(&self) -> io::Result<Vec<u8>> {
        let length = usize::try_from(self.log.metadata()?.len()).map_err(io::Error::other)?;
        let mut words = vec![0; length];
        self.log.read_exact_at(&mut words, 0)?;
        Ok(words)
    }

    fn last_words(&self) -> String {
        let words = self.words();
        let last = words.lines().rev().find(|line| !line.trim().is_empty());
        last.unwrap_or("it said nothing").to_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // A child that has already ended needs neither.
        if let Ok(child) = self.child.get_mut() {
            if self.is_live.load(Ordering::Relaxed) {
                // The end of its input asks it to end.
                drop(child.stdin.take());
                wait_for_end(child);
            }
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn wait_for_end(child: &mut Child) {
    let end = Instant::now() + CLEANUP_TIME;
    while Instant::now() < end && matches!(child.try_wait(), Ok(None)) {
        thread::sleep(Duration::from_millis(50));
    }
}
