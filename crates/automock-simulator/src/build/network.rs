//! The module `networking`.

use automock_ttl::kind::ResourceKind as K;

use super::plan::Plan;
use super::stack::Mode;
use crate::thing::Body;

pub(super) const EXISTING_VPC: &str = "vpc-0e5151";
pub(super) const EXISTING_SUBNETS: [&str; 2] = ["subnet-0e5151a", "subnet-0e5151b"];

const ZONES: [&str; 2] = ["us-east-1a", "us-east-1b"];

/// What the services stand in.
pub(super) struct Network {
    pub(super) vpc: String,
    pub(super) load_balancer_subnets: Vec<String>,
    pub(super) task_subnets: Vec<String>,
    pub(super) tasks_are_public: bool,
}

impl Network {
    /// A network that is not the stack's. Each stack adds nothing to it but security groups.
    pub(super) fn existing(_: &mut Plan) -> Self {
        Self {
            vpc: EXISTING_VPC.to_owned(),
            load_balancer_subnets: EXISTING_SUBNETS.map(str::to_owned).to_vec(),
            task_subnets: EXISTING_SUBNETS.map(str::to_owned).to_vec(),
            tasks_are_public: true,
        }
    }
}

fn address(rest: &str) -> String {
    format!("module.networking.{rest}")
}

fn in_zone(kind: &str, zone: &str) -> String {
    address(&format!("{kind}[\"{zone}\"]"))
}

/// A new network.
pub(super) fn make(plan: &mut Plan, mode: Mode) -> Network {
    let prefix = plan.record.names.prefix.clone();
    let vpc = plan.id("vpc");
    plan.make(
        &address("aws_vpc.this[0]"),
        K::Vpc,
        &vpc,
        &prefix,
        Body::Plain,
    );
    let gateway = plan.id("igw");
    let body = Body::InternetGateway {
        vpc: Some(vpc.clone()),
    };
    let name = address("aws_internet_gateway.this[0]");
    plan.make(&name, K::InternetGateway, &gateway, &prefix, body);
    let load_balancer_subnets = subnets(plan, &vpc, "load_balancer");
    let task_subnets = subnets(plan, &vpc, "task");
    tables(plan, &vpc, &load_balancer_subnets, &task_subnets);
    let nats = match mode {
        Mode::Private => ZONES.len(),
        Mode::PrivateSingleNat => 1,
        _ => 0,
    };
    for (zone, subnet) in ZONES.iter().zip(&load_balancer_subnets).take(nats) {
        nat(plan, &vpc, zone, subnet);
    }
    gateway_endpoint(plan, &vpc);
    if mode == Mode::PrivateEndpoints {
        interface_endpoints(plan, &vpc, &task_subnets);
    }
    Network {
        vpc,
        load_balancer_subnets,
        task_subnets,
        tasks_are_public: mode == Mode::Public,
    }
}

fn subnets(plan: &mut Plan, vpc: &str, role: &str) -> Vec<String> {
    let mut made = Vec::new();
    for zone in ZONES {
        let id = plan.id("subnet");
        let name = format!("{}-{role}-{zone}", plan.record.names.prefix);
        let body = Body::Subnet {
            vpc: vpc.to_owned(),
        };
        let terraform = in_zone(&format!("aws_subnet.{role}"), zone);
        plan.make(&terraform, K::Subnet, &id, &name, body);
        made.push(id);
    }
    made
}

fn tables(plan: &mut Plan, vpc: &str, load_balancer: &[String], task: &[String]) {
    table(plan, vpc, "load_balancer", load_balancer);
    for (zone, subnet) in ZONES.iter().zip(task) {
        table(
            plan,
            vpc,
            &format!("task[\"{zone}\"]"),
            std::slice::from_ref(subnet),
        );
    }
}

fn table(plan: &mut Plan, vpc: &str, role: &str, subnets: &[String]) {
    let id = plan.id("rtb");
    let mut associations = Vec::new();
    for subnet in subnets {
        associations.push((plan.id("rtbassoc"), subnet.clone()));
    }
    let ids: Vec<_> = associations.iter().map(|(id, _)| id.clone()).collect();
    let body = Body::RouteTable {
        vpc: vpc.to_owned(),
        associations,
    };
    let name = format!("{}-{role}", plan.record.names.prefix);
    let terraform = address(&format!("aws_route_table.{role}"));
    plan.make(&terraform, K::RouteTable, &id, &name, body);
    plan.part(&address("aws_route.this[0]"), &format!("r-{id}"));
    for (number, association) in ids.iter().enumerate() {
        let terraform = address(&format!("aws_route_table_association.this[{number}]"));
        plan.part(&terraform, association);
    }
}

fn nat(plan: &mut Plan, vpc: &str, zone: &str, subnet: &str) {
    let eip = plan.id("eipalloc");
    let name = format!("{}-nat-{zone}", plan.record.names.prefix);
    let body = Body::Address {
        ip: "198.51.100.7".to_owned(),
    };
    plan.make(
        &in_zone("aws_eip.nat", zone),
        K::ElasticIp,
        &eip,
        &name,
        body,
    );
    let id = plan.id("nat");
    let body = Body::NatGateway {
        vpc: vpc.to_owned(),
        address: eip,
    };
    let terraform = in_zone("aws_nat_gateway.this", zone);
    plan.make(&terraform, K::NatGateway, &id, &name, body);
    interface(plan, (vpc, subnet), &[], &id, true);
}

/// Adds an interface to what was made last.
pub(super) fn interface(
    plan: &mut Plan,
    (vpc, subnet): (&str, &str),
    groups: &[String],
    owner: &str,
    is_public: bool,
) {
    let id = plan.id("eni");
    let body = Body::Interface {
        vpc: vpc.to_owned(),
        subnet: subnet.to_owned(),
        groups: groups.to_vec(),
        owner: owner.to_owned(),
        is_public,
    };
    plan.along(K::NetworkInterface, &id, &format!("of {owner}"), body);
}

fn gateway_endpoint(plan: &mut Plan, vpc: &str) {
    let id = plan.id("vpce");
    let name = format!("{}-s3", plan.record.names.prefix);
    let body = Body::Endpoint {
        vpc: vpc.to_owned(),
        service: "com.amazonaws.us-east-1.s3".to_owned(),
        has_interfaces: false,
    };
    let terraform = address("aws_vpc_endpoint.s3[0]");
    plan.make(&terraform, K::VpcEndpoint, &id, &name, body);
}

fn interface_endpoints(plan: &mut Plan, vpc: &str, subnets: &[String]) {
    let group = plan.id("sg");
    let name = format!("{}-endpoints", plan.record.names.prefix);
    let body = Body::SecurityGroup {
        vpc: vpc.to_owned(),
        rules: Vec::new(),
    };
    let terraform = address("aws_security_group.endpoints[0]");
    plan.make(&terraform, K::SecurityGroup, &group, &name, body);
    for service in ["ecr.api", "ecr.dkr", "logs"] {
        let id = plan.id("vpce");
        let name = format!("{}-{service}", plan.record.names.prefix);
        let body = Body::Endpoint {
            vpc: vpc.to_owned(),
            service: format!("com.amazonaws.us-east-1.{service}"),
            has_interfaces: true,
        };
        let terraform = in_zone("aws_vpc_endpoint.interface", service);
        plan.make(&terraform, K::VpcEndpoint, &id, &name, body);
        for subnet in subnets {
            interface(
                plan,
                (vpc, subnet),
                std::slice::from_ref(&group),
                &id,
                false,
            );
        }
    }
}
