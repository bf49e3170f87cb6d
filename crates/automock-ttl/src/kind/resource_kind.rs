//! The kinds of resource a stack is made of.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A kind of resource that the Terraform modules create, or that AWS creates on their behalf.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ResourceKind {
    /// What Application Auto Scaling scales; its policies go with it.
    ScalableTarget,
    /// CloudWatch alarm.
    Alarm,
    /// CloudWatch dashboard.
    Dashboard,
    /// Route 53 record set.
    DnsRecord,
    /// ECS service.
    EcsService,
    /// Task of an ECS service; it ends with the service and is only waited for.
    EcsTask,
    /// Revision of an ECS task definition.
    TaskDefinition,
    /// ECS cluster.
    EcsCluster,
    /// Application load balancer; its listeners and rules go with it.
    LoadBalancer,
    /// Target group.
    TargetGroup,
    /// ACM certificate.
    Certificate,
    /// NAT gateway.
    NatGateway,
    /// Elastic IP address.
    ElasticIp,
    /// VPC endpoint.
    VpcEndpoint,
    /// Network interface of a task, load balancer or endpoint; it ends with its owner and is
    /// only waited for.
    NetworkInterface,
    /// Security group.
    SecurityGroup,
    /// Subnet.
    Subnet,
    /// Route table.
    RouteTable,
    /// Internet gateway.
    InternetGateway,
    /// VPC.
    Vpc,
    /// S3 bucket with everything in it.
    Bucket,
    /// CloudWatch log group.
    LogGroup,
    /// IAM role with its policies.
    IamRole,
    /// EventBridge rule that wakes the stack's reaper.
    EventRule,
    /// Lambda function of the stack's reaper.
    LambdaFunction,
}

impl ResourceKind {
    /// All kinds, in no order of removal.
    pub const ALL: [Self; 25] = [
        Self::ScalableTarget,
        Self::Alarm,
        Self::Dashboard,
        Self::DnsRecord,
        Self::EcsService,
        Self::EcsTask,
        Self::TaskDefinition,
        Self::EcsCluster,
        Self::LoadBalancer,
        Self::TargetGroup,
        Self::Certificate,
        Self::NatGateway,
        Self::ElasticIp,
        Self::VpcEndpoint,
        Self::NetworkInterface,
        Self::SecurityGroup,
        Self::Subnet,
        Self::RouteTable,
        Self::InternetGateway,
        Self::Vpc,
        Self::Bucket,
        Self::LogGroup,
        Self::IamRole,
        Self::EventRule,
        Self::LambdaFunction,
    ];

    /// Whether a resource of this kind ends with another one and can only be waited for.
    #[must_use]
    pub fn is_wait_only(self) -> bool {
        matches!(self, Self::NetworkInterface | Self::EcsTask)
    }

    /// Whether it is a part of the stack's own reaper, which outlives the rest.
    #[must_use]
    pub fn is_reaper(self) -> bool {
        matches!(self, Self::EventRule | Self::LambdaFunction)
    }

    /// The words that a person reads.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::ScalableTarget => "scalable target",
            Self::Alarm => "alarm",
            Self::Dashboard => "dashboard",
            Self::DnsRecord => "DNS record",
            Self::EcsService => "ECS service",
            Self::EcsTask => "ECS task",
            Self::TaskDefinition => "task definition",
            Self::EcsCluster => "ECS cluster",
            Self::LoadBalancer => "load balancer",
            Self::TargetGroup => "target group",
            Self::Certificate => "certificate",
            Self::NatGateway => "NAT gateway",
            Self::ElasticIp => "elastic IP",
            Self::VpcEndpoint => "VPC endpoint",
            Self::NetworkInterface => "network interface",
            Self::SecurityGroup => "security group",
            Self::Subnet => "subnet",
            Self::RouteTable => "route table",
            Self::InternetGateway => "internet gateway",
            Self::Vpc => "VPC",
            Self::Bucket => "bucket",
            Self::LogGroup => "log group",
            Self::IamRole => "IAM role",
            Self::EventRule => "event rule",
            Self::LambdaFunction => "Lambda function",
        }
    }
}

impl fmt::Display for ResourceKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.words())
    }
}
