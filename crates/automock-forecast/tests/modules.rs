//! What the forecast says about the Terraform modules is what they do.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, which may panic as tests do"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use automock_forecast::{Item, Load, PriceBook, RequestsPerSecond, Window, bill};
use automock_model::Project;

fn module(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../terraform/modules");
    fs::read_to_string(root.join(path)).unwrap()
}

/// How many resources of a type a module has.
fn resources(path: &str, kind: &str) -> usize {
    module(path)
        .matches(&format!("resource \"{kind}\""))
        .count()
}

#[test]
fn requests_pass_eight_rules_which_is_below_the_ten_free_ones() {
    let text = module("ecs-service/listeners.tf");
    let start = text.find("control_paths = [").unwrap();
    let list = &text[start..start + text[start..].find(']').unwrap()];
    assert_eq!(list.matches("\"/").count(), 16);
    assert!(text.contains("chunklist(local.control_paths, 3)"));
    // Prefix, paths, forward, and the one on the control listener.
    assert_eq!(
        resources("ecs-service/listeners.tf", "aws_lb_listener_rule"),
        4
    );
}

#[test]
fn alarms_endpoints_and_gateways_are_those_that_are_counted() {
    // Scale-out for each stepped metric, scale-in, unhealthy tasks, errors, at maximum.
    assert_eq!(
        resources("ecs-service/alarms.tf", "aws_cloudwatch_metric_alarm"),
        5
    );
    assert!(
        module("networking/endpoints.tf").contains("toset([\"ecr.api\", \"ecr.dkr\", \"logs\"])")
    );
    assert_eq!(resources("networking/routes.tf", "aws_nat_gateway"), 1);
    assert_eq!(
        resources("ecs-service/dashboard.tf", "aws_cloudwatch_dashboard"),
        1
    );
    assert!(module("ttl-cleanup/main.tf").contains("memory_size = 256"));
    assert!(module("ecs-service/task.tf").contains("cpu_architecture        = \"X86_64\""));
    assert!(!module("ecs-service/task.tf").contains("ephemeral_storage"));
}

#[test]
fn health_checks_and_draining_are_those_that_are_simulated() {
    let text = module("ecs-service/load_balancer.tf");
    for line in [
        "interval            = 10",
        "healthy_threshold   = 2",
        "unhealthy_threshold = 3",
    ] {
        assert!(text.contains(line), "{line}");
    }
    let variables = module("ecs-service/variables.tf");
    let start = variables
        .find("variable \"deregistration_delay_seconds\"")
        .unwrap();
    assert!(variables[start..start + 400].contains("default     = 5"));
    assert!(module("ecs-service/mockserver.tf").contains("stopTimeout     = 10"));
    assert!(module("ecs-service/alarms.tf").contains("GreaterThanOrEqualToThreshold"));
    assert!(module("ecs-service/autoscaling.tf").contains("min_adjustment_magnitude = 1"));
}

/// What has a line in the estimate when a stack has it.
const BILLED: [(&str, Item); 11] = [
    ("aws_cloudwatch_dashboard", Item::DashboardMonth),
    ("aws_cloudwatch_event_rule", Item::ScheduledRun),
    ("aws_cloudwatch_log_group", Item::LogIngestionGb),
    ("aws_cloudwatch_metric_alarm", Item::AlarmMonth),
    ("aws_ecs_service", Item::FargateX86VcpuHour),
    ("aws_eip", Item::PublicIpv4Hour),
    ("aws_lambda_function", Item::LambdaRequest),
    ("aws_lb", Item::LoadBalancerHour),
    ("aws_nat_gateway", Item::NatGatewayHour),
    ("aws_s3_object", Item::S3GbMonth),
    ("aws_vpc_endpoint", Item::EndpointHour),
];

/// What AWS does not charge for. The record of a domain is an alias, whose queries are free.
const FREE: [&str; 31] = [
    "aws_acm_certificate",
    "aws_acm_certificate_validation",
    "aws_appautoscaling_policy",
    "aws_appautoscaling_target",
    "aws_cloudwatch_event_target",
    "aws_ecs_cluster",
    "aws_ecs_cluster_capacity_providers",
    "aws_ecs_task_definition",
    "aws_iam_role",
    "aws_iam_role_policy",
    "aws_internet_gateway",
    "aws_lambda_permission",
    "aws_lb_listener",
    "aws_lb_listener_rule",
    "aws_lb_target_group",
    "aws_route",
    "aws_route53_record",
    "aws_route_table",
    "aws_route_table_association",
    "aws_s3_bucket",
    "aws_s3_bucket_lifecycle_configuration",
    "aws_s3_bucket_ownership_controls",
    "aws_s3_bucket_policy",
    "aws_s3_bucket_public_access_block",
    "aws_s3_bucket_server_side_encryption_configuration",
    "aws_s3_bucket_versioning",
    "aws_security_group",
    "aws_subnet",
    "aws_vpc",
    "aws_vpc_security_group_egress_rule",
    "aws_vpc_security_group_ingress_rule",
];

/// Kinds of resources in the modules of a stack.
fn kinds() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../terraform/modules");
    let of_stacks = [
        "config-storage",
        "domain",
        "ecs-service",
        "iam",
        "networking",
        "ttl-cleanup",
    ];
    let mut kinds = BTreeSet::new();
    for name in of_stacks {
        for entry in fs::read_dir(root.join(name)).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_none_or(|extension| extension != "tf") {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            let resources = text.lines().filter(|line| line.starts_with("resource "));
            kinds.extend(resources.map(|line| line.split('"').nth(1).unwrap().to_owned()));
        }
    }
    kinds
}

#[test]
fn everything_that_a_stack_has_is_billed_or_free() {
    let billed = BILLED.map(|(kind, _)| kind);
    let known: BTreeSet<String> = billed
        .iter()
        .chain(&FREE)
        .map(|kind| (*kind).to_owned())
        .collect();
    assert_eq!(kinds(), known);
}

#[test]
fn everything_billed_has_a_line() {
    let load = Load::new(RequestsPerSecond::new(10.0).unwrap());
    let mut items = BTreeSet::new();
    for network in [
        "",
        "kind = \"mockserver\"\nimage = \"123456789012.dkr.ecr.us-east-1.amazonaws.com/mockserver:5\"\nloader_image = \"123456789012.dkr.ecr.us-east-1.amazonaws.com/aws-cli:2\"\n[network]\nmode = \"private-endpoints\"",
    ] {
        let toml = format!("name = \"petstore\"\n[engine]\n{network}\n");
        let project = Project::from_toml(&toml).unwrap();
        let session = Window::session(&project, &load).unwrap();
        let bill = bill(&project, &load, &PriceBook::built_in(), &session).unwrap();
        items.extend(bill.lines.iter().map(|line| line.item));
    }
    for (kind, item) in BILLED {
        assert!(items.contains(&item), "{kind}: {item}");
    }
}

/// Each of these would be billed by other prices, or on top.
#[test]
fn dearer_metrics_are_not_asked_for() {
    let cluster = module("ecs-service/main.tf");
    assert!(cluster.contains("var.container_insights ? \"enabled\" : \"disabled\""));
    assert!(!module("ecs-service/automock.tf").contains("METRICS_NAMESPACE"));
    assert!(!module("ecs-service/autoscaling.tf").contains("HighResolution"));
}

/// The engine explains no more than five requests a second in its log, whatever it is sent.
#[test]
fn the_engine_explains_as_much_as_is_counted() {
    let library = Path::new(env!("CARGO_MANIFEST_DIR")).join("../automock-server/src/engine");
    let text = fs::read_to_string(library.join("library.rs")).unwrap();
    assert!(text.contains("misses_per_second: 5,"));
}
