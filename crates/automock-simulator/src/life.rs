//! A stack's life: what wakes its reaper, and how far that comes.

use std::future::Future;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use automock_model::{Foundation, StackId};
use automock_ttl::kind::ResourceKind as K;
use automock_ttl::reaper::{
    Actor, Begin, Reaper, ReaperError, TerraformLock, Tick, terraform_lock_key,
};
use automock_ttl::record::{Operation, OperationKind, Phase, StackRecord};
use automock_ttl::teardown::Limits;
use futures::future::{Either, select};
use jiff::{SignedDuration, Timestamp};

use crate::build::{Mode, STACK, StateFile, decoys, install, plan, record};
use crate::check::Expected;
use crate::simulation::{Client, Settings, Simulation};
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

/// How often a person repeats a command that did not finish.
const SWEEPS: usize = 20;

/// A command has no deadline.
const FOREVER: Duration = Duration::from_hours(24);

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
        Self::part(mode, usize::MAX, StateFile::Whole)
    }

    /// The first steps of a stack among decoys.
    #[must_use]
    pub fn part(mode: Mode, steps: usize, state: StateFile) -> Self {
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

    /// The first steps of a stack whose deployer died before it was complete: the record names
    /// the deploy, and the lock of its terraform is on the state.
    ///
    /// # Panics
    /// Never: what was made as a record or a lock can be written.
    #[must_use]
    pub fn half_created(mode: Mode, steps: usize, state: StateFile) -> Self {
        let mut scene = Self::part(mode, steps, state);
        let record = &mut scene.record;
        record.phase = Phase::Creating;
        record.operation = Some(dead_deploy());
        let stack = &record.stack_id;
        let key = Foundation::stack_state_key(stack);
        let lock = TerraformLock {
            operation: "OperationTypeApply".to_owned(),
            who: "ana@build-7".to_owned(),
            ..TerraformLock::of_teardown("dead", &key, Moment::beginning())
        };
        let lock = serde_json::to_vec(&lock).expect("a lock can be written");
        scene.world.put_object(terraform_lock_key(&key), lock);
        let bytes = record.to_json().expect("a record can be written");
        scene
            .world
            .put_object(Foundation::registry_key(stack), bytes);
        scene
    }

    /// Lets the deploy have ended by itself: its terraform has stored its state and given the lock
    /// back, and the record says that it failed.
    ///
    /// # Panics
    /// Never: what was made as a record can be written.
    pub fn fail(&mut self) {
        self.record.phase = Phase::Failed;
        self.record.operation = None;
        let stack = &self.record.stack_id;
        let lock = terraform_lock_key(&Foundation::stack_state_key(stack));
        self.world.objects.remove(&lock);
        let bytes = self.record.to_json().expect("a record can be written");
        self.world
            .put_object(Foundation::registry_key(stack), bytes);
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

fn dead_deploy() -> Operation {
    Operation {
        kind: OperationKind::Deploy,
        user: "ana".to_owned(),
        host: "build-7".to_owned(),
        pid: 7,
        terraform_pid: None,
        started_at: Moment::beginning(),
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
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It came to its end.
    Returned(Result<Tick, Arc<ReaperError>>),
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

    /// Lets somebody tear the stack down by a command, from a moment on and again until it is
    /// done: `automock sweep --delete`.
    pub fn sweep_from(&self, moment: Moment) {
        let life = self.clone();
        self.simulation.time.spawn(|_| async move {
            life.wait_until(moment).await;
            for number in 1..=SWEEPS {
                let id = format!("sweep-{number}");
                let outcome = life.watch(&id, None, sweep).await;
                let is_over = matches!(
                    &outcome,
                    Outcome::Returned(Ok(Tick::Finished { .. } | Tick::NothingToDo))
                );
                if is_over {
                    return;
                }
                life.simulation.time.sleep(RATE).await;
            }
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

    /// One run of the function; tells whether it failed.
    async fn attempt(&self, id: &str) -> bool {
        let outcome = self.watch(id, Some(TIMEOUT), tick).await;
        outcome.failed()
    }

    /// Runs a process and notes what came of it.
    async fn watch<W>(
        &self,
        id: &str,
        timeout: Option<Duration>,
        work: impl FnOnce(Client, StackId, Option<Timestamp>) -> W,
    ) -> Outcome
    where
        W: Future<Output = Result<Tick, ReaperError>> + Send + 'static,
    {
        let time = &self.simulation.time;
        let began = time.now();
        self.simulation.note(|| format!("{id} begins"));
        let outcome = self.run_once(id, timeout, work).await;
        self.simulation.note(|| format!("{id} ends: {outcome:?}"));
        self.lock().push(Run {
            id: id.to_owned(),
            began,
            ended: time.now(),
            outcome: outcome.clone(),
        });
        outcome
    }

    async fn run_once<W>(
        &self,
        id: &str,
        timeout: Option<Duration>,
        work: impl FnOnce(Client, StackId, Option<Timestamp>) -> W,
    ) -> Outcome
    where
        W: Future<Output = Result<Tick, ReaperError>> + Send + 'static,
    {
        let time = &self.simulation.time;
        let deadline = timeout.map(|timeout| (time.now() + timeout).timestamp());
        let answer = Arc::new(Mutex::new(None));
        let slot = answer.clone();
        let process = time.spawn(|process| {
            let client = self.simulation.client(process, id);
            let work = work(client, self.stack.clone(), deadline);
            async move {
                let came_of_it = work.await;
                *lock(&slot) = Some(came_of_it);
            }
        });
        let patience = pin!(time.sleep(timeout.unwrap_or(FOREVER)));
        match select(pin!(time.end_of(process)), patience).await {
            Either::Left((End::Returned, _)) => {}
            Either::Left((End::Killed, _)) => return Outcome::Died,
            Either::Right(_) => {
                time.kill(process);
                return Outcome::TimedOut;
            }
        }
        let answer = lock(&answer).take();
        answer.map_or(Outcome::Died, |came_of_it| {
            Outcome::Returned(came_of_it.map_err(Arc::new))
        })
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

    /// Lets time pass until so many hours since the beginning.
    pub fn run_for_hours(&self, hours: u64) {
        let limit = Moment::at_seconds(hours * 3600);
        let life = self.clone();
        self.simulation
            .time
            .spawn(|_| async move { life.wait_until(limit).await });
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

    /// Objects of the stack's record and lease that are left in the foundation.
    #[must_use]
    pub fn traces(&self) -> Vec<String> {
        self.simulation.with(|world| self.expected.traces(world))
    }

    /// The runs so far, in the order of their ends.
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

/// What the function does when it is called.
async fn tick(
    client: Client,
    stack: StackId,
    deadline: Option<Timestamp>,
) -> Result<Tick, ReaperError> {
    let reaper = Reaper::new(client.world(), Actor::new("reaper", client.run.as_str()));
    reaper.tick(&stack, deadline, &mut |_| {}).await
}

/// What a command does that needs no terraform and knows the deployer to be dead.
async fn sweep(client: Client, stack: StackId, _: Option<Timestamp>) -> Result<Tick, ReaperError> {
    let reaper = Reaper::new(client.world(), Actor::new("sweep", client.run.as_str()));
    let begin = Begin {
        replaces: Some(dead_deploy()),
        ..Begin::default()
    };
    let mut teardown = match reaper.begin(&stack, begin, &mut |_| {}).await {
        Err(ReaperError::NoStack { .. }) => return Ok(Tick::NothingToDo),
        other => other?,
    };
    let came_of_it = teardown
        .carry_on(Limits::default(), &|| false, &mut |_| {})
        .await;
    if !matches!(came_of_it, Ok(Tick::Finished { .. })) {
        teardown.release().await?;
    }
    came_of_it
}
