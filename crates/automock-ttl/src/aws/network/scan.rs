//! Finds the network of a stack.

use std::collections::BTreeMap;

use aws_sdk_ec2::Client;

use super::find::{Found, by_id, filter, find};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, OWNERSHIP_TAG, Ownership, Resource};
use crate::kind::ResourceKind as K;
use crate::record::StackRecord;

/// What the modules create and tag.
const TAGGED: [K; 8] = [
    K::Vpc,
    K::Subnet,
    K::RouteTable,
    K::InternetGateway,
    K::NatGateway,
    K::ElasticIp,
    K::VpcEndpoint,
    K::SecurityGroup,
];

/// What somebody else may have put into the stack's VPC, where it holds the VPC up.
const IN_VPC: [K; 5] = [
    K::Subnet,
    K::RouteTable,
    K::NatGateway,
    K::VpcEndpoint,
    K::SecurityGroup,
];

/// The network resources with the stack's tag, whatever else is in the stack's VPC, and the
/// interfaces that hold them.
pub(in crate::aws) async fn scan(ec2: &Client, record: &StackRecord) -> Inventory {
    let mut inventory = Inventory::default();
    for kind in TAGGED {
        let ours = filter(
            &format!("tag:{OWNERSHIP_TAG}"),
            [record.stack_id.to_string()],
        );
        inventory.add(kind, resources(ec2, record, kind, ours).await);
    }
    let vpcs = ids(&inventory, K::Vpc);
    if !vpcs.is_empty() {
        for kind in IN_VPC {
            let inside = filter("vpc-id", vpcs.clone());
            inventory.add(kind, resources(ec2, record, kind, inside).await);
        }
    }
    inventory.add(
        K::NetworkInterface,
        interfaces(ec2, record, &inventory).await,
    );
    inventory
}

fn ids(inventory: &Inventory, kind: K) -> Vec<String> {
    inventory
        .of_stack()
        .filter(|it| it.kind == kind)
        .map(|it| it.id.clone())
        .collect()
}

async fn resources(
    ec2: &Client,
    record: &StackRecord,
    kind: K,
    filter: aws_sdk_ec2::types::Filter,
) -> Result<Vec<Resource>, CloudFailure> {
    let found = find(ec2, kind, filter).await?;
    let own = found.into_iter().filter(|found| !found.part_of_vpc);
    Ok(own.map(|found| resource(record, kind, found)).collect())
}

/// The resource with an id, wherever it is.
pub(in crate::aws) async fn examine(
    ec2: &Client,
    record: &StackRecord,
    kind: K,
    id: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let found = by_id(ec2, kind, id).await?;
    Ok(found.map(|found| resource(record, kind, found)))
}

fn resource(record: &StackRecord, kind: K, found: Found) -> Resource {
    let named = found.tags.contains_key("Name");
    let resource = Resource::tagged(kind, found.id, &record.region, found.tags, &record.stack_id);
    match found.name {
        Some(name) if !named => resource.named(name),
        _ => resource,
    }
}

/// The interfaces inside the stack's VPC and, in a network that is not the stack's, those with
/// one of its security groups.
async fn interfaces(
    ec2: &Client,
    record: &StackRecord,
    inventory: &Inventory,
) -> Result<Vec<Resource>, CloudFailure> {
    // Whose interfaces would be asked for is then not known.
    let owners = [K::Vpc, K::SecurityGroup];
    if let Some(unseen) = inventory
        .unreadable
        .iter()
        .find(|it| owners.contains(&it.kind))
    {
        return Err(unseen.reason.clone());
    }
    let mut attached = BTreeMap::new();
    for (name, kind) in [("vpc-id", K::Vpc), ("group-id", K::SecurityGroup)] {
        let owners = ids(inventory, kind);
        if owners.is_empty() {
            continue;
        }
        for found in find(ec2, K::NetworkInterface, filter(name, owners)).await? {
            attached.insert(found.id.clone(), interface(record, found, kind));
        }
    }
    Ok(attached.into_values().collect())
}

fn interface(record: &StackRecord, found: Found, owner: K) -> Resource {
    let ownership = Ownership::Attached {
        to: format!("a {owner} of the stack"),
    };
    let resource = Resource::untagged(K::NetworkInterface, found.id, &record.region, ownership);
    match found.name {
        Some(description) => resource.named(description),
        None => resource,
    }
}
