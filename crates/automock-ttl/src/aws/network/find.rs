//! Looks for EC2's resources by filter: a filter that matches nothing is an empty list, where an
//! id that does not exist would be an error.

use aws_sdk_ec2::Client;
use aws_sdk_ec2::operation::describe_vpc_endpoints::builders::DescribeVpcEndpointsFluentBuilder;
use aws_sdk_ec2::types::{Filter, NatGatewayState, State};

use crate::aws::Classified as _;
use crate::aws::settle::{self, optional, unexpected};
use crate::aws::tags::{Tags, collect_tags};
use crate::failure::CloudFailure;
use crate::inventory::{OWNERSHIP_TAG, Resource};
use crate::kind::ResourceKind;
use crate::teardown::Presence;

/// A resource as EC2 describes it.
pub(in crate::aws) struct Found {
    pub(in crate::aws) id: String,
    pub(in crate::aws) tags: Tags,
    /// What a person calls it, if it has such a name besides its tags.
    pub(in crate::aws) name: Option<String>,
    /// Whether it is already being deleted.
    pub(super) leaving: bool,
    /// Whether it comes and goes with its VPC, as the main route table does.
    pub(super) part_of_vpc: bool,
}

impl Found {
    fn new(id: Option<&str>, tags: Tags) -> Self {
        let id = id.unwrap_or_default().to_owned();
        Self {
            id,
            tags,
            name: None,
            leaving: false,
            part_of_vpc: false,
        }
    }
}

pub(super) fn filter(name: &str, values: impl IntoIterator<Item = String>) -> Filter {
    Filter::builder()
        .name(name)
        .set_values(Some(values.into_iter().collect()))
        .build()
}

/// Whether an EC2 resource is still there.
pub(in crate::aws) async fn presence(ec2: &Client, resource: &Resource) -> Presence {
    let found = by_id(ec2, resource.kind, &resource.id).await;
    settle::presence(found.map(|found| found.map(|found| found.leaving)))
}

/// The resources of a kind that belong to any stack.
pub(in crate::aws) async fn owned(
    ec2: &Client,
    kind: ResourceKind,
) -> Result<Vec<Found>, CloudFailure> {
    find(ec2, kind, filter("tag-key", [OWNERSHIP_TAG.to_owned()])).await
}

/// The resource with an id.
pub(super) async fn by_id(
    ec2: &Client,
    kind: ResourceKind,
    id: &str,
) -> Result<Option<Found>, CloudFailure> {
    let found = match id_filter(kind) {
        Some(name) => find(ec2, kind, filter(name, [id.to_owned()])).await,
        // Endpoints have no filter for their id.
        None => endpoints(ec2.describe_vpc_endpoints().vpc_endpoint_ids(id)).await,
    };
    Ok(optional(found)?.unwrap_or_default().into_iter().next())
}

/// The filter that selects one resource of a kind by its id.
fn id_filter(kind: ResourceKind) -> Option<&'static str> {
    Some(match kind {
        ResourceKind::Vpc => "vpc-id",
        ResourceKind::Subnet => "subnet-id",
        ResourceKind::RouteTable => "route-table-id",
        ResourceKind::InternetGateway => "internet-gateway-id",
        ResourceKind::NatGateway => "nat-gateway-id",
        ResourceKind::ElasticIp => "allocation-id",
        ResourceKind::SecurityGroup => "group-id",
        ResourceKind::NetworkInterface => "network-interface-id",
        _ => return None,
    })
}

/// The resources of a kind that a filter selects, without those that are already deleted.
pub(super) async fn find(
    ec2: &Client,
    kind: ResourceKind,
    filter: Filter,
) -> Result<Vec<Found>, CloudFailure> {
    match kind {
        ResourceKind::Vpc => vpcs(ec2, filter).await,
        ResourceKind::Subnet => subnets(ec2, filter).await,
        ResourceKind::RouteTable => route_tables(ec2, filter).await,
        ResourceKind::InternetGateway => internet_gateways(ec2, filter).await,
        ResourceKind::NatGateway => nat_gateways(ec2, filter).await,
        ResourceKind::ElasticIp => addresses(ec2, filter).await,
        ResourceKind::VpcEndpoint => endpoints(ec2.describe_vpc_endpoints().filters(filter)).await,
        ResourceKind::SecurityGroup => security_groups(ec2, filter).await,
        ResourceKind::NetworkInterface => interfaces(ec2, filter).await,
        _ => Err(unexpected("UnknownKind", "not a kind of EC2")),
    }
}

async fn vpcs(ec2: &Client, filter: Filter) -> Result<Vec<Found>, CloudFailure> {
    let pages = ec2
        .describe_vpcs()
        .filters(filter)
        .into_paginator()
        .items()
        .send();
    let vpcs = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    Ok(vpcs
        .iter()
        .map(|vpc| Found::new(vpc.vpc_id(), collect_tags!(vpc.tags())))
        .collect())
}

async fn subnets(ec2: &Client, filter: Filter) -> Result<Vec<Found>, CloudFailure> {
    let pages = ec2
        .describe_subnets()
        .filters(filter)
        .into_paginator()
        .items()
        .send();
    let subnets = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let found = |subnet: &aws_sdk_ec2::types::Subnet| {
        Found::new(subnet.subnet_id(), collect_tags!(subnet.tags()))
    };
    Ok(subnets.iter().map(found).collect())
}

async fn route_tables(ec2: &Client, filter: Filter) -> Result<Vec<Found>, CloudFailure> {
    let pages = ec2
        .describe_route_tables()
        .filters(filter)
        .into_paginator()
        .items()
        .send();
    let tables = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let found = |table: &aws_sdk_ec2::types::RouteTable| Found {
        part_of_vpc: table
            .associations()
            .iter()
            .any(|it| it.main() == Some(true)),
        ..Found::new(table.route_table_id(), collect_tags!(table.tags()))
    };
    Ok(tables.iter().map(found).collect())
}

async fn internet_gateways(ec2: &Client, filter: Filter) -> Result<Vec<Found>, CloudFailure> {
    let pages = ec2
        .describe_internet_gateways()
        .filters(filter)
        .into_paginator()
        .items()
        .send();
    let gateways = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let found = |gateway: &aws_sdk_ec2::types::InternetGateway| {
        Found::new(gateway.internet_gateway_id(), collect_tags!(gateway.tags()))
    };
    Ok(gateways.iter().map(found).collect())
}

async fn nat_gateways(ec2: &Client, filter: Filter) -> Result<Vec<Found>, CloudFailure> {
    let pages = ec2
        .describe_nat_gateways()
        .filter(filter)
        .into_paginator()
        .items()
        .send();
    let gateways = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    // A deleted gateway stays listed for about an hour.
    let there = gateways
        .iter()
        .filter(|it| it.state() != Some(&NatGatewayState::Deleted));
    let found = |gateway: &aws_sdk_ec2::types::NatGateway| Found {
        leaving: gateway.state() == Some(&NatGatewayState::Deleting),
        ..Found::new(gateway.nat_gateway_id(), collect_tags!(gateway.tags()))
    };
    Ok(there.map(found).collect())
}

async fn addresses(ec2: &Client, filter: Filter) -> Result<Vec<Found>, CloudFailure> {
    let answer = ec2
        .describe_addresses()
        .filters(filter)
        .send()
        .await
        .classified()?;
    let found = |address: &aws_sdk_ec2::types::Address| Found {
        name: address.public_ip().map(str::to_owned),
        ..Found::new(address.allocation_id(), collect_tags!(address.tags()))
    };
    Ok(answer.addresses().iter().map(found).collect())
}

async fn endpoints(call: DescribeVpcEndpointsFluentBuilder) -> Result<Vec<Found>, CloudFailure> {
    let pages = call.into_paginator().items().send();
    let endpoints = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let there = endpoints
        .iter()
        .filter(|it| !is_in(it.state(), &State::Deleted));
    let found = |endpoint: &aws_sdk_ec2::types::VpcEndpoint| Found {
        name: endpoint.service_name().map(str::to_owned),
        leaving: is_in(endpoint.state(), &State::Deleting),
        ..Found::new(endpoint.vpc_endpoint_id(), collect_tags!(endpoint.tags()))
    };
    Ok(there.map(found).collect())
}

/// EC2 documents the states of endpoints with a capital letter and answers without one.
fn is_in(state: Option<&State>, wanted: &State) -> bool {
    state.is_some_and(|state| state.as_str().eq_ignore_ascii_case(wanted.as_str()))
}

async fn security_groups(ec2: &Client, filter: Filter) -> Result<Vec<Found>, CloudFailure> {
    let pages = ec2
        .describe_security_groups()
        .filters(filter)
        .into_paginator()
        .items()
        .send();
    let groups = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let found = |group: &aws_sdk_ec2::types::SecurityGroup| Found {
        name: group.group_name().map(str::to_owned),
        // AWS reserves this name for the group that every VPC has.
        part_of_vpc: group.group_name() == Some("default"),
        ..Found::new(group.group_id(), collect_tags!(group.tags()))
    };
    Ok(groups.iter().map(found).collect())
}

async fn interfaces(ec2: &Client, filter: Filter) -> Result<Vec<Found>, CloudFailure> {
    let pages = ec2
        .describe_network_interfaces()
        .filters(filter)
        .into_paginator()
        .items()
        .send();
    let interfaces = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let found = |interface: &aws_sdk_ec2::types::NetworkInterface| Found {
        name: interface
            .description()
            .filter(|it| !it.is_empty())
            .map(str::to_owned),
        ..Found::new(
            interface.network_interface_id(),
            collect_tags!(interface.tag_set()),
        )
    };
    Ok(interfaces.iter().map(found).collect())
}
