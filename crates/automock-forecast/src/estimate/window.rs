//! Stretches of time that get a bill.

use automock_model::Project;

use super::{HOURS_PER_MONTH, SECONDS_PER_HOUR};
use crate::load::{Load, RequestsPerSecond};

/// How long a teardown may take: one run of the reaper, which Lambda stops after 15 minutes
/// (<https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html>).
const TEARDOWN_SECONDS: u64 = 15 * 60;

/// A stretch of a stack's life: how long, with how many tasks, under which load.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Window {
    /// How long.
    pub seconds: u64,
    /// Tasks that run all the time.
    pub tasks: u32,
    /// Requests per second on average.
    pub requests_per_second: RequestsPerSecond,
    /// Whether the stack is created in it: images are pulled, expectations are uploaded.
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
            requests_per_second: load.requests_per_second,
            starts: false,
            ends: false,
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
            starts: true,
            ends: true,
            ..Self::running(project, load, seconds)
        })
    }

    /// The first month of a stack that nothing ends.
    #[must_use]
    pub fn month(project: &Project, load: &Load) -> Self {
        Self {
            starts: true,
            ..Self::running(project, load, HOURS_PER_MONTH * SECONDS_PER_HOUR)
        }
    }

    /// One hour with all tasks that scaling may start. Each is as busy as under the load, so the
    /// traffic grows with the tasks.
    #[must_use]
    pub fn maximum_hour(project: &Project, load: &Load) -> Self {
        Self::hour(project, load).at_maximum(project)
    }

    /// The most that the stack can take until it is gone: all tasks that scaling may start from the
    /// first second on, the time to live, one more interval of the reaper's checks, and the longest
    /// run that a teardown takes.
    ///
    /// It is a limit for the stack and not for those who call it. Each task is as busy as under the
    /// load and is started once; clients that send more, or scaling that goes to and fro and pulls
    /// images again, cost more.
    #[must_use]
    pub fn worst_case(project: &Project, load: &Load) -> Option<Self> {
        let session = Self::session(project, load)?;
        let late = u64::from(project.ttl.check_every_minutes) * 60;
        let whole = Self {
            seconds: session.seconds.saturating_add(late + TEARDOWN_SECONDS),
            ..session
        };
        Some(whole.at_maximum(project))
    }

    fn at_maximum(self, project: &Project) -> Self {
        let most = project.tasks.max.max(self.tasks);
        let growth = f64::from(most) / f64::from(self.tasks.max(1));
        Self {
            tasks: most,
            requests_per_second: self.requests_per_second.times(growth),
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

    /// All requests of the window.
    pub(crate) fn requests(&self) -> f64 {
        self.requests_per_second.get() * self.seconds_f64()
    }
}

fn tasks(project: &Project, load: &Load) -> u32 {
    load.tasks.unwrap_or(project.tasks.min)
}
