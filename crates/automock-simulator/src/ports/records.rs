//! DNS records. They carry no tags: what they point at tells whose they are.

use automock_ttl::inventory::{Inventory, Ownership, Resource};
use automock_ttl::kind::ResourceKind as K;
use automock_ttl::record::{DomainNames, StackRecord};

use crate::cloud::Answer;
use crate::simulation::Client;
use crate::state::State;
use crate::thing::{Body, Thing};

/// A record that the stack would have made.
struct Expected {
    /// Type and name.
    name: String,
    value: String,
    /// Whose it is then.
    then: Ownership,
}

impl Client {
    /// The records of the stack's domain, given what else was found of the stack.
    pub(super) async fn records(
        &self,
        record: &StackRecord,
        domain: &DomainNames,
        inventory: &Inventory,
    ) -> Answer<Vec<Resource>> {
        let mut expected = aliases(domain, inventory);
        expected.extend(self.validations(inventory).await?);
        self.other("ListHostedZonesByName", |_| Ok(())).await?;
        let mut found = Vec::new();
        for wanted in &expected {
            let here = |thing: &Thing| thing.name == wanted.name;
            for it in self.list(record, K::DnsRecord, here).await? {
                found.push(judged(it, &expected));
            }
        }
        let alias = format!("A {}", domain.name);
        if !expected.iter().any(|it| it.name == alias) {
            let orphans = self
                .list(record, K::DnsRecord, |thing| thing.name == alias)
                .await?;
            found.extend(orphans.into_iter().map(|it| judged(it, &[])));
        }
        Ok(found)
    }

    /// One record, by the provider's name for it or by the adapter's.
    pub(super) async fn examine_record(
        &self,
        record: &StackRecord,
        id: &str,
    ) -> Answer<Option<Resource>> {
        let same = |thing: &Thing| thing.id.replace('/', "_") == id.replace('/', "_");
        let found = self.list(record, K::DnsRecord, same).await?;
        let (Some(found), Some(domain)) = (found.into_iter().next(), &record.names.domain) else {
            return Ok(None);
        };
        let mut inventory = Inventory::default();
        let own = |_: &Thing| true;
        for kind in [K::LoadBalancer, K::Certificate] {
            let mut of_kind = self.list_with_tags(record, kind, own).await?;
            of_kind.retain(Resource::belongs_to_stack);
            inventory.found.extend(of_kind);
        }
        let mut expected = aliases(domain, &inventory);
        expected.extend(self.validations(&inventory).await?);
        Ok(Some(judged(found, &expected)))
    }

    async fn validations(&self, inventory: &Inventory) -> Answer<Vec<Expected>> {
        let mut expected = Vec::new();
        for certificate in inventory.of_stack().filter(|it| it.kind == K::Certificate) {
            let wanted = self
                .other("DescribeCertificate", |state| {
                    Ok(validation(state, &certificate.id))
                })
                .await?;
            expected.extend(wanted.map(|(name, value)| Expected {
                name,
                value,
                then: Ownership::Claimed {
                    by: "the certificate of the stack asks for it".to_owned(),
                },
            }));
        }
        Ok(expected)
    }
}

fn aliases(domain: &DomainNames, inventory: &Inventory) -> Vec<Expected> {
    let targets = inventory
        .of_stack()
        .filter_map(|it| it.details.get("dns_name"));
    let alias = |target: &String| Expected {
        name: format!("A {}", domain.name),
        value: target.clone(),
        then: Ownership::Proven {
            by: "it points at the load balancer of the stack".to_owned(),
        },
    };
    targets.map(alias).collect()
}

fn judged(record: Resource, expected: &[Expected]) -> Resource {
    let value = record.details.get("value").cloned().unwrap_or_default();
    let fits = |it: &&Expected| it.name == record.name && it.value == value;
    let ownership = match expected.iter().find(fits) {
        Some(expected) => expected.then.clone(),
        None => Ownership::Foreign {
            because: format!("it points at {value}"),
        },
    };
    Resource {
        ownership,
        ..record
    }
}

fn validation(state: &State, certificate: &str) -> Option<(String, String)> {
    match &state.get(K::Certificate, certificate)?.body {
        Body::Certificate {
            validation: (name, rr_type, value),
        } => Some((format!("{rr_type} {name}"), value.clone())),
        _ => None,
    }
}
