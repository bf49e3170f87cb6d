//! Servers and clients of `cargo xtask bench engine`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::peers::Installed;
use crate::error::Error;
use crate::printer;
use crate::process::Tool;
use crate::workspace::Workspace;

/// The program with the servers and the clients, an example of the engine's package.
const PROGRAM: &str = "bench";

/// The file of requests and answers that the program writes.
const EXCHANGES: &str = "exchanges.json";

/// Ticks of `/proc/<pid>/stat` in a second, on every architecture that Linux still runs on
/// (`sysconf(_SC_CLK_TCK)`).
const TICKS: f64 = 100.0;

/// How long another mock server may take to answer at all.
const PEER_START: Duration = Duration::from_mins(2);

/// The program, and where servers and clients run.
#[derive(Debug, Clone)]
pub(super) struct Bench {
    program: PathBuf,
    scratch: PathBuf,
    /// Servers have the first core and clients the last, if there are two.
    are_pinned: bool,
}

/// What is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Hyper,
    Engine,
}

/// How much is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Load(Vec<String>);

/// What the clients tell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Told {
    pub(super) answers: f64,
    pub(super) seconds: f64,
    pub(super) p99_microseconds: f64,
}

/// A server, which ends when it is dropped.
#[derive(Debug)]
pub(super) struct Running {
    child: Child,
    address: SocketAddr,
    /// From the start of the process to its first answer.
    pub(super) start_seconds: f64,
    /// The processor time in that.
    pub(super) start_processor_seconds: f64,
}

impl Bench {
    /// Builds the program as it is released, unless there is one.
    pub(super) fn build(workspace: &Workspace, program: Option<&Path>) -> Result<Self, Error> {
        let program = match program {
            Some(program) => std::path::absolute(program).map_err(Error::file(program))?,
            None => build_program(workspace)?,
        };
        let are_pinned = thread::available_parallelism().is_ok_and(|cores| cores.get() > 1)
            && Tool::new("taskset", workspace.root())
                .args(["--version"])
                .capture()
                .is_ok();
        if !are_pinned {
            printer::progress(
                "    not pinned: that needs two cores and taskset (apt-get install util-linux)",
            );
        }
        Ok(Self {
            program,
            scratch: workspace.scratch().join("bench-engine"),
            are_pinned,
        })
    }

    /// Writes the files of a case; returns their folder.
    pub(super) fn write(&self, case: &str) -> Result<PathBuf, Error> {
        let folder = self.scratch.join(case);
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let tool = Tool::new(&self.program, &folder);
        tool.args(["write", case, "."]).run()?;
        Ok(folder)
    }

    /// Starts a server and waits for its first answer.
    pub(super) fn start(&self, kind: Kind, folder: &Path) -> Result<Running, Error> {
        let request = first_request(folder)?;
        let program = [self.program.display().to_string()];
        let tool = self.pinned(0, folder, &program).args([kind.word(), "."]);
        let shown = tool.shown();
        let began = Instant::now();
        let started = tool.into_command().stdout(Stdio::piped()).spawn();
        let mut child = started.map_err(|source| Error::Start {
            command: shown.clone(),
            source,
        })?;
        let mut line = String::new();
        if let Some(output) = child.stdout.take() {
            let read = BufReader::new(output).read_line(&mut line);
            read.map_err(Error::file(&self.program))?;
        }
        let Ok(address) = line.trim().parse() else {
            // It has ended or is of no use; there is nothing else to do about it.
            let _ = child.kill();
            return Err(Error::Measurement(format!("`{shown}` told no address")));
        };
        let running = Running::new(child, address);
        running.ask_once(&request).map_err(Error::file(folder))?;
        running.started(began)
    }

    /// Starts another mock server and waits for its first answer, which may take a JVM a while.
    pub(super) fn start_peer(&self, peer: &Installed, folder: &Path) -> Result<Running, Error> {
        peer.translate(folder)?;
        let request = first_request(folder)?;
        let (words, address) = peer.command()?;
        let tool = self.pinned(0, folder, &words);
        let shown = tool.shown();
        let began = Instant::now();
        let mut command = tool.into_command();
        let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
        let child = quiet.spawn().map_err(|source| Error::Start {
            command: shown.clone(),
            source,
        })?;
        let running = Running::new(child, address);
        while running.ask_once(&request).is_err() {
            if began.elapsed() > PEER_START {
                return Err(Error::Measurement(format!("`{shown}` does not answer")));
            }
            thread::sleep(Duration::from_millis(5));
        }
        running.started(began)
    }

    /// Has the clients ask a server.
    pub(super) fn load(&self, folder: &Path, server: &Running, load: Load) -> Result<Told, Error> {
        let last = thread::available_parallelism().map_or(0, |cores| cores.get() - 1);
        let program = [self.program.display().to_string()];
        let tool = self.pinned(last, folder, &program);
        let address = server.address.to_string();
        let text = tool.args(["load", ".", &address]).args(load.0).capture()?;
        Told::read(&text).ok_or_else(|| Error::Malformed {
            path: text,
            reason: "it is not what the clients tell".to_owned(),
        })
    }

    /// A command line on one core; there is at least its program.
    fn pinned(&self, core: usize, folder: &Path, words: &[String]) -> Tool {
        if !self.are_pinned {
            return Tool::new(&words[0], folder).args(&words[1..]);
        }
        Tool::new("taskset", folder)
            .args(["-c", &core.to_string()])
            .args(words)
    }
}

fn build_program(workspace: &Workspace) -> Result<PathBuf, Error> {
    Tool::new("cargo", workspace.root())
        .args(["build", "--release", "-p", "automock-server", "--example"])
        .args([PROGRAM])
        .run()?;
    let folder = workspace.artifacts("release").join("examples");
    Ok(folder.join(PROGRAM))
}

fn first_request(folder: &Path) -> Result<String, Error> {
    let path = folder.join(EXCHANGES);
    let text = fs::read_to_string(&path).map_err(Error::file(&path))?;
    let exchanges: Value = serde_json::from_str(&text).unwrap_or_default();
    let request = exchanges[0]["request"].as_str().map(str::to_owned);
    request.ok_or_else(|| Error::Malformed {
        path: path.display().to_string(),
        reason: "it has no request".to_owned(),
    })
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Hyper => "hyper",
            Self::Engine => "engine",
        }
    }
}

impl Load {
    pub(super) fn seconds(seconds: u32) -> Self {
        Self(vec![format!("seconds={seconds}")])
    }

    pub(super) fn requests(requests: u64) -> Self {
        Self(vec![format!("requests={requests}")])
    }

    /// At most so many requests a second.
    pub(super) fn at(mut self, rate: f64) -> Self {
        self.0.push(format!("rate={rate}"));
        self
    }
}

impl Told {
    fn read(text: &str) -> Option<Self> {
        let told: Value = serde_json::from_str(text).ok()?;
        let number = |name: &str| told[name].as_f64();
        Some(Self {
            answers: number("answers")?,
            seconds: number("seconds")?,
            p99_microseconds: number("p99_microseconds")?,
        })
    }
}

impl Running {
    fn new(child: Child, address: SocketAddr) -> Self {
        Self {
            child,
            address,
            start_seconds: 0.0,
            start_processor_seconds: 0.0,
        }
    }

    /// It has just given its first answer.
    fn started(mut self, began: Instant) -> Result<Self, Error> {
        self.start_seconds = began.elapsed().as_secs_f64();
        self.start_processor_seconds = self.processor_seconds()?;
        Ok(self)
    }

    fn ask_once(&self, request: &str) -> std::io::Result<()> {
        let mut stream = TcpStream::connect(self.address)?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        stream.write_all(request.as_bytes())?;
        stream.read_exact(&mut [0; 12])
    }

    /// Processor time since its start.
    pub(super) fn processor_seconds(&self) -> Result<f64, Error> {
        let text = self.proc("stat")?;
        ticks(&text)
            .map(|ticks| ticks / TICKS)
            .ok_or_else(|| Self::malformed("stat"))
    }

    /// Memory that it has now.
    pub(super) fn memory_mib(&self) -> Result<f64, Error> {
        let text = self.proc("status")?;
        resident_mib(&text).ok_or_else(|| Self::malformed("status"))
    }

    fn proc(&self, name: &str) -> Result<String, Error> {
        let path = format!("/proc/{}/{name}", self.child.id());
        fs::read_to_string(&path).map_err(Error::file(path.as_ref()))
    }

    fn malformed(name: &str) -> Error {
        Error::Malformed {
            path: format!("/proc/<pid>/{name}"),
            reason: "it is not as proc(5) says".to_owned(),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// User and system time: fields 14 and 15, of which the second may hold blanks in parentheses.
fn ticks(stat: &str) -> Option<f64> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    let user: f64 = fields.next()?.parse().ok()?;
    let system: f64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn resident_mib(status: &str) -> Option<f64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_that_of_user_and_system() {
        let stat = "42 (a (b) c) S 1 42 42 0 -1 4194304 120 0 0 0 250 50 0 0 20 0 3 0 100 1 1";
        assert_eq!(ticks(stat), Some(300.0));
        assert_eq!(ticks("42"), None);
    }

    #[test]
    fn memory_is_read_in_mebibytes() {
        assert_eq!(
            resident_mib("VmHWM:\t 4096 kB\nVmRSS:\t 2048 kB\n"),
            Some(2.0)
        );
    }

    #[test]
    fn what_the_clients_tell_is_understood() {
        let text = r#"{"answers":100,"seconds":2.0,"p50_microseconds":7,"p99_microseconds":9}"#;
        let told = Told::read(text).unwrap();
        assert_eq!((told.answers, told.p99_microseconds), (100.0, 9.0));
        assert_eq!(Told::read("{}"), None);
    }
}
