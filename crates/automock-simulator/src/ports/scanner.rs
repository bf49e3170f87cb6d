//! The look for everything of a stack: one call for each list that the adapter asks for.

use async_trait::async_trait;
use automock_ttl::CloudFailure;
use automock_ttl::inventory::{Inventory, OWNERSHIP_TAG, Ownership, Resource};
use automock_ttl::kind::ResourceKind as K;
use automock_ttl::reaper::{NamedByState, Scanner};
use automock_ttl::record::{DomainNames, StackRecord};

use super::remover::lane_of;
use crate::cloud::{Answer, services};
use crate::simulation::Client;
use crate::thing::{Body, Thing};

const TAGGED: [K; 8] = [
    K::Vpc,
    K::Subnet,
    K::RouteTable,
    K::InternetGateway,
    K::NatGateway,
    K::ElasticIp,
    K::VpcEndpoint,
    K::SecurityGroup,
];
const IN_VPC: [K; 5] = [
    K::Subnet,
    K::RouteTable,
    K::NatGateway,
    K::VpcEndpoint,
    K::SecurityGroup,
];

#[async_trait]
impl Scanner for Client {
    async fn scan(&self, record: &StackRecord) -> Inventory {
        let parts = futures::join!(
            self.network(record),
            self.balancing(record),
            self.compute(record),
            self.definitions(record),
            self.observability(record),
            self.single(record),
            self.roles(record),
        );
        let mut inventory = parts.0;
        for part in [parts.1, parts.2, parts.3, parts.4, parts.5, parts.6] {
            inventory.merge(part);
        }
        if let Some(domain) = &record.names.domain {
            self.domain(record, domain, &mut inventory).await;
        }
        inventory
    }

    async fn examine(
        &self,
        record: &StackRecord,
        named: &NamedByState,
    ) -> Answer<Option<Resource>> {
        if named.kind == K::DnsRecord {
            return self.examine_record(record, &named.id).await;
        }
        let id = &named.id;
        let found = self
            .list(record, named.kind, |thing| &thing.id == id)
            .await?;
        Ok(found.into_iter().next())
    }
}

/// A thing as a call shows it: whose it is follows from its tags alone.
fn shown(record: &StackRecord, thing: &Thing) -> Resource {
    let kind = thing.kind;
    let region = match kind {
        K::IamRole | K::DnsRecord => "global",
        _ => record.region.as_str(),
    };
    let mut resource = Resource::tagged(
        kind,
        &thing.id,
        region,
        thing.tags.clone(),
        &record.stack_id,
    )
    .named(&thing.name);
    resource.arn.clone_from(&thing.arn);
    match &thing.body {
        Body::LoadBalancer { dns_name, .. } => resource.with_detail("dns_name", dns_name),
        Body::Service { cluster, .. } | Body::Task { cluster, .. } => {
            resource.with_detail("cluster", cluster)
        }
        Body::Bucket { .. } => resource.with_detail("account", record.account.as_str()),
        Body::Record { value, .. } => resource.with_detail("value", value),
        Body::Dashboard { text } => {
            resource.ownership = shows_cluster(record, text);
            resource
        }
        _ => resource,
    }
}

fn shows_cluster(record: &StackRecord, text: &str) -> Ownership {
    let cluster = &record.names.cluster;
    let words = [format!("\"{cluster}\""), format!("\"{}\"", record.region)];
    if words.iter().all(|it| text.contains(it)) {
        Ownership::Proven {
            by: format!("it has the stack's name and shows the cluster {cluster}"),
        }
    } else {
        Ownership::Foreign {
            because: format!("it does not show the cluster {cluster}"),
        }
    }
}

fn attached(resource: Resource, to: &str) -> Resource {
    Resource {
        ownership: Ownership::Attached { to: to.to_owned() },
        ..resource
    }
}

impl Client {
    /// One list.
    pub(super) async fn list(
        &self,
        record: &StackRecord,
        kind: K,
        wanted: impl Fn(&Thing) -> bool + Send + Sync,
    ) -> Answer<Vec<Resource>> {
        self.call(lane_of(kind), &format!("List {kind}"), |state| {
            if state.denied.contains(&kind) {
                return Err(services::denied(&format!("List {kind}")));
            }
            let found = state.listed(kind).filter(|thing| wanted(thing));
            Ok(found.map(|thing| shown(record, thing)).collect())
        })
        .await
    }

    /// The call that asks for the tags of what a list has shown.
    async fn tags(&self, kind: K) -> Answer<()> {
        self.call(lane_of(kind), &format!("Tags of {kind}"), |_| Ok(()))
            .await
    }

    /// A list without tags, and one more call for the tags of each that it shows.
    pub(super) async fn list_with_tags(
        &self,
        record: &StackRecord,
        kind: K,
        wanted: impl Fn(&Thing) -> bool + Send + Sync,
    ) -> Answer<Vec<Resource>> {
        let found = self.list(record, kind, wanted).await?;
        for _ in &found {
            self.tags(kind).await?;
        }
        Ok(found)
    }

    async fn network(&self, record: &StackRecord) -> Inventory {
        let mut inventory = Inventory::default();
        let stack = Some(record.stack_id.as_str());
        for kind in TAGGED {
            let tagged = |thing: &Thing| thing.tag(OWNERSHIP_TAG) == stack;
            inventory.add(kind, self.list(record, kind, tagged).await);
        }
        let vpcs = own(&inventory, K::Vpc);
        if !vpcs.is_empty() {
            for kind in IN_VPC {
                let inside = |thing: &Thing| thing.vpc().is_some_and(|vpc| has(&vpcs, vpc));
                inventory.add(kind, self.list(record, kind, inside).await);
            }
        }
        let interfaces = self.interfaces(record, &inventory).await;
        inventory.add(K::NetworkInterface, interfaces);
        inventory
    }

    async fn interfaces(
        &self,
        record: &StackRecord,
        inventory: &Inventory,
    ) -> Answer<Vec<Resource>> {
        first_unreadable(inventory, &[K::Vpc, K::SecurityGroup])?;
        let mut found: Vec<Resource> = Vec::new();
        for owner in [K::Vpc, K::SecurityGroup] {
            let owners = own(inventory, owner);
            if owners.is_empty() {
                continue;
            }
            let holds = |thing: &Thing| match &thing.body {
                Body::Interface { vpc, groups, .. } if owner == K::Vpc => {
                    let _ = groups;
                    has(&owners, vpc)
                }
                Body::Interface { groups, .. } => groups.iter().any(|group| has(&owners, group)),
                _ => false,
            };
            for interface in self.list(record, K::NetworkInterface, holds).await? {
                let interface = attached(interface, &format!("a {owner} of the stack"));
                if !found.iter().any(|other| other.id == interface.id) {
                    found.push(interface);
                }
            }
        }
        Ok(found)
    }

    async fn balancing(&self, record: &StackRecord) -> Inventory {
        let mut inventory = Inventory::default();
        for (kind, name) in [
            (K::LoadBalancer, &record.names.load_balancer),
            (K::TargetGroup, &record.names.target_group),
        ] {
            let stack = Some(record.stack_id.as_str());
            let wanted = |it: &Thing| it.tag(OWNERSHIP_TAG) == stack || it.name == *name;
            let mut found = self.list(record, kind, wanted).await;
            if found.is_ok()
                && let Err(failure) = self.tags(kind).await
            {
                found = Err(failure);
            }
            inventory.add(kind, found);
        }
        inventory
    }

    async fn compute(&self, record: &StackRecord) -> Inventory {
        let mut inventory = Inventory::default();
        let id = record.names.scalable_target();
        let target = |thing: &Thing| thing.id == id;
        inventory.add(
            K::ScalableTarget,
            self.list_with_tags(record, K::ScalableTarget, target).await,
        );
        let name = &record.names.cluster;
        let clusters = self
            .list(record, K::EcsCluster, |thing| &thing.name == name)
            .await;
        match clusters {
            Ok(found) => {
                for cluster in &found {
                    self.in_cluster(record, cluster, &mut inventory).await;
                }
                inventory.add(K::EcsCluster, Ok(found));
            }
            Err(failure) => {
                for kind in [K::EcsService, K::EcsTask, K::EcsCluster] {
                    inventory.add(kind, Err(failure.clone()));
                }
            }
        }
        inventory
    }

    async fn in_cluster(
        &self,
        record: &StackRecord,
        cluster: &Resource,
        inventory: &mut Inventory,
    ) {
        let of = |thing: &Thing| match &thing.body {
            Body::Service { cluster: of, .. } | Body::Task { cluster: of, .. } => *of == cluster.id,
            _ => false,
        };
        let found = self.list_with_tags(record, K::EcsService, of).await;
        inventory.add(K::EcsService, found);
        if !cluster.may_be_deleted() {
            return;
        }
        let running = self.list(record, K::EcsTask, of).await;
        let stopping = self.other("List stopping tasks", |_| Ok(())).await;
        let tasks = match (running, stopping) {
            (Ok(found), Ok(())) if found.is_empty() => Ok(found),
            (Ok(found), Ok(())) => self.tags(K::EcsTask).await.map(|()| found),
            (Err(failure), _) | (_, Err(failure)) => Err(failure),
        };
        let tasks = tasks.map(|tasks| {
            let attach = |task| attached(task, "the service");
            tasks.into_iter().map(attach).collect()
        });
        inventory.add(K::EcsTask, tasks);
    }

    async fn definitions(&self, record: &StackRecord) -> Inventory {
        let mut inventory = Inventory::default();
        let family = format!("{}:", record.names.task_family);
        let mut found = Ok(Vec::new());
        for active in [true, false] {
            let wanted = |thing: &Thing| {
                matches!(thing.body, Body::Definition { is_active } if is_active == active)
                    && thing.name.starts_with(&family)
            };
            found = match (
                found,
                self.list_with_tags(record, K::TaskDefinition, wanted).await,
            ) {
                (Ok(mut found), Ok(more)) => {
                    found.extend(more);
                    Ok(found)
                }
                (Err(failure), _) | (_, Err(failure)) => Err(failure),
            };
        }
        inventory.add(K::TaskDefinition, found);
        inventory
    }

    async fn observability(&self, record: &StackRecord) -> Inventory {
        let names = &record.names;
        let mut inventory = Inventory::default();
        let prefix = format!("{}-", names.prefix);
        let alarms = self
            .list_with_tags(record, K::Alarm, |it| it.name.starts_with(&prefix))
            .await;
        // The prefix also selects alarms of stacks whose names begin like this one's.
        let alarms = alarms.map(|mut alarms| {
            alarms.retain(|it| it.belongs_to_stack() || !it.tags.contains_key(OWNERSHIP_TAG));
            alarms
        });
        inventory.add(K::Alarm, alarms);
        let dashboard = |thing: &Thing| thing.id == names.dashboard;
        inventory.add(
            K::Dashboard,
            self.list(record, K::Dashboard, dashboard).await,
        );
        let insights = format!("/aws/ecs/containerinsights/{}/", names.cluster);
        let mut groups = Vec::new();
        for prefix in [&names.log_group_prefix, &insights] {
            let wanted = |thing: &Thing| thing.id.starts_with(prefix.as_str());
            match self.list_with_tags(record, K::LogGroup, wanted).await {
                Ok(found) => groups.extend(found),
                Err(failure) => {
                    inventory.add(K::LogGroup, Err(failure));
                    return inventory;
                }
            }
        }
        inventory.add(K::LogGroup, Ok(groups));
        inventory
    }

    /// What there is one of, by its name.
    async fn single(&self, record: &StackRecord) -> Inventory {
        let names = &record.names;
        let mut inventory = Inventory::default();
        let bucket = |thing: &Thing| thing.id == names.config_bucket;
        inventory.add(K::Bucket, self.list(record, K::Bucket, bucket).await);
        let function = |thing: &Thing| thing.id == names.reaper_function;
        let found = self.list(record, K::LambdaFunction, function).await;
        inventory.add(K::LambdaFunction, found);
        let rule = |thing: &Thing| thing.id == names.reaper_rule;
        let found = self.list_with_tags(record, K::EventRule, rule).await;
        inventory.add(K::EventRule, found);
        inventory
    }

    async fn roles(&self, record: &StackRecord) -> Inventory {
        let names = &record.names;
        let mut inventory = Inventory::default();
        let own = |thing: &Thing| {
            let is_called_so = [&names.execution_role, &names.task_role].contains(&&thing.id);
            is_called_so
                && matches!(&thing.body, Body::Role { path, .. } if *path == names.iam_path)
        };
        let found = self.list_with_tags(record, K::IamRole, own).await;
        inventory.add(K::IamRole, found);
        inventory
    }

    async fn domain(&self, record: &StackRecord, domain: &DomainNames, inventory: &mut Inventory) {
        let zone = format!(".{}", domain.zone);
        let in_zone = |thing: &Thing| thing.name.ends_with(&zone);
        let certificates = self.list_with_tags(record, K::Certificate, in_zone).await;
        let certificates = certificates.map(|mut found| {
            found.retain(Resource::belongs_to_stack);
            found
        });
        inventory.add(K::Certificate, certificates);
        let proofs = [K::LoadBalancer, K::Certificate];
        let records = match first_unreadable(inventory, &proofs) {
            Ok(()) => self.records(record, domain, inventory).await,
            Err(failure) => Err(failure),
        };
        inventory.add(K::DnsRecord, records);
    }
}

fn own(inventory: &Inventory, kind: K) -> Vec<String> {
    let own = inventory.of_stack().filter(|it| it.kind == kind);
    own.map(|it| it.id.clone()).collect()
}

fn has(ids: &[String], id: &str) -> bool {
    ids.iter().any(|it| it == id)
}

fn first_unreadable(inventory: &Inventory, kinds: &[K]) -> Result<(), CloudFailure> {
    let unseen = inventory
        .unreadable
        .iter()
        .find(|it| kinds.contains(&it.kind));
    unseen.map_or(Ok(()), |unseen| Err(unseen.reason.clone()))
}
