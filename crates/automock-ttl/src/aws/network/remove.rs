//! Removes the parts of a network.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{InternetGateway, RouteTable, SecurityGroupRule};

use super::find::{filter, presence};
use crate::aws::Classified as _;
use crate::aws::classify::of_item;
use crate::aws::settle::{Codes, PLAIN, step, unexpected};
use crate::failure::CloudFailure;
use crate::inventory::Resource;
use crate::kind::ResourceKind;
use crate::teardown::{Outcome, Presence};

const HELD: Codes = Codes {
    gone: &[],
    too_early: &["DependencyViolation", "InvalidGroup.InUse", "ResourceInUse"],
};
const ATTACHED: Codes = Codes {
    gone: &["Gateway.NotAttached"],
    too_early: &["DependencyViolation"],
};
const HELD_ADDRESS: Codes = Codes {
    gone: &[],
    too_early: &["InvalidIPAddress.InUse"],
};

/// Asks for the removal of an EC2 resource.
pub(in crate::aws) async fn remove(ec2: &Client, resource: &Resource) -> Outcome {
    let id = resource.id.as_str();
    match resource.kind {
        ResourceKind::Vpc => HELD.settle(ec2.delete_vpc().vpc_id(id).send().await),
        ResourceKind::Subnet => HELD.settle(ec2.delete_subnet().subnet_id(id).send().await),
        ResourceKind::NatGateway => {
            PLAIN.settle(ec2.delete_nat_gateway().nat_gateway_id(id).send().await)
        }
        ResourceKind::RouteTable => route_table(ec2, id).await,
        ResourceKind::InternetGateway => internet_gateway(ec2, id).await,
        ResourceKind::ElasticIp => address(ec2, resource).await,
        ResourceKind::VpcEndpoint => endpoint(ec2, id).await,
        ResourceKind::SecurityGroup => security_group(ec2, id).await,
        kind => Outcome::Failed(unexpected("UnknownKind", format!("no removal of a {kind}"))),
    }
}

async fn route_table(ec2: &Client, id: &str) -> Outcome {
    let tables = step!(
        PLAIN,
        ec2.describe_route_tables().route_table_ids(id).send().await
    );
    let associations = tables
        .route_tables()
        .iter()
        .flat_map(RouteTable::associations);
    for association in associations.filter(|it| it.main() != Some(true)) {
        let call = ec2.disassociate_route_table();
        let id = association.route_table_association_id();
        let answer = call.set_association_id(id.map(str::to_owned)).send().await;
        match PLAIN.settle(answer) {
            Outcome::Started | Outcome::Gone => {}
            otherwise => return otherwise,
        }
    }
    HELD.settle(ec2.delete_route_table().route_table_id(id).send().await)
}

async fn internet_gateway(ec2: &Client, id: &str) -> Outcome {
    let call = ec2.describe_internet_gateways().internet_gateway_ids(id);
    let gateways = step!(PLAIN, call.send().await);
    let attachments = gateways
        .internet_gateways()
        .iter()
        .flat_map(InternetGateway::attachments);
    for vpc in attachments.filter_map(|attachment| attachment.vpc_id()) {
        let call = ec2
            .detach_internet_gateway()
            .internet_gateway_id(id)
            .vpc_id(vpc);
        match ATTACHED.settle(call.send().await) {
            Outcome::Started | Outcome::Gone => {}
            otherwise => return otherwise,
        }
    }
    HELD.settle(
        ec2.delete_internet_gateway()
            .internet_gateway_id(id)
            .send()
            .await,
    )
}

async fn address(ec2: &Client, resource: &Resource) -> Outcome {
    let call = ec2.release_address().allocation_id(&resource.id);
    match HELD_ADDRESS.settle(call.send().await) {
        // EC2 also answers with an authorization failure when the address was released and
        // has been given to another account; looking tells the two apart.
        Outcome::Failed(failure) => match presence(ec2, resource).await {
            Presence::Gone => Outcome::Gone,
            _ => Outcome::Failed(failure),
        },
        outcome => outcome,
    }
}

/// The call succeeds even if it removed nothing; what failed is in its answer.
async fn endpoint(ec2: &Client, id: &str) -> Outcome {
    let answer = step!(
        PLAIN,
        ec2.delete_vpc_endpoints().vpc_endpoint_ids(id).send().await
    );
    let Some(error) = answer.unsuccessful().iter().find_map(|item| item.error()) else {
        return Outcome::Started;
    };
    let code = error.code().unwrap_or("Unsuccessful");
    if code.ends_with("NotFound") {
        return Outcome::Gone;
    }
    HELD.judge(of_item(code, error.message().unwrap_or_default()))
}

/// Two groups that name each other in their rules can only be deleted once one of the rules is
/// gone, so a group first loses its rules about other groups.
async fn security_group(ec2: &Client, id: &str) -> Outcome {
    let call = ec2
        .describe_security_group_rules()
        .filters(filter("group-id", [id.to_owned()]));
    let pages = call.into_paginator().items().send();
    let rules = step!(PLAIN, pages.collect::<Result<Vec<_>, _>>().await);
    let about_groups = rules
        .iter()
        .filter(|rule| rule.referenced_group_info().is_some());
    let (egress, ingress): (Vec<_>, Vec<_>) =
        about_groups.partition(|rule| rule.is_egress() == Some(true));
    if !egress.is_empty() {
        let call = ec2.revoke_security_group_egress().group_id(id);
        let call = call.set_security_group_rule_ids(Some(rule_ids(&egress)));
        if let Err(failure) = revoked(call.send().await.classified()) {
            return PLAIN.judge(failure);
        }
    }
    if !ingress.is_empty() {
        let call = ec2.revoke_security_group_ingress().group_id(id);
        let call = call.set_security_group_rule_ids(Some(rule_ids(&ingress)));
        if let Err(failure) = revoked(call.send().await.classified()) {
            return PLAIN.judge(failure);
        }
    }
    HELD.settle(ec2.delete_security_group().group_id(id).send().await)
}

/// A rule that is gone already is no sign that its group is.
fn revoked<T>(answer: Result<T, CloudFailure>) -> Result<(), CloudFailure> {
    match answer {
        Err(CloudFailure::NotFound { code, .. }) if code != "InvalidGroup.NotFound" => Ok(()),
        answer => answer.map(drop),
    }
}

fn rule_ids(rules: &[&SecurityGroupRule]) -> Vec<String> {
    rules
        .iter()
        .filter_map(|rule| rule.security_group_rule_id().map(str::to_owned))
        .collect()
}
