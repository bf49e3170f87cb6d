//! The outputs of a stack's root.

use hcl::structure::{Block, Body};

use crate::expr::text;
use crate::modules::Module;
use crate::root::module_call::output;

/// Name, module, the module's output, description.
type Output = (&'static str, Module, &'static str, &'static str);

const OUTPUTS: [Output; 15] = [
    (
        "url",
        Module::EcsService,
        "mock_url",
        "Where the mock answers.",
    ),
    (
        "control_url",
        Module::EcsService,
        "control_url",
        "Where the control API answers; null while it is closed.",
    ),
    (
        "load_balancer_dns_name",
        Module::EcsService,
        "load_balancer_dns_name",
        "DNS name of the load balancer.",
    ),
    (
        "load_balancer_arn",
        Module::EcsService,
        "load_balancer_arn",
        "ARN of the load balancer.",
    ),
    (
        "target_group_arn",
        Module::EcsService,
        "target_group_arn",
        "ARN of the target group that holds the tasks.",
    ),
    (
        "cluster_name",
        Module::EcsService,
        "cluster_name",
        "Name of the ECS cluster.",
    ),
    (
        "service_name",
        Module::EcsService,
        "service_name",
        "Name of the ECS service.",
    ),
    (
        "task_definition_arn",
        Module::EcsService,
        "task_definition_arn",
        "ARN of the task definition that the service is given.",
    ),
    (
        "dashboard_name",
        Module::EcsService,
        "dashboard_name",
        "Name of the CloudWatch dashboard; null without one.",
    ),
    (
        "alarm_names",
        Module::EcsService,
        "alarm_names",
        "Names of the CloudWatch alarms.",
    ),
    (
        "log_group_names",
        Module::EcsService,
        "log_group_names",
        "Names of the log groups of the tasks.",
    ),
    (
        "config_bucket",
        Module::ConfigStorage,
        "bucket_name",
        "Bucket that holds the expectations.",
    ),
    (
        "expectations_key",
        Module::ConfigStorage,
        "expectations_key",
        "Key of the expectations in the bucket.",
    ),
    ("vpc_id", Module::Networking, "vpc_id", "ID of the VPC."),
    (
        "nat_public_ips",
        Module::Networking,
        "nat_public_ips",
        "Addresses from which the tasks reach the internet; empty without NAT gateways.",
    ),
];

/// `outputs.tf`
pub(crate) fn outputs() -> Body {
    OUTPUTS.into_iter().map(block).collect()
}

fn block((name, module, source, description): Output) -> Block {
    Block::builder("output")
        .add_label(name)
        .add_attribute(("description", text(description)))
        .add_attribute(("value", output(module, source)))
        .build()
}
