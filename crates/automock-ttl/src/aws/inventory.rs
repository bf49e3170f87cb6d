//! Finds everything that belongs to a stack.

use async_trait::async_trait;
use aws_config::SdkConfig;

use super::examine::examine;
use super::{
    Clients, certificates, compute, identity, load_balancing, network, observability, reaper,
    scaling, storage, tasks,
};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Resource};
use crate::kind::ResourceKind;
use crate::reaper::{NamedByState, Scanner};
use crate::record::{DomainNames, StackRecord};

/// Looks at a whole account and region for one stack.
#[derive(Clone, Debug)]
pub struct AwsInventory {
    clients: Clients,
}

impl AwsInventory {
    /// An inventory of the account and region of the configuration. `path_style` is for S3
    /// behind a custom endpoint.
    #[must_use]
    pub fn new(config: &SdkConfig, path_style: bool) -> Self {
        Self::with_clients(Clients::new(config, path_style))
    }

    /// An inventory over clients that exist already.
    #[must_use]
    pub fn with_clients(clients: Clients) -> Self {
        Self { clients }
    }

    /// Looks for everything of the stack.
    ///
    /// A part that cannot be looked at is listed as unreadable; the rest is looked at all the
    /// same. The account and region have to be those of the record.
    pub async fn scan(&self, record: &StackRecord) -> Inventory {
        let clients = &self.clients;
        let (network, balancing, scaling, compute, definitions) = tokio::join!(
            Box::pin(network::scan(&clients.ec2, record)),
            Box::pin(load_balancing::scan(&clients.elb, record)),
            Box::pin(scaling::scan(&clients.scaling, record)),
            Box::pin(compute::scan(&clients.ecs, record)),
            Box::pin(tasks::scan_definitions(&clients.ecs, record)),
        );
        let (observability, storage, identity, reaper) = tokio::join!(
            Box::pin(observability::scan(clients, record)),
            Box::pin(storage::scan(&clients.s3, record)),
            Box::pin(identity::scan(&clients.iam, record)),
            Box::pin(reaper::scan(clients, record)),
        );
        let mut inventory = network;
        for part in [
            balancing,
            scaling,
            compute,
            definitions,
            observability,
            storage,
            identity,
            reaper,
        ] {
            inventory.merge(part);
        }
        if let Some(domain) = &record.names.domain {
            Box::pin(self.scan_domain(record, domain, &mut inventory)).await;
        }
        inventory
    }

    /// The domain comes last, because its records are recognised by the load balancer and the
    /// certificate. Where those could not be looked at, neither could the records.
    async fn scan_domain(
        &self,
        record: &StackRecord,
        domain: &DomainNames,
        inventory: &mut Inventory,
    ) {
        let certificates = certificates::scan(&self.clients.acm, record, &domain.zone).await;
        inventory.add(ResourceKind::Certificate, certificates);
        let proofs = [ResourceKind::LoadBalancer, ResourceKind::Certificate];
        let unproven = inventory
            .unreadable
            .iter()
            .find(|it| proofs.contains(&it.kind));
        let records = match unproven {
            Some(unproven) => Err(unproven.reason.clone()),
            None => certificates::scan_records(&self.clients, domain, inventory).await,
        };
        inventory.add(ResourceKind::DnsRecord, records);
    }
}

#[async_trait]
impl Scanner for AwsInventory {
    async fn scan(&self, record: &StackRecord) -> Inventory {
        Self::scan(self, record).await
    }

    async fn examine(
        &self,
        record: &StackRecord,
        named: &NamedByState,
    ) -> Result<Option<Resource>, CloudFailure> {
        Box::pin(examine(&self.clients, record, named)).await
    }
}
