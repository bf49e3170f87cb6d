//! The network of a stack.

use automock_ttl::record::StackRecord;
use aws_config::SdkConfig;
use aws_sdk_ec2::Client;
use aws_sdk_ec2::types::{
    DomainType, IpPermission, ResourceType, Tag, TagSpecification, UserIdGroupPair, VpcEndpointType,
};

use crate::world::{REGION, all_tags};

/// What other resources of the stack stand in.
pub(crate) struct Network {
    pub(crate) vpc: String,
    pub(crate) subnets: Vec<String>,
    pub(crate) security_group: String,
}

/// The tags of a new resource; without an owner there are none.
fn tags(kind: ResourceType, owner: Option<&StackRecord>) -> Option<Vec<TagSpecification>> {
    let tags = all_tags(owner?).map(|(key, value)| Tag::builder().key(key).value(value).build());
    Some(vec![
        TagSpecification::builder()
            .resource_type(kind)
            .set_tags(Some(tags.into()))
            .build(),
    ])
}

/// A VPC with two subnets, a way in and out, an endpoint, and two groups that name each other.
pub(crate) async fn make(config: &SdkConfig, record: &StackRecord) -> Network {
    let ec2 = Client::new(config);
    let vpc = vpc(&ec2, Some(record)).await;
    let subnets = vec![
        subnet(&ec2, &vpc, 1, Some(record)).await,
        subnet(&ec2, &vpc, 2, Some(record)).await,
    ];
    internet_gateway(&ec2, &vpc, record).await;
    nat_gateway(&ec2, &subnets[0], record).await;
    let table = route_table(&ec2, &vpc, &subnets[1], record).await;
    endpoint(&ec2, &vpc, &table, record).await;
    let load_balancer = security_group(&ec2, &vpc, "load-balancer", record).await;
    let tasks = security_group(&ec2, &vpc, "tasks", record).await;
    allow(&ec2, &load_balancer, &tasks).await;
    allow(&ec2, &tasks, &load_balancer).await;
    Network {
        vpc,
        subnets,
        security_group: tasks,
    }
}

pub(crate) async fn vpc(ec2: &Client, owner: Option<&StackRecord>) -> String {
    let call = ec2.create_vpc().cidr_block("10.42.0.0/16");
    let answer = call
        .set_tag_specifications(tags(ResourceType::Vpc, owner))
        .send()
        .await;
    answer
        .expect("a VPC")
        .vpc()
        .and_then(|it| it.vpc_id())
        .expect("an id")
        .to_owned()
}

pub(crate) async fn subnet(
    ec2: &Client,
    vpc: &str,
    number: u8,
    owner: Option<&StackRecord>,
) -> String {
    let zone = if number.is_multiple_of(2) { "a" } else { "b" };
    let call = ec2
        .create_subnet()
        .vpc_id(vpc)
        .cidr_block(format!("10.42.{number}.0/24"));
    let call = call.availability_zone(format!("{REGION}{zone}"));
    let answer = call
        .set_tag_specifications(tags(ResourceType::Subnet, owner))
        .send()
        .await;
    answer
        .expect("a subnet")
        .subnet()
        .and_then(|it| it.subnet_id())
        .expect("an id")
        .to_owned()
}

/// An address; nobody's if it has no owner.
pub(crate) async fn address(ec2: &Client, owner: Option<&StackRecord>) -> String {
    let call = ec2.allocate_address().domain(DomainType::Vpc);
    let answer = call
        .set_tag_specifications(tags(ResourceType::ElasticIp, owner))
        .send()
        .await;
    answer
        .expect("an address")
        .allocation_id()
        .expect("an id")
        .to_owned()
}

async fn internet_gateway(ec2: &Client, vpc: &str, record: &StackRecord) {
    let call = ec2.create_internet_gateway();
    let tags = tags(ResourceType::InternetGateway, Some(record));
    let answer = call
        .set_tag_specifications(tags)
        .send()
        .await
        .expect("a gateway");
    let id = answer
        .internet_gateway()
        .and_then(|it| it.internet_gateway_id())
        .expect("an id");
    let call = ec2
        .attach_internet_gateway()
        .internet_gateway_id(id)
        .vpc_id(vpc);
    call.send().await.expect("an attachment");
}

async fn nat_gateway(ec2: &Client, subnet: &str, record: &StackRecord) {
    let address = address(ec2, Some(record)).await;
    let call = ec2
        .create_nat_gateway()
        .subnet_id(subnet)
        .allocation_id(address);
    let tags = tags(ResourceType::Natgateway, Some(record));
    call.set_tag_specifications(tags)
        .send()
        .await
        .expect("a NAT gateway");
}

async fn route_table(ec2: &Client, vpc: &str, subnet: &str, record: &StackRecord) -> String {
    let tags = tags(ResourceType::RouteTable, Some(record));
    let answer = ec2
        .create_route_table()
        .vpc_id(vpc)
        .set_tag_specifications(tags)
        .send()
        .await;
    let answer = answer.expect("a route table");
    let id = answer
        .route_table()
        .and_then(|it| it.route_table_id())
        .expect("an id")
        .to_owned();
    let call = ec2
        .associate_route_table()
        .route_table_id(&id)
        .subnet_id(subnet);
    call.send().await.expect("an association");
    id
}

async fn endpoint(ec2: &Client, vpc: &str, table: &str, record: &StackRecord) {
    let call = ec2.create_vpc_endpoint().vpc_id(vpc).route_table_ids(table);
    let call = call.vpc_endpoint_type(VpcEndpointType::Gateway);
    let call = call.service_name(format!("com.amazonaws.{REGION}.s3"));
    let tags = tags(ResourceType::VpcEndpoint, Some(record));
    call.set_tag_specifications(tags)
        .send()
        .await
        .expect("an endpoint");
}

async fn security_group(ec2: &Client, vpc: &str, name: &str, record: &StackRecord) -> String {
    let call = ec2.create_security_group().vpc_id(vpc).description("test");
    let call = call.group_name(format!("{}-{name}", record.names.prefix));
    let tags = tags(ResourceType::SecurityGroup, Some(record));
    let answer = call
        .set_tag_specifications(tags)
        .send()
        .await
        .expect("a group");
    answer.group_id().expect("an id").to_owned()
}

/// Lets one group call the other.
async fn allow(ec2: &Client, from: &str, to: &str) {
    let source = UserIdGroupPair::builder().group_id(from).build();
    let rule = IpPermission::builder()
        .ip_protocol("tcp")
        .from_port(1080)
        .to_port(1080)
        .user_id_group_pairs(source)
        .build();
    let call = ec2
        .authorize_security_group_ingress()
        .group_id(to)
        .ip_permissions(rule);
    call.send().await.expect("a rule");
}
