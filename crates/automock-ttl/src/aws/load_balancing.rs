//! Load balancers and target groups.

use std::collections::BTreeMap;

use aws_sdk_elasticloadbalancingv2::Client;
use aws_sdk_elasticloadbalancingv2::primitives::DateTime;
use aws_sdk_elasticloadbalancingv2::types::{
    LoadBalancer, LoadBalancerAttribute, TargetGroup, TargetGroupAttribute,
};

use super::Classified as _;
use super::settle::{Codes, PLAIN, optional, presence as settled, unexpected};
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
    for (kind, name) in [
        (ResourceKind::LoadBalancer, &record.names.load_balancer),
        (ResourceKind::TargetGroup, &record.names.target_group),
    ] {
        // What has the stack's name without being the stack's is worth a word.
        let near = |found: &Resource| found.belongs_to_stack() || found.name == *name;
        let found = list(elb, kind).await.map(|listed| {
            let found = listed.into_iter().map(|it| it.resource(record, kind));
            found.filter(near).collect()
        });
        inventory.add(kind, found);
    }
    inventory
}

/// A load balancer or target group as AWS shows it.
pub(super) struct Listed {
    pub(super) arn: String,
    pub(super) name: String,
    pub(super) tags: Tags,
    pub(super) created: Option<DateTime>,
    dns_name: Option<String>,
}

impl Listed {
    fn resource(self, record: &StackRecord, kind: ResourceKind) -> Resource {
        let (region, stack) = (&record.region, &record.stack_id);
        let found = Resource::tagged(kind, &self.arn, region, self.tags, stack)
            .named(self.name)
            .with_arn(self.arn);
        match self.dns_name {
            Some(dns_name) => found.with_detail(DNS_NAME, dns_name),
            None => found,
        }
    }
}

/// All load balancers or target groups of the account and region; AWS has no filter for tags.
pub(super) async fn list(elb: &Client, kind: ResourceKind) -> Result<Vec<Listed>, CloudFailure> {
    let mut listed: Vec<_> = if kind == ResourceKind::LoadBalancer {
        let pages = elb.describe_load_balancers().into_paginator().items();
        let all = pages.send().collect::<Result<Vec<_>, _>>().await;
        all.classified()?.iter().filter_map(balancer).collect()
    } else {
        let pages = elb.describe_target_groups().into_paginator().items();
        let all = pages.send().collect::<Result<Vec<_>, _>>().await;
        all.classified()?.iter().filter_map(group).collect()
    };
    add_tags(elb, &mut listed).await?;
    Ok(listed)
}

/// The load balancer or target group with an ARN.
pub(super) async fn examine(
    elb: &Client,
    record: &StackRecord,
    kind: ResourceKind,
    arn: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let found = if kind == ResourceKind::LoadBalancer {
        let call = elb.describe_load_balancers().load_balancer_arns(arn);
        let answer = optional(call.send().await.classified())?;
        answer.and_then(|answer| answer.load_balancers().first().and_then(balancer))
    } else {
        let call = elb.describe_target_groups().target_group_arns(arn);
        let answer = optional(call.send().await.classified())?;
        answer.and_then(|answer| answer.target_groups().first().and_then(group))
    };
    let mut found: Vec<_> = found.into_iter().collect();
    let tagged = optional(add_tags(elb, &mut found).await)?;
    let found = tagged.and_then(|()| found.pop());
    Ok(found.map(|found| found.resource(record, kind)))
}

fn balancer(it: &LoadBalancer) -> Option<Listed> {
    Some(Listed {
        arn: it.load_balancer_arn()?.to_owned(),
        name: it.load_balancer_name()?.to_owned(),
        tags: Tags::new(),
        created: it.created_time().copied(),
        dns_name: Some(it.dns_name().unwrap_or_default().to_owned()),
    })
}

fn group(it: &TargetGroup) -> Option<Listed> {
    Some(Listed {
        arn: it.target_group_arn()?.to_owned(),
        name: it.target_group_name()?.to_owned(),
        tags: Tags::new(),
        created: None,
        dns_name: None,
    })
}

async fn add_tags(elb: &Client, listed: &mut [Listed]) -> Result<(), CloudFailure> {
    let arns = listed.iter().map(|it| it.arn.clone()).collect();
    let mut tags = tags_of(elb, arns).await?;
    for it in listed {
        it.tags = tags.remove(&it.arn).unwrap_or_default();
    }
    Ok(())
}

async fn tags_of(elb: &Client, arns: Vec<String>) -> Result<BTreeMap<String, Tags>, CloudFailure> {
    let mut tags = BTreeMap::new();
    for some in arns.chunks(TAGS_PER_CALL) {
        match described(elb, some).await {
            // One that has gone since it was listed, whoever's it was, must not hide the others.
            Err(CloudFailure::NotFound { .. }) => {
                for arn in some {
                    let one = optional(described(elb, std::slice::from_ref(arn)).await)?;
                    tags.extend(one.unwrap_or_default());
                }
            }
            answer => tags.extend(answer?),
        }
    }
    Ok(tags)
}

async fn described(elb: &Client, arns: &[String]) -> Result<Vec<(String, Tags)>, CloudFailure> {
    let call = elb.describe_tags().set_resource_arns(Some(arns.to_vec()));
    let answer = call.send().await.classified()?;
    let tags = answer.tag_descriptions().iter().map(|it| {
        let arn = it.resource_arn().unwrap_or_default().to_owned();
        (arn, collect_tags!(it.tags()))
    });
    Ok(tags.collect())
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
