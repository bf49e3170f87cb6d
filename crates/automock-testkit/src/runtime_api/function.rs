//! A function's process, from its start to its end.

use std::{
    fmt,
    fs::File,
    io,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
    time::{Duration, Instant},
};

use serde_json::Value;

use super::server::{ErrorReport, Reply, RuntimeApi};
use crate::TestkitError;

/// How often the process is looked at while it works.
const POLL: Duration = Duration::from_millis(5);

/// A process that runs as Lambda would run it, and gets its events from a Runtime API on the
/// loopback interface.
///
/// It is killed when this is dropped.
pub struct LambdaFunction {
    api: RuntimeApi,
    process: FunctionProcess,
    pid: u32,
    log: File,
    invocations: usize,
}

/// The process of a function, to be killed from another thread.
#[derive(Debug, Clone)]
pub struct FunctionProcess(Arc<Mutex<Child>>);

/// How an invocation ended.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Ending {
    /// With a reply.
    Replied {
        /// The function's words.
        reply: Reply,
        /// Time from the event's hand-out to the reply.
        took: Duration,
    },
    /// The process ended before it replied.
    Died(ExitStatus),
    /// There was no reply within the time, so the process was killed, as Lambda does it.
    TimedOut,
}

impl Ending {
    /// The function's result.
    ///
    /// # Panics
    /// When there is none, with what there is instead.
    #[must_use]
    #[track_caller]
    pub fn response(self) -> Value {
        match self {
            Self::Replied {
                reply: Reply::Response(value),
                ..
            } => value,
            other => panic!("no response: {other:?}"),
        }
    }

    /// The function's error.
    ///
    /// # Panics
    /// When there is none, with what there is instead.
    #[must_use]
    #[track_caller]
    pub fn error(self) -> ErrorReport {
        match self {
            Self::Replied {
                reply: Reply::Error(report),
                ..
            } => report,
            other => panic!("no error: {other:?}"),
        }
    }
}

impl FunctionProcess {
    /// Ends the process at once, as a crash does.
    pub fn kill(&self) {
        let mut child = self.lock();
        // One that has already ended needs neither.
        drop(child.kill());
        drop(child.wait());
    }

    fn ended(&self) -> Option<ExitStatus> {
        self.lock().try_wait().ok().flatten()
    }

    fn lock(&self) -> MutexGuard<'_, Child> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl LambdaFunction {
    /// Starts a function's process: the command, with what Lambda adds to its environment.
    ///
    /// # Errors
    /// When no port is free or the command can't be run.
    pub fn start(name: &str, mut command: Command) -> Result<Self, TestkitError> {
        let api = RuntimeApi::start(name).map_err(TestkitError::file("the Runtime API"))?;
        let at_log = || TestkitError::file("the function's log");
        let log = tempfile::tempfile().map_err(at_log())?;
        let child = command
            .env("AWS_LAMBDA_RUNTIME_API", api.address().to_string())
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")
            .env("_HANDLER", "bootstrap")
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(at_log())?)
            .stderr(log.try_clone().map_err(at_log())?)
            .spawn()
            .map_err(TestkitError::run(command.get_program()))?;
        Ok(Self {
            api,
            pid: child.id(),
            process: FunctionProcess(Arc::new(Mutex::new(child))),
            log,
            invocations: 0,
        })
    }

    /// Calls the function and waits for the end, at most `time_left`. Its request id is new.
    pub fn invoke(&mut self, event: &Value, time_left: Duration) -> Ending {
        self.invocations += 1;
        let id = format!("{}-{}-{}", self.api.function(), self.pid, self.invocations);
        self.invoke_as(&id, event, time_left)
    }

    /// Calls the function with a request id of the caller's choice: Lambda's own retry of an
    /// event has the id of the first attempt.
    pub fn invoke_as(&mut self, id: &str, event: &Value, time_left: Duration) -> Ending {
        let started = Instant::now();
        self.api.hand_out(id, event, time_left);
        while started.elapsed() < time_left {
            if let Some(reply) = self.api.reply(POLL) {
                let took = started.elapsed();
                return Ending::Replied { reply, took };
            }
            if let Some(status) = self.process.ended() {
                // The last words of a process may come in after its end.
                let last = self.api.reply(POLL);
                let took = started.elapsed();
                return last.map_or(Ending::Died(status), |reply| Ending::Replied {
                    reply,
                    took,
                });
            }
        }
        self.kill();
        Ending::TimedOut
    }

    /// Waits until the process has begun, which is when it first asks for an event, or has failed
    /// to; whether it has.
    pub fn begins(&mut self, patience: Duration) -> bool {
        let started = Instant::now();
        while started.elapsed() < patience {
            if self.api.is_asked(POLL) {
                return true;
            }
            if self.process.ended().is_some() {
                return false;
            }
        }
        false
    }

    /// The error with which the function could not begin.
    #[must_use]
    pub fn init_error(&self) -> Option<ErrorReport> {
        self.api.init_error()
    }

    /// Waits for the end of a process that ends by itself.
    ///
    /// # Errors
    /// When the process does not end in time.
    pub fn exit(&mut self, patience: Duration) -> io::Result<ExitStatus> {
        let started = Instant::now();
        while started.elapsed() < patience {
            if let Some(status) = self.process.ended() {
                return Ok(status);
            }
            thread::sleep(POLL);
        }
        Err(io::ErrorKind::TimedOut.into())
    }

    /// Ends the process at once, as a crash does.
    pub fn kill(&mut self) {
        self.process.kill();
    }

    /// The process, for whoever kills it while it works.
    #[must_use]
    pub fn process(&self) -> FunctionProcess {
        self.process.clone()
    }

    /// The process's number.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// What the process has written so far.
    #[must_use]
    pub fn log(&self) -> String {
        self.read_log()
            .unwrap_or_else(|error| format!("the log is unreadable: {error}"))
    }

    fn read_log(&self) -> io::Result<String> {
        use std::os::unix::fs::FileExt as _;
        let length = usize::try_from(self.log.metadata()?.len()).map_err(io::Error::other)?;
        let mut words = vec![0; length];
        self.log.read_exact_at(&mut words, 0)?;
        Ok(String::from_utf8_lossy(&words).into_owned())
    }
}

impl Drop for LambdaFunction {
    fn drop(&mut self) {
        self.kill();
    }
}

impl fmt::Debug for LambdaFunction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LambdaFunction")
            .field("pid", &self.pid())
            .field("api", &self.api.address())
            .finish_non_exhaustive()
    }
}
