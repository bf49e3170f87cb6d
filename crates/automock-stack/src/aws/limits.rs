//! What an account has room for: quotas and what is in use of them, free addresses, hosted zones,
//! images.

use automock_model::StackId;
use automock_ttl::inventory::OWNERSHIP_TAG;
use aws_sdk_ec2::types::{Address, Tag, Vpc};
use aws_sdk_ecr::types::{ImageIdentifier, PullThroughCacheRule};
use aws_sdk_route53::types::{HostedZone, HostedZoneConfig};
use aws_sdk_servicequotas::types::ServiceQuota;

use super::{AwsError, Session};

/// A quota's value.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Limit {
    pub(crate) value: f64,
    /// Whether it is what AWS gives everybody, because the account's own value is not to be had.
    pub(crate) is_default: bool,
}

/// A quota of the account in the session's region.
///
/// Service Quotas has no value of the account's own for some quotas, only AWS's default:
/// <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html>.
///
/// # Errors
///
/// When the quota can't be read, which says nothing about its value.
pub(crate) async fn quota(session: &Session, service: &str, code: &str) -> Result<Limit, AwsError> {
    let (value, is_default) = match applied_quota(session, service, code).await? {
        Some(value) => (value, false),
        None => (default_quota(session, service, code).await?, true),
    };
    Ok(Limit { value, is_default })
}

async fn applied_quota(
    session: &Session,
    service: &str,
    code: &str,
) -> Result<Option<f64>, AwsError> {
    let call = session
        .quotas()
        .get_service_quota()
        .service_code(service)
        .quota_code(code);
    match call.send().await {
        Ok(answer) => Ok(answer.quota().and_then(ServiceQuota::value)),
        Err(error) => {
            let error = AwsError::new("read a service quota", error);
            match error.code() {
                Some("NoSuchResourceException") => Ok(None),
                _ => Err(error),
            }
        }
    }
}

/// What AWS gives every account, without what this one has been given since:
/// <https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetAWSDefaultServiceQuota.html>.
async fn default_quota(session: &Session, service: &str, code: &str) -> Result<f64, AwsError> {
    const ACTION: &str = "read the default of a service quota";
    let call = session
        .quotas()
        .get_aws_default_service_quota()
        .service_code(service)
        .quota_code(code);
    let answer = call
        .send()
        .await
        .map_err(|error| AwsError::new(ACTION, error))?;
    answer
        .quota()
        .and_then(ServiceQuota::value)
        .ok_or_else(|| AwsError::other(ACTION, "the answer has no value"))
}

/// How many Elastic IPs the account has in the region, without those of a stack.
///
/// Addresses of the account's own ranges, and those that a service manages, are left out: AWS does
/// not say that they count, and a wrong count would stop a deploy that has room.
/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Address.html>
pub(crate) async fn elastic_ips(session: &Session, without: &StackId) -> Result<usize, AwsError> {
    let answer = session
        .ec2()
        .describe_addresses()
        .send()
        .await
        .map_err(|error| AwsError::new("count the Elastic IPs", error))?;
    let counts = |address: &&Address| {
        let is_amazons = address
            .public_ipv4_pool()
            .is_none_or(|pool| pool == "amazon");
        is_amazons && address.service_managed().is_none() && !is_of(address.tags(), without)
    };
    Ok(answer.addresses().iter().filter(counts).count())
}

/// How many VPCs the account has in the region, without that of a stack.
///
/// VPCs that other accounts share with this one are listed too, and are theirs:
/// <https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html>.
pub(crate) async fn vpcs(session: &Session, without: &StackId) -> Result<usize, AwsError> {
    let pages = session
        .ec2()
        .describe_vpcs()
        .into_paginator()
        .items()
        .send();
    let found = pages
        .collect::<Result<Vec<Vpc>, _>>()
        .await
        .map_err(|error| AwsError::new("count the VPCs", error))?;
    let counts = |vpc: &&Vpc| {
        let is_own = vpc
            .owner_id()
            .is_none_or(|owner| owner == session.account());
        is_own && !is_of(vpc.tags(), without)
    };
    Ok(found.iter().filter(counts).count())
}

fn is_of(tags: &[Tag], stack: &StackId) -> bool {
    let is_it = |tag: &Tag| tag.key() == Some(OWNERSHIP_TAG) && tag.value() == Some(stack.as_str());
    tags.iter().any(is_it)
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

/// How an image is told from the others of its repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ImageId<'a> {
    Digest(&'a str),
    Tag(&'a str),
}

/// Whether a repository has an image.
///
/// # Errors
///
/// When there is no such repository, or it may not be looked at.
pub(crate) async fn has_image(
    session: &Session,
    repository: &str,
    id: ImageId<'_>,
) -> Result<bool, AwsError> {
    let wanted = ImageIdentifier::builder();
    let wanted = match id {
        ImageId::Digest(digest) => wanted.image_digest(digest),
        ImageId::Tag(tag) => wanted.image_tag(tag),
    };
    let answer = session
        .ecr()
        .describe_images()
        .repository_name(repository)
        .image_ids(wanted.build())
        .send()
        .await;
    match answer {
        Ok(answer) => Ok(!answer.image_details().is_empty()),
        Err(error) => {
            let error = AwsError::new("look for the image", error);
            match error.code() {
                Some("ImageNotFoundException") => Ok(false),
                _ => Err(error),
            }
        }
    }
}

/// Whether the first pull from a repository fetches the image from elsewhere, and makes the
/// repository if need be.
/// <https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html>
///
/// # Errors
///
/// When the rules can't be read, which says nothing about what they are.
pub(crate) async fn is_pulled_through(
    session: &Session,
    repository: &str,
) -> Result<bool, AwsError> {
    let pages = session
        .ecr()
        .describe_pull_through_cache_rules()
        .into_paginator()
        .items()
        .send();
    let rules = pages
        .collect::<Result<Vec<PullThroughCacheRule>, _>>()
        .await
        .map_err(|error| AwsError::new("read the rules of the pull-through cache", error))?;
    let mut prefixes = rules
        .iter()
        .filter_map(PullThroughCacheRule::ecr_repository_prefix);
    Ok(prefixes.any(|prefix| is_below(repository, prefix)))
}

/// A prefix is whole parts of a name; `ROOT` stands for all names.
/// <https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html>
fn is_below(repository: &str, prefix: &str) -> bool {
    let rest = repository.strip_prefix(prefix);
    prefix == "ROOT" || rest.is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use std::io::{Read, Write};
    use std::net::{TcpListener, TcpStream};

    use automock_model::Region;

    use super::*;
    use crate::settings::Settings;

    const IDENTITY: &str = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
        <Arn>arn:aws:iam::123456789012:user/ana</Arn><Account>123456789012</Account>\
        </GetCallerIdentityResult></GetCallerIdentityResponse>";
    const NONE: &str = r#"{"__type": "NoSuchResourceException", "Message": "no such quota"}"#;
    const DENIED: &str = r#"{"__type": "AccessDeniedException", "Message": "not allowed"}"#;

    /// A session whose Service Quotas answer so: the account's own value, and AWS's default.
    async fn session(own: &'static str, default: &'static str) -> Session {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                answer(stream.unwrap(), own, default);
            }
        });
        let environment = [
            ("AWS_ENDPOINT_URL", endpoint.as_str()),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ];
        let environment = environment.map(|(name, value)| (name.to_owned(), value.to_owned()));
        let settings = Settings::new(".").with_environment(environment);
        let region = Region::new("eu-west-1").unwrap();
        Session::connect(&region, &settings).await.unwrap()
    }

    fn answer(mut stream: TcpStream, own: &str, default: &str) {
        let request = request(&mut stream);
        let (own_target, default_target) = (".getservicequota", ".getawsdefaultservicequota");
        let body = match () {
            () if request.contains(own_target) => own,
            () if request.contains(default_target) => default,
            () => IDENTITY,
        };
        let status = if body.contains("__type") { 400 } else { 200 };
        let length = body.len();
        let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {length}\r\nconnection: close");
        write!(stream, "{head}\r\n\r\n{body}").unwrap();
    }

    /// A request's head, in lower case; the body is read as well, and dropped.
    fn request(stream: &mut TcpStream) -> String {
        let (mut seen, mut buffer) = (Vec::new(), [0; 4096]);
        loop {
            let count = stream.read(&mut buffer).unwrap();
            seen.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&seen).to_lowercase();
            let Some((head, body)) = text.split_once("\r\n\r\n") else {
                assert!(count > 0, "half a request: {text}");
                continue;
            };
            let mut lines = head.lines();
            let length = lines.find_map(|line| line.strip_prefix("content-length: "));
            if count == 0 || body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return head.to_owned();
            }
        }
    }

    #[tokio::test]
    async fn a_quota_without_a_value_of_its_own_has_aws_default() {
        let value = r#"{"Quota": {"Value": 5.0}}"#;
        for (own, default, expected) in [
            (r#"{"Quota": {"Value": 7.0}}"#, value, (7.0, false)),
            (NONE, value, (5.0, true)),
            (r#"{"Quota": {}}"#, value, (5.0, true)),
        ] {
            let session = session(own, default).await;
            let limit = quota(&session, "ec2", "L-0263D0A3").await.unwrap();
            let (value, is_default) = expected;
            assert_eq!(limit, Limit { value, is_default }, "{own}");
        }
    }

    #[tokio::test]
    async fn only_a_missing_value_leads_to_the_default() {
        let value = r#"{"Quota": {"Value": 5.0}}"#;
        for (own, default, code) in [
            (DENIED, value, "AccessDeniedException"),
            (NONE, NONE, "NoSuchResourceException"),
            (NONE, DENIED, "AccessDeniedException"),
        ] {
            let session = session(own, default).await;
            let error = quota(&session, "ec2", "L-0263D0A3").await.unwrap_err();
            assert_eq!(error.code(), Some(code), "{own} {default}");
        }
    }

    #[test]
    fn a_prefix_is_whole_parts_of_a_name() {
        assert!(is_below("docker-hub/mocks/server", "docker-hub"));
        assert!(is_below("docker-hub/mocks/server", "docker-hub/mocks"));
        assert!(is_below("server", "ROOT"));
        assert!(!is_below("docker-hubs/server", "docker-hub"));
        assert!(!is_below("docker-hub", "docker-hub"));
    }
}
