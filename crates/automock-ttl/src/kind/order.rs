//! What has to be gone before what, and why.

use super::ResourceKind;

/// One reason for an order: `kind` cannot go while a resource of the kind `after` is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dependency {
    /// What has to wait.
    pub kind: ResourceKind,
    /// What has to be gone first.
    pub after: ResourceKind,
    /// Why, as a sentence without a capital and a full stop.
    pub because: &'static str,
}

const fn wait(kind: ResourceKind, after: ResourceKind, because: &'static str) -> Dependency {
    Dependency {
        kind,
        after,
        because,
    }
}

use ResourceKind as K;

/// The declared order, apart from the reaper's own parts, which wait for everything.
///
/// Each line stands for itself: a kind that is absent hides nothing behind it, so whatever AWS
/// or safety asks for is written down even where another line seems to imply it.
const DECLARED: &[Dependency] = &[
    wait(
        K::EcsService,
        K::ScalableTarget,
        "autoscaling would raise the count of a service that is draining",
    ),
    wait(
        K::EcsTask,
        K::EcsService,
        "a service replaces the tasks that stop",
    ),
    wait(
        K::TaskDefinition,
        K::EcsService,
        "the service starts tasks from it",
    ),
    wait(
        K::EcsCluster,
        K::EcsService,
        "AWS refuses to delete a cluster with services",
    ),
    wait(
        K::EcsCluster,
        K::EcsTask,
        "AWS refuses to delete a cluster with tasks",
    ),
    wait(
        K::IamRole,
        K::EcsService,
        "without its role a service hangs while it drains",
    ),
    wait(
        K::IamRole,
        K::EcsTask,
        "a stopping task still uses its role",
    ),
    wait(
        K::Bucket,
        K::EcsService,
        "tasks of the service write to the bucket",
    ),
    wait(
        K::Bucket,
        K::EcsTask,
        "a stopping task can still write to the bucket",
    ),
    wait(
        K::LogGroup,
        K::EcsService,
        "tasks of the service write logs",
    ),
    wait(
        K::LogGroup,
        K::EcsTask,
        "a late line of a stopping task would bring the group back",
    ),
    wait(
        K::LoadBalancer,
        K::DnsRecord,
        "the load balancer is the proof that the alias record is ours",
    ),
    wait(
        K::Certificate,
        K::DnsRecord,
        "the certificate is the proof that its validation record is ours",
    ),
    wait(
        K::Certificate,
        K::LoadBalancer,
        "a listener uses the certificate",
    ),
    wait(
        K::TargetGroup,
        K::LoadBalancer,
        "listeners and rules forward to it",
    ),
    wait(
        K::ElasticIp,
        K::NatGateway,
        "the NAT gateway holds the address",
    ),
    wait(
        K::NetworkInterface,
        K::EcsService,
        "tasks hold their interfaces until they stop",
    ),
    wait(
        K::NetworkInterface,
        K::EcsTask,
        "a task holds its interface until it stops",
    ),
    wait(
        K::NetworkInterface,
        K::LoadBalancer,
        "the load balancer holds one in each subnet",
    ),
    wait(
        K::NetworkInterface,
        K::NatGateway,
        "the NAT gateway holds one",
    ),
    wait(
        K::NetworkInterface,
        K::VpcEndpoint,
        "an interface endpoint holds one in each subnet",
    ),
    wait(
        K::SecurityGroup,
        K::LoadBalancer,
        "the load balancer uses the group",
    ),
    wait(
        K::SecurityGroup,
        K::EcsService,
        "the service starts tasks with the group",
    ),
    wait(
        K::SecurityGroup,
        K::VpcEndpoint,
        "an interface endpoint uses the group",
    ),
    wait(
        K::SecurityGroup,
        K::NetworkInterface,
        "an interface uses the group",
    ),
    wait(
        K::Subnet,
        K::LoadBalancer,
        "the load balancer stands in the subnet",
    ),
    wait(
        K::Subnet,
        K::EcsService,
        "the service starts tasks in the subnet",
    ),
    wait(
        K::Subnet,
        K::NatGateway,
        "the NAT gateway stands in the subnet",
    ),
    wait(
        K::Subnet,
        K::VpcEndpoint,
        "an interface endpoint stands in the subnet",
    ),
    wait(
        K::Subnet,
        K::NetworkInterface,
        "an interface holds an address of the subnet",
    ),
    wait(
        K::RouteTable,
        K::NetworkInterface,
        "a stopping task still reaches AWS over its routes",
    ),
    wait(
        K::RouteTable,
        K::VpcEndpoint,
        "a gateway endpoint keeps a route in the table",
    ),
    wait(
        K::InternetGateway,
        K::NatGateway,
        "a NAT gateway has a public address",
    ),
    wait(
        K::InternetGateway,
        K::ElasticIp,
        "AWS refuses to detach the gateway while public addresses are mapped",
    ),
    wait(
        K::InternetGateway,
        K::LoadBalancer,
        "the load balancer has public addresses",
    ),
    wait(
        K::InternetGateway,
        K::NetworkInterface,
        "an interface may have a public address",
    ),
    wait(K::Vpc, K::NatGateway, "it stands in the VPC"),
    wait(K::Vpc, K::VpcEndpoint, "it stands in the VPC"),
    wait(K::Vpc, K::LoadBalancer, "it stands in the VPC"),
    wait(K::Vpc, K::TargetGroup, "it refers to the VPC"),
    wait(K::Vpc, K::NetworkInterface, "it stands in the VPC"),
    wait(K::Vpc, K::SecurityGroup, "it belongs to the VPC"),
    wait(K::Vpc, K::Subnet, "it belongs to the VPC"),
    wait(K::Vpc, K::RouteTable, "it belongs to the VPC"),
    wait(K::Vpc, K::InternetGateway, "it is attached to the VPC"),
];

/// What finishes an interrupted teardown must outlive all that it tears down.
const REAPER_LAST: &str = "the reaper has to be there until nothing else is left";
const RULE_FIRST: &str = "the rule would wake a function that is gone";

impl ResourceKind {
    /// What has to be gone before a resource of this kind can go.
    pub fn dependencies(self) -> impl Iterator<Item = Dependency> {
        let declared = DECLARED
            .iter()
            .copied()
            .filter(move |dependency| dependency.kind == self);
        declared.chain(self.reaper_dependencies())
    }

    fn reaper_dependencies(self) -> impl Iterator<Item = Dependency> {
        Self::ALL
            .into_iter()
            .filter_map(move |after| match (self, after) {
                (Self::LambdaFunction, Self::EventRule) => Some(wait(self, after, RULE_FIRST)),
                (_, Self::EventRule | Self::LambdaFunction) => None,
                (Self::EventRule | Self::LambdaFunction, _) => Some(wait(self, after, REAPER_LAST)),
                _ => None,
            })
    }
}

/// The kinds in waves: whatever a kind waits for is in an earlier wave.
///
/// The order of a teardown follows single resources and not waves; the waves are for showing a
/// plan of it.
#[must_use]
pub fn waves() -> Vec<Vec<ResourceKind>> {
    let mut left = ResourceKind::ALL.to_vec();
    let mut waves = Vec::new();
    while !left.is_empty() {
        let (ready, waiting): (Vec<_>, Vec<_>) = left.iter().copied().partition(|kind| {
            kind.dependencies()
                .all(|needed| !left.contains(&needed.after))
        });
        // Only a cycle leaves nothing ready; the kinds of a cycle then make up the last wave.
        if ready.is_empty() {
            waves.push(waiting);
            break;
        }
        waves.push(ready);
        left = waiting;
    }
    waves
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The wave a kind is removed in.
    fn wave(kind: ResourceKind) -> usize {
        waves()
            .iter()
            .position(|wave| wave.contains(&kind))
            .expect("every kind has a wave")
    }

    #[test]
    fn every_kind_is_listed_once() {
        let unique: std::collections::BTreeSet<_> = ResourceKind::ALL.into_iter().collect();
        assert_eq!(unique.len(), ResourceKind::ALL.len());
        assert_eq!(waves().concat().len(), ResourceKind::ALL.len());
    }

    #[test]
    fn the_graph_has_no_cycle() {
        for kind in ResourceKind::ALL {
            for needed in kind.dependencies() {
                assert!(
                    wave(needed.after) < wave(kind),
                    "{kind} and {} wait for each other",
                    needed.after
                );
            }
        }
    }

    #[test]
    fn no_line_is_written_twice_and_each_gives_a_reason() {
        for (index, line) in DECLARED.iter().enumerate() {
            assert!(!line.because.is_empty());
            let again = DECLARED[index + 1..]
                .iter()
                .any(|other| (other.kind, other.after) == (line.kind, line.after));
            assert!(
                !again,
                "{} after {} is declared twice",
                line.kind, line.after
            );
        }
    }

    #[test]
    fn the_reaper_goes_last_and_its_rule_before_it() {
        let waves = waves();
        let last: Vec<_> = waves.iter().rev().take(2).cloned().collect();
        assert_eq!(
            last,
            [
                vec![ResourceKind::LambdaFunction],
                vec![ResourceKind::EventRule]
            ]
        );
    }

    #[test]
    fn what_takes_long_starts_at_once() {
        for kind in [
            ResourceKind::NatGateway,
            ResourceKind::VpcEndpoint,
            ResourceKind::DnsRecord,
        ] {
            assert_eq!(wave(kind), 0, "{kind}");
        }
        assert_eq!(wave(ResourceKind::EcsService), 1);
        assert_eq!(wave(ResourceKind::LoadBalancer), 1);
    }
}
