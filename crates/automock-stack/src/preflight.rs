//! Whether the account has room for a stack: asked before anything is made.

mod addresses;
mod images;
mod quotas;

use automock_model::Project;

use crate::aws::limits::has_public_zone;
use crate::aws::{AwsError, Session};
use crate::doctor::{Check, Verdict};
use crate::engine_image::EngineImage;
use addresses::network;
use images::{engine_image, named_images};
use quotas::quotas;

/// The checks that do not depend on what the stack itself has: what is looked up, and addresses, which are
/// counted without its own and of which a change may need more.
const ZONE: &str = "zone";
const IMAGE: &str = "image";
const SUBNETS: &str = "subnets";
const ELASTIC_IPS: &str = "elastic-ips";
const WITHOUT_THE_STACK: [&str; 4] = [ZONE, IMAGE, SUBNETS, ELASTIC_IPS];

/// Asks AWS for everything that could stop the stack from coming up or from growing.
///
/// What can't be read is a note: it says nothing about whether there is room. So is a lack of room
/// for a stack that exists already, where what it takes itself is counted as taken.
pub(crate) async fn preflight(
    project: &Project,
    session: &Session,
    image: Option<&EngineImage>,
    exists: bool,
) -> Vec<Check> {
    let (quotas, network, zone, engine, images) = tokio::join!(
        Box::pin(quotas(project, session)),
        Box::pin(network(project, session, exists)),
        Box::pin(zone(project, session)),
        Box::pin(engine_image(session, image)),
        Box::pin(named_images(project, session)),
    );
    let singles = [network, zone, engine].into_iter().flatten();
    let checks = quotas.into_iter().chain(singles).chain(images);
    checks.map(|check| lenient(check, exists)).collect()
}

/// A stack that stands has its room; what a deploy looks up in the account must be there all the same.
fn lenient(mut check: Check, exists: bool) -> Check {
    if exists && check.verdict == Verdict::Bad && !WITHOUT_THE_STACK.contains(&check.name) {
        check.verdict = Verdict::Note;
    }
    check
}

/// A load balancer takes certificates of its own region only, and the stack has but one:
/// <https://docs.aws.amazon.com/acm/latest/userguide/acm-regions.html>.
async fn zone(project: &Project, session: &Session) -> Option<Check> {
    let domain = project.domain.as_ref()?;
    Some(match has_public_zone(session, &domain.zone).await {
        Ok(true) => Check::new(
            ZONE,
            Verdict::Good,
            format!(
                "{} is a public hosted zone of the account; the certificate for {} is requested in {}, \
                 where the load balancer is",
                domain.zone, domain.name, project.region
            ),
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

fn unknown(name: &'static str, what: &str, error: &AwsError) -> Check {
    let finding = format!("{what} cannot be read: {}", in_full(error));
    Check::new(name, Verdict::Note, finding)
}

fn in_full(error: &AwsError) -> String {
    format!("{error}: {}", error.cause())
}

#[cfg(test)]
mod tests;
