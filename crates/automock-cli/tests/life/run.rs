//! A deploy in progress that tests watch and disturb.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;

use crate::support::{Stage, program, run};

const POLL: Duration = Duration::from_millis(50);

/// Nothing that is waited for takes longer than this.
const PATIENCE: Duration = Duration::from_mins(5);

/// A command of the binary that goes on.
pub(crate) struct InProgress<'a> {
    stage: &'a Stage,
    stack: &'static str,
    verb: &'static str,
    child: Child,
}

impl<'a> InProgress<'a> {
    pub(crate) fn start(stage: &'a Stage, stack: &'static str, verb: &'static str) -> Self {
        let file =
            |name: &str| File::create(stage.folder().join(format!("{verb}.{name}"))).unwrap();
        let child = stage
            .automock(&[verb, "--yes"])
            .stdout(file("stdout"))
            .stderr(file("stderr"))
            .spawn()
            .unwrap();
        Self {
            stage,
            stack,
            verb,
            child,
        }
    }

    /// What the command said so far.
    pub(crate) fn stderr(&self) -> String {
        let path = self.stage.folder().join(format!("{}.stderr", self.verb));
        fs::read_to_string(path).unwrap()
    }

    /// Waits until terraform has finished that many changes.
    pub(crate) fn wait_for_changes(&mut self, count: usize) {
        self.wait_until(&format!("{count} changes"), |this| {
            this.changes().is_some_and(|changes| changes >= count)
        });
    }

    fn wait_until(&mut self, what: &str, mut is_so: impl FnMut(&Self) -> bool) {
        let start = Instant::now();
        while !is_so(self) {
            let ended = self.child.try_wait().unwrap();
            assert!(
                ended.is_none() && start.elapsed() < PATIENCE,
                "{what} never came, {ended:?}, {:?} changes:\n{}\n{}",
                self.changes(),
                self.stderr(),
                self.stage.world.log()
            );
            sleep(POLL);
        }
    }

    /// Changes that terraform has finished, once it applies.
    pub(crate) fn changes(&self) -> Option<usize> {
        let log = self.log()?;
        let log = fs::read_to_string(log).unwrap();
        Some(log.matches(r#""type":"apply_complete""#).count())
    }

    /// The log of this command's apply or destroy.
    fn log(&self) -> Option<PathBuf> {
        let kind = match self.verb {
            "destroy" => "-destroy.jsonl",
            _ => "-apply.jsonl",
        };
        let folder = self.stage.folder().join(".automock").join(self.stack);
        let entries = fs::read_dir(folder.join(".automock-logs")).ok()?;
        let mut logs: Vec<PathBuf> = entries
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.to_string_lossy().ends_with(kind))
            .collect();
        logs.sort();
        logs.pop()
    }

    /// The terraform that the command runs. It leads a process group of its own.
    fn terraform(&self) -> Option<Pid> {
        let own = self.child.id().to_string();
        let ran = run(program("ps").args(["-A", "-o", "pid=,ppid="]));
        ran.stdout.lines().find_map(|line| {
            let (pid, parent) = line.trim().split_once(' ')?;
            (parent.trim() == own).then(|| Pid::from_raw(pid.parse().unwrap()))
        })
    }

    fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id().try_into().unwrap())
    }

    /// Kills the command, its terraform, and the provider, as a power cut does.
    pub(crate) fn kill_all(self) {
        let terraform = self.terraform().expect("terraform runs");
        self.kill_alone();
        killpg(terraform, Signal::SIGKILL).unwrap();
        let start = Instant::now();
        while killpg(terraform, None).is_ok() {
            assert!(start.elapsed() < PATIENCE, "terraform does not die");
            sleep(POLL);
        }
    }

    /// Kills the command alone; its terraform goes on.
    pub(crate) fn kill_alone(mut self) {
        kill(self.pid(), Signal::SIGKILL).unwrap();
        self.child.wait().unwrap();
    }

    /// Presses Ctrl-C, and waits for the end.
    pub(crate) fn interrupt(mut self) -> (ExitStatus, String) {
        kill(self.pid(), Signal::SIGINT).unwrap();
        let status = self.child.wait().unwrap();
        (status, self.stderr())
    }
}
