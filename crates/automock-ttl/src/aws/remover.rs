//! Removes single resources of a stack.

use async_trait::async_trait;
use aws_config::SdkConfig;

use super::settle::unexpected;
use super::{
    Clients, certificates, compute, identity, load_balancing, network, observability, reaper,
    recheck, scaling, storage, tasks,
};
use crate::failure::CloudFailure;
use crate::inventory::Resource;
use crate::kind::ResourceKind as K;
use crate::teardown::{Cloud, Outcome, Presence};

/// Removes resources from the account and region of its configuration.
#[derive(Clone, Debug)]
pub struct AwsRemover {
    clients: Clients,
}

impl AwsRemover {
    /// A remover for the account and region of the configuration. `path_style` is for S3 behind
    /// a custom endpoint.
    #[must_use]
    pub fn new(config: &SdkConfig, path_style: bool) -> Self {
        Self::with_clients(Clients::new(config, path_style))
    }

    /// A remover over clients that exist already.
    #[must_use]
    pub fn with_clients(clients: Clients) -> Self {
        Self { clients }
    }

    /// The answer when the name that a resource had is not the stack's any more. Some services
    /// have no tags for what does not exist, so only a look tells whether anything has the name.
    async fn not_owned(&self, resource: &Resource) -> Outcome {
        if self.is_gone(resource).await {
            return Outcome::Gone;
        }
        let now = "what has this name now is not the stack's";
        Outcome::Failed(unexpected("NotOwned", now))
    }

    /// Whether a resource is known to be gone.
    pub async fn is_gone(&self, resource: &Resource) -> bool {
        self.presence(resource).await == Presence::Gone
    }
}

#[async_trait]
impl Cloud for AwsRemover {
    async fn remove(&self, resource: &Resource) -> Outcome {
        // Whoever decides must have asked this already; here it costs nothing to be sure.
        if !resource.may_be_deleted() {
            return Outcome::Failed(unexpected("NotOwned", "the stack does not own it"));
        }
        let clients = &self.clients;
        match Box::pin(recheck::is_ours(clients, resource)).await {
            Ok(Some(true)) => {}
            Ok(Some(false)) => return self.not_owned(resource).await,
            Ok(None) | Err(CloudFailure::NotFound { .. }) => return Outcome::Gone,
            Err(failure) => return Outcome::Failed(failure),
        }
        match resource.kind {
            K::ScalableTarget => scaling::remove(&clients.scaling, resource).await,
            K::Alarm | K::Dashboard | K::LogGroup => observability::remove(clients, resource).await,
            K::DnsRecord => certificates::remove_record(&clients.route53, resource).await,
            K::Certificate => certificates::remove(&clients.acm, resource).await,
            K::EcsService | K::EcsCluster => {
                compute::remove(&clients.ecs, &clients.elb, resource).await
            }
            K::TaskDefinition => tasks::remove_definition(&clients.ecs, resource).await,
            K::LoadBalancer | K::TargetGroup => {
                load_balancing::remove(&clients.elb, resource).await
            }
            K::Bucket => storage::remove(&clients.s3, resource).await,
            K::IamRole => identity::remove(&clients.iam, resource).await,
            K::EventRule | K::LambdaFunction => reaper::remove(clients, resource).await,
            K::NatGateway
            | K::ElasticIp
            | K::VpcEndpoint
            | K::SecurityGroup
            | K::Subnet
            | K::RouteTable
            | K::InternetGateway
            | K::Vpc => network::remove(&clients.ec2, resource).await,
            K::EcsTask | K::NetworkInterface => {
                Outcome::Failed(unexpected("WaitOnly", "it ends with its owner"))
            }
        }
    }

    async fn presence(&self, resource: &Resource) -> Presence {
        let clients = &self.clients;
        match resource.kind {
            K::ScalableTarget => scaling::presence(&clients.scaling, resource).await,
            K::Alarm | K::Dashboard | K::LogGroup => {
                observability::presence(clients, resource).await
            }
            K::DnsRecord => certificates::record_presence(&clients.route53, resource).await,
            K::Certificate => certificates::presence(&clients.acm, resource).await,
            K::EcsService | K::EcsCluster => compute::presence(&clients.ecs, resource).await,
            K::EcsTask => tasks::task_presence(&clients.ecs, resource).await,
            K::TaskDefinition => tasks::definition_presence(&clients.ecs, resource).await,
            K::LoadBalancer | K::TargetGroup => {
                load_balancing::presence(&clients.elb, resource).await
            }
            K::Bucket => storage::presence(&clients.s3, resource).await,
            K::IamRole => identity::presence(&clients.iam, resource).await,
            K::EventRule | K::LambdaFunction => reaper::presence(clients, resource).await,
            K::NatGateway
            | K::ElasticIp
            | K::VpcEndpoint
            | K::NetworkInterface
            | K::SecurityGroup
            | K::Subnet
            | K::RouteTable
            | K::InternetGateway
            | K::Vpc => network::presence(&clients.ec2, resource).await,
        }
    }
}
