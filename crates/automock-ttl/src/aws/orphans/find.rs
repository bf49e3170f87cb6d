//! Looks through an account and region for stacks.

use automock_model::{Names, Project, StackId};
use aws_config::SdkConfig;
use futures::stream::{self, StreamExt as _};

use super::services::{self, KINDS};
use super::sighting::{Sighting, by_owner};
use super::stack::OrphanedStack;
use crate::aws::{Clients, certificates};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Unreadable};
use crate::kind::ResourceKind;
use crate::record::DomainNames;

/// How many kinds are looked for at once.
const PARALLEL: usize = 6;

/// Finds the stacks of a whole account and region by the tags of their resources.
#[derive(Clone, Debug)]
pub struct AwsOrphans {
    clients: Clients,
    region: String,
}

/// What was found without asking any registry.
#[derive(Clone, Debug, Default)]
pub struct Orphans {
    /// Every stack of which something is there, those with a record included.
    pub stacks: Vec<OrphanedStack>,
    /// Tagged resources whose tag is no name of a stack. Nothing can be done about them.
    pub nameless: Vec<String>,
    /// What could not be looked at: there may be more stacks, and more of each.
    pub unreadable: Vec<Unreadable>,
}

impl AwsOrphans {
    /// A look at the account and region of the configuration. `path_style` is for S3 behind a
    /// custom endpoint.
    #[must_use]
    pub fn new(config: &SdkConfig, path_style: bool) -> Self {
        let region = config.region().map_or("", |region| region.as_ref());
        Self {
            clients: Clients::new(config, path_style),
            region: region.to_owned(),
        }
    }

    /// All stacks of which something is there.
    pub async fn stacks(&self) -> Orphans {
        let mut orphans = Orphans::default();
        let sightings = self.sightings(&mut orphans).await;
        for (owner, sightings) in by_owner(sightings) {
            match owner.parse::<StackId>() {
                Ok(stack) => orphans.stacks.extend(self.stack(stack, sightings)),
                Err(_) => orphans.nameless.extend(
                    sightings
                        .iter()
                        .map(|it| format!("{} {} of the stack {owner:?}", it.kind, it.name)),
                ),
            }
        }
        self.add_domains(&mut orphans).await;
        orphans
    }

    async fn sightings(&self, orphans: &mut Orphans) -> Vec<Sighting> {
        let looks = KINDS.map(|kind| async move {
            let found = Box::pin(services::look(&self.clients, kind)).await;
            (kind, found)
        });
        let mut looks = stream::iter(looks).buffer_unordered(PARALLEL);
        let mut sightings = Vec::new();
        let mut add = |kind, found: Result<Vec<Sighting>, CloudFailure>| match found {
            Ok(found) => sightings.extend(found),
            Err(reason) => orphans.unreadable.push(Unreadable { kind, reason }),
        };
        while let Some((kind, found)) = looks.next().await {
            add(kind, found);
        }
        let buckets = Box::pin(services::buckets(&self.clients, &self.region)).await;
        add(ResourceKind::Bucket, buckets);
        sightings
    }

    /// The stack, unless all that was seen of it is in another region.
    fn stack(&self, stack_id: StackId, sightings: Vec<Sighting>) -> Option<OrphanedStack> {
        let sightings: Vec<_> = sightings
            .into_iter()
            .filter(|it| self.is_here(&stack_id, it))
            .collect();
        if sightings.is_empty() {
            return None;
        }
        let created_at = sightings.iter().filter_map(|it| it.created).min();
        let mut inventory = Inventory::default();
        for sighting in sightings {
            let found = sighting.into_resource(&self.region, &stack_id);
            inventory.add(found.kind, Ok(vec![found]));
        }
        let mut seen = inventory.found;
        seen.sort_by(|a, b| (a.kind, &a.name).cmp(&(b.kind, &b.name)));
        Some(OrphanedStack {
            stack_id,
            seen,
            created_at,
            domain: None,
        })
    }

    /// IAM knows no regions, so a role counts only if it is called like one of this region's.
    fn is_here(&self, stack_id: &StackId, sighting: &Sighting) -> bool {
        let Some(names) = names(stack_id, &self.region) else {
            return true;
        };
        sighting.kind != ResourceKind::IamRole
            || [&names.execution_role, &names.task_role].contains(&&sighting.name)
    }

    async fn add_domains(&self, orphans: &mut Orphans) {
        let mut certified = orphans
            .stacks
            .iter_mut()
            .filter(|it| it.names_a_domain())
            .peekable();
        if certified.peek().is_none() {
            return;
        }
        match services::zones(&self.clients).await {
            Ok(zones) => certified.for_each(|stack| stack.domain = domain_of(stack, &zones)),
            Err(reason) => orphans.unreadable.push(Unreadable {
                kind: ResourceKind::DnsRecord,
                reason,
            }),
        }
    }
}

/// The domain that the stack's certificate is for, in the closest zone. Without a zone there are
/// no records, and the domain itself stands for one, so that the certificate is still found.
fn domain_of(stack: &OrphanedStack, zones: &[String]) -> Option<DomainNames> {
    let name = stack.certified_name()?;
    let around = zones
        .iter()
        .filter(|zone| certificates::in_zone(name, zone));
    let zone = around.max_by_key(|zone| zone.len());
    Some(DomainNames {
        name: name.to_owned(),
        zone: zone.map_or(name, String::as_str).to_owned(),
    })
}

/// The names of a stack. They depend on its whole id and not on where the project ends in it.
fn names(stack_id: &StackId, region: &str) -> Option<Names> {
    let id = stack_id.as_str();
    let splits = id.match_indices('-').map(|(at, _)| id.split_at(at));
    let mut projects = splits.filter_map(|(name, environment)| {
        let mut project = Project::new(name.parse().ok()?);
        project.environment = environment[1..].parse().ok()?;
        Some(project)
    });
    let mut project = projects.next()?;
    project.region = automock_model::Region::new(region).ok()?;
    Some(Names::new(&project))
}
