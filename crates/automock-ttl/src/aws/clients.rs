//! The clients of all the services that a stack uses.

use aws_config::SdkConfig;

use super::pace::Pace;
use super::s3_client;

/// CloudWatch's limit:
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html>.
const ALARM_DELETIONS_PER_SECOND: u32 = 3;

/// One client per service; clones share connections.
#[derive(Clone, Debug)]
pub struct Clients {
    pub(super) acm: aws_sdk_acm::Client,
    pub(super) cloudwatch: aws_sdk_cloudwatch::Client,
    pub(super) ec2: aws_sdk_ec2::Client,
    pub(super) ecs: aws_sdk_ecs::Client,
    pub(super) elb: aws_sdk_elasticloadbalancingv2::Client,
    pub(super) events: aws_sdk_eventbridge::Client,
    pub(super) iam: aws_sdk_iam::Client,
    pub(super) lambda: aws_sdk_lambda::Client,
    pub(super) logs: aws_sdk_cloudwatchlogs::Client,
    pub(super) route53: aws_sdk_route53::Client,
    pub(super) s3: aws_sdk_s3::Client,
    pub(super) scaling: aws_sdk_applicationautoscaling::Client,
    /// How fast alarms are deleted.
    pub(super) alarm_deletions: Pace,
}

impl Clients {
    /// Clients for the account and region of the configuration. `path_style` is for S3 behind a
    /// custom endpoint.
    #[must_use]
    pub fn new(config: &SdkConfig, path_style: bool) -> Self {
        Self {
            acm: aws_sdk_acm::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            ec2: aws_sdk_ec2::Client::new(config),
            ecs: aws_sdk_ecs::Client::new(config),
            elb: aws_sdk_elasticloadbalancingv2::Client::new(config),
            events: aws_sdk_eventbridge::Client::new(config),
            iam: aws_sdk_iam::Client::new(config),
            lambda: aws_sdk_lambda::Client::new(config),
            logs: aws_sdk_cloudwatchlogs::Client::new(config),
            route53: aws_sdk_route53::Client::new(config),
            s3: s3_client(config, path_style),
            scaling: aws_sdk_applicationautoscaling::Client::new(config),
            alarm_deletions: Pace::per_second(ALARM_DELETIONS_PER_SECOND),
        }
    }
}
