//! Certificates.

use aws_sdk_acm::Client;
use aws_sdk_acm::types::{CertificateSummary, Filters, KeyAlgorithm, Tag};

use crate::aws::Classified as _;
use crate::aws::settle::{Codes, optional, presence as settled};
use crate::aws::tags::Tags;
use crate::failure::CloudFailure;
use crate::inventory::Resource;
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::teardown::{Outcome, Presence};

const CODES: Codes = Codes {
    gone: &[],
    too_early: &["ConflictException", "ResourceInUseException"],
};

/// The certificates for names in the stack's zone that carry the stack's tag.
pub(in crate::aws) async fn scan(
    acm: &Client,
    record: &StackRecord,
    zone: &str,
) -> Result<Vec<Resource>, CloudFailure> {
    let mut found = Vec::new();
    for (arn, name) in list(acm).await? {
        if in_zone(&name, zone) {
            found.extend(certificate_of(acm, record, &arn, &name).await?);
        }
    }
    Ok(found)
}

/// The ARNs and names of all certificates of the account and region.
pub(in crate::aws) async fn list(acm: &Client) -> Result<Vec<(String, String)>, CloudFailure> {
    // Without this filter only RSA keys of up to 2048 bits are listed.
    let all_keys = KeyAlgorithm::values().iter().copied();
    let all_keys = all_keys.map(KeyAlgorithm::from).collect();
    let all_keys = Filters::builder().set_key_types(Some(all_keys)).build();
    let call = acm.list_certificates().includes(all_keys);
    let pages = call.into_paginator().items().send();
    let listed = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let known = |it: &CertificateSummary| {
        Some((
            it.certificate_arn()?.to_owned(),
            it.domain_name()?.to_owned(),
        ))
    };
    Ok(listed.iter().filter_map(known).collect())
}

/// A certificate if it is the stack's. Others for the same zone are nobody's business here.
async fn certificate_of(
    acm: &Client,
    record: &StackRecord,
    arn: &str,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let found = tagged(acm, record, arn, name).await?;
    Ok(found.filter(Resource::belongs_to_stack))
}

async fn tagged(
    acm: &Client,
    record: &StackRecord,
    arn: &str,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let tags = tags_of(acm, arn).await?;
    let (region, stack) = (&record.region, &record.stack_id);
    Ok(tags.map(|tags| {
        Resource::tagged(ResourceKind::Certificate, arn, region, tags, stack)
            .with_arn(arn)
            .named(name)
    }))
}

pub(in crate::aws) async fn tags_of(acm: &Client, arn: &str) -> Result<Option<Tags>, CloudFailure> {
    let call = acm.list_tags_for_certificate().certificate_arn(arn);
    let answer = optional(call.send().await.classified())?;
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let pair = |tag: &Tag| (tag.key().to_owned(), text(tag.value()));
    Ok(answer.map(|answer| answer.tags().iter().map(pair).collect()))
}

/// The certificate with an ARN, whatever its name.
pub(in crate::aws) async fn examine(
    acm: &Client,
    record: &StackRecord,
    arn: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let call = acm.describe_certificate().certificate_arn(arn);
    let answer = optional(call.send().await.classified())?;
    match answer.and_then(|answer| answer.certificate) {
        Some(detail) => tagged(acm, record, arn, detail.domain_name().unwrap_or(arn)).await,
        None => Ok(None),
    }
}

pub(in crate::aws) fn in_zone(name: &str, zone: &str) -> bool {
    let (name, zone) = (
        name.to_ascii_lowercase(),
        zone.trim_end_matches('.').to_ascii_lowercase(),
    );
    name == zone || name.ends_with(&format!(".{zone}"))
}

/// Asks for the removal of a certificate.
pub(in crate::aws) async fn remove(acm: &Client, resource: &Resource) -> Outcome {
    CODES.settle(
        acm.delete_certificate()
            .certificate_arn(&resource.id)
            .send()
            .await,
    )
}

/// Whether a certificate is still there.
pub(in crate::aws) async fn presence(acm: &Client, resource: &Resource) -> Presence {
    let call = acm.describe_certificate().certificate_arn(&resource.id);
    settled(call.send().await.classified().map(|_| Some(false)))
}

#[cfg(test)]
mod tests {
    use super::in_zone;

    #[test]
    fn a_zone_ends_at_a_dot() {
        assert!(in_zone("mock.example.com", "example.com."));
        assert!(in_zone("Example.com", "example.com"));
        assert!(!in_zone("badexample.com", "example.com"));
    }
}
