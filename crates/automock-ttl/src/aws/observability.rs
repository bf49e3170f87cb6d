//! Alarms, the dashboard and log groups.

use aws_sdk_cloudwatch::Client as CloudWatch;
use aws_sdk_cloudwatch::types::AlarmType;
use aws_sdk_cloudwatchlogs::Client as Logs;

use super::settle::{Codes, PLAIN, optional, presence as settled, unexpected};
use super::tags::collect_tags;
use super::{Classified as _, Clients};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, OWNERSHIP_TAG, Ownership, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::teardown::{Outcome, Presence};

const LOG_GROUP: Codes = Codes {
    gone: &[],
    too_early: &["OperationAbortedException"],
};
const DASHBOARD: Codes = Codes {
    gone: &["DashboardNotFoundError"],
    too_early: &[],
};

/// The stack's alarms, dashboard and log groups.
pub(super) async fn scan(clients: &Clients, record: &StackRecord) -> Inventory {
    let mut inventory = Inventory::default();
    inventory.add(
        ResourceKind::Alarm,
        alarms(&clients.cloudwatch, record).await,
    );
    inventory.add(
        ResourceKind::Dashboard,
        dashboards(&clients.cloudwatch, record).await,
    );
    inventory.add(
        ResourceKind::LogGroup,
        log_groups(&clients.logs, record).await,
    );
    inventory
}

async fn alarms(
    cloudwatch: &CloudWatch,
    record: &StackRecord,
) -> Result<Vec<Resource>, CloudFailure> {
    let call = cloudwatch
        .describe_alarms()
        .alarm_name_prefix(format!("{}-", record.names.prefix));
    let call = call
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm);
    let pages = call
        .into_paginator()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await
        .classified()?;
    let mut names = Vec::new();
    for page in &pages {
        let metric = page
            .metric_alarms()
            .iter()
            .map(|it| (it.alarm_name(), it.alarm_arn()));
        let composite = page
            .composite_alarms()
            .iter()
            .map(|it| (it.alarm_name(), it.alarm_arn()));
        names.extend(
            metric
                .chain(composite)
                .filter_map(|(name, arn)| Some((name?, arn?))),
        );
    }
    let mut found = Vec::new();
    for (name, arn) in names {
        let answer = cloudwatch
            .list_tags_for_resource()
            .resource_arn(arn)
            .send()
            .await
            .classified();
        let Some(answer) = optional(answer)? else {
            continue;
        };
        let tags = collect_tags!(answer.tags());
        let alarm = Resource::tagged(
            ResourceKind::Alarm,
            name,
            &record.region,
            tags,
            &record.stack_id,
        );
        // The prefix also selects alarms of stacks whose names begin like this one's.
        if alarm.belongs_to_stack() || !alarm.tags.contains_key(OWNERSHIP_TAG) {
            found.push(alarm.with_arn(arn).named(name));
        }
    }
    Ok(found)
}

/// Dashboards carry no tags, so the stack's own must show the stack's cluster.
async fn dashboards(
    cloudwatch: &CloudWatch,
    record: &StackRecord,
) -> Result<Vec<Resource>, CloudFailure> {
    let name = &record.names.dashboard;
    let Some(body) = dashboard(cloudwatch, name).await? else {
        return Ok(Vec::new());
    };
    let cluster = &record.names.cluster;
    let ownership = if body.contains(&format!("\"{cluster}\"")) {
        Ownership::Proven {
            by: format!("it has the stack's name and shows the cluster {cluster}"),
        }
    } else {
        Ownership::Foreign {
            because: format!("it does not show the cluster {cluster}"),
        }
    };
    Ok(vec![Resource::untagged(
        ResourceKind::Dashboard,
        name,
        &record.region,
        ownership,
    )])
}

async fn dashboard(cloudwatch: &CloudWatch, name: &str) -> Result<Option<String>, CloudFailure> {
    let answer = cloudwatch
        .get_dashboard()
        .dashboard_name(name)
        .send()
        .await
        .classified();
    match answer {
        Err(failure) if failure.code() == Some("DashboardNotFoundError") => Ok(None),
        answer => {
            let found = optional(answer)?;
            Ok(found.map(|found| found.dashboard_body().unwrap_or_default().to_owned()))
        }
    }
}

async fn log_groups(logs: &Logs, record: &StackRecord) -> Result<Vec<Resource>, CloudFailure> {
    let insights = format!("/aws/ecs/containerinsights/{}/", record.names.cluster);
    let mut found = Vec::new();
    for prefix in [&record.names.log_group_prefix, &insights] {
        let call = logs.describe_log_groups().log_group_name_prefix(prefix);
        let pages = call.into_paginator().items().send();
        for group in pages.collect::<Result<Vec<_>, _>>().await.classified()? {
            if let (Some(name), Some(arn)) = (group.log_group_name(), group.arn()) {
                found.extend(log_group(logs, record, name, arn).await?);
            }
        }
    }
    Ok(found)
}

async fn log_group(
    logs: &Logs,
    record: &StackRecord,
    name: &str,
    arn: &str,
) -> Result<Option<Resource>, CloudFailure> {
    // The tag calls refuse the ":*" that this ARN ends with.
    let arn = arn.trim_end_matches(":*");
    let answer = logs
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await
        .classified();
    let Some(answer) = optional(answer)? else {
        return Ok(None);
    };
    let tags = answer
        .tags()
        .cloned()
        .unwrap_or_default()
        .into_iter()
        .collect();
    let found = Resource::tagged(
        ResourceKind::LogGroup,
        name,
        &record.region,
        tags,
        &record.stack_id,
    );
    Ok(Some(found.with_arn(arn).named(name)))
}

/// Asks for the removal of an alarm, dashboard or log group.
pub(super) async fn remove(clients: &Clients, resource: &Resource) -> Outcome {
    let id = resource.id.as_str();
    match resource.kind {
        ResourceKind::Alarm => PLAIN.settle(
            clients
                .cloudwatch
                .delete_alarms()
                .alarm_names(id)
                .send()
                .await,
        ),
        ResourceKind::Dashboard => {
            let call = clients.cloudwatch.delete_dashboards().dashboard_names(id);
            DASHBOARD.settle(call.send().await)
        }
        ResourceKind::LogGroup => LOG_GROUP.settle(
            clients
                .logs
                .delete_log_group()
                .log_group_name(id)
                .send()
                .await,
        ),
        kind => Outcome::Failed(unexpected("UnknownKind", format!("no removal of a {kind}"))),
    }
}

/// Whether an alarm, dashboard or log group is still there.
pub(super) async fn presence(clients: &Clients, resource: &Resource) -> Presence {
    let id = resource.id.as_str();
    let found = match resource.kind {
        ResourceKind::Alarm => alarm_exists(&clients.cloudwatch, id).await,
        ResourceKind::Dashboard => dashboard(&clients.cloudwatch, id)
            .await
            .map(|found| found.is_some()),
        _ => log_group_exists(&clients.logs, id).await,
    };
    settled(found.map(|exists| exists.then_some(false)))
}

async fn alarm_exists(cloudwatch: &CloudWatch, name: &str) -> Result<bool, CloudFailure> {
    let call = cloudwatch.describe_alarms().alarm_names(name);
    let call = call
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm);
    let answer = call.send().await.classified()?;
    Ok(!answer.metric_alarms().is_empty() || !answer.composite_alarms().is_empty())
}

async fn log_group_exists(logs: &Logs, name: &str) -> Result<bool, CloudFailure> {
    let call = logs.describe_log_groups().log_group_name_prefix(name);
    let groups = call
        .into_paginator()
        .items()
        .send()
        .collect::<Result<Vec<_>, _>>()
        .await;
    Ok(groups
        .classified()?
        .iter()
        .any(|group| group.log_group_name() == Some(name)))
}
