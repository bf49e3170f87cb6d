//! Stretches of time that get a bill.

use automock_model::{EngineKind, Project, ScalingPolicy};

use super::{HOURS_PER_MONTH, SECONDS_PER_HOUR};
use crate::load::{Load, RequestsPerSecond};
use crate::simulation::scale_in;

/// How long a teardown may take: one run of the reaper, which Lambda stops after 15 minutes
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const TEARDOWN_SECONDS: u64 = 15 * 60;

/// How often an alarm is looked at.
const EVALUATION_SECONDS: u64 = 60;

/// How soon target tracking can remove tasks again that it has added: its low alarm waits for fifteen
/// values, one a minute, and AWS shows no more about it.
const TRACKING_SECONDS: u64 = 15 * 60;

/// Requests that nothing expects, which a task explains in a second: the engine's
/// `misses_per_second`.
const EXPLAINED_PER_TASK: f64 = 5.0;

/// A stretch of a stack's life: how long, with how many tasks, under which load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// How long.
    pub seconds: u64,
    /// Tasks that run all the time.
    pub tasks: u32,
    /// Tasks that are started in it, those at its beginning included. Each pulls its images, and
    /// each but those pays for a minute more, the least that a task is billed for.
    pub launches: u32,
    /// Requests per second on average.
    pub requests_per_second: RequestsPerSecond,
    /// Requests per second that nothing expects and that the engine explains in its log.
    pub explained_per_second: RequestsPerSecond,
    /// Whether the stack is created in it: expectations are uploaded.
    pub starts: bool,
    /// Whether the stack ends in it: the reaper works, mails are sent.
    pub ends: bool,
}

impl Window {
    /// So many seconds in the middle of a stack's life.
    #[must_use]
    pub fn running(project: &Project, load: &Load, seconds: u64) -> Self {
        Self {
            seconds,
            tasks: tasks(project, load),
            launches: later_launches(load, seconds),
            requests_per_second: load.requests_per_second,
            explained_per_second: RequestsPerSecond::ZERO,
            starts: false,
            ends: false,
        }
    }

    /// The same for a stack that is created at its beginning: every task is started once.
    #[must_use]
    pub fn from_start(project: &Project, load: &Load, seconds: u64) -> Self {
        let running = Self::running(project, load, seconds);
        Self {
            launches: running.tasks.saturating_add(running.launches),
            starts: true,
            ..running
        }
    }

    /// One hour in the middle of a stack's life.
    #[must_use]
    pub fn hour(project: &Project, load: &Load) -> Self {
        Self::running(project, load, SECONDS_PER_HOUR)
    }

    /// From the deployment until the time to live is over.
    #[must_use]
    pub fn session(project: &Project, load: &Load) -> Option<Self> {
        let seconds = project.ttl.duration.seconds()?;
        Some(Self {
            ends: true,
            ..Self::from_start(project, load, seconds)
        })
    }

    /// The first month of a stack that nothing ends.
    #[must_use]
    pub fn month(project: &Project, load: &Load) -> Self {
        Self::from_start(project, load, HOURS_PER_MONTH * SECONDS_PER_HOUR)
    }

    /// One hour with all tasks that scaling may start, and the peak of the load.
    #[must_use]
    pub fn maximum_hour(project: &Project, load: &Load) -> Self {
        Self::hour(project, load).at_maximum(project, load)
    }

    /// The most that the stack can take until it is gone: all tasks that scaling may start from the
    /// first second on, and the peak of the load; those that it can remove and start again
    /// meanwhile; as many requests that nothing expects as the engine explains in its log; the time
    /// to live, one more interval of the reaper's checks, and the longest run that a teardown takes.
    ///
    /// It is a limit for the stack and not for those who call it: clients that send more than the
    /// load says cost more. So does what AWS replaces, tasks that fail or that it takes back, because
    /// they pull their images again.
    #[must_use]
    pub fn worst_case(project: &Project, load: &Load) -> Option<Self> {
        let seconds = project.ttl.duration.seconds()?;
        Some(Self::worst_case_for(project, load, seconds))
    }

    /// The same for a stack that lives for so many seconds, whatever its time to live says.
    #[must_use]
    pub fn worst_case_for(project: &Project, load: &Load, seconds: u64) -> Self {
        let late = u64::from(project.ttl.check_every_minutes) * 60;
        let seconds = seconds.saturating_add(late + TEARDOWN_SECONDS);
        let whole = Self {
            ends: true,
            ..Self::from_start(project, load, seconds)
        };
        let whole = whole.at_maximum(project, load);
        let later = started_again(project, seconds).max(later_launches(load, seconds));
        Self {
            launches: whole.tasks.saturating_add(later),
            explained_per_second: explained(project, &whole),
            ..whole
        }
    }

    fn at_maximum(self, project: &Project, load: &Load) -> Self {
        let most = project.tasks.max.max(self.tasks);
        let growth = f64::from(most) / f64::from(self.tasks.max(1));
        let average = self.requests_per_second;
        let peak = match load.peak {
            Some(peak) if peak > average => peak,
            Some(_) => average,
            None => average.times(growth),
        };
        Self {
            tasks: most,
            requests_per_second: peak,
            ..self
        }
    }

    /// The window in hours.
    pub(crate) fn hours(&self) -> f64 {
        self.seconds_f64() / 3_600.0
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a month has 2.6 million seconds"
    )]
    pub(crate) fn seconds_f64(&self) -> f64 {
        self.seconds as f64
    }

    /// Tasks that are started later than at the beginning.
    pub(crate) fn started_later(&self) -> u32 {
        let at_once = if self.starts { self.tasks } else { 0 };
        self.launches.saturating_sub(at_once)
    }

    /// All requests of the window.
    pub(crate) fn requests(&self) -> f64 {
        self.requests_per_second.get() * self.seconds_f64()
    }
}

fn tasks(project: &Project, load: &Load) -> u32 {
    load.tasks.unwrap_or(project.tasks.min)
}

/// The most requests per second that the tasks explain.
fn explained(project: &Project, window: &Window) -> RequestsPerSecond {
    match project.engine.kind {
        EngineKind::MockServer => RequestsPerSecond::ZERO,
        EngineKind::AutoMock => {
            let most = f64::from(window.tasks) * EXPLAINED_PER_TASK;
            RequestsPerSecond::clamped(most.min(window.requests_per_second.get()))
        }
    }
}

/// Tasks that the load is known to start.
fn later_launches(load: &Load, seconds: u64) -> u32 {
    let launches = u64::from(load.launches_per_hour).saturating_mul(seconds);
    u32::try_from(launches.div_ceil(SECONDS_PER_HOUR)).unwrap_or(u32::MAX)
}

/// Tasks that scaling can start again in a window, because it has removed them before: what it removes
/// at once, as often as it may.
///
/// Alarms are looked at once a minute. What adds tasks ends the pause after removing, so a load that
/// goes up and down can have tasks removed every second time, while the processors are idle and
/// another metric is high. Where the processors' is the only metric, its low alarm has to be off and
/// on again; target tracking waits for all its alarms, and removes any number, down to the minimum.
fn started_again(project: &Project, seconds: u64) -> u32 {
    let tasks = &project.tasks;
    let all = tasks.max.saturating_sub(tasks.min);
    let (every, removed) = match &project.scaling.policy {
        ScalingPolicy::Steps(steps) => {
            let rule = &steps.scale_in;
            let other_metrics = [&steps.memory, &steps.requests_per_minute];
            let cycle = if other_metrics.iter().all(|steps| steps.is_empty()) {
                rule.for_seconds.saturating_add(EVALUATION_SECONDS)
            } else {
                2 * EVALUATION_SECONDS
            };
            let cooldown = project.scaling.scale_in_cooldown_seconds;
            let left = scale_in(rule, 0.0, tasks.max);
            (cooldown.min(cycle), tasks.max - left)
        }
        ScalingPolicy::TargetTracking(_) => (TRACKING_SECONDS, all),
    };
    let times = seconds / every.max(EVALUATION_SECONDS);
    let again = times.saturating_mul(u64::from(removed.min(all)));
    u32::try_from(again).unwrap_or(u32::MAX)
}
