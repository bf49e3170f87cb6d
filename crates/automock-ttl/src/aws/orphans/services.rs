//! What carries an ownership tag, service by service.
//!
//! EC2 can be asked for the tag. The other services are asked for what is called like AutoMock's
//! own, and then for its tags.

use aws_sdk_applicationautoscaling::types::ServiceNamespace;
use aws_sdk_ecs::types::{ClusterField, TaskDefinitionFamilyStatus, TaskDefinitionField};
use aws_sdk_route53::types::{HostedZone, HostedZoneConfig};
use aws_sdk_s3::operation::list_buckets::ListBucketsOutput;

use super::sighting::Sighting;
use crate::aws::tags::collect_tags;
use crate::aws::{
    Classified as _, Clients, certificates, compute, identity, load_balancing, network,
    observability, reaper, scaling, storage, tasks,
};
use crate::failure::CloudFailure;
use crate::kind::ResourceKind as K;

/// What the names of all stacks' resources begin with.
const PREFIX: &str = "automock-";

/// How many clusters one `DescribeClusters` takes:
/// <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeClusters.html>.
const CLUSTERS_PER_CALL: usize = 100;

type Sightings = Result<Vec<Sighting>, CloudFailure>;

/// The kinds that are looked for. The others show only beside one of these, or, as dashboards
/// and DNS records, carry no tags.
pub(super) const KINDS: [K; 19] = [
    K::Vpc,
    K::Subnet,
    K::RouteTable,
    K::InternetGateway,
    K::NatGateway,
    K::ElasticIp,
    K::VpcEndpoint,
    K::SecurityGroup,
    K::LoadBalancer,
    K::TargetGroup,
    K::EcsCluster,
    K::TaskDefinition,
    K::ScalableTarget,
    K::Alarm,
    K::LogGroup,
    K::IamRole,
    K::Certificate,
    K::EventRule,
    K::LambdaFunction,
];

/// Everything of one kind that may carry an ownership tag.
pub(super) async fn look(clients: &Clients, kind: K) -> Sightings {
    match kind {
        K::LoadBalancer | K::TargetGroup => balancing(clients, kind).await,
        K::EcsCluster => clusters(clients).await,
        K::TaskDefinition => definitions(clients).await,
        K::ScalableTarget => targets(clients).await,
        K::Alarm => alarms(clients).await,
        K::LogGroup => log_groups(clients).await,
        K::IamRole => roles(clients).await,
        K::Certificate => certified(clients).await,
        K::EventRule => rules(clients).await,
        K::LambdaFunction => functions(clients).await,
        _ => parts_of_networks(clients, kind).await,
    }
}

async fn parts_of_networks(clients: &Clients, kind: K) -> Sightings {
    let found = network::owned(&clients.ec2, kind).await?;
    let sighting = |found: network::Found| {
        let named = found.tags.contains_key("Name");
        let sighting = Sighting::new(kind, found.id, found.tags);
        match found.name {
            Some(name) if !named => sighting.named(&name),
            _ => sighting,
        }
    };
    Ok(found.into_iter().map(sighting).collect())
}

async fn balancing(clients: &Clients, kind: K) -> Sightings {
    let listed = load_balancing::list(&clients.elb, kind).await?;
    let sighting = |it: load_balancing::Listed| {
        Sighting::new(kind, it.arn.as_str(), it.tags)
            .with_arn(&it.arn)
            .named(&it.name)
            .created(it.created.as_ref())
    };
    Ok(listed.into_iter().map(sighting).collect())
}

async fn clusters(clients: &Clients) -> Sightings {
    let pages = clients.ecs.list_clusters().into_paginator().items().send();
    let arns = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let own = |arn: &String| tasks::short(arn).starts_with(PREFIX);
    let arns: Vec<_> = arns.into_iter().filter(own).collect();
    let mut found = Vec::new();
    for some in arns.chunks(CLUSTERS_PER_CALL) {
        let call = clients.ecs.describe_clusters().include(ClusterField::Tags);
        let call = call.set_clusters(Some(some.to_vec()));
        let answer = call.send().await.classified()?;
        compute::only_missing(answer.failures())?;
        for cluster in answer.clusters() {
            let (Some(arn), Some("ACTIVE")) = (cluster.cluster_arn(), cluster.status()) else {
                continue;
            };
            let sighting = Sighting::new(K::EcsCluster, arn, collect_tags!(cluster.tags()));
            found.push(sighting.with_arn(arn).named(tasks::short(arn)));
        }
    }
    Ok(found)
}

/// The newest revision of each family.
async fn definitions(clients: &Clients) -> Sightings {
    let call = clients.ecs.list_task_definition_families();
    let call = call.family_prefix(PREFIX);
    let call = call.status(TaskDefinitionFamilyStatus::Active);
    let pages = call.into_paginator().items().send();
    let mut found = Vec::new();
    for family in pages.collect::<Result<Vec<_>, _>>().await.classified()? {
        let call = clients.ecs.describe_task_definition();
        let call = call.include(TaskDefinitionField::Tags);
        let answer = call.task_definition(&family).send().await.classified();
        let Some(answer) = tasks::existing(answer)? else {
            continue;
        };
        let arn = answer
            .task_definition()
            .and_then(|it| it.task_definition_arn());
        if let Some(arn) = arn {
            let sighting = Sighting::new(K::TaskDefinition, arn, collect_tags!(answer.tags()));
            found.push(sighting.with_arn(arn).named(&family));
        }
    }
    Ok(found)
}

async fn targets(clients: &Clients) -> Sightings {
    let call = clients.scaling.describe_scalable_targets();
    let call = call.service_namespace(ServiceNamespace::Ecs);
    let pages = call.into_paginator().items().send();
    let mut found = Vec::new();
    for target in pages.collect::<Result<Vec<_>, _>>().await.classified()? {
        let (id, arn) = (target.resource_id(), target.scalable_target_arn());
        let (true, Some(arn)) = (id.starts_with(&format!("service/{PREFIX}")), arn) else {
            continue;
        };
        let tags = scaling::tags_of(&clients.scaling, arn).await?;
        let sighting = |tags| Sighting::new(K::ScalableTarget, id, tags).with_arn(arn);
        found.extend(tags.map(sighting));
    }
    Ok(found)
}

async fn alarms(clients: &Clients) -> Sightings {
    let call = clients.cloudwatch.describe_alarms();
    let mut found = Vec::new();
    for (name, arn) in observability::described(call.alarm_name_prefix(PREFIX)).await? {
        let tags = observability::alarm_tags(&clients.cloudwatch, &arn).await?;
        let sighting = |tags| Sighting::new(K::Alarm, name, tags).with_arn(&arn);
        found.extend(tags.map(sighting));
    }
    Ok(found)
}

async fn log_groups(clients: &Clients) -> Sightings {
    let insights = format!("/aws/ecs/containerinsights/{PREFIX}");
    let mut found = Vec::new();
    for prefix in ["/automock/", &insights] {
        for (name, arn) in observability::find_log_groups(&clients.logs, prefix).await? {
            let arn = arn.trim_end_matches(":*");
            let tags = observability::log_group_tags(&clients.logs, arn).await?;
            let sighting = |tags| Sighting::new(K::LogGroup, name, tags).with_arn(arn);
            found.extend(tags.map(sighting));
        }
    }
    Ok(found)
}

/// Roles are asked for by name, because their path is the project's to choose.
async fn roles(clients: &Clients) -> Sightings {
    let pages = clients.iam.list_roles().into_paginator().items().send();
    let mut found = Vec::new();
    for role in pages.collect::<Result<Vec<_>, _>>().await.classified()? {
        let name = role.role_name();
        if !name.starts_with(PREFIX) {
            continue;
        }
        let tags = identity::tags(&clients.iam, name).await?;
        let sighting = |tags| {
            let sighting = Sighting::new(K::IamRole, name, tags).with_arn(role.arn());
            sighting.created(Some(role.create_date()))
        };
        found.extend(tags.map(sighting));
    }
    Ok(found)
}

/// The buckets of the region.
pub(super) async fn buckets(clients: &Clients, region: &str) -> Sightings {
    let call = clients.s3.list_buckets().prefix(PREFIX);
    let pages = call.bucket_region(region).into_paginator().send();
    let pages = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let mut found = Vec::new();
    for bucket in pages.iter().flat_map(ListBucketsOutput::buckets) {
        // An endpoint that does not know the parameters answers with all buckets.
        let elsewhere = bucket.bucket_region().is_some_and(|it| it != region);
        let Some(name) = bucket.name().filter(|it| it.starts_with(PREFIX)) else {
            continue;
        };
        if elsewhere {
            continue;
        }
        let tags = storage::tags(&clients.s3, name, None).await?;
        let sighting = |tags| Sighting::new(K::Bucket, name, tags).created(bucket.creation_date());
        found.extend(tags.map(sighting));
    }
    Ok(found)
}

async fn certified(clients: &Clients) -> Sightings {
    let mut found = Vec::new();
    for (arn, name) in certificates::list(&clients.acm).await? {
        let tags = certificates::tags_of(&clients.acm, &arn).await?;
        let sighting = |tags| {
            let sighting = Sighting::new(K::Certificate, arn.as_str(), tags);
            sighting.with_arn(&arn).named(&name)
        };
        found.extend(tags.map(sighting));
    }
    Ok(found)
}

async fn rules(clients: &Clients) -> Sightings {
    let mut found = Vec::new();
    let mut next = None;
    loop {
        let call = clients.events.list_rules().name_prefix(PREFIX);
        let page = call.set_next_token(next).send().await.classified()?;
        for rule in page.rules() {
            let (Some(name), Some(arn)) = (rule.name(), rule.arn()) else {
                continue;
            };
            let tags = reaper::rule_tags(&clients.events, arn).await?;
            found.extend(tags.map(|tags| Sighting::new(K::EventRule, name, tags).with_arn(arn)));
        }
        next = page.next_token().map(str::to_owned);
        if next.is_none() {
            return Ok(found);
        }
    }
}

async fn functions(clients: &Clients) -> Sightings {
    let pages = clients.lambda.list_functions().into_paginator().items();
    let pages = pages.send().collect::<Result<Vec<_>, _>>().await;
    let mut found = Vec::new();
    for function in pages.classified()? {
        let Some(name) = function.function_name().filter(|it| it.starts_with(PREFIX)) else {
            continue;
        };
        let tags = reaper::function_tags(&clients.lambda, name).await?;
        let sighting = |tags| {
            let sighting = Sighting::new(K::LambdaFunction, name, tags);
            sighting.with_arn(function.function_arn().unwrap_or_default())
        };
        found.extend(tags.map(sighting));
    }
    Ok(found)
}

/// The names of the public hosted zones of the account.
pub(super) async fn zones(clients: &Clients) -> Result<Vec<String>, CloudFailure> {
    let pages = clients.route53.list_hosted_zones().into_paginator().items();
    let zones = pages.send().collect::<Result<Vec<_>, _>>().await;
    let is_private = |zone: &HostedZone| zone.config().is_some_and(HostedZoneConfig::private_zone);
    let name = |zone: &HostedZone| zone.name().trim_end_matches('.').to_owned();
    let zones = zones.classified()?;
    let public = zones.iter().filter(|zone| !is_private(zone));
    Ok(public.map(name).collect())
}
