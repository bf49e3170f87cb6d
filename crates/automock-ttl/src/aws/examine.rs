//! One look at a single resource that Terraform's state names.

use super::settle::unexpected;
use super::{
    Clients, certificates, compute, identity, load_balancing, network, observability, reaper,
    scaling, storage, tasks,
};
use crate::failure::CloudFailure;
use crate::inventory::{Ownership, Resource};
use crate::kind::ResourceKind as K;
use crate::reaper::NamedByState;
use crate::record::StackRecord;

/// What AWS shows under the name that the state gives, and whose it is.
pub(super) async fn examine(
    clients: &Clients,
    record: &StackRecord,
    named: &NamedByState,
) -> Result<Option<Resource>, CloudFailure> {
    let (kind, id) = (named.kind, named.id.as_str());
    let arn = named.arn.as_deref().unwrap_or(id);
    match kind {
        K::ScalableTarget => scaling::examine(&clients.scaling, record, id).await,
        K::Alarm | K::Dashboard | K::LogGroup => {
            observability::examine(clients, record, kind, id).await
        }
        K::DnsRecord => certificates::examine_record(clients, record, id).await,
        K::Certificate => certificates::examine(&clients.acm, record, id).await,
        K::EcsService | K::EcsCluster => compute::examine(&clients.ecs, record, kind, id).await,
        // Its id is the family, which means whatever revision is the newest.
        K::TaskDefinition => tasks::examine_definition(&clients.ecs, record, arn).await,
        K::LoadBalancer | K::TargetGroup => {
            load_balancing::examine(&clients.elb, record, kind, id).await
        }
        K::Bucket => {
            let found = storage::examine(&clients.s3, record, id).await?;
            let own = [record.names.config_bucket.as_str()];
            Ok(found.map(|found| only_named(found, &own)))
        }
        K::IamRole => {
            let found = identity::examine(&clients.iam, record, id).await?;
            let own = [&record.names.execution_role, &record.names.task_role];
            let own = own.map(String::as_str);
            Ok(found.map(|found| only_named(found, &own)))
        }
        K::EventRule | K::LambdaFunction => reaper::examine(clients, record, kind, id).await,
        K::NatGateway
        | K::ElasticIp
        | K::VpcEndpoint
        | K::NetworkInterface
        | K::SecurityGroup
        | K::Subnet
        | K::RouteTable
        | K::InternetGateway
        | K::Vpc => network::examine(&clients.ec2, record, kind, id).await,
        K::EcsTask => Err(unexpected("UnknownKind", "no state names a task")),
    }
}

/// Buckets and roles are known in every region, and the same stack in another region gives its
/// own the same tags: only the exact names tell which are this one's.
fn only_named(mut found: Resource, own: &[&str]) -> Resource {
    if found.belongs_to_stack() && !own.contains(&found.id.as_str()) {
        let because = format!("the stack's would be called {}", own.join(" or "));
        found.ownership = Ownership::Foreign { because };
    }
    found
}
