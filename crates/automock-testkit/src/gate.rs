//! A gate between one program and a world, which shuts at a chosen request.

use std::{
    fmt,
    net::SocketAddr,
    process::Command,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use crate::{
    Emulator, TestkitError,
    http::{self, Request, Response, Server},
};

/// Passes AWS requests on to a world, counts them, and shuts when told: from then on nothing
/// passes in either direction.
///
/// A program that is killed once the gate has shut has died at exactly that request, whatever else
/// it had under way.
pub struct Gate {
    server: Server,
    watch: Arc<Watch>,
    variables: Vec<(String, String)>,
}

/// On which side of a request the gate shuts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moment {
    /// The world never gets the request.
    Before,
    /// The world does what is asked, and the answer is lost.
    After,
}

#[derive(Debug, Default)]
struct Watch {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct State {
    calls: Vec<String>,
    plan: Option<(usize, Moment)>,
    shut: bool,
    /// Requests that the world works on.
    under_way: usize,
}

impl Gate {
    /// An open gate in front of a world.
    ///
    /// # Errors
    /// When no port is free.
    pub fn open(world: &Emulator) -> Result<Self, TestkitError> {
        let watch = Arc::<Watch>::default();
        let beyond = world.address();
        let shared = Arc::clone(&watch);
        let server = Server::start(Arc::new(move |request| shared.pass(&request, beyond)))
            .map_err(TestkitError::file("the gate"))?;
        Ok(Self {
            server,
            watch,
            variables: world.env(),
        })
    }

    /// Shuts at the n-th request from now on, the first one being 1.
    pub fn shut_at(&self, request: usize, moment: Moment) {
        let mut state = self.watch.lock();
        let at = state.calls.len() + request;
        state.plan = Some((at, moment));
    }

    /// Waits until the gate has shut and the world is done with what had passed; whether it is.
    #[must_use]
    pub fn is_shut(&self, patience: Duration) -> bool {
        let end = Instant::now() + patience;
        let mut state = self.watch.lock();
        while !state.shut || state.under_way > 0 {
            let Some(left) = end.checked_duration_since(Instant::now()) else {
                return false;
            };
            let waited = self.watch.changed.wait_timeout(state, left);
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// What came to the gate so far, the request at which it shut included: service and action, or
    /// method and path.
    #[must_use]
    pub fn calls(&self) -> Vec<String> {
        self.watch.lock().calls.clone()
    }

    /// Sets and removes variables so that the command's AWS calls go through the gate.
    pub fn prepare(&self, command: &mut Command) {
        for variable in crate::REMOVED_VARIABLES {
            command.env_remove(variable);
        }
        let endpoint = format!("http://{}", self.server.address());
        command
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .env("AWS_ENDPOINT_URL", endpoint);
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate")
            .field("address", &self.server.address())
            .field("watch", &self.watch)
            .finish_non_exhaustive()
    }
}

impl Watch {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pass(&self, request: &Request, beyond: SocketAddr) -> Option<Response> {
        let passes = self.arrive(label(request));
        let answer = passes.then(|| http::send(beyond, request).ok()).flatten();
        let mut state = self.lock();
        state.under_way -= usize::from(passes);
        self.changed.notify_all();
        // An answer that comes back to a shut gate is lost.
        answer.filter(|_| !state.shut)
    }

    /// Counts a request; whether it passes.
    fn arrive(&self, call: String) -> bool {
        let mut state = self.lock();
        if state.shut {
            return false;
        }
        state.calls.push(call);
        let count = state.calls.len();
        let last = state.plan.filter(|(at, _)| *at == count);
        state.shut = last.is_some();
        let passes = !matches!(last, Some((_, Moment::Before)));
        state.under_way += usize::from(passes);
        passes
    }
}

/// A short name of an AWS request.
fn label(request: &Request) -> String {
    let header = |name: &str| request.headers.get(name).map_or("", String::as_str);
    let scope = header("authorization").split('/').nth(3);
    let service = scope.unwrap_or("unsigned");
    if let Some((_, action)) = header("x-amz-target").rsplit_once('.') {
        return format!("{service} {action}");
    }
    let body = String::from_utf8_lossy(&request.body);
    let action = body
        .split('&')
        .find_map(|field| field.strip_prefix("Action="));
    match action {
        Some(action) => format!("{service} {action}"),
        None => format!("{service} {} {}", request.method, request.target),
    }
}
