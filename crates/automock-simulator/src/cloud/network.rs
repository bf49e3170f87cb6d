//! EC2.

use automock_ttl::CloudFailure;
use automock_ttl::kind::ResourceKind as K;

use super::{Answer, missing, refused};
use crate::delays::Wait;
use crate::random::Random;
use crate::state::State;
use crate::thing::{Body, GroupRule, Thing};

/// `DeleteVpc`
pub fn delete_vpc(state: &mut State, id: &str) -> Answer<()> {
    if state.get(K::Vpc, id).is_none() {
        return missing(
            "InvalidVpcID.NotFound",
            format!("The vpc ID '{id}' does not exist"),
        );
    }
    let inside = |thing: &&Thing| thing.vpc() == Some(id) && thing.exists(state.now);
    if state.things.iter().any(|thing| inside(&thing)) {
        return refused(
            "DependencyViolation",
            format!("The vpc '{id}' has dependencies and cannot be deleted."),
        );
    }
    remove(state, K::Vpc, id, "DeleteVpc", Wait::Other);
    Ok(())
}

/// `DeleteSubnet`
pub fn delete_subnet(state: &mut State, id: &str) -> Answer<()> {
    if state.get(K::Subnet, id).is_none() {
        return missing(
            "InvalidSubnetID.NotFound",
            format!("The subnet ID '{id}' does not exist"),
        );
    }
    let holds =
        |thing: &Thing| matches!(&thing.body, Body::Interface { subnet, .. } if subnet == id);
    if state.existing(K::NetworkInterface).any(holds) {
        return refused(
            "DependencyViolation",
            format!("The subnet '{id}' has dependencies and cannot be deleted."),
        );
    }
    remove(state, K::Subnet, id, "DeleteSubnet", Wait::Other);
    Ok(())
}

/// `DescribeRouteTables` by id: the associations.
pub fn associations(state: &State, id: &str) -> Answer<Vec<String>> {
    match state.get(K::RouteTable, id).map(|table| &table.body) {
        Some(Body::RouteTable { associations, .. }) => {
            Ok(associations.iter().map(|(id, _)| id.clone()).collect())
        }
        _ => missing(
            "InvalidRouteTableID.NotFound",
            format!("The routeTable ID '{id}' does not exist"),
        ),
    }
}

/// `DisassociateRouteTable`
pub fn disassociate(state: &mut State, table: &str, association: &str) -> Answer<()> {
    let found = state.change(K::RouteTable, table, "DisassociateRouteTable");
    if let Some(Body::RouteTable { associations, .. }) = found.map(|found| &mut found.body) {
        let before = associations.len();
        associations.retain(|(id, _)| id != association);
        if associations.len() < before {
            return Ok(());
        }
    }
    missing(
        "InvalidAssociationID.NotFound",
        format!("The association ID '{association}' does not exist"),
    )
}

/// `DeleteRouteTable`
pub fn delete_route_table(state: &mut State, id: &str) -> Answer<()> {
    let Some(Body::RouteTable { associations, .. }) =
        state.get(K::RouteTable, id).map(|table| &table.body)
    else {
        return missing(
            "InvalidRouteTableID.NotFound",
            format!("The routeTable ID '{id}' does not exist"),
        );
    };
    let used = associations
        .iter()
        .any(|(_, subnet)| state.get(K::Subnet, subnet).is_some());
    if used {
        return refused(
            "DependencyViolation",
            format!("The routeTable '{id}' has dependencies and cannot be deleted."),
        );
    }
    remove(state, K::RouteTable, id, "DeleteRouteTable", Wait::Other);
    Ok(())
}

fn no_gateway<T>(id: &str) -> Answer<T> {
    missing(
        "InvalidInternetGatewayID.NotFound",
        format!("The internetGateway ID '{id}' does not exist"),
    )
}

/// `DescribeInternetGateways` by id: the VPC it is attached to.
pub fn attachment(state: &State, id: &str) -> Answer<Option<String>> {
    match state.get(K::InternetGateway, id).map(|it| &it.body) {
        Some(Body::InternetGateway { vpc }) => Ok(vpc.clone()),
        _ => no_gateway(id),
    }
}

/// `DetachInternetGateway`
pub fn detach(state: &mut State, id: &str, from: &str) -> Answer<()> {
    if attachment(state, id)?.as_deref() != Some(from) {
        return refused(
            "Gateway.NotAttached",
            format!("resource {id} is not attached to network {from}"),
        );
    }
    let public = |thing: &Thing| matches!(&thing.body, Body::Interface { vpc, is_public: true, .. } if vpc == from);
    if state.existing(K::NetworkInterface).any(public) {
        let message = format!(
            "Network {from} has some mapped public address(es). Please unmap those public address(es) before detaching the gateway."
        );
        return refused("DependencyViolation", message);
    }
    let found = state.change(K::InternetGateway, id, "DetachInternetGateway");
    if let Some(Body::InternetGateway { vpc }) = found.map(|found| &mut found.body) {
        *vpc = None;
    }
    Ok(())
}

/// `DeleteInternetGateway`
pub fn delete_internet_gateway(state: &mut State, id: &str) -> Answer<()> {
    if attachment(state, id)?.is_some() {
        return refused(
            "DependencyViolation",
            format!("The internetGateway '{id}' has dependencies and cannot be deleted."),
        );
    }
    remove(
        state,
        K::InternetGateway,
        id,
        "DeleteInternetGateway",
        Wait::Other,
    );
    Ok(())
}

/// `DeleteNatGateway`
pub fn delete_nat_gateway(state: &mut State, id: &str) -> Answer<()> {
    if state.get(K::NatGateway, id).is_none() {
        return missing(
            "NatGatewayNotFound",
            format!("The Nat Gateway {id} was not found"),
        );
    }
    let gone = remove(
        state,
        K::NatGateway,
        id,
        "DeleteNatGateway",
        Wait::NatGateway,
    );
    state.end_interfaces(id, gone);
    Ok(())
}

/// `ReleaseAddress`
pub fn release(state: &mut State, id: &str) -> Answer<()> {
    let Some(address) = state.get(K::ElasticIp, id) else {
        return no_address(state, id);
    };
    let Body::Address { ip } = address.body.clone() else {
        return no_address(state, id);
    };
    let holds =
        |thing: &Thing| matches!(&thing.body, Body::NatGateway { address, .. } if address == id);
    if state.existing(K::NatGateway).any(holds) {
        return refused("InvalidIPAddress.InUse", format!("Address {ip} is in use."));
    }
    remove(state, K::ElasticIp, id, "ReleaseAddress", Wait::Address);
    Ok(())
}

/// Some released addresses have already been given to somebody else, and then EC2 answers
/// differently.
fn no_address(state: &State, id: &str) -> Answer<()> {
    if Random::of(state.delays.seed, &[id, "reallocated"]).chance(3000) {
        return Err(CloudFailure::InvalidCredentials {
            code: "AuthFailure".to_owned(),
            message: format!("The address '{id}' does not belong to you."),
        });
    }
    missing(
        "InvalidAllocationID.NotFound",
        format!("The allocation ID '{id}' does not exist"),
    )
}

/// `DeleteVpcEndpoints` with one id; the failure is one of the answer's list.
pub fn delete_endpoint(state: &mut State, id: &str) -> Answer<()> {
    let Some(Body::Endpoint { has_interfaces, .. }) =
        state.get(K::VpcEndpoint, id).map(|it| &it.body)
    else {
        return missing(
            "InvalidVpcEndpoint.NotFound",
            format!("The Vpc Endpoint Id '{id}' does not exist"),
        );
    };
    let wait = if *has_interfaces {
        Wait::InterfaceEndpoint
    } else {
        Wait::GatewayEndpoint
    };
    let gone = remove(state, K::VpcEndpoint, id, "DeleteVpcEndpoints", wait);
    state.end_interfaces(id, gone);
    Ok(())
}

/// `DescribeSecurityGroupRules` of a group: those about other groups.
#[must_use]
pub fn group_rules(state: &State, id: &str) -> Vec<GroupRule> {
    match state.get(K::SecurityGroup, id).map(|it| &it.body) {
        Some(Body::SecurityGroup { rules, .. }) => rules.clone(),
        _ => Vec::new(),
    }
}

/// `RevokeSecurityGroupEgress` and `RevokeSecurityGroupIngress` by rule ids
pub fn revoke(state: &mut State, id: &str, revoked: &[String]) -> Answer<()> {
    let found = state.change(K::SecurityGroup, id, "RevokeSecurityGroup");
    let Some(Body::SecurityGroup { rules, .. }) = found.map(|found| &mut found.body) else {
        return no_group(id);
    };
    if revoked
        .iter()
        .any(|wanted| !rules.iter().any(|rule| rule.id == *wanted))
    {
        return missing(
            "InvalidSecurityGroupRuleId.NotFound",
            "The specified rule does not exist in this security group.",
        );
    }
    rules.retain(|rule| !revoked.contains(&rule.id));
    Ok(())
}

fn no_group(id: &str) -> Answer<()> {
    missing(
        "InvalidGroup.NotFound",
        format!("The security group '{id}' does not exist"),
    )
}

/// `DeleteSecurityGroup`
pub fn delete_security_group(state: &mut State, id: &str) -> Answer<()> {
    if state.get(K::SecurityGroup, id).is_none() {
        return no_group(id);
    }
    let uses = |thing: &Thing| match &thing.body {
        Body::Interface { groups, .. } => groups.iter().any(|group| group == id),
        Body::SecurityGroup { rules, .. } => {
            thing.id != id && rules.iter().any(|rule| rule.other == id)
        }
        _ => false,
    };
    if state
        .things
        .iter()
        .any(|thing| uses(thing) && thing.exists(state.now))
    {
        return refused(
            "DependencyViolation",
            format!("resource {id} has a dependent object"),
        );
    }
    remove(
        state,
        K::SecurityGroup,
        id,
        "DeleteSecurityGroup",
        Wait::Other,
    );
    Ok(())
}

/// Ends a thing, and notes it if the thing was foreign.
pub(super) fn remove(
    state: &mut State,
    kind: K,
    id: &str,
    call: &str,
    wait: Wait,
) -> crate::time::Moment {
    state.change(kind, id, call);
    state.end(kind, id, wait)
}
