//! How far an action reaches.
//!
//! Patterns and values hold `${partition}`, `${region}`, `${account}` and the like, which
//! Terraform fills in.

/// What an action may be used on: one statement of a policy.
#[derive(Debug, PartialEq, Eq)]
pub struct Scope {
    /// The statement's name, its `Sid`.
    pub name: &'static str,
    /// Patterns of ARNs.
    pub resources: &'static [&'static str],
    /// What must hold besides.
    pub conditions: &'static [Condition],
    /// What it covers, in words that complete "may be used on …".
    pub words: &'static str,
}

/// One condition: an operator on a key.
#[derive(Debug, PartialEq, Eq)]
pub struct Condition {
    /// The operator, such as `StringEquals`.
    pub operator: &'static str,
    /// The key, such as `aws:ResourceTag/automock:stack`.
    pub key: &'static str,
    /// The values, of which one has to match.
    pub values: &'static [&'static str],
}

impl Scope {
    /// Whether the scope bounds anything at all.
    #[must_use]
    pub fn is_bounded(&self) -> bool {
        !self.conditions.is_empty() || !self.resources.contains(&"*")
    }

    /// Whether only resources with the ownership tag are in the scope.
    #[must_use]
    pub fn asks_for_ownership(&self) -> bool {
        self.conditions.contains(&OWNED)
    }
}

/// The resource carries the ownership tag, whatever stack it names.
const OWNED: Condition = Condition {
    operator: "Null",
    key: "aws:ResourceTag/automock:stack",
    values: &["false"],
};

/// Only clusters of AutoMock.
const IN_CLUSTER: Condition = Condition {
    operator: "ArnLike",
    key: "ecs:cluster",
    values: &["arn:${partition}:ecs:${region}:${account}:cluster/automock-*"],
};

/// AWS offers no narrower scope for these reads.
pub(super) static ANYTHING: Scope = Scope {
    name: "Look",
    resources: &["*"],
    conditions: &[],
    words: "everything: AWS offers nothing narrower",
};

/// `DeregisterTaskDefinition` knows neither resources nor conditions. A deregistered revision
/// still runs where it is used.
pub(super) static TASK_DEFINITIONS: Scope = Scope {
    name: "TaskDefinitions",
    resources: &["*"],
    conditions: &[],
    words: "every task definition: AWS offers nothing narrower",
};

/// Tasks and services can only be listed by their cluster.
pub(super) static CLUSTER_CONTENTS: Scope = Scope {
    name: "LookIntoClusters",
    resources: &["*"],
    conditions: &[IN_CLUSTER],
    words: "clusters named `automock-*`",
};

/// The ARNs of EC2 hold ids and no names, so only the tag tells whose a resource is.
pub(super) static OWNED_NETWORK: Scope = Scope {
    name: "OwnedNetwork",
    resources: &["arn:${partition}:ec2:${region}:${account}:*/*"],
    conditions: &[OWNED],
    words: "resources with the tag `automock:stack`",
};

/// Load balancers and target groups.
pub(super) static OWNED_BALANCING: Scope = Scope {
    name: "OwnedBalancing",
    resources: &[
        "arn:${partition}:elasticloadbalancing:${region}:${account}:loadbalancer/app/automock-*",
        "arn:${partition}:elasticloadbalancing:${region}:${account}:targetgroup/automock-*",
    ],
    conditions: &[OWNED],
    words: "application load balancers and target groups named `automock-*`, with the tag `automock:stack`",
};

/// Clusters, services and task definitions.
pub(super) static OWNED_COMPUTE: Scope = Scope {
    name: "OwnedCompute",
    resources: &[
        "arn:${partition}:ecs:${region}:${account}:cluster/automock-*",
        "arn:${partition}:ecs:${region}:${account}:service/automock-*",
        "arn:${partition}:ecs:${region}:${account}:task-definition/automock-*",
    ],
    conditions: &[OWNED],
    words: "clusters, services and task definitions named `automock-*`, with the tag `automock:stack`",
};

/// Looking at clusters and what is in them.
pub(super) static COMPUTE: Scope = Scope {
    name: "LookAtCompute",
    resources: &[
        "arn:${partition}:ecs:${region}:${account}:cluster/automock-*",
        "arn:${partition}:ecs:${region}:${account}:service/automock-*",
        "arn:${partition}:ecs:${region}:${account}:task/automock-*",
    ],
    conditions: &[],
    words: "clusters, services and tasks named `automock-*`",
};

/// The ARN of a scalable target holds no name.
pub(super) static OWNED_SCALING: Scope = Scope {
    name: "OwnedScaling",
    resources: &[SCALABLE_TARGET],
    conditions: &[
        OWNED,
        Condition {
            operator: "StringEquals",
            key: "application-autoscaling:service-namespace",
            values: &["ecs"],
        },
    ],
    words: "scalable targets of ECS with the tag `automock:stack`",
};

/// Whether a scalable target is a stack's is in its tags.
pub(super) static SCALING_TAGS: Scope = Scope {
    name: "LookAtScaling",
    resources: &[SCALABLE_TARGET],
    conditions: &[],
    words: "scalable targets",
};

const SCALABLE_TARGET: &str =
    "arn:${partition}:application-autoscaling:${region}:${account}:scalable-target/*";

/// Alarms and dashboards. Dashboards belong to no region.
pub(super) static MONITORING: Scope = Scope {
    name: "Monitoring",
    resources: &[
        "arn:${partition}:cloudwatch:${region}:${account}:alarm:automock-*",
        "arn:${partition}:cloudwatch::${account}:dashboard/automock-*",
    ],
    conditions: &[],
    words: "alarms and dashboards named `automock-*`",
};

/// Log groups of stacks; the reapers' own, `/automock/reaper`, has one slash less.
pub(super) static LOG_GROUPS: Scope = Scope {
    name: "LogGroups",
    resources: &[
        "arn:${partition}:logs:${region}:${account}:log-group:/automock/*/*",
        "arn:${partition}:logs:${region}:${account}:log-group:/aws/ecs/containerinsights/automock-*",
    ],
    conditions: &[],
    words: "log groups named `/automock/*/*` or `/aws/ecs/containerinsights/automock-*`",
};

/// The ARN of a certificate holds no name.
pub(super) static OWNED_CERTIFICATES: Scope = Scope {
    name: "OwnedCertificates",
    resources: &[CERTIFICATE],
    conditions: &[OWNED],
    words: "certificates with the tag `automock:stack`",
};

/// Whether a certificate is a stack's is in its tags.
pub(super) static CERTIFICATES: Scope = Scope {
    name: "LookAtCertificates",
    resources: &[CERTIFICATE],
    conditions: &[],
    words: "certificates",
};

const CERTIFICATE: &str = "arn:${partition}:acm:${region}:${account}:certificate/*";

/// Zones and names are each project's own choice, so what bounds this is the sort of change.
/// `ForAllValues` holds for a request without the key, hence the keys must be there.
pub(super) static DNS_DELETIONS: Scope = Scope {
    name: "DnsDeletions",
    resources: &[ZONE],
    conditions: &[
        Condition {
            operator: "ForAllValues:StringEquals",
            key: "route53:ChangeResourceRecordSetsActions",
            values: &["DELETE"],
        },
        Condition {
            operator: "ForAllValues:StringEquals",
            key: "route53:ChangeResourceRecordSetsRecordTypes",
            values: &["A", "AAAA", "CNAME"],
        },
        Condition {
            operator: "Null",
            key: "route53:ChangeResourceRecordSetsActions",
            values: &["false"],
        },
        Condition {
            operator: "Null",
            key: "route53:ChangeResourceRecordSetsRecordTypes",
            values: &["false"],
        },
    ],
    words: "hosted zones, for deletions of A, AAAA and CNAME records only",
};

/// Looking at the records of a zone.
pub(super) static ZONES: Scope = Scope {
    name: "LookAtZones",
    resources: &[ZONE],
    conditions: &[],
    words: "hosted zones",
};

const ZONE: &str = "arn:${partition}:route53:::hostedzone/*";

/// The account, because a bucket of this name may be anybody's elsewhere. A bucket that is gone is
/// nobody's, and looking for it has to find out that it is gone.
const OWN_ACCOUNT: Condition = Condition {
    operator: "StringEqualsIfExists",
    key: "s3:ResourceAccount",
    values: &["${account}"],
};

/// Buckets of stacks end with the account's number, the foundation's with the region.
pub(super) static BUCKETS: Scope = Scope {
    name: "Buckets",
    resources: &["arn:${partition}:s3:::automock-*-${account}"],
    conditions: &[OWN_ACCOUNT],
    words: "buckets of the account named `automock-*-{account}`",
};

/// What is in the buckets of stacks.
pub(super) static OBJECTS: Scope = Scope {
    name: "Objects",
    resources: &["arn:${partition}:s3:::automock-*-${account}/*"],
    conditions: &[OWN_ACCOUNT],
    words: "objects in buckets of the account named `automock-*-{account}`",
};

/// The path of the roles is a setting of each project and ends with the stack's name.
pub(super) static OWNED_ROLES: Scope = Scope {
    name: "OwnedRoles",
    resources: &[ROLE],
    conditions: &[OWNED],
    words: "roles named `automock-*` on any path but `/`, with the tag `automock:stack`",
};

/// Looking at roles. IAM knows the path of a role only as long as there is one, so whoever is to
/// find out that a role is gone needs the right to look at the path `/` as well.
pub(super) static ROLES: Scope = Scope {
    name: "LookAtRoles",
    resources: &[ROLE, "arn:${partition}:iam::${account}:role/automock-*"],
    conditions: &[],
    words: "roles named `automock-*`",
};

const ROLE: &str = "arn:${partition}:iam::${account}:role/*/automock-*";

/// The function of each stack.
pub(super) static FUNCTIONS: Scope = Scope {
    name: "Functions",
    resources: &["arn:${partition}:lambda:${region}:${account}:function:automock-*"],
    conditions: &[],
    words: "functions named `automock-*`",
};

/// The rule that wakes the function of each stack.
pub(super) static RULES: Scope = Scope {
    name: "Rules",
    resources: &["arn:${partition}:events:${region}:${account}:rule/automock-*"],
    conditions: &[],
    words: "rules named `automock-*` on the default bus",
};

/// What the reaper keeps of each stack.
pub(super) static RECORDS: Scope = Scope {
    name: "Records",
    resources: &[
        "${bucket_arn}/registry/*",
        "${bucket_arn}/journals/*",
        "${bucket_arn}/receipts/*",
        "${bucket_arn}/stacks/*",
    ],
    conditions: &[],
    words: "`registry/`, `journals/`, `receipts/` and `stacks/` in the foundation's bucket",
};

/// Without the right to list, S3 answers 403 for an object that is missing.
pub(super) static RECORDS_BUCKET: Scope = Scope {
    name: "ListRecords",
    resources: &["${bucket_arn}"],
    conditions: &[],
    words: "the foundation's bucket",
};

/// The topic of warnings and receipts.
pub(super) static TOPIC: Scope = Scope {
    name: "Notify",
    resources: &["${topic_arn}"],
    conditions: &[],
    words: "the foundation's topic",
};

/// Where the Lambda service writes what the function says.
pub(super) static LOG: Scope = Scope {
    name: "Log",
    resources: &["${log_group_arn}:*"],
    conditions: &[],
    words: "the reapers' log group",
};
