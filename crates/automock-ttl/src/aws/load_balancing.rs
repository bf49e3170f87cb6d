//! Load balancers and target groups.

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::types::{LoadBalancerAttribute, TargetGroupAttribute};
use std::collections::BTreeMap;

use super::Classified as _;
use super::settle::{Codes, PLAIN, presence as settled, unexpected};
use super::tags::{Tags, collect_tags};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, OWNERSHIP_TAG, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::teardown::{Outcome, Presence};

/// The detail of a load balancer that says where it answers.
pub(super) const DNS_NAME: &str = "dns_name";

/// How many resources one `DescribeTags` takes:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html>.
const TAGS_PER_CALL: usize = 20;

const IN_USE: Codes = Codes {
    gone: &[],
    too_early: &["ResourceInUse"],
};

/// The load balancers and target groups with the stack's tag or name.
pub(super) async fn scan(elb: &Client, record: &StackRecord) -> Inventory {
    let mut inventory = Inventory::default();
    inventory.add(
        ResourceKind::LoadBalancer,
        load_balancers(elb, record).await,
    );
    inventory.add(ResourceKind::TargetGroup, target_groups(elb, record).await);
    inventory
}

async fn load_balancers(elb: &Client, record: &StackRecord) -> Result<Vec<Resource>, CloudFailure> {
    let pages = elb
        .describe_load_balancers()
        .into_paginator()
        .items()
        .send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let arns = all
        .iter()
        .filter_map(|it| it.load_balancer_arn().map(str::to_owned))
        .collect();
    let tags = tags_of(elb, arns).await?;
    let resource = |it: &aws_sdk_elasticloadbalancingv2::types::LoadBalancer| {
        let found = resource(
            record,
            ResourceKind::LoadBalancer,
            (
                it.load_balancer_arn()?,
                it.load_balancer_name()?,
                &record.names.load_balancer,
            ),
            &tags,
        )?;
        Some(found.with_detail(DNS_NAME, it.dns_name().unwrap_or_default()))
    };
    Ok(all.iter().filter_map(resource).collect())
}

async fn target_groups(elb: &Client, record: &StackRecord) -> Result<Vec<Resource>, CloudFailure> {
    let pages = elb.describe_target_groups().into_paginator().items().send();
    let all = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let arns = all
        .iter()
        .filter_map(|it| it.target_group_arn().map(str::to_owned))
        .collect();
    let tags = tags_of(elb, arns).await?;
    let resource = |it: &aws_sdk_elasticloadbalancingv2::types::TargetGroup| {
        resource(
            record,
            ResourceKind::TargetGroup,
            (
                it.target_group_arn()?,
                it.target_group_name()?,
                &record.names.target_group,
            ),
            &tags,
        )
    };
    Ok(all.iter().filter_map(resource).collect())
}

/// The resource if it is the stack's, or if it has the stack's name without being the stack's.
fn resource(
    record: &StackRecord,
    kind: ResourceKind,
    (arn, name, expected): (&str, &str, &str),
    tags: &BTreeMap<String, Tags>,
) -> Option<Resource> {
    let tags = tags.get(arn).cloned().unwrap_or_default();
    let found = Resource::tagged(kind, arn, &record.region, tags, &record.stack_id)
        .named(name)
        .with_arn(arn);
    (found.belongs_to_stack() || name == expected).then_some(found)
}

async fn tags_of(elb: &Client, arns: Vec<String>) -> Result<BTreeMap<String, Tags>, CloudFailure> {
    let mut tags = BTreeMap::new();
    for some in arns.chunks(TAGS_PER_CALL) {
        let call = elb.describe_tags().set_resource_arns(Some(some.to_vec()));
        for described in call.send().await.classified()?.tag_descriptions() {
            let arn = described.resource_arn().unwrap_or_default().to_owned();
            tags.insert(arn, collect_tags!(described.tags()));
        }
    }
    Ok(tags)
}

/// Asks for the removal of a load balancer or target group.
pub(super) async fn remove(elb: &Client, resource: &Resource) -> Outcome {
    match resource.kind {
        ResourceKind::LoadBalancer => load_balancer(elb, &resource.id).await,
        ResourceKind::TargetGroup => {
            let call = elb.delete_target_group().target_group_arn(&resource.id);
            IN_USE.settle(call.send().await)
        }
        kind => Outcome::Failed(unexpected("UnknownKind", format!("no removal of a {kind}"))),
    }
}

async fn load_balancer(elb: &Client, arn: &str) -> Outcome {
    let answer = delete_load_balancer(elb, arn).await;
    let Outcome::Failed(failure) = &answer else {
        return answer;
    };
    if failure.code() != Some("OperationNotPermitted") {
        return answer;
    }
    // Somebody switched on deletion protection.
    let off = LoadBalancerAttribute::builder()
        .key("deletion_protection.enabled")
        .value("false");
    let call = elb.modify_load_balancer_attributes().load_balancer_arn(arn);
    match PLAIN.settle(call.attributes(off.build()).send().await) {
        Outcome::Started => delete_load_balancer(elb, arn).await,
        otherwise => otherwise,
    }
}

async fn delete_load_balancer(elb: &Client, arn: &str) -> Outcome {
    IN_USE.settle(
        elb.delete_load_balancer()
            .load_balancer_arn(arn)
            .send()
            .await,
    )
}

/// Whether a load balancer or target group is still there.
pub(super) async fn presence(elb: &Client, resource: &Resource) -> Presence {
    let id = resource.id.as_str();
    if resource.kind == ResourceKind::LoadBalancer {
        let call = elb.describe_load_balancers().load_balancer_arns(id);
        let answer = call.send().await.classified();
        return settled(answer.map(|it| it.load_balancers().first().map(|_| false)));
    }
    let call = elb.describe_target_groups().target_group_arns(id);
    let answer = call.send().await.classified();
    settled(answer.map(|it| it.target_groups().first().map(|_| false)))
}

/// Lets targets go at once instead of after five minutes. It only saves time, so a failure is of
/// no consequence; a target group that is not the stack's is left as it is.
pub(super) async fn hurry_deregistration(elb: &Client, stack: &str, target_group: &str) {
    let Ok(tags) = tags_of(elb, vec![target_group.to_owned()]).await else {
        return;
    };
    let owner = tags
        .get(target_group)
        .and_then(|tags| tags.get(OWNERSHIP_TAG));
    if owner.map(String::as_str) != Some(stack) {
        return;
    }
    let now = TargetGroupAttribute::builder().key("deregistration_delay.timeout_seconds");
    let call = elb
        .modify_target_group_attributes()
        .target_group_arn(target_group);
    let _ = call.attributes(now.value("0").build()).send().await;
}
