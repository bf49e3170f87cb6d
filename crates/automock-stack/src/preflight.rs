//! Whether the account has room for a stack: asked before anything is made.

mod quotas;

use automock_model::{ExistingNetwork, Foundation, NetworkMode, Project};

use crate::aws::limits::{Subnet, has_image, has_public_zone, subnets};
use crate::aws::{AwsError, Session};
use crate::doctor::{Check, Verdict};
use crate::engine_image::EngineImage;
use quotas::quotas;

/// Addresses that a load balancer needs in each of its subnets:
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html>.
const BALANCER_ADDRESSES: u32 = 8;

/// The check that does not depend on what the stack itself takes.
const ZONE: &str = "zone";

/// Asks AWS for everything that could stop the stack from coming up or from growing.
///
/// What can't be read is a note: it says nothing about whether there is room. So is a lack of room
/// for a stack that exists already, because what it takes itself is counted as taken.
pub(crate) async fn preflight(
    project: &Project,
    session: &Session,
    image: Option<&EngineImage>,
    exists: bool,
) -> Vec<Check> {
    let (quotas, network, zone, image) = tokio::join!(
        Box::pin(quotas(project, session)),
        Box::pin(network(project, session)),
        Box::pin(zone(project, session)),
        Box::pin(engine_image(session, image)),
    );
    let singles = [network, zone, image];
    let checks = quotas.into_iter().chain(singles.into_iter().flatten());
    checks.map(|check| lenient(check, exists)).collect()
}

/// A stack that stands has its room.
fn lenient(mut check: Check, exists: bool) -> Check {
    if exists && check.verdict == Verdict::Bad && check.name != ZONE {
        check.verdict = Verdict::Note;
    }
    check
}

async fn network(project: &Project, session: &Session) -> Option<Check> {
    let NetworkMode::Existing(network) = &project.network.mode else {
        return None;
    };
    let tasks = subnets(session, &network.task_subnet_ids).await;
    let balancer = subnets(session, &network.load_balancer_subnet_ids).await;
    Some(match (tasks, balancer) {
        (Ok(tasks), Ok(balancer)) => addresses(project, network, &tasks, &balancer),
        (Err(error), _) | (_, Err(error)) if error.is_not_found() => {
            Check::new("addresses", Verdict::Bad, in_full(&error))
                .hint("check the subnets under `[network]`, and the region".to_owned())
        }
        (Err(error), _) | (_, Err(error)) => unknown("addresses", "free addresses", &error),
    })
}

fn addresses(
    project: &Project,
    network: &ExistingNetwork,
    tasks: &[Subnet],
    balancer: &[Subnet],
) -> Check {
    const NAME: &str = "addresses";
    let all = || tasks.iter().chain(balancer);
    if let Some(stray) = all().find(|subnet| subnet.vpc_id != network.vpc_id) {
        let finding = format!(
            "subnet {} is in {}, not in {}",
            stray.id, stray.vpc_id, network.vpc_id
        );
        return Check::new(NAME, Verdict::Bad, finding)
            .hint("all subnets under `[network]` must be of one VPC".to_owned());
    }
    let is_small = |subnet: &&Subnet| subnet.free_addresses < BALANCER_ADDRESSES;
    if let Some(small) = balancer.iter().find(is_small) {
        let finding = format!(
            "subnet {} has {} free addresses, and a load balancer needs {BALANCER_ADDRESSES}",
            small.id, small.free_addresses
        );
        return Check::new(NAME, Verdict::Bad, finding)
            .hint("free some, or name another subnet".to_owned());
    }
    let free: u32 = tasks.iter().map(|subnet| subnet.free_addresses).sum();
    let (least, most) = (project.tasks.min, project.tasks.max);
    let finding = format!("the subnets of the tasks have {free} free addresses for {most} tasks");
    if free >= most {
        return Check::new(NAME, Verdict::Good, finding);
    }
    let verdict = if free < least {
        Verdict::Bad
    } else {
        Verdict::Note
    };
    Check::new(NAME, verdict, finding)
        .hint("name more or larger subnets, or lower `tasks.max`".to_owned())
}

async fn zone(project: &Project, session: &Session) -> Option<Check> {
    let domain = project.domain.as_ref()?;
    Some(match has_public_zone(session, &domain.zone).await {
        Ok(true) => Check::new(
            ZONE,
            Verdict::Good,
            format!("{} is a public hosted zone of the account", domain.zone),
        ),
        Ok(false) => Check::new(
            ZONE,
            Verdict::Bad,
            format!("the account has no public hosted zone {}", domain.zone),
        )
        .hint(
            "create it in Route 53, or leave `[domain]` out: the stack then has the load balancer's \
             name"
                .to_owned(),
        ),
        Err(error) => unknown(ZONE, "hosted zones", &error),
    })
}

async fn engine_image(session: &Session, image: Option<&EngineImage>) -> Option<Check> {
    let image = image?;
    let found = has_image(session, Foundation::ENGINE_REPOSITORY, image.digest()).await;
    Some(match found {
        Ok(true) => Check::new(
            "image",
            Verdict::Good,
            "the engine's image is in the account's repository",
        ),
        Ok(false) => Check::new(
            "image",
            Verdict::Good,
            "a deploy will send the engine's image to the account's repository",
        ),
        Err(error) => unknown("image", "the repository", &error),
    })
}

fn unknown(name: &'static str, what: &str, error: &AwsError) -> Check {
    let finding = format!("{what} cannot be read: {}", in_full(error));
    Check::new(name, Verdict::Note, finding)
}

fn in_full(error: &AwsError) -> String {
    format!("{error}: {}", error.cause())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project() -> Project {
        let mut project = Project::new("pets".parse().unwrap());
        (project.tasks.min, project.tasks.max) = (10, 200);
        project
    }

    #[test]
    fn what_stands_has_its_room() {
        let bad = |name| Check::new(name, Verdict::Bad, "");
        assert_eq!(lenient(bad("addresses"), true).verdict, Verdict::Note);
        assert_eq!(lenient(bad("addresses"), false).verdict, Verdict::Bad);
        assert_eq!(lenient(bad(ZONE), true).verdict, Verdict::Bad);
    }

    fn subnet(id: &str, free_addresses: u32) -> Subnet {
        Subnet {
            id: id.to_owned(),
            vpc_id: "vpc-1".to_owned(),
            free_addresses,
        }
    }

    #[test]
    fn addresses_must_do_for_the_fewest_tasks() {
        let network = ExistingNetwork {
            vpc_id: "vpc-1".to_owned(),
            load_balancer_subnet_ids: Vec::new(),
            task_subnet_ids: Vec::new(),
            assign_public_ip: false,
        };
        let judge = |free: u32, balancer: u32| {
            let tasks = [subnet("subnet-a", free)];
            let balancer = [subnet("subnet-b", balancer)];
            addresses(&project(), &network, &tasks, &balancer).verdict
        };
        assert_eq!(judge(251, 8), Verdict::Good);
        assert_eq!(judge(100, 8), Verdict::Note);
        assert_eq!(judge(9, 8), Verdict::Bad);
        assert_eq!(judge(251, 7), Verdict::Bad);
        let stray = Subnet {
            vpc_id: "vpc-2".to_owned(),
            ..subnet("subnet-c", 251)
        };
        let check = addresses(&project(), &network, &[stray], &[]);
        assert_eq!(check.finding, "subnet subnet-c is in vpc-2, not in vpc-1");
    }
}
