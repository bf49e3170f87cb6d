//! A stack's life: what wakes its reaper, and how far that comes.

use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use automock_model::StackId;
use automock_ttl::kind::ResourceKind as K;
use automock_ttl::reaper::{Actor, Reaper, ReaperError, Tick};
use automock_ttl::record::StackRecord;
use futures::future::{Either, select};
use jiff::SignedDuration;

use crate::build::{Mode, STACK, State4, decoys, install, plan, record};
use crate::check::Expected;
use crate::simulation::{Settings, Simulation};
use crate::state::State;
use crate::thing::{Body, Truth};
use crate::time::{End, Moment, lock};

/// How long a stack lives.
pub const TTL: Duration = Duration::from_hours(1);

/// How long before its end people are warned.
pub const WARNING: Duration = Duration::from_mins(10);

/// The rate of the module's rule.
pub const RATE: Duration = Duration::from_mins(5);

/// When Lambda stops a run.
const TIMEOUT: Duration = Duration::from_mins(15);

/// Lambda's pauses before it tries a failed invocation again:
/// <https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html>.
const RETRIES: [Duration; 2] = [Duration::from_mins(1), Duration::from_mins(2)];

/// A world before the first tick.
#[derive(Clone, Debug)]
pub struct Scene {
    /// Everything there is.
    pub world: State,
    /// The stack that is going to end.
    pub record: StackRecord,
    /// How many steps the creation of the whole stack has.
    pub steps: usize,
}

impl Scene {
    /// A complete stack among decoys.
    #[must_use]
    pub fn new(mode: Mode) -> Self {
        Self::part(mode, usize::MAX, State4::Whole)
    }

    /// The first steps of a stack among decoys.
    #[must_use]
    pub fn part(mode: Mode, steps: usize, state: State4) -> Self {
        let record = record(STACK, TTL.as_secs());
        let plan = plan(&record, mode, Truth::Stack);
        let simulation = Simulation::new(Settings::calm(0));
        install(&simulation, &plan, steps, state);
        decoys(&simulation);
        Self {
            world: simulation.with(|world| world.clone()),
            record,
            steps: plan.steps.len(),
        }
    }

    /// Opens the scene: everything begins.
    #[must_use]
    pub fn open(&self, settings: Settings) -> Life {
        let simulation = Simulation::new(settings);
        simulation.with(|world| {
            let delays = world.delays;
            *world = self.world.clone();
            world.delays = delays;
        });
        Life {
            simulation,
            stack: self.record.stack_id.clone(),
            expected: Arc::new(Expected::of(&self.world, &self.record)),
            runs: Arc::default(),
        }
    }
}

/// One stack's life.
#[derive(Clone)]
pub struct Life {
    /// The world and its time.
    pub simulation: Simulation,
    /// The stack.
    pub stack: StackId,
    expected: Arc<Expected>,
    runs: Arc<Mutex<Vec<Run>>>,
}

/// One run of the function.
#[derive(Debug)]
pub struct Run {
    /// Its request id.
    pub id: String,
    /// When it began.
    pub began: Moment,
    /// When it ended.
    pub ended: Moment,
    /// What came of it.
    pub outcome: Outcome,
}

/// What came of a run.
#[derive(Debug)]
pub enum Outcome {
    /// It came to its end.
    Returned(Result<Tick, ReaperError>),
    /// Its process died at a call.
    Died,
    /// Lambda stopped it.
    TimedOut,
}

impl Outcome {
    /// Whether Lambda tries it again.
    fn failed(&self) -> bool {
        !matches!(self, Self::Returned(Ok(_)))
    }
}

impl Life {
    /// When the warning of the stack is due.
    #[must_use]
    pub fn warning() -> Moment {
        Moment::default() + TTL.saturating_sub(WARNING)
    }

    /// When the stack ends.
    #[must_use]
    pub fn end() -> Moment {
        Moment::default() + TTL
    }

    /// Lets EventBridge wake the function every few minutes, from the warning on.
    pub fn wake_by_rule(&self) {
        self.wake_by_rule_from(Self::warning());
    }

    /// Lets EventBridge wake the function every few minutes, from a moment on.
    pub fn wake_by_rule_from(&self, first: Moment) {
        let life = self.clone();
        self.simulation.time.spawn(|_| async move {
            life.wait_until(first).await;
            let mut number = 0;
            while life.has(K::EventRule) {
                if life.rule_has_target() {
                    number += 1;
                    life.invoke(format!("tick-{number}"));
                }
                life.simulation.time.sleep(RATE).await;
            }
        });
    }

    /// Invokes the function at a moment, whatever the rule does.
    pub fn invoke_at(&self, moment: Moment, id: impl Into<String>) {
        let (life, id) = (self.clone(), id.into());
        self.simulation.time.spawn(|_| async move {
            life.wait_until(moment).await;
            life.invoke(id);
        });
    }

    /// Waits for a moment.
    pub async fn wait_until(&self, moment: Moment) {
        let time = &self.simulation.time;
        let left = moment.since(time.now());
        time.sleep(left).await;
    }

    /// Lambda takes in an event.
    fn invoke(&self, id: String) {
        let life = self.clone();
        self.simulation.time.spawn(|_| async move {
            for pause in RETRIES.map(Some).into_iter().chain([None]) {
                if !life.has(K::LambdaFunction) || !life.attempt(&id).await {
                    return;
                }
                if let Some(pause) = pause {
                    life.simulation.time.sleep(pause).await;
                }
            }
        });
    }

    /// One run; tells whether it failed.
    async fn attempt(&self, id: &str) -> bool {
        let time = &self.simulation.time;
        let began = time.now();
        self.simulation.note(|| format!("{id} begins"));
        let outcome = self.run_once(id, began).await;
        let failed = outcome.failed();
        self.simulation.note(|| format!("{id} ends: {outcome:?}"));
        self.lock().push(Run {
            id: id.to_owned(),
            began,
            ended: time.now(),
            outcome,
        });
        failed
    }

    async fn run_once(&self, id: &str, began: Moment) -> Outcome {
        let time = &self.simulation.time;
        let answer = Arc::new(Mutex::new(None));
        let (slot, stack) = (answer.clone(), self.stack.clone());
        let simulation = self.simulation.clone();
        let run = id.to_owned();
        let deadline = (began + TIMEOUT).timestamp();
        let process = time.spawn(|process| async move {
            let client = simulation.client(process, &run);
            let reaper = Reaper::new(client.world(), Actor::new("reaper", run));
            let tick = reaper.tick(&stack, Some(deadline), &mut |_| {}).await;
            *lock(&slot) = Some(tick);
        });
        let timeout = pin!(time.sleep(TIMEOUT));
        match select(pin!(time.end_of(process)), timeout).await {
            Either::Left((End::Returned, _)) => {}
            Either::Left((End::Killed, _)) => return Outcome::Died,
            Either::Right(_) => {
                time.kill(process);
                return Outcome::TimedOut;
            }
        }
        let answer = lock(&answer).take();
        answer.map_or(Outcome::Died, Outcome::Returned)
    }

    fn has(&self, kind: K) -> bool {
        let own = |world: &mut State| world.left().any(|thing| thing.kind == kind);
        self.simulation.with(own)
    }

    fn rule_has_target(&self) -> bool {
        self.simulation.with(|world| {
            let mut own = world.left();
            own.any(|it| matches!(&it.body, Body::Rule { targets } if !targets.is_empty()))
        })
    }

    /// Lets so many hours pass since the beginning, or fewer if nothing more can happen.
    pub fn run_for_hours(&self, hours: u64) {
        let limit = Moment::at_seconds(hours * 3600);
        self.simulation.time.run(limit);
    }

    /// What is wrong with the world now that the stack should be gone.
    #[must_use]
    pub fn problems(&self) -> Vec<String> {
        self.simulation.with(|world| self.expected.problems(world))
    }

    /// What was changed that should not have been, whether or not the stack is gone.
    #[must_use]
    pub fn damage(&self) -> Vec<String> {
        self.simulation.with(|world| self.expected.damage(world))
    }

    /// The runs so far, in the order of their ends.
    #[must_use]
    pub fn runs(&self) -> MutexGuard<'_, Vec<Run>> {
        self.lock()
    }

    /// How many mails went out whose subjects have this in them.
    #[must_use]
    pub fn mails(&self, word: &str) -> usize {
        self.simulation
            .with(|world| world.mails.iter().filter(|it| it.1.contains(word)).count())
    }

    /// The time from the end of the stack's life to the end of the last run.
    #[must_use]
    pub fn duration(&self) -> SignedDuration {
        let last = self.lock().last().map(|run| run.ended).unwrap_or_default();
        SignedDuration::try_from(last.since(Self::end())).unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Run>> {
        lock(&self.runs)
    }
}
