//! Five network modes: deployed, planned again without a change, destroyed without a trace.
//!
//! Sizes, capacity, scaling, domain, time to live and control access vary along.

use serde_json::Value;

use crate::founded;
use crate::support::Stage;

/// A network mode, with the rest of a project around it.
pub(crate) struct Mode {
    name: &'static str,
    /// The project file but for name and network.
    rest: &'static str,
    /// The network but for its mode.
    network: &'static str,
    /// What must exist once it is up: service, kind, count.
    expected: &'static [(&'static str, &'static str, usize)],
}

pub(crate) const PRIVATE: Mode = Mode {
    name: "private",
    rest: r#"
[tasks]
size = "medium"
min = 4
max = 40
capacity = "mixed"
on_demand_base = 2
spot_percent = 60

[scaling]
policy = "seed"

[ttl]
duration = "4h"
warning = "30m"

[domain]
name = "mock.example.com"
zone = "example.com"
"#,
    network: "zones = 3",
    expected: &[
        ("ec2", "nat_gateway", 3),
        ("ecs", "task", 4),
        ("lambda", "function", 1),
        ("acm", "certificate", 1),
    ],
};

pub(crate) const PRIVATE_SINGLE_NAT: Mode = Mode {
    name: "private-single-nat",
    rest: r#"
[tasks]
size = "large"
min = 2
max = 10
capacity = "spot"

[scaling]
policy = "target-tracking"
cpu_percent = 60
requests_per_minute = 3000

[ttl]
duration = "none"

[observability]
container_insights = true
dashboard = false
"#,
    network: "",
    expected: &[("ec2", "nat_gateway", 1), ("ecs", "task", 2)],
};

pub(crate) const PRIVATE_ENDPOINTS: Mode = Mode {
    name: "private-endpoints",
    rest: r#"
[tasks]
min = 3
max = 6

[scaling]
policy = "steps"
cpu = [{ above = 60, add_percent = 50 }, { above = 80, add_percent = 100 }]
scale_in = { below = 30, remove_percent = 25, for = "5m" }

[ttl]
duration = "none"
"#,
    network: "cidr = \"10.99.0.0/20\"",
    expected: &[
        ("ec2", "nat_gateway", 0),
        ("ec2", "vpc_endpoint", 4),
        ("ecs", "task", 3),
    ],
};

pub(crate) const PUBLIC: Mode = Mode {
    name: "public",
    rest: r#"
[tasks]
cpu = 512
memory_mib = 2048
min = 1
max = 200

[scaling]
policy = "steps"
memory = [{ above = 75, add_percent = 50 }]
requests_per_minute = [{ above = 500, add_percent = 50 }, { above = 1000, add_percent = 100 }]

[ttl]
duration = "none"

[access]
control = ["10.0.0.0/8"]

[tags]
team = "payments"
"#,
    network: "",
    expected: &[("ec2", "nat_gateway", 0), ("ecs", "task", 1)],
};

pub(crate) const EXISTING: Mode = Mode {
    name: "existing",
    rest: r#"
[tasks]
size = "xlarge"
min = 2
max = 4

[scaling]
policy = "target-tracking"
memory_percent = 70

[ttl]
duration = "none"

[engine]
kind = "mockserver"
"#,
    network: "",
    expected: &[("ec2", "nat_gateway", 0), ("ecs", "task", 2)],
};

/// Deploys, plans, destroys, and counts.
pub(crate) fn live(mode: &Mode) {
    let mut stage = founded("");
    let network = match mode.name {
        "existing" => existing_network(&stage),
        _ => mode.network.to_owned(),
    };
    let Mode { name, rest, .. } = mode;
    stage.write(
        "automock.toml",
        &format!("name = \"shop\"\n{rest}\n[network]\nmode = \"{name}\"\n{network}\n"),
    );
    stage.give_reaper();
    stage.set("AUTOMOCK_CONTROL_TOKEN", "correct-horse-battery-staple");
    let before = stage.census();

    let up = stage.json(&["deploy", "--yes"]);
    assert_eq!(up["healthy"], up["tasks"]["min"], "{up:#}");
    let scheme = if rest.contains("[domain]") {
        "https://"
    } else {
        "http://"
    };
    assert!(up["url"].as_str().unwrap().starts_with(scheme), "{up:#}");
    assert_eq!(up["expires_at"].is_null(), !rest.contains("4h"), "{up:#}");
    let world = stage.census();
    for (service, kind, count) in mode.expected {
        assert_eq!(
            world.count(service, kind),
            *count,
            "{service} {kind} in {world}"
        );
    }

    if !rest.contains("mockserver") {
        assert_image_is_there(&stage);
    }
    let plan = stage.json(&["plan"]);
    assert_eq!(plan["has_changes"], Value::Bool(false), "{plan:#}");
    assert!(plan["cost"]["per_hour_usd"].is_string(), "{plan:#}");

    let gone = stage.json(&["destroy", "--yes"]);
    // Terraform only deregisters task definitions, which then stay for ever.
    for resource in gone["directly"].as_array().unwrap() {
        let name = resource.as_str().unwrap();
        assert!(name.starts_with("task definition "), "{gone:#}");
    }
    assert!(gone["by_terraform"].as_u64() > Some(20), "{gone:#}");
    stage.assert_gone("shop-dev", &before);
    assert_eq!(stage.json(&["list"])["stacks"], Value::Array(Vec::new()));
}

/// The image that the tasks are told to pull is in the registry.
fn assert_image_is_there(stage: &Stage) {
    let root = stage.folder().join(".automock/shop-dev/main.tf");
    let root = std::fs::read_to_string(root).unwrap();
    let own = "123456789012.dkr.ecr.us-east-1.amazonaws.com/automock-engine@";
    let (_, rest) = root.split_once(own).expect("the tasks run the engine");
    let (digest, _) = rest.split_once('"').unwrap();
    let found = stage.registry().manifest("automock-engine", digest);
    assert!(found.is_some(), "{digest} is not there");
}

/// A network as a platform team hands it out; returns its lines in the project file.
fn existing_network(stage: &Stage) -> String {
    let aws = stage.aws();
    let vpc = aws.ec2("Action=CreateVpc&CidrBlock=10.7.0.0/16", "vpcId");
    let gateway = aws.ec2("Action=CreateInternetGateway", "internetGatewayId");
    aws.ec2(
        &format!("Action=AttachInternetGateway&VpcId={vpc}&InternetGatewayId={gateway}"),
        "requestId",
    );
    let subnets = [("a", 1), ("b", 2)].map(|(zone, number)| {
        aws.ec2(
            &format!(
                "Action=CreateSubnet&VpcId={vpc}&CidrBlock=10.7.{number}.0/24&AvailabilityZone=us-east-1{zone}"
            ),
            "subnetId",
        )
    });
    format!(
        "vpc_id = \"{vpc}\"\nload_balancer_subnet_ids = {subnets:?}\ntask_subnet_ids = {subnets:?}\nassign_public_ip = true"
    )
}
