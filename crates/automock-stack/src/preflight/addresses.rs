//! Free addresses in the subnets of an existing network.

use automock_model::{ExistingNetwork, NetworkMode, Project};

use super::{SUBNETS, in_full, unknown};
use crate::aws::Session;
use crate::aws::limits::{Subnet, subnets};
use crate::doctor::{Check, Verdict};

const NAME: &str = "addresses";

/// Addresses that a load balancer needs in each of its subnets:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html>.
const BALANCER_ADDRESSES: u32 = 8;

/// Compares the subnets' free addresses with what the load balancer and the tasks take.
pub(super) async fn network(project: &Project, session: &Session, exists: bool) -> Option<Check> {
    let NetworkMode::Existing(network) = &project.network.mode else {
        return None;
    };
    let tasks = subnets(session, &network.task_subnet_ids).await;
    let balancer = subnets(session, &network.load_balancer_subnet_ids).await;
    Some(match (tasks, balancer) {
        (Ok(tasks), Ok(balancer)) => {
            let found = Found {
                tasks,
                balancer,
                exists,
            };
            addresses(project, network, &found)
        }
        (Err(error), _) | (_, Err(error)) if error.is_not_found() => {
            Check::new(SUBNETS, Verdict::Bad, in_full(&error))
                .hint("check the subnets under `[network]`, and the region".to_owned())
        }
        (Err(error), _) | (_, Err(error)) => unknown(NAME, "free addresses", &error),
    })
}

/// The subnets of a project.
struct Found {
    tasks: Vec<Subnet>,
    balancer: Vec<Subnet>,
    /// Whether the stack's load balancer has its addresses already.
    exists: bool,
}

fn addresses(project: &Project, network: &ExistingNetwork, found: &Found) -> Check {
    stray(network, found)
        .or_else(|| without_balancer(found))
        .unwrap_or_else(|| for_tasks(project, found))
}

fn stray(network: &ExistingNetwork, found: &Found) -> Option<Check> {
    let mut all = found.tasks.iter().chain(&found.balancer);
    let stray = all.find(|subnet| subnet.vpc_id != network.vpc_id)?;
    let finding = format!(
        "subnet {} is in {}, not in {}",
        stray.id, stray.vpc_id, network.vpc_id
    );
    let hint = "all subnets under `[network]` must be of one VPC".to_owned();
    Some(Check::new(SUBNETS, Verdict::Bad, finding).hint(hint))
}

fn without_balancer(found: &Found) -> Option<Check> {
    let is_small = |subnet: &&Subnet| subnet.free_addresses < BALANCER_ADDRESSES;
    let small = found.balancer.iter().find(is_small)?;
    let finding = format!(
        "subnet {} has {} free addresses, and a load balancer needs {BALANCER_ADDRESSES}",
        small.id, small.free_addresses
    );
    let hint = "free some, or name another subnet".to_owned();
    Some(Check::new(NAME, Verdict::Bad, finding).hint(hint))
}

/// Fargate does its best to spread tasks evenly, and promises nothing
/// (<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-placement.html>). So more tasks
/// than an even spread holds may start or not.
fn for_tasks(project: &Project, found: &Found) -> Check {
    let (least, most) = (project.tasks.min, project.tasks.max);
    let room = Room::of(found);
    let in_all = format!(
        "the subnets of the tasks have {} free addresses for {most} tasks",
        room.in_all
    );
    let hint = "name more or larger subnets, or lower `tasks.max`".to_owned();
    if room.in_all < least {
        Check::new(NAME, Verdict::Bad, in_all).hint(hint)
    } else if room.in_all < most {
        Check::new(NAME, Verdict::Note, in_all).hint(hint)
    } else if room.even < most {
        Check::new(NAME, Verdict::Note, format!("{in_all}, {}", room.uneven())).hint(hint)
    } else {
        Check::new(NAME, Verdict::Good, in_all)
    }
}

/// Addresses that are left for tasks.
struct Room<'a> {
    in_all: u32,
    /// As many tasks as fit when each subnet gets the same number.
    even: u32,
    smallest: Option<(&'a str, u32)>,
}

impl<'a> Room<'a> {
    fn of(found: &'a Found) -> Self {
        let left = found.tasks.iter();
        let left: Vec<(&str, u32)> = left
            .map(|subnet| (subnet.id.as_str(), found.left(subnet)))
            .collect();
        let smallest = left.iter().copied().min_by_key(|(_, left)| *left);
        let subnets = u32::try_from(left.len()).unwrap_or(u32::MAX);
        Self {
            in_all: left.iter().map(|(_, left)| left).sum(),
            even: smallest.map_or(0, |(_, left)| left.saturating_mul(subnets)),
            smallest,
        }
    }

    fn uneven(&self) -> String {
        let (id, left) = self.smallest.unwrap_or_default();
        format!(
            "but ECS spreads tasks evenly: {id} has {left}, so only {} are sure to find one",
            self.even
        )
    }
}

impl Found {
    /// What the load balancer leaves of a subnet that it shares with the tasks.
    fn left(&self, subnet: &Subnet) -> u32 {
        let is_shared = self.balancer.iter().any(|other| other.id == subnet.id);
        if is_shared && !self.exists {
            subnet.free_addresses.saturating_sub(BALANCER_ADDRESSES)
        } else {
            subnet.free_addresses
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn subnet(id: &str, free_addresses: u32) -> Subnet {
        Subnet {
            id: id.to_owned(),
            vpc_id: "vpc-1".to_owned(),
            free_addresses,
        }
    }

    /// Looks at subnets for 10 to 200 tasks.
    fn judge(found: &Found) -> Check {
        let mut project = Project::new("pets".parse().unwrap());
        (project.tasks.min, project.tasks.max) = (10, 200);
        let network = ExistingNetwork {
            vpc_id: "vpc-1".to_owned(),
            load_balancer_subnet_ids: Vec::new(),
            task_subnet_ids: Vec::new(),
            assign_public_ip: false,
        };
        addresses(&project, &network, found)
    }

    /// Subnets of the tasks, and one of the load balancer, with so many free addresses.
    fn found(tasks: &[u32], balancer: u32) -> Found {
        let names = ["subnet-a", "subnet-b", "subnet-c"];
        let tasks = names.iter().zip(tasks);
        Found {
            tasks: tasks.map(|(id, free)| subnet(id, *free)).collect(),
            balancer: vec![subnet("subnet-z", balancer)],
            exists: false,
        }
    }

    #[test]
    fn addresses_must_do_for_the_fewest_tasks() {
        assert_eq!(judge(&found(&[251], 8)).verdict, Verdict::Good);
        assert_eq!(judge(&found(&[100], 8)).verdict, Verdict::Note);
        assert_eq!(judge(&found(&[9], 8)).verdict, Verdict::Bad);
        assert_eq!(judge(&found(&[], 8)).verdict, Verdict::Bad);
        assert_eq!(judge(&found(&[251], 7)).verdict, Verdict::Bad);
    }

    #[test]
    fn subnets_are_of_one_vpc() {
        let mut found = found(&[251], 8);
        found.tasks.push(Subnet {
            vpc_id: "vpc-2".to_owned(),
            ..subnet("subnet-c", 251)
        });
        let finding = judge(&found).finding;
        assert_eq!(finding, "subnet subnet-c is in vpc-2, not in vpc-1");
    }

    #[test]
    fn the_smallest_subnet_bounds_an_even_spread() {
        assert_eq!(judge(&found(&[100, 100], 8)).verdict, Verdict::Good);
        let check = judge(&found(&[251, 251, 20], 8));
        assert_eq!(check.verdict, Verdict::Note);
        assert_eq!(
            check.finding,
            "the subnets of the tasks have 522 free addresses for 200 tasks, but ECS spreads tasks \
             evenly: subnet-c has 20, so only 60 are sure to find one"
        );
        assert_eq!(judge(&found(&[251, 1], 8)).verdict, Verdict::Note);
    }

    #[test]
    fn a_load_balancer_takes_its_part_of_a_shared_subnet() {
        let shared = |free: u32, exists: bool| Found {
            balancer: vec![subnet("subnet-a", free)],
            exists,
            ..found(&[free], 8)
        };
        assert_eq!(judge(&shared(208, false)).verdict, Verdict::Good);
        assert_eq!(judge(&shared(207, false)).verdict, Verdict::Note);
        assert_eq!(judge(&shared(207, true)).verdict, Verdict::Good);
        assert_eq!(judge(&shared(17, false)).verdict, Verdict::Bad);
    }
}
