//! What proves that a DNS record is the stack's: its load balancer, or its certificate.

use aws_sdk_acm::types::CertificateDetail;
use aws_sdk_route53::types::{ResourceRecordSet, RrType};

use super::acm;
use crate::aws::load_balancing::{self, DNS_NAME};
use crate::aws::settle::optional;
use crate::aws::{Classified as _, Clients};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Ownership, Unreadable};
use crate::kind::ResourceKind;
use crate::record::StackRecord;

/// A record that the stack is known to have made.
pub(super) struct Expected {
    pub(super) name: String,
    pub(super) rr_type: RrType,
    /// What it has to point at.
    value: String,
    /// Whose it is then.
    then: Ownership,
}

/// What the stack is known to have made under a name, asked of its load balancers or, for the
/// records that prove a domain, of its certificates.
pub(super) async fn expected(
    clients: &Clients,
    record: &StackRecord,
    name: &str,
    rr_type: &RrType,
) -> Result<Vec<Expected>, CloudFailure> {
    if *rr_type == RrType::Cname {
        expected_validations(clients, record, name).await
    } else {
        expected_aliases(clients, record, name).await
    }
}

async fn expected_aliases(
    clients: &Clients,
    record: &StackRecord,
    name: &str,
) -> Result<Vec<Expected>, CloudFailure> {
    let balancers = load_balancing::scan(&clients.elb, record).await;
    let unseen = |it: &&Unreadable| it.kind == ResourceKind::LoadBalancer;
    match balancers.unreadable.iter().find(unseen) {
        Some(unseen) => Err(unseen.reason.clone()),
        None => Ok(aliases(name, &balancers)),
    }
}

/// A record that proves a domain is called like the domain, with one label before it.
async fn expected_validations(
    clients: &Clients,
    record: &StackRecord,
    name: &str,
) -> Result<Vec<Expected>, CloudFailure> {
    let (_label, domain) = name.split_once('.').unwrap_or(("", name));
    let found = acm::scan(&clients.acm, record, domain).await?;
    let certificates = Inventory {
        found,
        ..Inventory::default()
    };
    validations(&clients.acm, &certificates).await
}

pub(super) fn aliases(name: &str, inventory: &Inventory) -> Vec<Expected> {
    let balancers = inventory
        .of_stack()
        .filter(|it| it.kind == ResourceKind::LoadBalancer);
    let targets: Vec<_> = balancers
        .filter_map(|it| it.details.get(DNS_NAME))
        .collect();
    let mut expected = Vec::new();
    for target in targets {
        for rr_type in [RrType::A, RrType::Aaaa] {
            expected.push(Expected {
                name: name.to_owned(),
                rr_type,
                value: normal(target),
                then: Ownership::Proven {
                    by: "it points at the load balancer of the stack".to_owned(),
                },
            });
        }
    }
    expected
}

pub(super) async fn validations(
    acm: &aws_sdk_acm::Client,
    inventory: &Inventory,
) -> Result<Vec<Expected>, CloudFailure> {
    let mut expected = Vec::new();
    for certificate in inventory
        .of_stack()
        .filter(|it| it.kind == ResourceKind::Certificate)
    {
        let call = acm.describe_certificate().certificate_arn(&certificate.id);
        let answer = optional(call.send().await.classified())?;
        let detail = answer.and_then(|answer| answer.certificate().cloned());
        let options = detail
            .iter()
            .flat_map(CertificateDetail::domain_validation_options);
        expected.extend(
            options
                .filter_map(|option| option.resource_record())
                .map(|wanted| Expected {
                    name: wanted.name().to_owned(),
                    rr_type: RrType::from(wanted.r#type().as_str()),
                    value: normal(wanted.value()),
                    // Every certificate of the account for the same name asks for the same.
                    then: Ownership::Claimed {
                        by: "the certificate of the stack asks for it".to_owned(),
                    },
                }),
        );
    }
    Ok(expected)
}

/// Whose a record is, by what it points at.
pub(super) fn ownership(expected: &[Expected], set: &ResourceRecordSet) -> Ownership {
    let value = value_of(set);
    let here =
        |it: &&Expected| normal(&it.name) == normal(set.name()) && it.rr_type == *set.r#type();
    let wanted: Vec<_> = expected.iter().filter(here).collect();
    match wanted.iter().find(|it| it.value == value) {
        Some(proven) => proven.then.clone(),
        None => Ownership::Foreign {
            because: points_elsewhere(&value, &wanted),
        },
    }
}

fn points_elsewhere(value: &str, wanted: &[&Expected]) -> String {
    let wanted: Vec<_> = wanted.iter().map(|it| it.value.as_str()).collect();
    if wanted.is_empty() {
        format!("it points at {value}, which is nothing of the stack")
    } else {
        format!("it points at {value}, not at {}", wanted.join(" or "))
    }
}

/// What a record points at, in one shape.
pub(super) fn value_of(set: &ResourceRecordSet) -> String {
    match set.alias_target() {
        Some(alias) => normal(alias.dns_name()),
        None => set
            .resource_records()
            .iter()
            .map(|it| normal(it.value()))
            .collect::<Vec<_>>()
            .join(" "),
    }
}

/// A name without the marks that the services put around it.
pub(super) fn normal(name: &str) -> String {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.strip_prefix("dualstack.").unwrap_or(&name).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_compare_without_the_services_marks() {
        assert_eq!(
            normal("dualstack.LB-1.elb.amazonaws.com."),
            "lb-1.elb.amazonaws.com"
        );
        assert_eq!(normal("_x.mock.example.com"), "_x.mock.example.com");
    }

    fn wanted(value: &str) -> Expected {
        Expected {
            name: "mock.example.com".to_owned(),
            rr_type: RrType::A,
            value: value.to_owned(),
            then: Ownership::Proven {
                by: "why".to_owned(),
            },
        }
    }

    #[test]
    fn one_of_two_load_balancers_is_proof_enough() {
        let target = aws_sdk_route53::types::AliasTarget::builder()
            .dns_name("dualstack.two.elb.amazonaws.com.")
            .hosted_zone_id("Z1")
            .evaluate_target_health(false)
            .build()
            .unwrap();
        let set = ResourceRecordSet::builder()
            .name("mock.example.com.")
            .r#type(RrType::A)
            .alias_target(target)
            .build()
            .unwrap();
        let both = [
            wanted("one.elb.amazonaws.com"),
            wanted("two.elb.amazonaws.com"),
        ];
        let by = "why".to_owned();
        assert_eq!(ownership(&both, &set), Ownership::Proven { by });
        let because = "it points at two.elb.amazonaws.com, not at one.elb.amazonaws.com".to_owned();
        assert_eq!(ownership(&both[..1], &set), Ownership::Foreign { because });
        let because =
            "it points at two.elb.amazonaws.com, which is nothing of the stack".to_owned();
        assert_eq!(ownership(&[], &set), Ownership::Foreign { because });
    }
}
