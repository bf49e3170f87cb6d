//! What a running stack looks like right now.

use automock_model::Names;
use automock_ttl::deadline::{TimeLeft, time_left};
use automock_ttl::record::{Phase, StackRecord};
use jiff::Timestamp;
use serde::Serialize;

use crate::aws::scaling::{AlarmView, Bounds, ScalingActivity, activities, alarms, bounds};
use crate::aws::service::{ServiceView, TargetsView, describe, target_health};
use crate::aws::{AwsError, Session};
use crate::list::Ending;

/// Everything `automock status` shows.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The stack.
    pub stack: String,
    /// Account of the stack.
    pub account: String,
    /// Region of the stack.
    pub region: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// Where the mock answers.
    pub url: Option<String>,
    /// When its time is over.
    pub expires_at: Option<Timestamp>,
    /// Seconds until then, negative when overdue; `null` when it stays.
    pub seconds_left: Option<i64>,
    /// Tasks, or `null` when the service does not exist (yet, or any more).
    pub service: Option<ServiceView>,
    /// Bounds of autoscaling.
    pub bounds: Option<Bounds>,
    /// Targets of the load balancer.
    pub targets: Option<TargetsView>,
    /// Alarms of the stack.
    pub alarms: Vec<AlarmView>,
    /// The newest scaling activities.
    pub scaling: Vec<ScalingActivity>,
    /// Why the last deploy or teardown did not finish.
    pub failure: Option<String>,
    /// How far its teardown is; `null` while there is none.
    pub teardown: Option<Ending>,
}

/// Asks AWS, all at once.
pub(crate) async fn read(
    session: &Session,
    names: &Names,
    record: &StackRecord,
    now: Timestamp,
) -> Result<Status, AwsError> {
    // The trailing hyphen keeps the alarms of `shop-dev2` out of the status of `shop-dev`.
    let alarm_prefix = format!("{}-", names.prefix);
    let (service, targets, alarms, bounds, scaling) = tokio::try_join!(
        describe(session, &names.cluster, &names.service),
        target_health(session, &names.target_group),
        alarms(session, &alarm_prefix),
        bounds(session, &names.cluster, &names.service),
        activities(session, &names.cluster, &names.service),
    )?;
    Ok(Status {
        stack: record.stack_id.to_string(),
        account: record.account.to_string(),
        region: record.region.clone(),
        phase: record.phase,
        url: record.url.clone(),
        expires_at: record.expires_at,
        seconds_left: seconds_left(record, now),
        service,
        bounds,
        targets,
        alarms,
        scaling,
        failure: record.failure.clone(),
        teardown: None,
    })
}

/// Seconds until a stack's time is over; negative when overdue, `None` when it stays.
#[must_use]
pub(crate) fn seconds_left(record: &StackRecord, now: Timestamp) -> Option<i64> {
    match time_left(record, now) {
        TimeLeft::Unlimited => None,
        TimeLeft::Left(left) => Some(left.as_secs()),
        TimeLeft::Overdue(overdue) => Some(-overdue.as_secs()),
    }
}
