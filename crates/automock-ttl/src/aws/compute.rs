//! ECS clusters and services.

use aws_sdk_ecs::Client;
use aws_sdk_ecs::types::{Cluster, ClusterField, Failure, Service, ServiceField};

use super::load_balancing::hurry_deregistration;
use super::settle::{Codes, optional, presence as settled, unexpected};
use super::tags::{Tags, collect_tags};
use super::{Classified as _, tasks};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, OWNERSHIP_TAG, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::teardown::{Outcome, Presence};

/// The detail of a service or task that says which cluster it is in.
pub(super) const CLUSTER: &str = "cluster";

/// How many services one `DescribeServices` takes:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServices.html>.
const SERVICES_PER_CALL: usize = 10;

const SERVICE: Codes = Codes {
    gone: &["ServiceNotActiveException"],
    // What ECS says while a deployment is being set up.
    too_early: &["InvalidParameterException"],
};
const IN_USE: Codes = Codes {
    gone: &[],
    too_early: &[
        "ClusterContainsCapacityProviderException",
        "ClusterContainsContainerInstancesException",
        "ClusterContainsServicesException",
        "ClusterContainsTasksException",
        "ResourceInUseException",
        "UpdateInProgressException",
    ],
};

/// The stack's cluster, the services in it, and their tasks.
pub(super) async fn scan(ecs: &Client, record: &StackRecord) -> Inventory {
    let mut inventory = Inventory::default();
    let found = cluster(ecs, &record.names.cluster).await;
    let found = match found {
        Ok(found) => found.and_then(|it| cluster_resource(record, &it)),
        Err(reason) => {
            // Without the cluster nothing is known about what is in it.
            inventory.add(ResourceKind::EcsService, Err(reason.clone()));
            inventory.add(ResourceKind::EcsTask, Err(reason.clone()));
            inventory.add(ResourceKind::EcsCluster, Err(reason));
            return inventory;
        }
    };
    let Some(found) = found else {
        return inventory;
    };
    inventory.add(
        ResourceKind::EcsService,
        services(ecs, record, &found.id).await,
    );
    if found.may_be_deleted() {
        inventory.add(
            ResourceKind::EcsTask,
            tasks::scan(ecs, record, &found.id).await,
        );
    }
    inventory.add(ResourceKind::EcsCluster, Ok(vec![found]));
    inventory
}

/// The cluster, unless it is gone; a deleted cluster stays visible as inactive.
async fn cluster(ecs: &Client, name: &str) -> Result<Option<Cluster>, CloudFailure> {
    let call = ecs
        .describe_clusters()
        .clusters(name)
        .include(ClusterField::Tags);
    let answer = call.send().await.classified()?;
    only_missing(answer.failures())?;
    let there = |it: &&Cluster| it.status() != Some("INACTIVE");
    Ok(answer.clusters().iter().find(there).cloned())
}

fn cluster_resource(record: &StackRecord, cluster: &Cluster) -> Option<Resource> {
    let arn = cluster.cluster_arn()?;
    let tags = collect_tags!(cluster.tags());
    let found = Resource::tagged(
        ResourceKind::EcsCluster,
        arn,
        &record.region,
        tags,
        &record.stack_id,
    );
    Some(
        found
            .with_arn(arn)
            .named(cluster.cluster_name().unwrap_or(arn)),
    )
}

async fn services(
    ecs: &Client,
    record: &StackRecord,
    cluster: &str,
) -> Result<Vec<Resource>, CloudFailure> {
    let pages = ecs
        .list_services()
        .cluster(cluster)
        .into_paginator()
        .items()
        .send();
    let mut names = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    // A draining service may be missing from the list, so the stack's own is asked for by name.
    if !names
        .iter()
        .any(|arn| arn.ends_with(&format!("/{}", record.names.service)))
    {
        names.push(record.names.service.clone());
    }
    let mut found = Vec::new();
    for some in names.chunks(SERVICES_PER_CALL) {
        let call = ecs
            .describe_services()
            .cluster(cluster)
            .include(ServiceField::Tags);
        let answer = call
            .set_services(Some(some.to_vec()))
            .send()
            .await
            .classified()?;
        only_missing(answer.failures())?;
        let there = answer
            .services()
            .iter()
            .filter(|it| it.status() != Some("INACTIVE"));
        found.extend(there.filter_map(|service| service_resource(record, cluster, service)));
    }
    Ok(found)
}

fn service_resource(record: &StackRecord, cluster: &str, service: &Service) -> Option<Resource> {
    let arn = service.service_arn()?;
    let tags = collect_tags!(service.tags());
    let found = Resource::tagged(
        ResourceKind::EcsService,
        arn,
        &record.region,
        tags,
        &record.stack_id,
    );
    let name = service.service_name().unwrap_or(arn);
    Some(
        found
            .with_arn(arn)
            .named(name)
            .with_detail(CLUSTER, cluster),
    )
}

/// The cluster or service with an ARN.
pub(super) async fn examine(
    ecs: &Client,
    record: &StackRecord,
    kind: ResourceKind,
    arn: &str,
) -> Result<Option<Resource>, CloudFailure> {
    if kind == ResourceKind::EcsCluster {
        let found = cluster(ecs, arn).await?;
        return Ok(found.and_then(|it| cluster_resource(record, &it)));
    }
    let within = cluster_of(arn).unwrap_or(&record.names.cluster);
    let found = describe(ecs, within, arn).await?;
    Ok(found.and_then(|it| {
        let within = it.cluster_arn().unwrap_or(within);
        service_resource(record, within, &it)
    }))
}

/// The cluster that the ARN of a service names: `…:service/{cluster}/{service}`. The ARNs of old
/// accounts leave it out.
fn cluster_of(arn: &str) -> Option<&str> {
    let mut parts = arn.split('/').skip(1);
    let cluster = parts.next()?;
    parts.next().map(|_service| cluster)
}

/// The tags of the cluster or service that this resource's ARN means now.
pub(super) async fn tags(ecs: &Client, resource: &Resource) -> Result<Option<Tags>, CloudFailure> {
    if resource.kind == ResourceKind::EcsCluster {
        let found = cluster(ecs, &resource.id).await?;
        return Ok(found.map(|it| collect_tags!(it.tags())));
    }
    let cluster = resource.details.get(CLUSTER).map_or("", String::as_str);
    let found = describe(ecs, cluster, &resource.id).await?;
    Ok(found.map(|it| collect_tags!(it.tags())))
}

/// ECS answers with success even if it could not look; only "missing" means that there is
/// nothing.
pub(super) fn only_missing(failures: &[Failure]) -> Result<(), CloudFailure> {
    match failures
        .iter()
        .find(|failure| failure.reason() != Some("MISSING"))
    {
        None => Ok(()),
        Some(failure) => {
            let text = |part: Option<&str>| part.unwrap_or("?").to_owned();
            let code = text(failure.reason());
            Err(unexpected(
                &code,
                format!("{} {}", text(failure.arn()), text(failure.detail())),
            ))
        }
    }
}

/// Asks for the removal of a service or cluster.
pub(super) async fn remove(
    ecs: &Client,
    elb: &aws_sdk_elasticloadbalancingv2::Client,
    resource: &Resource,
) -> Outcome {
    match resource.kind {
        ResourceKind::EcsService => service(ecs, elb, resource).await,
        ResourceKind::EcsCluster => {
            IN_USE.settle(ecs.delete_cluster().cluster(&resource.id).send().await)
        }
        kind => Outcome::Failed(unexpected("UnknownKind", format!("no removal of a {kind}"))),
    }
}

async fn service(
    ecs: &Client,
    elb: &aws_sdk_elasticloadbalancingv2::Client,
    resource: &Resource,
) -> Outcome {
    let Some(cluster) = resource.details.get(CLUSTER) else {
        return Outcome::Failed(unexpected(
            "NoCluster",
            "the service was found without a cluster",
        ));
    };
    if let Ok(Some(found)) = describe(ecs, cluster, &resource.id).await {
        let stack = resource.tags.get(OWNERSHIP_TAG).map_or("", String::as_str);
        for group in found
            .load_balancers()
            .iter()
            .filter_map(|it| it.target_group_arn())
        {
            hurry_deregistration(elb, stack, group).await;
        }
    }
    let call = ecs
        .delete_service()
        .cluster(cluster)
        .service(&resource.id)
        .force(true);
    SERVICE.settle(call.send().await)
}

async fn describe(
    ecs: &Client,
    cluster: &str,
    service: &str,
) -> Result<Option<Service>, CloudFailure> {
    let call = ecs.describe_services().cluster(cluster).services(service);
    let call = call.include(ServiceField::Tags);
    let answer = optional(call.send().await.classified())?;
    let Some(answer) = answer else {
        return Ok(None);
    };
    only_missing(answer.failures())?;
    let there = |it: &&Service| it.status() != Some("INACTIVE");
    Ok(answer.services().iter().find(there).cloned())
}

/// Whether a service or cluster is still there.
pub(super) async fn presence(ecs: &Client, resource: &Resource) -> Presence {
    if resource.kind == ResourceKind::EcsCluster {
        let found = cluster(ecs, &resource.id).await;
        let leaving = |it: &Cluster| it.status() == Some("DEPROVISIONING");
        return settled(found.map(|it| it.as_ref().map(leaving)));
    }
    let cluster = resource.details.get(CLUSTER).map_or("", String::as_str);
    let found = describe(ecs, cluster, &resource.id).await;
    let leaving = |it: &Service| it.status() == Some("DRAINING");
    settled(found.map(|it| it.as_ref().map(leaving)))
}

#[cfg(test)]
mod tests {
    use super::cluster_of;

    #[test]
    fn the_arn_of_a_service_names_its_cluster() {
        let arn = "arn:aws:ecs:us-east-1:123456789012:service/automock-petstore-dev/mock";
        assert_eq!(cluster_of(arn), Some("automock-petstore-dev"));
        let old = "arn:aws:ecs:us-east-1:123456789012:service/mock";
        assert_eq!(cluster_of(old), None);
    }
}
