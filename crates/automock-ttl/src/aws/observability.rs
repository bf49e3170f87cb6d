//! Alarms, the dashboard and log groups.

use aws_sdk_cloudwatch::Client as CloudWatch;
use aws_sdk_cloudwatch::operation::describe_alarms::DescribeAlarmsOutput;
use aws_sdk_cloudwatch::operation::describe_alarms::builders::DescribeAlarmsFluentBuilder;
use aws_sdk_cloudwatch::types::AlarmType;
use aws_sdk_cloudwatchlogs::Client as Logs;
use aws_sdk_cloudwatchlogs::types::LogGroup;

use super::settle::{Codes, PLAIN, optional, presence as settled, unexpected};
use super::tags::{Tags, collect_tags};
use super::{Classified as _, Clients};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, OWNERSHIP_TAG, Ownership, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::teardown::{Outcome, Presence};

/// The detail of a dashboard that says which cluster it shows.
pub(super) const SHOWN: &str = "shows";

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
    let mut found = Vec::new();
    for (name, arn) in described(call).await? {
        // The prefix also selects alarms of stacks whose names begin like this one's.
        let near =
            |alarm: &Resource| alarm.belongs_to_stack() || !alarm.tags.contains_key(OWNERSHIP_TAG);
        let alarm = alarm(cloudwatch, record, &name, &arn).await?;
        found.extend(alarm.filter(near));
    }
    Ok(found)
}

/// The names and ARNs of alarms of both sorts.
pub(super) async fn described(
    call: DescribeAlarmsFluentBuilder,
) -> Result<Vec<(String, String)>, CloudFailure> {
    let call = call
        .alarm_types(AlarmType::MetricAlarm)
        .alarm_types(AlarmType::CompositeAlarm);
    let pages = call.into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let metric = pages.iter().flat_map(DescribeAlarmsOutput::metric_alarms);
    let metric = metric.map(|it| (it.alarm_name(), it.alarm_arn()));
    let composite = pages
        .iter()
        .flat_map(DescribeAlarmsOutput::composite_alarms);
    let composite = composite.map(|it| (it.alarm_name(), it.alarm_arn()));
    let known = |(name, arn): (Option<&str>, Option<&str>)| Some((name?.into(), arn?.into()));
    Ok(metric.chain(composite).filter_map(known).collect())
}

async fn alarm(
    cloudwatch: &CloudWatch,
    record: &StackRecord,
    name: &str,
    arn: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let tags = alarm_tags(cloudwatch, arn).await?;
    let (region, stack) = (&record.region, &record.stack_id);
    Ok(tags.map(|tags| {
        Resource::tagged(ResourceKind::Alarm, name, region, tags, stack)
            .with_arn(arn)
            .named(name)
    }))
}

pub(super) async fn alarm_tags(
    cloudwatch: &CloudWatch,
    arn: &str,
) -> Result<Option<Tags>, CloudFailure> {
    let call = cloudwatch.list_tags_for_resource().resource_arn(arn);
    let answer = optional(call.send().await.classified())?;
    Ok(answer.map(|answer| collect_tags!(answer.tags())))
}

async fn dashboards(
    cloudwatch: &CloudWatch,
    record: &StackRecord,
) -> Result<Vec<Resource>, CloudFailure> {
    let found = examine_dashboard(cloudwatch, record, &record.names.dashboard).await?;
    Ok(found.into_iter().collect())
}

/// Dashboards carry no tags, so the stack's own must have its name and show its cluster.
async fn examine_dashboard(
    cloudwatch: &CloudWatch,
    record: &StackRecord,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let (cluster, region) = (&record.names.cluster, &record.region);
    let Some(is_shown) = shows(cloudwatch, name, cluster, region).await? else {
        return Ok(None);
    };
    let ownership = if name != record.names.dashboard {
        Ownership::Foreign {
            because: format!("the stack's is called {}", record.names.dashboard),
        }
    } else if is_shown {
        Ownership::Proven {
            by: format!("it has the stack's name and shows the cluster {cluster} in {region}"),
        }
    } else {
        Ownership::Foreign {
            because: format!("it does not show the cluster {cluster} in {region}"),
        }
    };
    let found = Resource::untagged(ResourceKind::Dashboard, name, &record.region, ownership);
    Ok(Some(found.with_detail(SHOWN, cluster)))
}

/// Whether a dashboard, if it exists, shows a cluster. Dashboards belong to no region, so those of
/// the same stack in another region are in the same place.
pub(super) async fn shows(
    cloudwatch: &CloudWatch,
    name: &str,
    cluster: &str,
    region: &str,
) -> Result<Option<bool>, CloudFailure> {
    let words = [cluster, region].map(|word| format!("\"{word}\""));
    let body = dashboard(cloudwatch, name).await?;
    Ok(body.map(|body| words.iter().all(|word| body.contains(word))))
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
        for (name, arn) in find_log_groups(logs, prefix).await? {
            found.extend(log_group(logs, record, &name, &arn).await?);
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
    let tags = log_group_tags(logs, arn).await?;
    let (region, stack) = (&record.region, &record.stack_id);
    Ok(tags.map(|tags| {
        Resource::tagged(ResourceKind::LogGroup, name, region, tags, stack)
            .with_arn(arn)
            .named(name)
    }))
}

pub(super) async fn log_group_tags(logs: &Logs, arn: &str) -> Result<Option<Tags>, CloudFailure> {
    let call = logs.list_tags_for_resource().resource_arn(arn);
    let answer = optional(call.send().await.classified())?;
    let tags = answer.map(|answer| answer.tags().cloned().unwrap_or_default());
    Ok(tags.map(Tags::from_iter))
}

/// The alarm, dashboard or log group with a name.
pub(super) async fn examine(
    clients: &Clients,
    record: &StackRecord,
    kind: ResourceKind,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    match kind {
        ResourceKind::Alarm => examine_alarm(&clients.cloudwatch, record, name).await,
        ResourceKind::Dashboard => examine_dashboard(&clients.cloudwatch, record, name).await,
        _ => examine_log_group(&clients.logs, record, name).await,
    }
}

async fn examine_alarm(
    cloudwatch: &CloudWatch,
    record: &StackRecord,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let found = described(cloudwatch.describe_alarms().alarm_names(name)).await?;
    match found.first() {
        Some((name, arn)) => alarm(cloudwatch, record, name, arn).await,
        None => Ok(None),
    }
}

async fn examine_log_group(
    logs: &Logs,
    record: &StackRecord,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let found = find_log_groups(logs, name).await?;
    match found.iter().find(|(found, _)| found == name) {
        Some((name, arn)) => log_group(logs, record, name, arn).await,
        None => Ok(None),
    }
}

/// The names and ARNs of the log groups with a prefix.
pub(super) async fn find_log_groups(
    logs: &Logs,
    prefix: &str,
) -> Result<Vec<(String, String)>, CloudFailure> {
    let call = logs.describe_log_groups().log_group_name_prefix(prefix);
    let pages = call.into_paginator().items().send();
    let groups = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let known = |group: &LogGroup| Some((group.log_group_name()?.into(), group.arn()?.into()));
    Ok(groups.iter().filter_map(known).collect())
}

/// Asks for the removal of an alarm, dashboard or log group.
pub(super) async fn remove(clients: &Clients, resource: &Resource) -> Outcome {
    let id = resource.id.as_str();
    match resource.kind {
        ResourceKind::Alarm => {
            clients.alarm_deletions.turn().await;
            let call = clients.cloudwatch.delete_alarms().alarm_names(id);
            PLAIN.settle(call.send().await)
        }
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
    let found = described(cloudwatch.describe_alarms().alarm_names(name)).await?;
    Ok(!found.is_empty())
}

async fn log_group_exists(logs: &Logs, name: &str) -> Result<bool, CloudFailure> {
    let found = find_log_groups(logs, name).await?;
    Ok(found.iter().any(|(found, _)| found == name))
}
