//! What exists in the simulated world.

use std::collections::BTreeMap;

use automock_ttl::kind::ResourceKind;

use crate::time::Moment;

/// Tags of a thing.
pub type Tags = BTreeMap<String, String>;

/// One resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// What it is.
    pub kind: ResourceKind,
    /// What AWS's calls name it by.
    pub id: String,
    /// Its ARN, if its kind has one.
    pub arn: Option<String>,
    /// What a person calls it.
    pub name: String,
    /// Its tags.
    pub tags: Tags,
    /// What is special about its kind.
    pub body: Body,
    /// Whose it is in truth. No call shows this.
    pub truth: Truth,
    /// When it came to be.
    pub born: Moment,
    /// When lists begin to show it.
    pub seen_from: Moment,
    /// Its end, once that was asked for.
    pub end: Option<Ending>,
}

/// Whose a thing is in truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truth {
    /// It is the stack's that is torn down, and has to go.
    Stack,
    /// It is somebody else's, and nothing about it may change.
    Foreign,
    /// The stack made it and nobody can tell: a record that proves a domain and that Terraform's
    /// state does not name. Nothing about it may change, and the receipt has to tell it.
    Unprovable,
}

/// The end of a thing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ending {
    /// When it was asked for.
    pub asked: Moment,
    /// When the thing is gone.
    pub gone: Moment,
    /// Until when lists still show it.
    pub seen_until: Moment,
}

/// What is special about a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// Nothing is.
    Plain,
    /// Subnet.
    Subnet {
        /// The VPC it belongs to.
        vpc: String,
    },
    /// Route table.
    RouteTable {
        /// The VPC it belongs to.
        vpc: String,
        /// Associations and their subnets.
        associations: Vec<(String, String)>,
    },
    /// Internet gateway.
    InternetGateway {
        /// The VPC it is attached to.
        vpc: Option<String>,
    },
    /// NAT gateway.
    NatGateway {
        /// The VPC it stands in.
        vpc: String,
        /// Its address.
        address: String,
    },
    /// Elastic IP address.
    Address {
        /// The public address.
        ip: String,
    },
    /// VPC endpoint.
    Endpoint {
        /// The VPC it stands in.
        vpc: String,
        /// The service it leads to.
        service: String,
        /// Whether it has interfaces of its own.
        has_interfaces: bool,
    },
    /// Network interface.
    Interface {
        /// The VPC it stands in.
        vpc: String,
        /// Its subnet.
        subnet: String,
        /// Its security groups.
        groups: Vec<String>,
        /// The id of what it belongs to.
        owner: String,
        /// Whether a public address is mapped to it.
        is_public: bool,
    },
    /// Security group.
    SecurityGroup {
        /// The VPC it belongs to.
        vpc: String,
        /// Its rules about other groups.
        rules: Vec<GroupRule>,
    },
    /// ECS cluster.
    Cluster,
    /// ECS service.
    Service {
        /// The cluster it is in.
        cluster: String,
        /// The target group its tasks are in.
        target_group: String,
        /// The roles of its tasks.
        roles: Vec<String>,
    },
    /// Task of an ECS service.
    Task {
        /// The cluster it is in.
        cluster: String,
        /// The service it belongs to.
        service: String,
        /// The log groups it writes to.
        log_groups: Vec<String>,
        /// The bucket it writes to.
        bucket: String,
    },
    /// Revision of a task definition.
    Definition {
        /// Whether tasks can be started from it.
        is_active: bool,
    },
    /// Load balancer.
    LoadBalancer {
        /// Where it answers.
        dns_name: String,
        /// Whether it refuses to be deleted.
        is_protected: bool,
        /// The certificate of its listener.
        certificate: Option<String>,
        /// Where its listener forwards to.
        target_group: Option<String>,
    },
    /// Target group.
    TargetGroup {
        /// The VPC it refers to.
        vpc: String,
        /// How long a target that leaves is waited for.
        delay_seconds: u64,
    },
    /// Certificate.
    Certificate {
        /// Name, type and value of the record that validates it.
        validation: (String, String, String),
    },
    /// DNS record.
    Record {
        /// Its zone.
        zone: String,
        /// `A`, `CNAME` and so on.
        rr_type: String,
        /// What it points at.
        value: String,
    },
    /// IAM role.
    Role {
        /// Its path.
        path: String,
        /// Names of the policies inside of it.
        inline: Vec<String>,
        /// ARNs of the policies attached to it.
        attached: Vec<String>,
    },
    /// Bucket.
    Bucket {
        /// Object versions and delete markers.
        versions: u64,
        /// Unfinished uploads.
        uploads: u64,
        /// When a task last wrote to it.
        written: Moment,
    },
    /// Dashboard.
    Dashboard {
        /// What it shows.
        text: String,
    },
    /// Rule that wakes a function.
    Rule {
        /// Ids of its targets.
        targets: Vec<String>,
    },
}

/// A rule of a security group about another group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRule {
    /// Its id.
    pub id: String,
    /// The other group.
    pub other: String,
    /// Whether it is about traffic that leaves.
    pub is_egress: bool,
}

impl Thing {
    /// Whether it exists.
    #[must_use]
    pub fn exists(&self, now: Moment) -> bool {
        self.born <= now && self.end.is_none_or(|end| end.gone > now)
    }

    /// Whether lists show it, which lag behind.
    #[must_use]
    pub fn is_listed(&self, now: Moment) -> bool {
        self.seen_from <= now && self.end.is_none_or(|end| end.seen_until > now)
    }

    /// Whether its end was asked for.
    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.end.is_some()
    }

    /// The value of a tag.
    #[must_use]
    pub fn tag(&self, key: &str) -> Option<&str> {
        self.tags.get(key).map(String::as_str)
    }

    /// The VPC that it keeps from being deleted.
    #[must_use]
    pub fn vpc(&self) -> Option<&str> {
        match &self.body {
            Body::Subnet { vpc }
            | Body::RouteTable { vpc, .. }
            | Body::NatGateway { vpc, .. }
            | Body::Endpoint { vpc, .. }
            | Body::Interface { vpc, .. }
            | Body::SecurityGroup { vpc, .. } => Some(vpc),
            Body::InternetGateway { vpc } => vpc.as_deref(),
            _ => None,
        }
    }
}
