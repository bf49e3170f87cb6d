//! Following a command that must not be cut off.
//!
//! Its output goes to files which the runner reads as they grow. A pipe would tie terraform's
//! life to the caller's: when the caller dies, the next line that terraform prints would end it
//! with `SIGPIPE` in the middle of an apply, its state unsaved and its lock held.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::time::{Duration, SystemTime};

use tokio::process::Child;
use tokio::time::{Instant, sleep, sleep_until};

use super::log::LogFiles;
use super::tail::Tail;
use super::{Invocation, failure, process};
use crate::cancel::Cancel;
use crate::diagnostic::Diagnostic;
use crate::error::{Error, Interruption, Result};
use crate::event::{Event, Events, Level, Message, Started};
use crate::workspace::Workspace;

/// How often the log is looked at. People see progress of minutes-long work; 20 looks a second
/// cost nothing and feel immediate.
const POLL: Duration = Duration::from_millis(50);

/// A run that came to a good end.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) exit_code: i32,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) log: PathBuf,
}

/// Runs a command to its end and hands every message to `observe` and to the caller's events.
///
/// When the returned future is dropped, the process goes on by itself.
pub(crate) async fn follow(
    workspace: &Workspace,
    invocation: &Invocation,
    events: &Events,
    cancel: &Cancel,
    observe: &mut (dyn FnMut(&Message) + Send),
) -> Result<Finished> {
    let command = invocation.command;
    if cancel.graceful.is_cancelled() || cancel.hard.is_cancelled() {
        return Err(never_started(command));
    }
    let before = errored_state(workspace.directory());
    let (run, child) = Run::start(workspace, invocation, events, observe).await?;
    let (status, stop, diagnostics, files) = run.supervise(child, cancel).await?;

    let log = files.stdout;
    let code = status
        .code()
        .filter(|code| invocation.accepts.contains(code));
    if let Some(exit_code) = code {
        return Ok(Finished {
            exit_code,
            warnings: diagnostics,
            log,
        });
    }
    let stderr = tokio::fs::read(&files.stderr).await.unwrap_or_default();
    let mut failure = failure(
        command,
        status,
        &String::from_utf8_lossy(&stderr),
        diagnostics,
    );
    failure.errored_state = errored_state(workspace.directory())
        .filter(|after| before.as_ref() != Some(after))
        .map(|(path, _)| path);
    failure.log = Some(log);
    if stop == Stop::NotAsked {
        return Err(Error::Failed(Box::new(failure)));
    }
    let unlocking_failed = failure
        .diagnostics
        .iter()
        .any(|d| d.flat().contains("Error releasing the state lock"));
    Err(Error::Interrupted(Box::new(Interruption {
        command,
        graceful: stop != Stop::Killed,
        lock_may_remain: invocation.locks && (stop == Stop::Killed || unlocking_failed),
        diagnostics: failure.diagnostics,
        log: failure.log,
        errored_state: failure.errored_state,
    })))
}

fn never_started(command: &'static str) -> Error {
    Error::Interrupted(Box::new(Interruption {
        command,
        graceful: true,
        lock_may_remain: false,
        diagnostics: Vec::new(),
        log: None,
        errored_state: None,
    }))
}

/// The state that an earlier or this run could not store, with its age.
fn errored_state(directory: &Path) -> Option<(PathBuf, SystemTime)> {
    let path = directory.join("errored.tfstate");
    let modified = path.metadata().and_then(|meta| meta.modified()).ok()?;
    Some((path, modified))
}

/// How far the caller's wish to stop has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stop {
    NotAsked,
    Asked(Instant),
    Killed,
}

/// A process under way.
struct Run<'a> {
    files: LogFiles,
    tail: Tail,
    pid: u32,
    events: &'a Events,
    observe: &'a mut (dyn FnMut(&Message) + Send),
    diagnostics: Vec<Diagnostic>,
}

impl<'a> Run<'a> {
    async fn start(
        workspace: &Workspace,
        invocation: &Invocation,
        events: &'a Events,
        observe: &'a mut (dyn FnMut(&Message) + Send),
    ) -> Result<(Self, Child)> {
        let mut command = process::prepare(workspace, invocation)?;
        let (files, stdout, stderr) =
            LogFiles::create(workspace.log_directory(), invocation.command)?;
        let tail = Tail::open(&files.stdout)
            .await
            .map_err(|source| Error::Io {
                path: files.stdout.clone(),
                source,
            })?;
        command.stdout(stdout).stderr(stderr);
        let child = process::spawn(workspace, command)?;
        let pid = child.id().unwrap_or_default();
        let mut run = Self {
            files,
            tail,
            pid,
            events,
            observe,
            diagnostics: Vec::new(),
        };
        let started = Started {
            pid,
            command: invocation.command.to_owned(),
            log: run.files.stdout.clone(),
        };
        run.report(
            Level::Debug,
            format!("started terraform {}", invocation.command),
            Event::Started(started),
        );
        Ok((run, child))
    }

    /// Waits for the end, passing on messages and the caller's wish to stop.
    async fn supervise(
        mut self,
        mut child: Child,
        cancel: &Cancel,
    ) -> Result<(ExitStatus, Stop, Vec<Diagnostic>, LogFiles)> {
        let mut stop = Stop::NotAsked;
        let status = loop {
            let deadline = if let Stop::Asked(deadline) = stop {
                Some(deadline)
            } else {
                None
            };
            tokio::select! {
                status = child.wait() => break status.map_err(|source| self.io(source))?,
                () = cancel.hard.cancelled(), if stop != Stop::Killed => stop = self.kill(),
                () = sleep_until(deadline.unwrap_or_else(Instant::now)), if deadline.is_some() => stop = self.kill(),
                () = cancel.graceful.cancelled(), if stop == Stop::NotAsked => stop = self.interrupt(cancel.grace),
                () = sleep(POLL) => self.pass_on().await?,
            }
        };
        self.pass_on_the_rest()
            .await
            .map(|(diagnostics, files)| (status, stop, diagnostics, files))
    }

    fn interrupt(&mut self, grace: Duration) -> Stop {
        process::interrupt(self.pid);
        let grace_seconds = grace.as_secs();
        self.report(
            Level::Warn,
            "asked terraform to stop".to_owned(),
            Event::Interrupting { grace_seconds },
        );
        Stop::Asked(Instant::now() + grace)
    }

    fn kill(&mut self) -> Stop {
        process::kill_group(self.pid);
        self.report(Level::Error, "killed terraform".to_owned(), Event::Killing);
        Stop::Killed
    }

    async fn pass_on(&mut self) -> Result<()> {
        let Self {
            tail,
            events,
            observe,
            diagnostics,
            ..
        } = self;
        let outcome = tail
            .drain(|line| take_line(line, events, *observe, diagnostics))
            .await;
        outcome.map_err(|source| self.io(source))
    }

    async fn pass_on_the_rest(self) -> Result<(Vec<Diagnostic>, LogFiles)> {
        let Self {
            tail,
            events,
            observe,
            mut diagnostics,
            files,
            ..
        } = self;
        let outcome = tail
            .finish(|line| take_line(line, events, observe, &mut diagnostics))
            .await;
        outcome.map_err(|source| Error::Io {
            path: files.stdout.clone(),
            source,
        })?;
        Ok((diagnostics, files))
    }

    fn report(&mut self, level: Level, text: String, event: Event) {
        let message = Message::own(level, text, event);
        (self.observe)(&message);
        self.events.send(&message);
    }

    fn io(&self, source: std::io::Error) -> Error {
        Error::Io {
            path: self.files.stdout.clone(),
            source,
        }
    }
}

fn take_line(
    line: &str,
    events: &Events,
    observe: &mut (dyn FnMut(&Message) + Send),
    diagnostics: &mut Vec<Diagnostic>,
) {
    let message = Message::parse(line);
    if let Event::Diagnostic(diagnostic) = &message.event {
        diagnostics.push(diagnostic.clone());
    }
    observe(&message);
    events.send(&message);
}
