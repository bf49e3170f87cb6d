//! ECS tasks and task definitions.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{DesiredStatus, Task, TaskDefinitionField, TaskDefinitionStatus};

use super::Classified as _;
use super::compute::{CLUSTER, only_missing};
use super::settle::{Codes, PLAIN, optional, presence as settled, step, unexpected};
use super::tags::collect_tags;
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Ownership, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::teardown::{Outcome, Presence};

/// How many tasks one `DescribeTasks` takes:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html>.
const TASKS_PER_CALL: usize = 100;

/// ECS has no code of its own for a task definition that does not exist.
const NO_SUCH_DEFINITION: &str = "Unable to describe task definition";

const DEFINITION: Codes = Codes {
    gone: &[],
    too_early: &["ResourceInUseException"],
};

/// The tasks of the cluster that have not stopped.
pub(super) async fn scan(
    ecs: &Client,
    record: &StackRecord,
    cluster: &str,
) -> Result<Vec<Resource>, CloudFailure> {
    let mut arns = Vec::new();
    // A task that is on its way out is listed among the stopped ones.
    for status in [DesiredStatus::Running, DesiredStatus::Stopped] {
        let call = ecs.list_tasks().cluster(cluster).desired_status(status);
        let pages = call.into_paginator().items().send();
        arns.extend(pages.collect::<Result<Vec<_>, _>>().await.classified()?);
    }
    let mut found = Vec::new();
    for some in arns.chunks(TASKS_PER_CALL) {
        let call = ecs
            .describe_tasks()
            .cluster(cluster)
            .set_tasks(Some(some.to_vec()));
        let answer = call.send().await.classified()?;
        only_missing(answer.failures())?;
        let running = answer.tasks().iter().filter(|task| !has_stopped(task));
        found.extend(running.filter_map(|task| task_resource(record, cluster, task)));
    }
    Ok(found)
}

fn has_stopped(task: &Task) -> bool {
    matches!(task.last_status(), Some("STOPPED" | "DELETED"))
}

fn task_resource(record: &StackRecord, cluster: &str, task: &Task) -> Option<Resource> {
    let arn = task.task_arn()?;
    let to = task.group().unwrap_or("the cluster").to_owned();
    let ownership = Ownership::Attached { to };
    let found = Resource::untagged(ResourceKind::EcsTask, arn, &record.region, ownership);
    Some(
        found
            .with_arn(arn)
            .named(short(arn))
            .with_detail(CLUSTER, cluster),
    )
}

/// Whether a task has not stopped yet.
pub(super) async fn task_presence(ecs: &Client, resource: &Resource) -> Presence {
    let cluster = resource.details.get(CLUSTER).map_or("", String::as_str);
    let call = ecs.describe_tasks().cluster(cluster).tasks(&resource.id);
    let leaving = |task: &Task| task.desired_status() == Some("STOPPED");
    settled(call.send().await.classified().and_then(|answer| {
        only_missing(answer.failures())?;
        Ok(answer
            .tasks()
            .iter()
            .find(|task| !has_stopped(task))
            .map(leaving))
    }))
}

/// The revisions of the stack's task family, the deregistered ones included.
pub(super) async fn scan_definitions(ecs: &Client, record: &StackRecord) -> Inventory {
    let mut inventory = Inventory::default();
    inventory.add(ResourceKind::TaskDefinition, definitions(ecs, record).await);
    inventory
}

async fn definitions(ecs: &Client, record: &StackRecord) -> Result<Vec<Resource>, CloudFailure> {
    let family = record.names.task_family.as_str();
    let mut found = Vec::new();
    for status in [TaskDefinitionStatus::Active, TaskDefinitionStatus::Inactive] {
        let call = ecs
            .list_task_definitions()
            .family_prefix(family)
            .status(status);
        let pages = call.into_paginator().items().send();
        for arn in pages.collect::<Result<Vec<_>, _>>().await.classified()? {
            // The prefix also selects the families of stacks whose names begin like this one's.
            if short(&arn).rsplit_once(':').map(|(family, _)| family) == Some(family) {
                found.extend(definition(ecs, record, &arn).await?);
            }
        }
    }
    Ok(found)
}

/// The part of an ARN that a person reads.
pub(super) fn short(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// A revision by its ARN, the deregistered ones included.
async fn definition(
    ecs: &Client,
    record: &StackRecord,
    arn: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let call = ecs.describe_task_definition().task_definition(arn);
    let answer = call
        .include(TaskDefinitionField::Tags)
        .send()
        .await
        .classified();
    let Some(answer) = existing(answer)? else {
        return Ok(None);
    };
    let tags = collect_tags!(answer.tags());
    let found = Resource::tagged(
        ResourceKind::TaskDefinition,
        arn,
        &record.region,
        tags,
        &record.stack_id,
    );
    Ok(Some(found.with_arn(arn).named(short(arn))))
}

/// A revision by its ARN, unless AWS is deleting it.
pub(super) async fn examine_definition(
    ecs: &Client,
    record: &StackRecord,
    arn: &str,
) -> Result<Option<Resource>, CloudFailure> {
    match status(ecs, arn).await? {
        Some(_) => definition(ecs, record, arn).await,
        None => Ok(None),
    }
}

pub(super) fn existing<T>(answer: Result<T, CloudFailure>) -> Result<Option<T>, CloudFailure> {
    match answer {
        Err(CloudFailure::Other { message, .. }) if message.contains(NO_SUCH_DEFINITION) => {
            Ok(None)
        }
        answer => optional(answer),
    }
}

/// The status of a revision; a revision that AWS has taken over for deletion counts as gone,
/// because it costs nothing and nobody can hurry it.
async fn status(ecs: &Client, arn: &str) -> Result<Option<TaskDefinitionStatus>, CloudFailure> {
    let answer = ecs
        .describe_task_definition()
        .task_definition(arn)
        .send()
        .await
        .classified();
    let found = existing(answer)?;
    let status = found.and_then(|it| it.task_definition().and_then(|it| it.status().cloned()));
    Ok(status.filter(|status| *status != TaskDefinitionStatus::DeleteInProgress))
}

/// Deregisters a revision and deletes it.
pub(super) async fn remove_definition(ecs: &Client, resource: &Resource) -> Outcome {
    let arn = resource.id.as_str();
    match status(ecs, arn).await {
        Ok(None) => return Outcome::Gone,
        Ok(Some(TaskDefinitionStatus::Active)) => {
            step!(
                PLAIN,
                ecs.deregister_task_definition()
                    .task_definition(arn)
                    .send()
                    .await
            );
        }
        Ok(Some(_)) => {}
        Err(failure) => return Outcome::Failed(failure),
    }
    let answer = step!(
        DEFINITION,
        ecs.delete_task_definitions()
            .task_definitions(arn)
            .send()
            .await
    );
    match answer.failures().first() {
        None => Outcome::Started,
        Some(failure) => DEFINITION.judge(unexpected(
            "DeleteTaskDefinitions",
            format!(
                "{} {}",
                failure.reason().unwrap_or(""),
                failure.detail().unwrap_or("")
            ),
        )),
    }
}

/// Whether a revision is still there.
pub(super) async fn definition_presence(ecs: &Client, resource: &Resource) -> Presence {
    settled(
        status(ecs, &resource.id)
            .await
            .map(|found| found.map(|_| false)),
    )
}
