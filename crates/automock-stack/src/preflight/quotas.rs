//! Quotas: how much of each a project takes, and what is left.

use automock_model::{Network, NetworkMode, Project, StackId};

use super::unknown;
use crate::aws::limits::{Limit, elastic_ips, quota, vpcs};
use crate::aws::{AwsError, Session};
use crate::doctor::{Check, Verdict};

/// Quotas by their codes: <https://docs.aws.amazon.com/general/latest/gr/ecs-service.html>,
/// <https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html>,
/// <https://docs.aws.amazon.com/general/latest/gr/ec2-service.html> and
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-limits.html>.
const ON_DEMAND_VCPUS: Quota = Quota {
    name: "Fargate On-Demand vCPU resource count",
    service: "fargate",
    code: "L-3032A538",
};
const SPOT_VCPUS: Quota = Quota {
    name: "Fargate Spot vCPU resource count",
    service: "fargate",
    code: "L-36FBB829",
};
const NETWORK_INTERFACES: Quota = Quota {
    name: "Network interfaces per Region",
    service: "vpc",
    code: "L-DF5E4CA3",
};
const VPCS: Quota = Quota {
    name: "VPCs per Region",
    service: "vpc",
    code: "L-F678F1CE",
};
const ELASTIC_IPS: Quota = Quota {
    name: "EC2-VPC Elastic IPs",
    service: "ec2",
    code: "L-0263D0A3",
};
const BALANCER_TARGETS: Quota = Quota {
    name: "Targets per Application Load Balancer",
    service: "elasticloadbalancing",
    code: "L-7E6692B2",
};
const GROUP_TARGETS: Quota = Quota {
    name: "Targets per Target Group per Region",
    service: "elasticloadbalancing",
    code: "L-A0D0B863",
};

/// Network interfaces besides those of the tasks: load balancer, NAT, endpoints. Each has a few in
/// each zone, and the load balancer more under load; this is a generous round number.
const OTHER_INTERFACES: u32 = 50;

struct Quota {
    name: &'static str,
    service: &'static str,
    code: &'static str,
}

/// What a project takes of a quota.
struct Need {
    check: &'static str,
    of: &'static Quota,
    unit: &'static str,
    takers: Takers,
    /// What stands in the account already, where that can be counted.
    counted: Option<Counted>,
    /// What helps besides a higher quota.
    or: &'static str,
}

/// Who takes it.
#[derive(Clone, Copy)]
enum Takers {
    /// The tasks: so much at the least and at the most.
    Tasks { least: f64, most: f64 },
    /// The network, once.
    Network(u32),
}

#[derive(Clone, Copy)]
enum Counted {
    ElasticIps,
    Vpcs,
}

/// Compares all quotas that the project takes from.
///
/// One after the other: Service Quotas answers five such calls a second
/// (<https://docs.aws.amazon.com/servicequotas/latest/userguide/reference_limits.html>).
pub(super) async fn quotas(project: &Project, session: &Session) -> Vec<Check> {
    let stack = project.stack_id();
    let mut checks = Vec::new();
    for need in needs(project) {
        checks.push(check(&need, session, &stack).await);
    }
    checks
}

async fn check(need: &Need, session: &Session, stack: &StackId) -> Check {
    let (name, of) = (need.check, need.of.name);
    let limit = match quota(session, need.of.service, need.of.code).await {
        Ok(limit) => limit,
        Err(error) => return unknown(name, &format!("quota {of:?}"), &error),
    };
    match in_use(need.counted, session, stack).await {
        Ok(in_use) => room(need, limit, in_use),
        Err(error) => unknown(name, &format!("what is in use of quota {of:?}"), &error),
    }
}

/// What others use, where that can be counted.
async fn in_use(
    counted: Option<Counted>,
    session: &Session,
    stack: &StackId,
) -> Result<Option<u32>, AwsError> {
    let count = match counted {
        None => return Ok(None),
        Some(Counted::ElasticIps) => elastic_ips(session, stack).await?,
        Some(Counted::Vpcs) => vpcs(session, stack).await?,
    };
    Ok(Some(u32::try_from(count).unwrap_or(u32::MAX)))
}

fn needs(project: &Project) -> Vec<Need> {
    let mut needs = vcpus(project);
    needs.push(interfaces(project));
    needs.extend(targets(project));
    needs.extend(network(&project.network));
    needs
}

fn vcpus(project: &Project) -> Vec<Need> {
    let of_one = f64::from(project.tasks.size.cpu_units()) / 1024.0;
    let (least, most) = (
        split(project, project.tasks.min),
        split(project, project.tasks.max),
    );
    let kinds = [
        (&ON_DEMAND_VCPUS, least.0, most.0),
        (&SPOT_VCPUS, least.1, most.1),
    ];
    let used = kinds.into_iter().filter(|(_, _, most)| *most > 0);
    let vcpus = |tasks: u32| f64::from(tasks) * of_one;
    used.map(|(of, least, most)| Need::of_tasks("vcpus", of, "vCPU", vcpus(least), vcpus(most)))
        .collect()
}

/// Tasks on demand and on Spot, of so many.
fn split(project: &Project, tasks: u32) -> (u32, u32) {
    let split = project.tasks.capacity_split();
    let beyond = tasks.saturating_sub(split.on_demand_base);
    let weights = (split.on_demand_weight + split.spot_weight).max(1);
    // ECS rounds to whole tasks one way or the other; the larger is what must fit.
    let share = |weight: u32| (beyond * weight).div_ceil(weights);
    let on_demand = tasks.min(split.on_demand_base) + share(split.on_demand_weight);
    (on_demand, share(split.spot_weight))
}

fn interfaces(project: &Project) -> Need {
    let needed = |tasks: u32| f64::from(tasks + OTHER_INTERFACES);
    let (least, most) = (needed(project.tasks.min), needed(project.tasks.max));
    let (of, unit) = (&NETWORK_INTERFACES, "network interfaces");
    Need::of_tasks("interfaces", of, unit, least, most)
}

/// The load balancer has one target group, and each task is a target in it.
fn targets(project: &Project) -> [Need; 2] {
    let (least, most) = (f64::from(project.tasks.min), f64::from(project.tasks.max));
    [&BALANCER_TARGETS, &GROUP_TARGETS]
        .map(|of| Need::of_tasks("targets", of, "targets", least, most))
}

/// What a new network takes.
fn network(network: &Network) -> Vec<Need> {
    let mut needs = Vec::new();
    if !matches!(network.mode, NetworkMode::Existing(_)) {
        needs.push(Need {
            check: "vpcs",
            of: &VPCS,
            unit: "VPC",
            takers: Takers::Network(1),
            counted: Some(Counted::Vpcs),
            or: "; or name a VPC that exists, with `network.mode = \"existing\"`",
        });
    }
    let addresses = nat_gateways(network);
    if addresses > 0 {
        needs.push(Need {
            check: super::ELASTIC_IPS,
            of: &ELASTIC_IPS,
            unit: "Elastic IPs",
            takers: Takers::Network(addresses),
            counted: Some(Counted::ElasticIps),
            or: "; or release some, or choose a `network.mode` with fewer NAT gateways",
        });
    }
    needs
}

/// NAT gateways of a new network; each has an Elastic IP.
fn nat_gateways(network: &Network) -> u32 {
    match network.mode {
        NetworkMode::Private => network.zones,
        NetworkMode::PrivateSingleNat => 1,
        NetworkMode::PrivateEndpoints | NetworkMode::Public | NetworkMode::Existing(_) => 0,
    }
}

impl Need {
    fn of_tasks(
        check: &'static str,
        of: &'static Quota,
        unit: &'static str,
        least: f64,
        most: f64,
    ) -> Self {
        Self {
            check,
            of,
            unit,
            takers: Takers::Tasks { least, most },
            counted: None,
            or: "",
        }
    }

    fn request(&self, value: f64) -> String {
        let Quota { name, code, .. } = self.of;
        format!(
            "request at least {value:.0} for {name:?} ({code}) in Service Quotas; it takes from \
             minutes to days{}",
            self.or
        )
    }
}

/// Where what others use of a quota is not known, there may be less room than this says. A default
/// is no reason not to deploy: an account may have been given more.
fn room(need: &Need, limit: Limit, in_use: Option<u32>) -> Check {
    let taken = f64::from(in_use.unwrap_or(0));
    let free = limit.value - taken;
    let (least, most) = need.takers.bounds();
    let judge = |verdict, who: &str, needed: f64| {
        let finding = format!(
            "{who} {needed} {}, and {} ({:?})",
            need.unit,
            allowance(limit, in_use),
            need.of.name
        );
        Check::new(need.check, verdict, finding)
    };
    let (fewest, all) = need.takers.words();
    if free >= most {
        return judge(Verdict::Good, all, most);
    }
    let check = if free >= least {
        judge(Verdict::Note, all, most)
    } else if limit.is_default {
        judge(Verdict::Note, fewest, least)
    } else {
        judge(Verdict::Bad, fewest, least)
    };
    check.hint(need.request(taken + most))
}

fn allowance(limit: Limit, in_use: Option<u32>) -> String {
    let by_default = if limit.is_default { " by default" } else { "" };
    let may_have = format!("the account may have {}{by_default}", limit.value);
    match in_use {
        None => may_have,
        Some(in_use) => format!("{may_have}, with {in_use} in use elsewhere"),
    }
}

impl Takers {
    fn bounds(self) -> (f64, f64) {
        match self {
            Self::Tasks { least, most } => (least, most),
            Self::Network(count) => (f64::from(count), f64::from(count)),
        }
    }

    fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Tasks { .. } => ("the fewest tasks need", "all tasks need"),
            Self::Network(_) => ("the network needs", "the network needs"),
        }
    }
}

#[cfg(test)]
mod tests {
    use automock_model::{Capacity, ExistingNetwork};

    use super::*;

    fn project() -> Project {
        let mut project = Project::new("pets".parse().unwrap());
        (project.tasks.min, project.tasks.max) = (10, 200);
        project
    }

    fn own(value: f64) -> Limit {
        Limit {
            value,
            is_default: false,
        }
    }

    fn default(value: f64) -> Limit {
        Limit {
            value,
            is_default: true,
        }
    }

    #[test]
    fn tasks_are_split_as_ecs_splits_them() {
        let mut project = project();
        assert_eq!(split(&project, 200), (200, 0));
        project.tasks.capacity = Capacity::Spot;
        assert_eq!(split(&project, 200), (0, 200));
        project.tasks.capacity = Capacity::Mixed {
            on_demand_base: 10,
            spot_percent: 70,
        };
        assert_eq!(split(&project, 10), (10, 0));
        assert_eq!(split(&project, 200), (10 + 57, 133));
    }

    #[test]
    fn a_quota_is_enough_or_says_what_to_request() {
        let need = Need::of_tasks("vcpus", &ON_DEMAND_VCPUS, "vCPU", 2.5, 50.0);
        let judge = |limit: Limit| room(&need, limit, None);
        assert_eq!(judge(own(50.0)).verdict, Verdict::Good);
        let note = judge(own(6.0));
        assert_eq!(note.verdict, Verdict::Note);
        assert!(note.finding.contains("all tasks need 50 vCPU"), "{note:?}");
        let bad = judge(own(2.0));
        assert_eq!(bad.verdict, Verdict::Bad);
        let hint = bad.hint.unwrap();
        assert!(
            hint.contains("request at least 50") && hint.contains("L-3032A538"),
            "{hint}"
        );
    }

    #[test]
    fn a_default_stops_no_deploy() {
        let need = Need::of_tasks("vcpus", &ON_DEMAND_VCPUS, "vCPU", 2.5, 50.0);
        let check = room(&need, default(2.0), None);
        assert_eq!(check.verdict, Verdict::Note);
        assert_eq!(
            check.finding,
            "the fewest tasks need 2.5 vCPU, and the account may have 2 by default \
             (\"Fargate On-Demand vCPU resource count\")"
        );
        assert!(check.hint.unwrap().contains("request at least 50"));
        assert_eq!(room(&need, default(50.0), None).verdict, Verdict::Good);
    }

    /// Needs of the network in a mode: the quota's name and how many.
    fn of_network(mode: NetworkMode) -> Vec<(&'static str, f64)> {
        let mut project = project();
        project.network.mode = mode;
        project.network.zones = 3;
        let needs = network(&project.network);
        let named = needs.iter();
        named
            .map(|need| (need.of.name, need.takers.bounds().1))
            .collect()
    }

    #[test]
    fn a_network_takes_a_vpc_and_an_address_for_each_nat_gateway() {
        let (vpcs, addresses) = ("VPCs per Region", "EC2-VPC Elastic IPs");
        let private = of_network(NetworkMode::Private);
        assert_eq!(private, [(vpcs, 1.0), (addresses, 3.0)]);
        let single = of_network(NetworkMode::PrivateSingleNat);
        assert_eq!(single, [(vpcs, 1.0), (addresses, 1.0)]);
        for mode in [NetworkMode::PrivateEndpoints, NetworkMode::Public] {
            assert_eq!(of_network(mode), [(vpcs, 1.0)]);
        }
        let existing = NetworkMode::Existing(ExistingNetwork {
            vpc_id: "vpc-1".to_owned(),
            load_balancer_subnet_ids: Vec::new(),
            task_subnet_ids: Vec::new(),
            assign_public_ip: false,
        });
        assert_eq!(of_network(existing), []);
    }

    #[test]
    fn what_is_in_use_is_not_free() {
        let mut project = project();
        (project.network.mode, project.network.zones) = (NetworkMode::Private, 3);
        let needs = network(&project.network);
        let addresses = &needs[1];
        let good = room(addresses, own(5.0), Some(2));
        assert_eq!(good.verdict, Verdict::Good, "{good:?}");
        let bad = room(addresses, own(5.0), Some(3));
        assert_eq!(bad.verdict, Verdict::Bad);
        assert_eq!(
            bad.finding,
            "the network needs 3 Elastic IPs, and the account may have 5, with 3 in use \
             elsewhere (\"EC2-VPC Elastic IPs\")"
        );
        let hint = bad.hint.unwrap();
        assert!(
            hint.starts_with("request at least 6 for \"EC2-VPC Elastic IPs\" (L-0263D0A3)"),
            "{hint}"
        );
        assert_eq!(
            room(addresses, default(5.0), Some(3)).verdict,
            Verdict::Note
        );
        assert_eq!(room(addresses, own(5.0), Some(9)).verdict, Verdict::Bad);
    }

    #[test]
    fn each_task_is_a_target() {
        let mut project = project();
        project.tasks.max = 1500;
        let checks = targets(&project).map(|need| room(&need, own(1000.0), None));
        for check in &checks {
            assert_eq!(check.verdict, Verdict::Note);
            assert!(check.finding.starts_with("all tasks need 1500 targets"));
        }
        let hints = checks.map(|check| check.hint.unwrap());
        assert!(hints[0].contains("L-7E6692B2"), "{hints:?}");
        assert!(hints[1].contains("L-A0D0B863"), "{hints:?}");
    }
}
