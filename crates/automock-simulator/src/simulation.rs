//! The world, its time, and the way from a process to it and back.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use automock_ttl::CloudFailure;

use crate::delays::Delays;
use crate::faults::{Buckets, Crash, Fate, Faults, Lane, Side, Weather};
use crate::random::Random;
use crate::state::State;
use crate::time::{TaskId, Time};

/// How often the SDK tries a call that failed for a moment.
const TRIES: u32 = 3;

/// The SDK's first pause between two tries; the next one is twice as long.
const PAUSE: Duration = Duration::from_millis(500);

/// One world with everything that goes on in it.
#[derive(Clone)]
pub struct Simulation {
    /// Its time.
    pub time: Time,
    inner: Arc<Mutex<Inner>>,
}

struct Inner {
    state: State,
    weather: Weather,
    crash: Option<Crash>,
    calls: u64,
    deaths: u64,
    trace: Option<Vec<String>>,
}

/// What a world is like.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// What everything random comes from.
    pub seed: u64,
    /// How slow AWS is.
    pub delays: Delays,
    /// What goes wrong.
    pub faults: Faults,
    /// Where a process dies.
    pub crash: Option<Crash>,
    /// Whether every call is written down.
    pub trace: bool,
}

impl Settings {
    /// A world of typical delays in which nothing goes wrong.
    #[must_use]
    pub fn calm(seed: u64) -> Self {
        Self {
            seed,
            delays: Delays::typical(seed),
            faults: Faults::default(),
            crash: None,
            trace: false,
        }
    }
}

/// One process's access to the world.
#[derive(Clone)]
pub struct Client {
    simulation: Simulation,
    process: TaskId,
    pub(crate) run: String,
}

impl Simulation {
    /// An empty world.
    #[must_use]
    pub fn new(settings: Settings) -> Self {
        let inner = Inner {
            state: State::new(settings.delays),
            weather: Weather {
                faults: settings.faults,
                random: Random::of(settings.seed, &["weather"]),
                buckets: Buckets::default(),
            },
            crash: settings.crash,
            calls: 0,
            deaths: 0,
            trace: settings.trace.then(Vec::new),
        };
        Self {
            time: Time::default(),
            inner: Arc::new(Mutex::new(inner)),
        }
    }

    /// Looks at or changes the world from outside, without a call.
    pub fn with<T>(&self, look: impl FnOnce(&mut State) -> T) -> T {
        let now = self.time.now();
        let mut inner = self.lock();
        inner.state.now = now;
        look(&mut inner.state)
    }

    /// How many calls there were.
    #[must_use]
    pub fn calls(&self) -> u64 {
        self.lock().calls
    }

    /// How many processes died at a call.
    #[must_use]
    pub fn deaths(&self) -> u64 {
        self.lock().deaths
    }

    /// The calls that were written down.
    #[must_use]
    pub fn trace(&self) -> Vec<String> {
        self.lock().trace.clone().unwrap_or_default()
    }

    /// Writes something down beside the calls.
    pub fn note(&self, what: impl FnOnce() -> String) {
        let now = self.time.now();
        if let Some(trace) = &mut self.lock().trace {
            trace.push(format!("{now} {}", what()));
        }
    }

    /// What a process with this name and run reaches the world with.
    #[must_use]
    pub fn client(&self, process: TaskId, run: impl Into<String>) -> Client {
        Client {
            simulation: self.clone(),
            process,
            run: run.into(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Inner {
    /// Counts a call and decides whether the process dies of it.
    fn count(&mut self) -> Option<Side> {
        self.calls += 1;
        let planned = self
            .crash
            .filter(|crash| crash.call == self.calls)
            .map(|crash| crash.side);
        planned.or_else(|| self.weather.death())
    }
}

impl Client {
    /// The world.
    #[must_use]
    pub fn simulation(&self) -> &Simulation {
        &self.simulation
    }

    /// A call with the SDK's own retries.
    pub(crate) async fn call<T: Send>(
        &self,
        lane: Lane,
        name: &str,
        mut effect: impl FnMut(&mut State) -> Result<T, CloudFailure> + Send,
    ) -> Result<T, CloudFailure> {
        let mut pause = PAUSE;
        for _ in 1..TRIES {
            match self.once(lane, name, &mut effect).await {
                Err(failure) if failure.is_transient() => {
                    self.simulation.time.sleep(pause).await;
                    pause *= 2;
                }
                answer => return answer,
            }
        }
        self.once(lane, name, &mut effect).await
    }

    /// A single call.
    pub(crate) async fn once<T: Send>(
        &self,
        lane: Lane,
        name: &str,
        effect: &mut (impl FnMut(&mut State) -> Result<T, CloudFailure> + Send),
    ) -> Result<T, CloudFailure> {
        if self.is_dead() {
            return self.nothing().await;
        }
        let (death, way) = {
            let mut inner = self.simulation.lock();
            (inner.count(), inner.weather.way())
        };
        if death == Some(Side::Before) {
            return self.die(name, "before").await;
        }
        self.simulation.time.sleep(way).await;
        let answer = self.execute(lane, name, effect);
        if death == Some(Side::After) {
            return self.die(name, "after").await;
        }
        self.simulation.time.sleep(way).await;
        answer
    }

    fn execute<T>(
        &self,
        lane: Lane,
        name: &str,
        effect: &mut impl FnMut(&mut State) -> Result<T, CloudFailure>,
    ) -> Result<T, CloudFailure> {
        let now = self.simulation.time.now();
        let mut inner = self.simulation.lock();
        inner.state.now = now;
        let answer = match inner.weather.fate(lane, now) {
            Fate::Works => effect(&mut inner.state),
            Fate::Throttled => Err(CloudFailure::Throttled {
                code: "RequestLimitExceeded".to_owned(),
                message: "Request limit exceeded.".to_owned(),
            }),
            Fate::Failed => Err(CloudFailure::ServerFault {
                code: "InternalError".to_owned(),
                message: "An internal error has occurred".to_owned(),
            }),
            Fate::Lost => {
                let _ = effect(&mut inner.state);
                Err(CloudFailure::RegionUnreachable {
                    message: "the connection was closed before the answer".to_owned(),
                })
            }
        };
        let number = inner.calls;
        if let Some(trace) = &mut inner.trace {
            let said = answer
                .as_ref()
                .err()
                .map_or("ok".to_owned(), ToString::to_string);
            trace.push(format!("{now} {number} {} {name}: {said}", self.run));
        }
        answer
    }

    fn is_dead(&self) -> bool {
        self.simulation.time.is_killed(self.process)
    }

    async fn die<T>(&self, name: &str, side: &str) -> T {
        self.simulation.lock().deaths += 1;
        self.simulation
            .note(|| format!("{} dies {side} {name}", self.run));
        self.simulation.time.kill(self.process);
        self.nothing().await
    }

    /// What a dead process waits for.
    async fn nothing<T>(&self) -> T {
        std::future::pending().await
    }
}
