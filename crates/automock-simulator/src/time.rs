//! Virtual time, and an executor that jumps from one event to the next.
//!
//! Everything runs on one thread and in the order in which it becomes ready, so the same start
//! leads to the same run.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// A moment of virtual time: microseconds since the beginning.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

/// One of the things that go on at the same time.
pub type TaskId = u64;

/// How a task ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It came to its own end.
    Returned,
    /// It was stopped and will never go on.
    Killed,
}

type Work = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The shared clock, and the way to start and stop tasks from inside of tasks.
#[derive(Clone, Default)]
pub struct Time(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    now: Moment,
    order: u64,
    timers: BinaryHeap<Reverse<(Moment, u64)>>,
    sleepers: BTreeMap<u64, Waker>,
    last_task: TaskId,
    spawned: Vec<(TaskId, Work)>,
    ready: Arc<Mutex<VecDeque<TaskId>>>,
    killed: BTreeSet<TaskId>,
    just_killed: Vec<TaskId>,
    ended: BTreeMap<TaskId, End>,
    watchers: BTreeMap<TaskId, Vec<Waker>>,
}

struct Alarm {
    task: TaskId,
    ready: Arc<Mutex<VecDeque<TaskId>>>,
}

impl Wake for Alarm {
    fn wake(self: Arc<Self>) {
        lock(&self.ready).push_back(self.task);
    }
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Moment {
    /// The beginning as a date: long before the limits of what can be told.
    #[must_use]
    pub fn beginning() -> Timestamp {
        Timestamp::from_second(1_767_312_000).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// The moment so long after the beginning.
    #[must_use]
    pub const fn at_seconds(seconds: u64) -> Self {
        Self(seconds * 1_000_000)
    }

    /// The moment as a date.
    #[must_use]
    pub fn timestamp(self) -> Timestamp {
        let micros = i64::try_from(self.0).unwrap_or(i64::MAX);
        Self::beginning()
            .checked_add(SignedDuration::from_micros(micros))
            .unwrap_or(Timestamp::MAX)
    }

    /// The time between the beginning and the moment.
    #[must_use]
    pub const fn since_beginning(self) -> Duration {
        Duration::from_micros(self.0)
    }

    /// The time between two moments; zero if the other one is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl std::ops::Add<Duration> for Moment {
    type Output = Self;

    fn add(self, time: Duration) -> Self {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        Self(self.0.saturating_add(micros))
    }
}

impl std::fmt::Display for Moment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (seconds, millis) = (self.0 / 1_000_000, self.0 / 1000 % 1000);
        write!(formatter, "{seconds:>6}.{millis:03}")
    }
}

impl Time {
    /// The present moment.
    #[must_use]
    pub fn now(&self) -> Moment {
        lock(&self.0).now
    }

    /// Lets time pass.
    #[must_use]
    pub fn sleep(&self, time: Duration) -> Sleep {
        Sleep {
            until: self.now() + time,
            time: self.clone(),
            timer: None,
        }
    }

    /// Starts a task that is told its own name.
    pub fn spawn<F>(&self, work: impl FnOnce(TaskId) -> F) -> TaskId
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let task = {
            let mut inner = lock(&self.0);
            inner.last_task += 1;
            inner.last_task
        };
        let work = Box::pin(work(task));
        lock(&self.0).spawned.push((task, work));
        task
    }

    /// Stops a task where it is, for ever.
    pub fn kill(&self, task: TaskId) {
        let mut inner = lock(&self.0);
        if !inner.ended.contains_key(&task) && inner.killed.insert(task) {
            inner.just_killed.push(task);
        }
    }

    /// Whether the task was stopped.
    #[must_use]
    pub fn is_killed(&self, task: TaskId) -> bool {
        lock(&self.0).killed.contains(&task)
    }

    /// Waits for the end of a task.
    pub async fn end_of(&self, task: TaskId) -> End {
        std::future::poll_fn(|context| {
            let mut inner = lock(&self.0);
            if let Some(end) = inner.ended.get(&task) {
                return Poll::Ready(*end);
            }
            let watchers = inner.watchers.entry(task).or_default();
            watchers.push(context.waker().clone());
            Poll::Pending
        })
        .await
    }

    /// Runs until nothing is left to do, or until the limit; tells whether it came to the end.
    #[expect(
        clippy::must_use_candidate,
        reason = "the limit is often all there is to reach"
    )]
    pub fn run(&self, limit: Moment) -> bool {
        let mut tasks = BTreeMap::new();
        loop {
            self.take_in(&mut tasks);
            self.drop_killed(&mut tasks);
            if let Some(task) = self.next_ready() {
                self.poll(&mut tasks, task);
            } else if lock(&self.0).spawned.is_empty() {
                match self.advance(limit) {
                    Advance::Woke => {}
                    Advance::Nothing => return true,
                    Advance::Limit => return false,
                }
            }
        }
    }

    fn take_in(&self, tasks: &mut BTreeMap<TaskId, (Work, Waker)>) {
        let (spawned, ready) = {
            let mut inner = lock(&self.0);
            (std::mem::take(&mut inner.spawned), inner.ready.clone())
        };
        for (task, work) in spawned {
            let ready = ready.clone();
            let waker = Waker::from(Arc::new(Alarm { task, ready }));
            waker.wake_by_ref();
            tasks.insert(task, (work, waker));
        }
    }

    fn drop_killed(&self, tasks: &mut BTreeMap<TaskId, (Work, Waker)>) {
        let killed = std::mem::take(&mut lock(&self.0).just_killed);
        for task in killed {
            // Dropping may run code that wants the clock, so the lock must not be held.
            drop(tasks.remove(&task));
            self.ended(task, End::Killed);
        }
    }

    fn next_ready(&self) -> Option<TaskId> {
        let ready = lock(&self.0).ready.clone();
        lock(&ready).pop_front()
    }

    fn poll(&self, tasks: &mut BTreeMap<TaskId, (Work, Waker)>, task: TaskId) {
        let Some((work, waker)) = tasks.get_mut(&task) else {
            return;
        };
        let waker = waker.clone();
        let mut context = Context::from_waker(&waker);
        if work.as_mut().poll(&mut context).is_ready() {
            tasks.remove(&task);
            self.ended(task, End::Returned);
        }
    }

    fn ended(&self, task: TaskId, end: End) {
        let watchers = {
            let mut inner = lock(&self.0);
            inner.ended.insert(task, end);
            inner.watchers.remove(&task).unwrap_or_default()
        };
        for watcher in watchers {
            watcher.wake();
        }
    }

    /// Jumps to the next moment at which somebody is woken.
    fn advance(&self, limit: Moment) -> Advance {
        let waker = {
            let mut inner = lock(&self.0);
            let Some(Reverse((at, timer))) = inner.timers.pop() else {
                return Advance::Nothing;
            };
            if at > limit {
                inner.timers.push(Reverse((at, timer)));
                return Advance::Limit;
            }
            let waker = inner.sleepers.remove(&timer);
            if waker.is_some() {
                inner.now = inner.now.max(at);
            }
            waker
        };
        if let Some(waker) = waker {
            waker.wake();
        }
        Advance::Woke
    }
}

enum Advance {
    Woke,
    Nothing,
    Limit,
}

/// Some time that has to pass.
pub struct Sleep {
    time: Time,
    until: Moment,
    timer: Option<u64>,
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let time = self.time.clone();
        let mut inner = lock(&time.0);
        if inner.now >= self.until {
            return Poll::Ready(());
        }
        if let Some(timer) = self.timer {
            inner.sleepers.insert(timer, context.waker().clone());
        } else {
            inner.order += 1;
            let timer = inner.order;
            inner.timers.push(Reverse((self.until, timer)));
            inner.sleepers.insert(timer, context.waker().clone());
            self.timer = Some(timer);
        }
        Poll::Pending
    }
}

impl Drop for Sleep {
    /// Nobody waits any more, so time need not pass for it.
    fn drop(&mut self) {
        if let Some(timer) = self.timer {
            lock(&self.time.0).sleepers.remove(&timer);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn time_jumps_and_keeps_the_order() {
        let time = Time::default();
        let seen = Arc::new(Mutex::new(Vec::new()));
        for (name, seconds) in [("late", 3), ("early", 1), ("middle", 2)] {
            let (clock, seen) = (time.clone(), seen.clone());
            time.spawn(|_| async move {
                clock.sleep(SECOND * seconds).await;
                lock(&seen).push((name, clock.now()));
            });
        }
        assert!(time.run(Moment::at_seconds(60)));
        let at = Moment::at_seconds;
        let expected = [("early", at(1)), ("middle", at(2)), ("late", at(3))];
        assert_eq!(*lock(&seen), expected);
    }

    #[test]
    fn a_killed_task_never_goes_on_and_its_end_is_told() {
        let time = Time::default();
        let (clock, seen) = (time.clone(), Arc::new(Mutex::new(None)));
        let (end, witness) = (time.clone(), seen.clone());
        let victim = time.spawn(|_| async move {
            clock.sleep(SECOND * 10).await;
            panic!("it went on");
        });
        time.spawn(|_| async move {
            end.sleep(SECOND).await;
            end.kill(victim);
            *lock(&witness) = Some((end.end_of(victim).await, end.now()));
        });
        assert!(time.run(Moment::at_seconds(60)));
        assert_eq!(*lock(&seen), Some((End::Killed, Moment::at_seconds(1))));
        assert_eq!(time.now(), Moment::at_seconds(1), "nobody waited longer");
    }

    #[test]
    fn the_limit_is_kept() {
        let time = Time::default();
        let clock = time.clone();
        time.spawn(|_| async move { clock.sleep(SECOND * 61).await });
        assert!(!time.run(Moment::at_seconds(60)));
    }
}
