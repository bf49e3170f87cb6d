//! The rows of the table.

use std::fmt;

use super::Scope;
use crate::kind::ResourceKind;

/// A service of AWS.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Service {
    /// Certificate Manager.
    Acm,
    /// Application Auto Scaling.
    ApplicationAutoScaling,
    /// `CloudWatch`.
    CloudWatch,
    /// EC2, which also has the networks.
    Ec2,
    /// Elastic Container Service.
    Ecs,
    /// Elastic Load Balancing, version 2.
    ElasticLoadBalancing,
    /// `EventBridge`.
    EventBridge,
    /// Identity and Access Management.
    Iam,
    /// Lambda.
    Lambda,
    /// `CloudWatch` Logs.
    Logs,
    /// Route 53.
    Route53,
    /// Simple Storage Service.
    S3,
    /// Simple Notification Service.
    Sns,
}

impl Service {
    /// What the service's IAM actions begin with.
    #[must_use]
    pub const fn prefix(self) -> &'static str {
        match self {
            Self::Acm => "acm",
            Self::ApplicationAutoScaling => "application-autoscaling",
            Self::CloudWatch => "cloudwatch",
            Self::Ec2 => "ec2",
            Self::Ecs => "ecs",
            Self::ElasticLoadBalancing => "elasticloadbalancing",
            Self::EventBridge => "events",
            Self::Iam => "iam",
            Self::Lambda => "lambda",
            Self::Logs => "logs",
            Self::Route53 => "route53",
            Self::S3 => "s3",
            Self::Sns => "sns",
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(self.prefix())
    }
}

/// What an operation does to a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Access {
    /// It looks.
    Read,
    /// It makes something or changes it, such as a record or an attribute.
    Change,
    /// It takes something away.
    Delete,
}

impl Access {
    /// The word for a person.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Read => "reads",
            Self::Change => "changes",
            Self::Delete => "deletes",
        }
    }
}

/// An IAM action on what a scope covers.
#[derive(Clone, Copy, Debug)]
pub struct Grant {
    /// The action, such as `ec2:DeleteVpc`.
    pub action: &'static str,
    /// What it may be used on.
    pub scope: &'static Scope,
}

/// An API operation that the reaper's program calls, for one purpose.
#[derive(Clone, Copy, Debug)]
pub struct Operation {
    /// The service.
    pub service: Service,
    /// The SDK's name of the operation, such as `delete_vpc`.
    pub call: &'static str,
    /// What it does.
    pub access: Access,
    /// The kinds of resources that it serves; empty for the reaper's own records and notices.
    pub kinds: &'static [ResourceKind],
    /// What IAM asks for. Where one action needs two resources, it is named twice.
    pub grants: &'static [Grant],
}
