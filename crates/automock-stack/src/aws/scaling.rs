//! Alarms and scaling activity of a stack.

use aws_sdk_applicationautoscaling::types::ServiceNamespace;
use aws_sdk_cloudwatch::types::AlarmType;
use jiff::Timestamp;
use serde::Serialize;

use super::{AwsError, Session, timestamp};

/// One CloudWatch alarm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AlarmView {
    /// Name of the alarm.
    pub name: String,
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub state: String,
    /// CloudWatch's reason for the state.
    pub reason: String,
    /// When the state last changed.
    pub since: Option<Timestamp>,
}

/// One change that autoscaling made or tried to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ScalingActivity {
    /// When it began.
    pub at: Option<Timestamp>,
    /// What was done.
    pub description: String,
    /// Why: the alarm and the policy.
    pub cause: String,
    /// How it ended: `Successful`, `InProgress`, `Failed`…
    pub status: String,
}

/// Bounds of the task count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// Fewest tasks.
    pub min: u32,
    /// Most tasks.
    pub max: u32,
}

/// Alarms whose name begins with `prefix`.
pub(crate) async fn alarms(session: &Session, prefix: &str) -> Result<Vec<AlarmView>, AwsError> {
    let mut pages = session
        .cloudwatch()
        .describe_alarms()
        .alarm_name_prefix(prefix)
        .alarm_types(AlarmType::MetricAlarm)
        .into_paginator()
        .send();
    let mut alarms = Vec::new();
    while let Some(page) = pages.next().await {
        let page = page.map_err(|error| AwsError::new("describe the alarms", error))?;
        alarms.extend(page.metric_alarms().iter().map(|alarm| {
            AlarmView {
                name: alarm.alarm_name().unwrap_or_default().to_owned(),
                state: alarm
                    .state_value()
                    .map(|state| state.as_str().to_owned())
                    .unwrap_or_default(),
                reason: alarm.state_reason().unwrap_or_default().to_owned(),
                since: alarm.state_transitioned_timestamp().and_then(timestamp),
            }
        }));
    }
    Ok(alarms)
}

/// The ten newest scaling activities of a service.
pub(crate) async fn activities(
    session: &Session,
    cluster: &str,
    service: &str,
) -> Result<Vec<ScalingActivity>, AwsError> {
    let answer = session
        .autoscaling()
        .describe_scaling_activities()
        .service_namespace(ServiceNamespace::Ecs)
        .resource_id(resource_id(cluster, service))
        .max_results(10)
        .send()
        .await
        .map_err(|error| AwsError::new("describe the scaling activities", error))?;
    Ok(answer
        .scaling_activities()
        .iter()
        .map(|activity| ScalingActivity {
            at: timestamp(activity.start_time()),
            description: activity.description().to_owned(),
            cause: activity.cause().to_owned(),
            status: activity.status_code().as_str().to_owned(),
        })
        .collect())
}

/// Bounds of the service's task count; `None` when autoscaling does not know the service.
pub(crate) async fn bounds(
    session: &Session,
    cluster: &str,
    service: &str,
) -> Result<Option<Bounds>, AwsError> {
    let answer = session
        .autoscaling()
        .describe_scalable_targets()
        .service_namespace(ServiceNamespace::Ecs)
        .resource_ids(resource_id(cluster, service))
        .send()
        .await
        .map_err(|error| AwsError::new("describe the scalable target", error))?;
    Ok(answer.scalable_targets().first().map(|target| Bounds {
        min: u32::try_from(target.min_capacity()).unwrap_or(0),
        max: u32::try_from(target.max_capacity()).unwrap_or(0),
    }))
}

fn resource_id(cluster: &str, service: &str) -> String {
    format!("service/{cluster}/{service}")
}
