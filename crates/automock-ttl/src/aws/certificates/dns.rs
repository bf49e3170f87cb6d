//! DNS records. They carry no tags: an alias is the stack's if it points at the stack's load
//! balancer, and a validation record if the stack's certificate asks for exactly it.

use aws_sdk_acm::types::CertificateDetail;
use aws_sdk_route53::Client;
use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, HostedZoneConfig, ResourceRecordSet, RrType,
};

use crate::aws::load_balancing::DNS_NAME;
use crate::aws::settle::{PLAIN, optional, presence as settled, unexpected};
use crate::aws::{Classified as _, Clients};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Ownership, Resource};
use crate::kind::ResourceKind;
use crate::record::DomainNames;
use crate::teardown::{Outcome, Presence};

const GLOBAL: &str = "global";
const ZONE: &str = "zone_id";
const NAME: &str = "record_name";
const TYPE: &str = "record_type";
const VALUE: &str = "value";

/// A record that the stack is known to have made.
struct Expected {
    name: String,
    rr_type: RrType,
    /// What it has to point at.
    value: String,
    proof: String,
}

/// The records of the stack's domain, given what else was found of the stack.
pub(in crate::aws) async fn scan(
    clients: &Clients,
    domain: &DomainNames,
    inventory: &Inventory,
) -> Result<Vec<Resource>, CloudFailure> {
    let mut expected = aliases(domain, inventory);
    expected.extend(validations(&clients.acm, inventory).await?);
    let mut found = Vec::new();
    for zone in zones(&clients.route53, &domain.zone).await? {
        for wanted in &expected {
            if let Some(set) = find(&clients.route53, &zone, &wanted.name, &wanted.rr_type).await? {
                found.push(resource(&zone, wanted, &set));
            }
        }
        if !expected.iter().any(|it| it.rr_type == RrType::A) {
            found.extend(orphan(&clients.route53, &zone, domain).await?);
        }
    }
    Ok(found)
}

fn aliases(domain: &DomainNames, inventory: &Inventory) -> Vec<Expected> {
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
                name: domain.name.clone(),
                rr_type,
                value: normal(target),
                proof: "it points at the load balancer of the stack".to_owned(),
            });
        }
    }
    expected
}

async fn validations(
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
                    proof: "the certificate of the stack asks for it".to_owned(),
                }),
        );
    }
    Ok(expected)
}

/// The public zones of a name; there may be several.
async fn zones(route53: &Client, name: &str) -> Result<Vec<String>, CloudFailure> {
    let answer = route53
        .list_hosted_zones_by_name()
        .dns_name(name)
        .send()
        .await
        .classified()?;
    let same = answer.hosted_zones().iter().filter(|zone| {
        normal(zone.name()) == normal(name)
            && !zone.config().is_some_and(HostedZoneConfig::private_zone)
    });
    Ok(same
        .map(|zone| zone.id().trim_start_matches("/hostedzone/").to_owned())
        .collect())
}

async fn find(
    route53: &Client,
    zone: &str,
    name: &str,
    rr_type: &RrType,
) -> Result<Option<ResourceRecordSet>, CloudFailure> {
    let call = route53.list_resource_record_sets().hosted_zone_id(zone);
    let call = call
        .start_record_name(name)
        .start_record_type(rr_type.clone())
        .max_items(1);
    let answer = optional(call.send().await.classified())?;
    let first = answer.and_then(|answer| answer.resource_record_sets().first().cloned());
    Ok(first.filter(|set| normal(set.name()) == normal(name) && set.r#type() == rr_type))
}

fn resource(zone: &str, wanted: &Expected, set: &ResourceRecordSet) -> Resource {
    let value = value_of(set);
    let ownership = if value == wanted.value {
        Ownership::Proven {
            by: wanted.proof.clone(),
        }
    } else {
        Ownership::Foreign {
            because: format!("it points at {value}, not at {}", wanted.value),
        }
    };
    described(zone, set, ownership)
}

/// A record with the stack's name when nothing is left to prove whose it is.
async fn orphan(
    route53: &Client,
    zone: &str,
    domain: &DomainNames,
) -> Result<Option<Resource>, CloudFailure> {
    let found = find(route53, zone, &domain.name, &RrType::A).await?;
    Ok(found.map(|set| {
        let because = format!(
            "it points at {}, which is no load balancer of the stack",
            value_of(&set)
        );
        described(zone, &set, Ownership::Foreign { because })
    }))
}

fn described(zone: &str, set: &ResourceRecordSet, ownership: Ownership) -> Resource {
    let name = normal(set.name());
    let id = format!("{zone}/{name}/{}", set.r#type().as_str());
    Resource::untagged(ResourceKind::DnsRecord, id, GLOBAL, ownership)
        .named(format!("{} {name}", set.r#type().as_str()))
        .with_detail(ZONE, zone)
        .with_detail(NAME, name)
        .with_detail(TYPE, set.r#type().as_str())
        .with_detail(VALUE, value_of(set))
}

/// What a record points at, in one shape.
fn value_of(set: &ResourceRecordSet) -> String {
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
fn normal(name: &str) -> String {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    name.strip_prefix("dualstack.").unwrap_or(&name).to_owned()
}

/// Deletes a record if it still is what was found.
pub(in crate::aws) async fn remove(route53: &Client, resource: &Resource) -> Outcome {
    let set = match current(route53, resource).await {
        Ok(Some(set)) => set,
        Ok(None) => return Outcome::Gone,
        Err(failure) => return Outcome::Failed(failure),
    };
    if Some(&value_of(&set)) != resource.details.get(VALUE) {
        let now = format!("it now points at {}", value_of(&set));
        return Outcome::Failed(unexpected("RecordChanged", now));
    }
    let zone = resource.details.get(ZONE).map_or("", String::as_str);
    match batch(set) {
        Ok(batch) => {
            let call = route53.change_resource_record_sets().hosted_zone_id(zone);
            PLAIN.settle(call.change_batch(batch).send().await)
        }
        Err(failure) => Outcome::Failed(failure),
    }
}

/// A deletion names the whole record, so that a record changed meanwhile is not deleted.
fn batch(set: ResourceRecordSet) -> Result<ChangeBatch, CloudFailure> {
    let failed =
        |error: aws_sdk_route53::error::BuildError| unexpected("ChangeBatch", error.to_string());
    let change = Change::builder()
        .action(ChangeAction::Delete)
        .resource_record_set(set);
    let change = change.build().map_err(failed)?;
    ChangeBatch::builder()
        .changes(change)
        .build()
        .map_err(failed)
}

async fn current(
    route53: &Client,
    resource: &Resource,
) -> Result<Option<ResourceRecordSet>, CloudFailure> {
    let detail = |key| resource.details.get(key).map_or("", String::as_str);
    find(
        route53,
        detail(ZONE),
        detail(NAME),
        &RrType::from(detail(TYPE)),
    )
    .await
}

/// Whether a record is still there.
pub(in crate::aws) async fn presence(route53: &Client, resource: &Resource) -> Presence {
    settled(
        current(route53, resource)
            .await
            .map(|found| found.map(|_| false)),
    )
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn names_compare_without_the_services_marks() {
        assert_eq!(
            normal("dualstack.LB-1.elb.amazonaws.com."),
            "lb-1.elb.amazonaws.com"
        );
        assert_eq!(normal("_x.mock.example.com"), "_x.mock.example.com");
    }
}
