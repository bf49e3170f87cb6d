//! A last look before something is deleted by its name.
//!
//! Most resources have an id of their own that is never given out again. A name is free again once
//! its owner is gone, and since the scan somebody may have given it to something of theirs.

use super::settle::unexpected;
use super::{Clients, compute, identity, observability, reaper, scaling, storage, tags::Tags};
use crate::failure::CloudFailure;
use crate::inventory::{OWNERSHIP_TAG, Resource};
use crate::kind::ResourceKind as K;

/// Whether what has the resource's name now is the stack's; nothing if nothing has it.
pub(super) async fn is_ours(
    clients: &Clients,
    resource: &Resource,
) -> Result<Option<bool>, CloudFailure> {
    let id = resource.id.as_str();
    let tags = match resource.kind {
        K::ScalableTarget => scaling::tags(&clients.scaling, id).await?,
        K::Alarm => observability::alarm_tags(&clients.cloudwatch, arn(resource)?).await?,
        K::LogGroup => observability::log_group_tags(&clients.logs, arn(resource)?).await?,
        K::EcsService | K::EcsCluster => compute::tags(&clients.ecs, resource).await?,
        K::Bucket => {
            let account = resource.details.get(storage::ACCOUNT).cloned();
            storage::tags(&clients.s3, id, account).await?
        }
        K::IamRole => identity::tags(&clients.iam, id).await?,
        K::EventRule => reaper::rule_tags(&clients.events, arn(resource)?).await?,
        K::LambdaFunction => reaper::function_tags(&clients.lambda, id).await?,
        K::Dashboard => {
            let cluster = resource.details.get(observability::SHOWN);
            let cluster = cluster.map_or("", String::as_str);
            let region = &resource.region;
            return observability::shows(&clients.cloudwatch, id, cluster, region).await;
        }
        // The others have ids that are never given out again, and a DNS record is compared
        // where it is deleted.
        _ => return Ok(Some(true)),
    };
    Ok(tags.map(|tags| has_same_owner(&tags, resource)))
}

fn has_same_owner(now: &Tags, resource: &Resource) -> bool {
    let before = resource.tags.get(OWNERSHIP_TAG);
    before.is_some() && now.get(OWNERSHIP_TAG) == before
}

fn arn(resource: &Resource) -> Result<&str, CloudFailure> {
    let arn = resource.arn.as_deref();
    arn.ok_or_else(|| unexpected("NoArn", "it was found without an ARN"))
}
