//! Certificates.

use aws_sdk_acm::Client;
use aws_sdk_acm::types::{Filters, KeyAlgorithm};

use crate::aws::Classified as _;
use crate::aws::settle::{Codes, optional, presence as settled};
use crate::aws::tags::Tags;
use crate::failure::CloudFailure;
use crate::inventory::Resource;
use crate::kind::ResourceKind;
use crate::record::{DomainNames, StackRecord};
use crate::teardown::{Outcome, Presence};

const CODES: Codes = Codes {
    gone: &[],
    too_early: &["ConflictException", "ResourceInUseException"],
};

/// The certificates for names in the stack's zone that carry the stack's tag.
pub(in crate::aws) async fn scan(
    acm: &Client,
    record: &StackRecord,
    domain: &DomainNames,
) -> Result<Vec<Resource>, CloudFailure> {
    // Without this filter only RSA keys of up to 2048 bits are listed.
    let all_keys = Filters::builder().set_key_types(Some(
        KeyAlgorithm::values()
            .iter()
            .map(|it| KeyAlgorithm::from(*it))
            .collect(),
    ));
    let call = acm.list_certificates().includes(all_keys.build());
    let pages = call.into_paginator().items().send();
    let mut found = Vec::new();
    for certificate in pages.collect::<Result<Vec<_>, _>>().await.classified()? {
        let (Some(arn), Some(name)) = (certificate.certificate_arn(), certificate.domain_name())
        else {
            continue;
        };
        if in_zone(name, &domain.zone) {
            found.extend(certificate_of(acm, record, arn, name).await?);
        }
    }
    Ok(found)
}

/// A certificate if it is the stack's. Others for the same zone are nobody's business here.
async fn certificate_of(
    acm: &Client,
    record: &StackRecord,
    arn: &str,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let answer = acm
        .list_tags_for_certificate()
        .certificate_arn(arn)
        .send()
        .await
        .classified();
    let Some(answer) = optional(answer)? else {
        return Ok(None);
    };
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    let tags: Tags = answer
        .tags()
        .iter()
        .map(|tag| (tag.key().to_owned(), text(tag.value())))
        .collect();
    let found = Resource::tagged(
        ResourceKind::Certificate,
        arn,
        &record.region,
        tags,
        &record.stack_id,
    );
    Ok(found
        .belongs_to_stack()
        .then(|| found.with_arn(arn).named(name)))
}

fn in_zone(name: &str, zone: &str) -> bool {
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
