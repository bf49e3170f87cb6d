//! What Application Auto Scaling scales.

use aws_sdk_applicationautoscaling::Client;
use aws_sdk_applicationautoscaling::types::{ScalableDimension, ServiceNamespace};

use super::Classified as _;
use super::settle::{Codes, optional, presence as settled};
use super::tags::Tags;
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::teardown::{Outcome, Presence};

const CODES: Codes = Codes {
    gone: &["ObjectNotFoundException"],
    too_early: &["ConcurrentUpdateException"],
};

/// The scalable target of the stack's service.
pub(super) async fn scan(scaling: &Client, record: &StackRecord) -> Inventory {
    let mut inventory = Inventory::default();
    inventory.add(ResourceKind::ScalableTarget, targets(scaling, record).await);
    inventory
}

async fn targets(scaling: &Client, record: &StackRecord) -> Result<Vec<Resource>, CloudFailure> {
    let found = examine(scaling, record, &record.names.scalable_target()).await?;
    Ok(found.into_iter().collect())
}

/// The target for a service's count of tasks, whose id is `service/{cluster}/{service}`.
pub(super) async fn examine(
    scaling: &Client,
    record: &StackRecord,
    id: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let Some(arn) = find(scaling, id).await? else {
        return Ok(None);
    };
    let tags = tags_of(scaling, &arn).await?;
    let resource = |tags| {
        let (region, stack) = (&record.region, &record.stack_id);
        Resource::tagged(ResourceKind::ScalableTarget, id, region, tags, stack).with_arn(arn)
    };
    Ok(tags.map(resource))
}

/// The tags of the target that has this id now.
pub(super) async fn tags(scaling: &Client, id: &str) -> Result<Option<Tags>, CloudFailure> {
    match find(scaling, id).await? {
        Some(arn) => tags_of(scaling, &arn).await,
        None => Ok(None),
    }
}

pub(super) async fn tags_of(scaling: &Client, arn: &str) -> Result<Option<Tags>, CloudFailure> {
    let call = scaling.list_tags_for_resource().resource_arn(arn);
    let answer = optional(call.send().await.classified())?;
    let tags = answer.map(|answer| answer.tags().cloned().unwrap_or_default());
    Ok(tags.map(Tags::from_iter))
}

/// The ARN of the target for a service's count of tasks.
async fn find(scaling: &Client, id: &str) -> Result<Option<String>, CloudFailure> {
    let call = scaling
        .describe_scalable_targets()
        .service_namespace(ServiceNamespace::Ecs);
    let answer = call.resource_ids(id).send().await.classified()?;
    let ours = answer
        .scalable_targets()
        .iter()
        .find(|target| target.scalable_dimension() == &ScalableDimension::EcsServiceDesiredCount);
    Ok(ours.map(|target| target.scalable_target_arn().unwrap_or_default().to_owned()))
}

/// Deregisters a target, which deletes its policies.
pub(super) async fn remove(scaling: &Client, resource: &Resource) -> Outcome {
    let call = scaling
        .deregister_scalable_target()
        .service_namespace(ServiceNamespace::Ecs)
        .scalable_dimension(ScalableDimension::EcsServiceDesiredCount)
        .resource_id(&resource.id);
    CODES.settle(call.send().await)
}

/// Whether a target is still registered.
pub(super) async fn presence(scaling: &Client, resource: &Resource) -> Presence {
    settled(
        find(scaling, &resource.id)
            .await
            .map(|found| found.map(|_| false)),
    )
}
