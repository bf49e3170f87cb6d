//! What lies near a stack, looks like it, and is somebody else's.

use automock_model::Foundation;
use automock_ttl::inventory::OWNERSHIP_TAG;
use automock_ttl::kind::ResourceKind as K;
use serde_json::Value;

use super::network::{EXISTING_SUBNETS, EXISTING_VPC};
use super::stack::{Mode, StateFile, install, plan, record};
use super::terraform::managed;
use crate::simulation::Simulation;
use crate::thing::{Body, Tags, Thing, Truth};
use crate::time::Moment;

fn foreign(kind: K, id: &str, name: &str, body: Body) -> Thing {
    Thing {
        kind,
        id: id.to_owned(),
        arn: id.starts_with("arn:").then(|| id.to_owned()),
        name: name.to_owned(),
        tags: Tags::new(),
        body,
        truth: Truth::Foreign,
        born: Moment::default(),
        seen_from: Moment::default(),
        end: None,
    }
}

fn tagged(mut thing: Thing, stack: &str) -> Thing {
    thing
        .tags
        .insert(OWNERSHIP_TAG.to_owned(), stack.to_owned());
    thing
}

fn address(number: u32) -> Thing {
    let body = Body::Address {
        ip: format!("203.0.113.{number}"),
    };
    foreign(
        K::ElasticIp,
        &format!("eipalloc-free{number}"),
        "free",
        body,
    )
}

/// Puts everything that must survive into the world.
pub fn decoys(simulation: &Simulation) {
    let mine = record(super::STACK, 3600);
    // A whole stack whose every name begins like the doomed one's.
    let other = record("petstore-dev", 3600 * 1000);
    let other = plan(&other, Mode::PrivateSingleNat, Truth::Foreign);
    install(simulation, &other, usize::MAX, StateFile::Whole);
    let near = network().into_iter().chain(namesakes(&mine.names.prefix));
    simulation.with(|world| {
        world.things.extend(near);
        // The same stack in another region has its roles on the same path with the same tags.
        let elsewhere = mine.names.task_role.replace("us-east-1", "eu-west-1");
        let body = Body::Role {
            path: mine.names.iam_path.clone(),
            inline: vec!["expectations".to_owned()],
            attached: Vec::new(),
        };
        let role = foreign(K::IamRole, &elsewhere, &elsewhere, body);
        world.things.push(tagged(role, mine.stack_id.as_str()));
        let claimed = claimed();
        let key = Foundation::stack_state_key(&mine.stack_id);
        if let Some(bytes) = world.objects.get(&key) {
            let mut state: Value = serde_json::from_slice(bytes).unwrap_or_default();
            if let Some(resources) = state["resources"].as_array_mut() {
                resources.extend(claimed.iter().map(|(name, thing)| managed(name, thing)));
            }
            let bytes = serde_json::to_vec_pretty(&state).unwrap_or_default();
            world.put_object(key, bytes);
        }
        world
            .things
            .extend(claimed.into_iter().map(|(_, thing)| thing));
        world.put_object("stacks/other-team/terraform.tfstate", "{}");
        world.put_object("foundation/terraform.tfstate", "{}");
    });
}

/// A network of a platform team, with a machine in it, and free addresses.
fn network() -> Vec<Thing> {
    let vpc = || EXISTING_VPC.to_owned();
    let mut made = vec![
        foreign(K::Vpc, EXISTING_VPC, "platform", Body::Plain),
        foreign(
            K::InternetGateway,
            "igw-0e5151",
            "platform",
            Body::InternetGateway { vpc: Some(vpc()) },
        ),
        foreign(
            K::SecurityGroup,
            "sg-0e5151",
            "platform",
            Body::SecurityGroup {
                vpc: vpc(),
                rules: Vec::new(),
            },
        ),
    ];
    for subnet in EXISTING_SUBNETS {
        let body = Body::Subnet { vpc: vpc() };
        made.push(foreign(K::Subnet, subnet, "platform", body));
    }
    let table = Body::RouteTable {
        vpc: vpc(),
        associations: vec![("rtbassoc-0e5151".to_owned(), EXISTING_SUBNETS[0].to_owned())],
    };
    made.push(foreign(K::RouteTable, "rtb-0e5151", "platform", table));
    let machine = Body::Interface {
        vpc: vpc(),
        subnet: EXISTING_SUBNETS[0].to_owned(),
        groups: vec!["sg-0e5151".to_owned()],
        owner: "i-0e5151".to_owned(),
        is_public: true,
    };
    made.push(foreign(
        K::NetworkInterface,
        "eni-0e5151",
        "machine",
        machine,
    ));
    made.extend([1, 2, 3].map(address));
    made.push(tagged(address(4), "petstore-prod"));
    made
}

/// What has the stack's name, or one that begins with it, but not its tag.
fn namesakes(prefix: &str) -> Vec<Thing> {
    let role = Body::Role {
        path: "/automock/petstore-dev/".to_owned(),
        inline: Vec::new(),
        attached: vec!["arn:aws:iam::aws:policy/ReadOnlyAccess".to_owned()],
    };
    let bucket = Body::Bucket {
        versions: 7,
        uploads: 1,
        written: Moment::default(),
    };
    let group = Body::SecurityGroup {
        vpc: EXISTING_VPC.to_owned(),
        rules: Vec::new(),
    };
    let record = Body::Record {
        zone: "Z0SIMULATED".to_owned(),
        rr_type: "A".to_owned(),
        value: "elsewhere.example.net".to_owned(),
    };
    let definition = format!("arn:aws:ecs:us-east-1:123456789012:task-definition/{prefix}:99");
    let text = "[\"ClusterName\",\"another\"]".to_owned();
    vec![
        foreign(
            K::Alarm,
            &format!("{prefix}-mine"),
            &format!("{prefix}-mine"),
            Body::Plain,
        ),
        foreign(
            K::LogGroup,
            "/automock/petstore-dev/mine",
            "/automock/petstore-dev/mine",
            Body::Plain,
        ),
        foreign(
            K::LogGroup,
            "/automock/petstore-development/mock",
            "mock",
            Body::Plain,
        ),
        foreign(
            K::Dashboard,
            &format!("{prefix}-mine"),
            &format!("{prefix}-mine"),
            Body::Dashboard { text },
        ),
        // Dashboards belong to no region: this is the same stack's in another one.
        foreign(
            K::Dashboard,
            &format!("{prefix}-eu-west-1"),
            &format!("{prefix}-eu-west-1"),
            Body::Dashboard {
                text: format!("[\"ClusterName\",\"{prefix}\",{{\"region\":\"eu-west-1\"}}]"),
            },
        ),
        foreign(K::Vpc, "vpc-0namesake", prefix, Body::Plain),
        foreign(
            K::SecurityGroup,
            "sg-0namesake",
            &format!("{prefix}-task"),
            group,
        ),
        foreign(
            K::IamRole,
            "automock-petstore-dev-admin",
            "automock-petstore-dev-admin",
            role,
        ),
        foreign(
            K::Bucket,
            "automock-petstore-development",
            "automock-petstore-development",
            bucket,
        ),
        foreign(
            K::DnsRecord,
            "Z0SIMULATED/www.example.com/A",
            "A www.example.com",
            record,
        ),
        foreign(
            K::TaskDefinition,
            &definition,
            &format!("{prefix}:99"),
            Body::Definition { is_active: true },
        ),
    ]
}

/// What the stack's Terraform state names although it does not carry the stack's tag.
fn claimed() -> Vec<(&'static str, Thing)> {
    let group = Body::SecurityGroup {
        vpc: EXISTING_VPC.to_owned(),
        rules: Vec::new(),
    };
    let bucket = Body::Bucket {
        versions: 3,
        uploads: 0,
        written: Moment::default(),
    };
    vec![
        ("module.networking.aws_eip.claimed[0]", address(5)),
        (
            "module.ecs_service.aws_security_group.claimed",
            foreign(K::SecurityGroup, "sg-0claimed", "claimed", group),
        ),
        (
            "module.config_storage.aws_s3_bucket.claimed",
            foreign(K::Bucket, "claimed-by-state", "claimed-by-state", bucket),
        ),
    ]
}
