//! What an account has room for: quotas, free addresses, hosted zones, images.

use aws_sdk_ecr::types::ImageIdentifier;
use aws_sdk_route53::types::{HostedZone, HostedZoneConfig};

use super::{AwsError, Session};

/// A quota of the account in the session's region.
///
/// # Errors
///
/// When the quota can't be read, which says nothing about its value.
pub(crate) async fn quota(session: &Session, service: &str, code: &str) -> Result<f64, AwsError> {
    const ACTION: &str = "read a service quota";
    let answer = session
        .quotas()
        .get_service_quota()
        .service_code(service)
        .quota_code(code)
        .send()
        .await
        .map_err(|error| AwsError::new(ACTION, error))?;
    answer
        .quota()
        .and_then(aws_sdk_servicequotas::types::ServiceQuota::value)
        .ok_or_else(|| AwsError::other(ACTION, "the answer has no value"))
}

/// A subnet as far as a deploy asks about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Subnet {
    pub(crate) id: String,
    pub(crate) vpc_id: String,
    pub(crate) free_addresses: u32,
}

/// Looks at subnets that exist already.
///
/// # Errors
///
/// When one of them does not exist, or may not be looked at.
pub(crate) async fn subnets(session: &Session, ids: &[String]) -> Result<Vec<Subnet>, AwsError> {
    let answer = session
        .ec2()
        .describe_subnets()
        .set_subnet_ids(Some(ids.to_vec()))
        .send()
        .await
        .map_err(|error| AwsError::new("look at the subnets", error))?;
    let found = answer.subnets().iter().map(|subnet| Subnet {
        id: subnet.subnet_id().unwrap_or_default().to_owned(),
        vpc_id: subnet.vpc_id().unwrap_or_default().to_owned(),
        free_addresses: subnet
            .available_ip_address_count()
            .and_then(|count| count.try_into().ok())
            .unwrap_or(0),
    });
    Ok(found.collect())
}

/// Whether the account has a public hosted zone of that name.
pub(crate) async fn has_public_zone(session: &Session, name: &str) -> Result<bool, AwsError> {
    let answer = session
        .route53()
        .list_hosted_zones_by_name()
        .dns_name(name)
        .send()
        .await
        .map_err(|error| AwsError::new("look for the hosted zone", error))?;
    let is_it = |zone: &HostedZone| {
        let is_private = zone.config().is_some_and(HostedZoneConfig::private_zone);
        zone.name().trim_end_matches('.') == name && !is_private
    };
    Ok(answer.hosted_zones().iter().any(is_it))
}

/// Whether a repository has an image.
pub(crate) async fn has_image(
    session: &Session,
    repository: &str,
    digest: &str,
) -> Result<bool, AwsError> {
    let answer = session
        .ecr()
        .describe_images()
        .repository_name(repository)
        .image_ids(ImageIdentifier::builder().image_digest(digest).build())
        .send()
        .await;
    match answer {
        Ok(answer) => Ok(!answer.image_details().is_empty()),
        Err(error) => {
            let error = AwsError::new("look for the engine's image", error);
            match error.code() {
                Some("ImageNotFoundException") => Ok(false),
                _ => Err(error),
            }
        }
    }
}
