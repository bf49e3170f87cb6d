//! DNS records. They carry no tags: an alias is the stack's if it points at the stack's load
//! balancer, and a validation record if the stack's certificate asks for exactly it and Terraform's
//! state says that the stack has made it.

use std::collections::BTreeSet;

use aws_sdk_route53::Client;
use aws_sdk_route53::types::{
    Change, ChangeAction, ChangeBatch, HostedZoneConfig, ResourceRecordSet, RrType,
};

use super::proof::{self, aliases, normal, ownership, validations, value_of};
use crate::aws::settle::{PLAIN, optional, presence as settled, unexpected};
use crate::aws::{Classified as _, Clients};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Ownership, Resource};
use crate::kind::ResourceKind;
use crate::record::{DomainNames, StackRecord};
use crate::teardown::{Outcome, Presence};

const GLOBAL: &str = "global";
const ZONE: &str = "zone_id";
const NAME: &str = "record_name";
const TYPE: &str = "record_type";
const VALUE: &str = "value";

/// The records of the stack's domain, given what else was found of the stack.
pub(in crate::aws) async fn scan(
    clients: &Clients,
    domain: &DomainNames,
    inventory: &Inventory,
) -> Result<Vec<Resource>, CloudFailure> {
    let mut expected = aliases(&domain.name, inventory);
    expected.extend(validations(&clients.acm, inventory).await?);
    let mut found = Vec::new();
    for zone in zones(&clients.route53, &domain.zone).await? {
        let places: BTreeSet<_> = expected.iter().map(|it| (&it.name, &it.rr_type)).collect();
        for (name, rr_type) in places {
            if let Some(set) = find(&clients.route53, &zone, name, rr_type).await? {
                found.push(described(&zone, &set, ownership(&expected, &set)));
            }
        }
        if !expected.iter().any(|it| it.rr_type == RrType::A) {
            found.extend(orphan(&clients.route53, &zone, domain).await?);
        }
    }
    Ok(found)
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

/// One record, which Terraform calls `{zone}_{name}_{type}` and this crate `{zone}/{name}/{type}`.
///
/// Whose it is, is asked of the stack's load balancers and certificates.
pub(in crate::aws) async fn examine(
    clients: &Clients,
    record: &StackRecord,
    id: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let Some((zone, name, rr_type)) = place(id) else {
        return Err(unexpected("UnknownId", format!("{id} names no record")));
    };
    let Some(set) = find(&clients.route53, zone, name, &rr_type).await? else {
        return Ok(None);
    };
    let expected = proof::expected(clients, record, name, &rr_type).await?;
    let owner = ownership(&expected, &set);
    Ok(Some(described(zone, &set, owner)))
}

/// Zone, name and type of a record. Of the modules' records none has a set identifier.
fn place(id: &str) -> Option<(&str, &str, RrType)> {
    let mark = if id.contains('/') { '/' } else { '_' };
    let (zone, rest) = id.split_once(mark)?;
    let (name, rr_type) = rest.rsplit_once(mark)?;
    RrType::values()
        .contains(&rr_type)
        .then(|| (zone, name, RrType::from(rr_type)))
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
    use aws_sdk_route53::types::RrType;

    use super::place;

    #[test]
    fn terraform_names_a_record_by_zone_name_and_type() {
        let validation = place("Z0123__a1b2.mock.example.com._CNAME");
        let expected = ("Z0123", "_a1b2.mock.example.com.", RrType::Cname);
        assert_eq!(validation, Some(expected));
        let found = place("Z0123/_a1b2.mock.example.com/CNAME");
        let expected = ("Z0123", "_a1b2.mock.example.com", RrType::Cname);
        assert_eq!(found, Some(expected));
        assert_eq!(place("Z0123_mock.example.com_A_blue"), None);
        assert_eq!(place("Z0123"), None);
    }
}
