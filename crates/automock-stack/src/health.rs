//! Waiting until the mock answers, with a reason while it does not.

use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::Error;
use crate::aws::service::{
    ServiceView, StoppedTask, TargetsView, describe, last_words, stopped_tasks, target_health,
};
use crate::aws::{AwsError, Session};
use crate::events::{Event, Events};
use crate::rollout::{Rolling, Rollout};
use automock_model::Names;

/// How a wait for health goes.
#[derive(Clone, Copy, Debug)]
pub struct HealthOptions {
    /// How long to wait at most.
    pub timeout: Duration,
    /// How often to ask.
    pub poll: Duration,
}

impl Default for HealthOptions {
    /// Ten minutes: an image pull of half a minute, a JVM start and two health checks fit many
    /// times; a task that has not made it by then will not.
    fn default() -> Self {
        Self {
            timeout: Duration::from_mins(10),
            poll: Duration::from_secs(5),
        }
    }
}

/// The state of the mock's targets at one moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Health {
    /// Targets that pass.
    pub healthy: u32,
    /// Targets wanted.
    pub wanted: u32,
    /// Whether the newest deployment has replaced all tasks of earlier ones. Until then healthy
    /// targets may be tasks of the version before.
    pub rolled_out: bool,
    /// Why the others do not pass, most telling reason first.
    pub reasons: Vec<String>,
}

/// How the reasons begin that a task or a target gives.
const STOPPED: &str = "a task stopped";
const FAILS: &str = "the health check of target";

impl Health {
    /// Whether all wanted targets pass.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.rolled_out && self.wanted > 0 && self.healthy >= self.wanted
    }

    /// Adds what ECS says of a deployment that it gave up, behind what a task or a target says: that is
    /// the cause, and ECS only counts. That something goes on is no longer true.
    fn explain(&mut self, cause: String) {
        self.reasons
            .retain(|reason| reason.starts_with(STOPPED) || reason.starts_with(FAILS));
        self.reasons.push(cause);
    }
}

/// Waits until the service's newest deployment has ended, and as many targets are healthy as it wants
/// tasks. With a task definition, that deployment has to be of it: ECS may have rolled it back.
pub(crate) async fn wait(
    session: &Session,
    names: &Names,
    applied: Option<&str>,
    options: HealthOptions,
    events: &Events,
    cancel: &CancellationToken,
) -> Result<Health, Error> {
    let started = Instant::now();
    let mut rolling = Rolling::new(applied);
    loop {
        let look = match look(session, names, applied).await {
            Ok(look) => look,
            // One lost answer in ten minutes says nothing about the mock.
            Err(error) if !error.is_credentials() && started.elapsed() < options.timeout => {
                events.detail(format!("{error}: {}", error.cause()));
                pause(options.poll, cancel).await?;
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let Look {
            service,
            stopped,
            mut health,
        } = look;
        let (running, pending) = service
            .primary()
            .map_or((service.running, service.pending), |it| {
                (it.running, it.pending)
            });
        events.send(Event::Health {
            healthy: health.healthy,
            wanted: health.wanted,
            running,
            pending,
            reason: health.reasons.first().cloned(),
        });
        match rolling.judge(&service, &health) {
            Rollout::Done => return Ok(health),
            Rollout::Failed(cause) => {
                health.explain(cause);
                health
                    .reasons
                    .extend(words_of(session, names, &stopped).await);
                let is_first = service.deployments.len() < 2 && !rolling.is_back(&service);
                return Err(Error::RolledBack { health, is_first });
            }
            Rollout::GoingOn => {}
        }
        if started.elapsed() >= options.timeout {
            return Err(Error::Unhealthy {
                health,
                waited_seconds: options.timeout.as_secs(),
            });
        }
        pause(options.poll, cancel).await?;
    }
}

async fn pause(time: Duration, cancel: &CancellationToken) -> Result<(), Error> {
    tokio::select! {
        () = tokio::time::sleep(time) => Ok(()),
        () = cancel.cancelled() => Err(Error::Interrupted { what: "waiting for healthy targets" }),
    }
}

/// The last lines in the log of the task that stopped last.
async fn words_of(session: &Session, names: &Names, stopped: &[StoppedTask]) -> Vec<String> {
    let Some(newest) = stopped.first() else {
        return Vec::new();
    };
    let lines = last_words(session, &names.mock_log_group, &newest.task).await;
    let lines = lines.into_iter();
    lines
        .map(|line| format!("task {} logged: {line}", newest.task))
        .collect()
}

/// Service and targets at one moment, and what follows from them.
struct Look {
    service: ServiceView,
    stopped: Vec<StoppedTask>,
    health: Health,
}

/// Looks at service and targets once.
async fn look(session: &Session, names: &Names, applied: Option<&str>) -> Result<Look, AwsError> {
    let (service, targets) = tokio::try_join!(
        describe(session, &names.cluster, &names.service),
        target_health(session, &names.target_group),
    )?;
    let service = service.unwrap_or_default();
    let targets = targets.unwrap_or_default();
    let stopped = if targets.healthy >= service.desired && service.desired > 0 {
        Vec::new()
    } else {
        stopped_tasks(session, &names.cluster, &names.service, applied).await?
    };
    let health = judge(&service, &targets, &stopped);
    Ok(Look {
        service,
        stopped,
        health,
    })
}

/// Puts the reasons in the order in which they explain: a task that can't start explains a
/// rolled-back deployment or a missing target, and neither of these explains the task.
fn judge(service: &ServiceView, targets: &TargetsView, stopped: &[StoppedTask]) -> Health {
    let mut reasons: Vec<String> = stopped
        .iter()
        .map(|task| format!("{STOPPED}: {}", task.reason))
        .collect();
    for target in &targets.unhealthy {
        let reason = format!(
            "{FAILS} {} fails: {} ({})",
            target.target, target.description, target.reason
        );
        if !reasons.contains(&reason) {
            reasons.push(reason);
        }
    }
    if reasons.is_empty() && service.running < service.desired {
        reasons.push(format!(
            "{} of {} tasks run, {} are starting",
            service.running, service.desired, service.pending
        ));
        // ECS explains why it can't place tasks only in its event log.
        if let Some(event) = service
            .events
            .iter()
            .find(|event| event.message.contains("unable to") || event.message.contains("failed"))
        {
            reasons.insert(0, event.message.clone());
        }
    }
    if reasons.is_empty() && targets.initial > 0 {
        reasons.push(format!(
            "{} targets await their first health checks",
            targets.initial
        ));
    }
    let rolled_out = service.rollout.as_deref() == Some("COMPLETED");
    if reasons.is_empty() && !rolled_out {
        reasons.push("the newest deployment is still replacing tasks".into());
    }
    Health {
        healthy: targets.healthy,
        wanted: service.desired,
        rolled_out,
        reasons,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::service::{ServiceEvent, TargetProblem};

    fn service(desired: u32, running: u32) -> ServiceView {
        ServiceView {
            desired,
            running,
            pending: desired - running,
            rollout: Some("COMPLETED".into()),
            ..ServiceView::default()
        }
    }

    #[test]
    fn all_healthy_needs_no_reason() {
        let targets = TargetsView {
            healthy: 2,
            ..TargetsView::default()
        };
        let health = judge(&service(2, 2), &targets, &[]);
        assert!(health.is_good());
        assert_eq!(health.reasons, Vec::<String>::new());
    }

    #[test]
    fn healthy_tasks_of_the_version_before_do_not_count() {
        let targets = TargetsView {
            healthy: 2,
            ..TargetsView::default()
        };
        let mut rolling = service(2, 2);
        rolling.rollout = Some("IN_PROGRESS".into());
        let health = judge(&rolling, &targets, &[]);
        assert!(!health.is_good());
        assert!(health.reasons[0].contains("replacing"));
    }

    #[test]
    fn no_wanted_task_is_not_health() {
        assert!(!judge(&service(0, 0), &TargetsView::default(), &[]).is_good());
    }

    #[test]
    fn a_task_that_cannot_start_explains_best() {
        let targets = TargetsView {
            unhealthy: vec![TargetProblem {
                target: "10.42.1.7".into(),
                reason: "Target.ResponseCodeMismatch".into(),
                description: "Health checks failed with these codes: [404]".into(),
            }],
            ..TargetsView::default()
        };
        let stopped = [StoppedTask {
            task: "0123".into(),
            reason: "CannotPullContainerError: no such tag".into(),
        }];
        let health = judge(&service(2, 0), &targets, &stopped);
        assert!(health.reasons[0].contains("CannotPullContainerError"));
        assert!(health.reasons[1].contains("[404]"));
    }

    #[test]
    fn a_task_explains_a_deployment_that_was_given_up() {
        let stopped = [StoppedTask {
            task: "0123".into(),
            reason: "OutOfMemoryError".into(),
        }];
        let mut health = judge(&service(2, 0), &TargetsView::default(), &stopped);
        health.explain("ECS deployment circuit breaker: tasks failed to start.".into());
        assert_eq!(health.reasons.len(), 2);
        assert_eq!(health.reasons[0], "a task stopped: OutOfMemoryError");
        let mut health = judge(&service(2, 0), &TargetsView::default(), &[]);
        health.explain("rolled back".into());
        assert_eq!(health.reasons, ["rolled back"]);
    }

    #[test]
    fn the_event_log_explains_what_nothing_else_does() {
        let mut view = service(2, 0);
        view.events = vec![ServiceEvent {
            at: None,
            message: "(service a) was unable to place a task".into(),
        }];
        let health = judge(&view, &TargetsView::default(), &[]);
        assert!(health.reasons[0].contains("unable to place"));
        assert!(health.reasons[1].starts_with("0 of 2 tasks run"));
    }
}
