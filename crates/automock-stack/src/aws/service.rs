//! The stack's ECS service and its targets as AWS describes them.

use aws_sdk_ecs::types::{Deployment, DesiredStatus};
use aws_sdk_elasticloadbalancingv2::types::TargetHealthStateEnum;
use jiff::Timestamp;
use serde::Serialize;

use super::{AwsError, Session, timestamp};

/// Numbers and messages of an ECS service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ServiceView {
    /// `ACTIVE`, `DRAINING` or `INACTIVE`.
    pub status: String,
    /// Tasks that autoscaling wants.
    pub desired: u32,
    /// Tasks that run.
    pub running: u32,
    /// Tasks that are starting.
    pub pending: u32,
    /// Rollout of the newest deployment: `COMPLETED`, `IN_PROGRESS` or `FAILED`.
    pub rollout: Option<String>,
    /// Why the rollout is in that state.
    pub rollout_reason: Option<String>,
    /// The deployments, the newest first.
    pub deployments: Vec<DeploymentView>,
    /// Newest events first, at most ten.
    pub events: Vec<ServiceEvent>,
}

impl ServiceView {
    /// The newest deployment.
    pub(crate) fn primary(&self) -> Option<&DeploymentView> {
        let mut deployments = self.deployments.iter();
        deployments.find(|deployment| deployment.status == "PRIMARY")
    }
}

/// One deployment of an ECS service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DeploymentView {
    /// `PRIMARY` for the newest, `ACTIVE` for those that still have tasks, `INACTIVE`.
    pub status: String,
    /// ARN of its task definition.
    pub task_definition: String,
    /// `COMPLETED`, `IN_PROGRESS` or `FAILED`.
    pub rollout: Option<String>,
    /// Why the rollout is in that state.
    pub reason: Option<String>,
    /// Tasks that it wants.
    pub desired: u32,
    /// Tasks of it that run.
    pub running: u32,
    /// Tasks of it that are starting.
    pub pending: u32,
    /// Tasks of it that could not start.
    pub failed: u32,
}

/// One line of an ECS service's event log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ServiceEvent {
    /// When it happened.
    pub at: Option<Timestamp>,
    /// AWS's words.
    pub message: String,
}

/// Health of a target group's targets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct TargetsView {
    /// Targets that pass the health check.
    pub healthy: u32,
    /// Targets that are registered and not yet judged.
    pub initial: u32,
    /// Targets that are being taken out.
    pub draining: u32,
    /// Targets that fail, with AWS's reason.
    pub unhealthy: Vec<TargetProblem>,
}

/// A target that fails its health check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TargetProblem {
    /// Address of the task.
    pub target: String,
    /// AWS's reason code, such as `Target.ResponseCodeMismatch`.
    pub reason: String,
    /// AWS's description.
    pub description: String,
}

/// Describes the service; `None` when there is no such cluster or service.
pub(crate) async fn describe(
    session: &Session,
    cluster: &str,
    service: &str,
) -> Result<Option<ServiceView>, AwsError> {
    let answer = session
        .ecs()
        .describe_services()
        .cluster(cluster)
        .services(service)
        .send()
        .await;
    let services = match answer {
        Ok(answer) => answer.services.unwrap_or_default(),
        Err(error) => {
            let error = AwsError::new("describe the ECS service", error);
            return if error.is_not_found() {
                Ok(None)
            } else {
                Err(error)
            };
        }
    };
    Ok(services.into_iter().next().map(|service| {
        // After a rollback the newest deployment is not the one that counts.
        let newest = service
            .deployments()
            .iter()
            .find(|deployment| deployment.status() == Some("PRIMARY"));
        ServiceView {
            status: service.status().unwrap_or_default().to_owned(),
            desired: count(service.desired_count()),
            running: count(service.running_count()),
            pending: count(service.pending_count()),
            deployments: service.deployments().iter().map(deployment).collect(),
            rollout: newest
                .and_then(|deployment| deployment.rollout_state())
                .map(|state| state.as_str().to_owned()),
            rollout_reason: newest
                .and_then(|deployment| deployment.rollout_state_reason())
                .map(str::to_owned),
            events: service
                .events()
                .iter()
                .take(10)
                .map(|event| ServiceEvent {
                    at: event.created_at().and_then(timestamp),
                    message: event.message().unwrap_or_default().to_owned(),
                })
                .collect(),
        }
    }))
}

fn deployment(deployment: &Deployment) -> DeploymentView {
    DeploymentView {
        status: deployment.status().unwrap_or_default().to_owned(),
        task_definition: deployment.task_definition().unwrap_or_default().to_owned(),
        rollout: deployment
            .rollout_state()
            .map(|state| state.as_str().to_owned()),
        reason: deployment.rollout_state_reason().map(str::to_owned),
        desired: count(deployment.desired_count()),
        running: count(deployment.running_count()),
        pending: count(deployment.pending_count()),
        failed: count(deployment.failed_tasks()),
    }
}

/// Identifiers of the service's running tasks (the last part of each ARN).
pub(crate) async fn running_tasks(
    session: &Session,
    cluster: &str,
    service: &str,
) -> Result<Vec<String>, AwsError> {
    let mut pages = session
        .ecs()
        .list_tasks()
        .cluster(cluster)
        .service_name(service)
        .desired_status(DesiredStatus::Running)
        .into_paginator()
        .items()
        .send();
    let mut tasks = Vec::new();
    while let Some(arn) = pages.next().await {
        let arn = arn.map_err(|error| AwsError::new("list the service's tasks", error))?;
        tasks.push(arn.rsplit('/').next().unwrap_or(&arn).to_owned());
    }
    Ok(tasks)
}

/// The most tasks that ECS describes in one call.
const DESCRIBED_AT_ONCE: usize = 100;

/// Identifiers of the service's tasks whose containers run; with a task definition, of its tasks alone.
pub(crate) async fn serving_tasks(
    session: &Session,
    cluster: &str,
    service: &str,
    task_definition: Option<&str>,
) -> Result<Vec<String>, AwsError> {
    let all = running_tasks(session, cluster, service).await?;
    let mut serving = Vec::new();
    for some in all.chunks(DESCRIBED_AT_ONCE) {
        let described = session
            .ecs()
            .describe_tasks()
            .cluster(cluster)
            .set_tasks(Some(some.to_vec()))
            .send()
            .await
            .map_err(|error| AwsError::new("describe the service's tasks", error))?;
        for task in described.tasks() {
            let is_other =
                task_definition.is_some_and(|arn| task.task_definition_arn() != Some(arn));
            if is_other || task.last_status() != Some("RUNNING") {
                continue;
            }
            let arn = task.task_arn().unwrap_or_default();
            serving.push(arn.rsplit('/').next().unwrap_or(arn).to_owned());
        }
    }
    Ok(serving)
}

/// A task that stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoppedTask {
    /// The last part of its ARN.
    pub(crate) task: String,
    /// Why it stopped, in AWS's words.
    pub(crate) reason: String,
}

/// The service's most recently stopped tasks, the newest first, one for each reason.
///
/// With a task definition, those of others are left out: that ECS stopped them says nothing about it.
pub(crate) async fn stopped_tasks(
    session: &Session,
    cluster: &str,
    service: &str,
    task_definition: Option<&str>,
) -> Result<Vec<StoppedTask>, AwsError> {
    let listed = session
        .ecs()
        .list_tasks()
        .cluster(cluster)
        .service_name(service)
        .desired_status(DesiredStatus::Stopped)
        .max_results(100)
        .send()
        .await
        .map_err(|error| AwsError::new("list the service's stopped tasks", error))?;
    if listed.task_arns().is_empty() {
        return Ok(Vec::new());
    }
    let described = session
        .ecs()
        .describe_tasks()
        .cluster(cluster)
        .set_tasks(Some(listed.task_arns().to_vec()))
        .send()
        .await
        .map_err(|error| AwsError::new("describe the service's stopped tasks", error))?;
    let mut stopped: Vec<StoppedTask> = Vec::new();
    for task in described.tasks() {
        if task_definition.is_some_and(|arn| task.task_definition_arn() != Some(arn)) {
            continue;
        }
        let container = task
            .containers()
            .iter()
            .find_map(|container| container.reason())
            .map(str::to_owned);
        let reason = match (task.stopped_reason(), container) {
            // A failed pull stops the task for the very reason of its container.
            (Some(task), Some(container)) if !task.contains(&container) => {
                format!("{task}: {container}")
            }
            (Some(reason), _) => reason.to_owned(),
            (None, Some(reason)) => reason,
            (None, None) => continue,
        };
        let arn = task.task_arn().unwrap_or_default();
        if !stopped.iter().any(|known| known.reason == reason) {
            stopped.push(StoppedTask {
                task: arn.rsplit('/').next().unwrap_or(arn).to_owned(),
                reason,
            });
        }
    }
    Ok(stopped)
}

/// The last lines that a task's mock server logged; none when they can't be read.
pub(crate) async fn last_words(session: &Session, log_group: &str, task: &str) -> Vec<String> {
    let answer = session
        .logs()
        .get_log_events()
        .log_group_name(log_group)
        .log_stream_name(format!("task/mock/{task}"))
        .limit(5)
        .start_from_head(false)
        .send()
        .await;
    let Ok(answer) = answer else {
        return Vec::new();
    };
    let lines = answer.events().iter().filter_map(|event| event.message());
    lines.map(|line| line.trim_end().to_owned()).collect()
}

/// Health of the target group with this name; `None` when there is no such group.
pub(crate) async fn target_health(
    session: &Session,
    target_group: &str,
) -> Result<Option<TargetsView>, AwsError> {
    let elb = session.elb();
    let found = elb
        .describe_target_groups()
        .names(target_group)
        .send()
        .await;
    let arn = match found {
        Ok(found) => found
            .target_groups()
            .first()
            .and_then(|group| group.target_group_arn())
            .map(str::to_owned),
        Err(error) => {
            let error = AwsError::new("describe the target group", error);
            if !error.is_not_found() {
                return Err(error);
            }
            None
        }
    };
    let Some(arn) = arn else { return Ok(None) };
    let health = elb
        .describe_target_health()
        .target_group_arn(arn)
        .send()
        .await
        .map_err(|error| AwsError::new("describe the targets' health", error))?;
    let mut view = TargetsView::default();
    for target in health.target_health_descriptions() {
        let Some(state) = target.target_health() else {
            continue;
        };
        match state.state() {
            Some(TargetHealthStateEnum::Healthy) => view.healthy += 1,
            Some(TargetHealthStateEnum::Initial) => view.initial += 1,
            Some(TargetHealthStateEnum::Draining | TargetHealthStateEnum::UnhealthyDraining) => {
                view.draining += 1;
            }
            _ => view.unhealthy.push(TargetProblem {
                target: target
                    .target()
                    .and_then(|target| target.id())
                    .unwrap_or_default()
                    .to_owned(),
                reason: state
                    .reason()
                    .map(|reason| reason.as_str().to_owned())
                    .unwrap_or_default(),
                description: state.description().unwrap_or_default().to_owned(),
            }),
        }
    }
    Ok(Some(view))
}

/// AWS counts are signed in the API and never negative in fact.
fn count(value: i32) -> u32 {
    u32::try_from(value).unwrap_or(0)
}
