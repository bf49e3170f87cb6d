//! The Runtime API over HTTP:
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>.

use std::{
    io,
    net::SocketAddr,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use serde::Deserialize;
use serde_json::Value;

use crate::http::{Request, Response, Server};

const NEXT: &str = "/2018-06-01/runtime/invocation/next";
const INVOCATION: &str = "/2018-06-01/runtime/invocation/";
const INIT_ERROR: &str = "/2018-06-01/runtime/init/error";

/// What a function says that failed.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorReport {
    /// The kind of error.
    pub error_type: String,
    /// What happened, in words.
    pub error_message: String,
}

/// What a function answered to an invocation.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Reply {
    /// Its result.
    Response(Value),
    /// Its error.
    Error(ErrorReport),
}

/// Work for the function.
#[derive(Debug)]
struct Invocation {
    id: String,
    event: Vec<u8>,
    deadline: SystemTime,
}

/// Where the one function and the one test meet.
#[derive(Debug, Default)]
struct Desk {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    closed: bool,
    /// Whether the function has ever asked for work.
    asked: bool,
    waiting: Option<Invocation>,
    /// The request id of the invocation that is worked on.
    running: Option<String>,
    reply: Option<Reply>,
    init_error: Option<ErrorReport>,
}

/// A Runtime API for one process.
pub(super) struct RuntimeApi {
    server: Server,
    desk: Arc<Desk>,
    function: String,
}

impl RuntimeApi {
    pub(super) fn start(function: &str) -> io::Result<Self> {
        let desk = Arc::<Desk>::default();
        let arn = format!("arn:aws:lambda:us-east-1:123456789012:function:{function}");
        let shared = Arc::clone(&desk);
        let server = Server::start(Arc::new(move |request| shared.serve(&request, &arn)))?;
        Ok(Self {
            server,
            desk,
            function: function.to_owned(),
        })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    pub(super) fn function(&self) -> &str {
        &self.function
    }

    /// Hands out an event. A request id that comes again stands for Lambda's own retry.
    pub(super) fn hand_out(&self, id: &str, event: &Value, time_left: Duration) {
        let mut state = self.desk.lock();
        state.reply = None;
        state.waiting = Some(Invocation {
            id: id.to_owned(),
            event: event.to_string().into_bytes(),
            deadline: SystemTime::now() + time_left,
        });
        self.desk.changed.notify_all();
    }

    /// The reply, once it is there, or nothing after that time.
    pub(super) fn reply(&self, patience: Duration) -> Option<Reply> {
        self.desk.wait(patience, |state| state.reply.take())
    }

    /// Whether the function asked for work within that time.
    pub(super) fn is_asked(&self, patience: Duration) -> bool {
        self.desk
            .wait(patience, |state| state.asked.then_some(()))
            .is_some()
    }

    /// The error with which the function could not begin.
    pub(super) fn init_error(&self) -> Option<ErrorReport> {
        self.desk.lock().init_error.clone()
    }
}

impl Drop for RuntimeApi {
    fn drop(&mut self) {
        self.desk.lock().closed = true;
        self.desk.changed.notify_all();
    }
}

impl Desk {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<T>(
        &self,
        patience: Duration,
        mut look: impl FnMut(&mut State) -> Option<T>,
    ) -> Option<T> {
        let end = Instant::now() + patience;
        let mut state = self.lock();
        loop {
            if let Some(found) = look(&mut state) {
                return Some(found);
            }
            let left = end.checked_duration_since(Instant::now())?;
            let waited = self.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn serve(&self, request: &Request, arn: &str) -> Option<Response> {
        match (request.method.as_str(), request.target.as_str()) {
            ("GET", NEXT) => self.next(arn),
            ("POST", INIT_ERROR) => Some(self.take_init_error(&request.body)),
            ("POST", path) => Some(match path.strip_prefix(INVOCATION) {
                Some(rest) => self.take_reply(rest, &request.body),
                None => refusal(404, "no such path"),
            }),
            _ => Some(refusal(404, "no such path")),
        }
    }

    /// Waits for work as long as it takes.
    fn next(&self, arn: &str) -> Option<Response> {
        let mut state = self.lock();
        state.asked = true;
        self.changed.notify_all();
        loop {
            if state.closed {
                return None;
            }
            if let Some(invocation) = state.waiting.take() {
                state.running = Some(invocation.id.clone());
                return Some(invocation.into_response(arn));
            }
            let woken = self.changed.wait(state);
            state = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn take_reply(&self, path: &str, body: &[u8]) -> Response {
        let mut state = self.lock();
        let reply = match path.split_once('/') {
            Some((id, _)) if state.running.as_deref() != Some(id) => {
                return refusal(400, "not the invocation that is worked on");
            }
            Some((_, "response")) => serde_json::from_slice(body).map(Reply::Response),
            Some((_, "error")) => serde_json::from_slice(body).map(Reply::Error),
            _ => return refusal(404, "no such path"),
        };
        let Ok(reply) = reply else {
            return refusal(400, "the body is not what it should be");
        };
        state.running = None;
        state.reply = Some(reply);
        self.changed.notify_all();
        Response::new(202, r#"{"status":"OK"}"#)
    }

    fn take_init_error(&self, body: &[u8]) -> Response {
        let Ok(report) = serde_json::from_slice(body) else {
            return refusal(400, "the body is not what it should be");
        };
        self.lock().init_error = Some(report);
        Response::new(202, r#"{"status":"OK"}"#)
    }
}

impl Invocation {
    fn into_response(self, arn: &str) -> Response {
        let deadline = self.deadline.duration_since(UNIX_EPOCH).unwrap_or_default();
        Response::new(200, self.event)
            .with_header("content-type", "application/json")
            .with_header("lambda-runtime-aws-request-id", self.id)
            .with_header(
                "lambda-runtime-deadline-ms",
                deadline.as_millis().to_string(),
            )
            .with_header("lambda-runtime-invoked-function-arn", arn)
    }
}

fn refusal(status: u16, reason: &str) -> Response {
    Response::new(status, format!(r#"{{"errorMessage":"{reason}"}}"#))
}
