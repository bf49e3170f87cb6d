//! Whether a service's deployment goes on, is done, or was rolled back.

use crate::aws::service::{DeploymentView, ServiceView};
use crate::health::Health;

/// Where a deployment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rollout {
    /// Tasks are being replaced, or AWS does not know yet of what was applied.
    GoingOn,
    /// All tasks are of the task definition that was applied, and healthy.
    Done,
    /// ECS gave up, for this reason, and went back to what ran before, if anything did.
    Failed(String),
}

/// Follows one deployment.
///
/// The description of a service may be some seconds old. So a service that runs another task
/// definition than the one that was applied has been rolled back only if there is more that says so:
/// the applied one was seen, or ECS says that it failed.
#[derive(Debug)]
pub(crate) struct Rolling<'a> {
    /// ARN of the task definition that was applied; `None` when nobody knows it.
    applied: Option<&'a str>,
    was_seen: bool,
}

impl<'a> Rolling<'a> {
    pub(crate) fn new(applied: Option<&'a str>) -> Self {
        Self {
            applied,
            was_seen: false,
        }
    }

    /// Judges what AWS says now.
    pub(crate) fn judge(&mut self, service: &ServiceView, health: &Health) -> Rollout {
        let Some(primary) = service.primary() else {
            return Rollout::GoingOn;
        };
        if self.is_applied(primary) {
            self.was_seen = true;
            return match primary.rollout.as_deref() {
                Some("FAILED") => Rollout::Failed(cause(service, Some(primary))),
                _ if health.is_good() => Rollout::Done,
                _ => Rollout::GoingOn,
            };
        }
        let applied = service.deployments.iter().find(|it| self.is_applied(it));
        let has_failed = applied.is_some_and(|it| it.rollout.as_deref() == Some("FAILED"));
        if self.was_seen || has_failed || says_rollback(primary.reason.as_deref()) {
            return Rollout::Failed(cause(service, applied));
        }
        Rollout::GoingOn
    }

    /// Whether something else than what was applied runs.
    pub(crate) fn is_back(&self, service: &ServiceView) -> bool {
        service.primary().is_some_and(|it| !self.is_applied(it))
    }

    fn is_applied(&self, deployment: &DeploymentView) -> bool {
        self.applied
            .is_none_or(|arn| deployment.task_definition == arn)
    }
}

/// "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/123."
fn says_rollback(reason: Option<&str>) -> bool {
    reason.is_some_and(|reason| {
        let reason = reason.to_lowercase();
        reason.contains("rolling back") || reason.contains("rollback")
    })
}

/// ECS's own words: those of the deployment, or else of the event log.
fn cause(service: &ServiceView, failed: Option<&DeploymentView>) -> String {
    let of_deployment = failed.and_then(|it| it.reason.clone());
    let events = service.events.iter().map(|event| &event.message);
    let of_event = || {
        events
            .clone()
            .find(|words| words.contains("roll") || words.contains("failed"))
            .cloned()
    };
    let words = of_deployment.filter(|words| !words.is_empty());
    words
        .or_else(of_event)
        .unwrap_or_else(|| "ECS gives no reason".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::service::ServiceEvent;

    const OLD: &str = "arn:task-definition/shop:1";
    const NEW: &str = "arn:task-definition/shop:2";

    fn deployment(status: &str, arn: &str, rollout: &str, reason: &str) -> DeploymentView {
        DeploymentView {
            status: status.into(),
            task_definition: arn.into(),
            rollout: Some(rollout.into()),
            reason: Some(reason.into()),
            desired: 2,
            ..DeploymentView::default()
        }
    }

    fn service(deployments: &[DeploymentView]) -> ServiceView {
        ServiceView {
            desired: 2,
            deployments: deployments.to_vec(),
            ..ServiceView::default()
        }
    }

    fn health(healthy: u32, rolled_out: bool) -> Health {
        Health {
            healthy,
            wanted: 2,
            rolled_out,
            reasons: Vec::new(),
        }
    }

    fn failed(words: &str) -> Rollout {
        Rollout::Failed(words.into())
    }

    #[test]
    fn what_aws_says_is_judged() {
        let primary = |arn, rollout, reason| deployment("PRIMARY", arn, rollout, reason);
        let active = |arn, rollout, reason| deployment("ACTIVE", arn, rollout, reason);
        let breaker = "ECS deployment circuit breaker: tasks failed to start.";
        let back = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/1.";
        for (name, deployments, healthy, expected) in [
            ("none", vec![], 0, Rollout::GoingOn),
            (
                "starting",
                vec![primary(NEW, "IN_PROGRESS", "")],
                0,
                Rollout::GoingOn,
            ),
            (
                "replacing",
                vec![
                    primary(NEW, "IN_PROGRESS", ""),
                    active(OLD, "COMPLETED", ""),
                ],
                2,
                Rollout::GoingOn,
            ),
            (
                "done",
                vec![primary(NEW, "COMPLETED", "")],
                2,
                Rollout::Done,
            ),
            (
                "done, one target waits",
                vec![primary(NEW, "COMPLETED", "")],
                1,
                Rollout::GoingOn,
            ),
            (
                "first one failed",
                vec![primary(NEW, "FAILED", breaker)],
                0,
                failed(breaker),
            ),
            (
                "rolling back",
                vec![
                    primary(OLD, "IN_PROGRESS", back),
                    active(NEW, "FAILED", breaker),
                ],
                2,
                failed(breaker),
            ),
            (
                "rolling back, the failed one is gone",
                vec![primary(OLD, "IN_PROGRESS", back)],
                2,
                failed("ECS gives no reason"),
            ),
            (
                "an old description",
                vec![primary(OLD, "COMPLETED", "")],
                2,
                Rollout::GoingOn,
            ),
        ] {
            let rolled_out = deployments
                .first()
                .is_some_and(|it| it.rollout.as_deref() == Some("COMPLETED"));
            let mut rolling = Rolling::new(Some(NEW));
            let found = rolling.judge(&service(&deployments), &health(healthy, rolled_out));
            assert_eq!(found, expected, "{name}");
        }
    }

    #[test]
    fn a_task_definition_that_was_seen_and_is_gone_was_rolled_back() {
        let mut rolling = Rolling::new(Some(NEW));
        let new = service(&[deployment("PRIMARY", NEW, "IN_PROGRESS", "")]);
        assert_eq!(rolling.judge(&new, &health(0, false)), Rollout::GoingOn);
        let mut old = service(&[deployment(
            "PRIMARY",
            OLD,
            "COMPLETED",
            "ECS deployment completed.",
        )]);
        old.events = [
            "has started 1 tasks",
            "rolling back to deployment ecs-svc/1",
        ]
        .map(|message| ServiceEvent {
            at: None,
            message: message.into(),
        })
        .to_vec();
        let back = failed("rolling back to deployment ecs-svc/1");
        assert_eq!(rolling.judge(&old, &health(2, true)), back);
        assert!(rolling.is_back(&old));
    }

    #[test]
    fn without_a_known_task_definition_the_newest_deployment_counts() {
        let mut rolling = Rolling::new(None);
        let old = service(&[deployment("PRIMARY", OLD, "COMPLETED", "")]);
        assert_eq!(rolling.judge(&old, &health(2, true)), Rollout::Done);
    }
}
