//! Removal of single resources: the calls of the adapter, one by one.

use async_trait::async_trait;
use automock_ttl::CloudFailure;
use automock_ttl::inventory::{OWNERSHIP_TAG, Resource};
use automock_ttl::kind::ResourceKind as K;
use automock_ttl::teardown::{Cloud, Outcome, Presence};

use super::steps::{Codes, PLAIN, optional, presence};
use crate::cloud::{balancing, compute, network, services};
use crate::faults::Lane;
use crate::simulation::Client;

const HELD: Codes = Codes {
    gone: &[],
    too_early: &["DependencyViolation", "InvalidGroup.InUse", "ResourceInUse"],
};
const ATTACHED: Codes = Codes {
    gone: &["Gateway.NotAttached"],
    too_early: &["DependencyViolation"],
};
const ADDRESS: Codes = Codes {
    gone: &[],
    too_early: &["InvalidIPAddress.InUse"],
};
const SCALING: Codes = Codes {
    gone: &["ObjectNotFoundException"],
    too_early: &["ConcurrentUpdateException"],
};
const SERVICE: Codes = Codes {
    gone: &["ServiceNotActiveException"],
    too_early: &["InvalidParameterException"],
};
const CLUSTER: Codes = Codes {
    gone: &[],
    too_early: &[
        "ClusterContainsServicesException",
        "ClusterContainsTasksException",
    ],
};
const CERTIFICATE: Codes = Codes {
    gone: &[],
    too_early: &["ConflictException", "ResourceInUseException"],
};
const ROLE: Codes = Codes {
    gone: &["NoSuchEntity"],
    too_early: &["DeleteConflict"],
};
const BUCKET: Codes = Codes {
    gone: &[],
    too_early: &["BucketNotEmpty", "OperationAborted"],
};
const DASHBOARD: Codes = Codes {
    gone: &["DashboardNotFoundError"],
    too_early: &[],
};
const RULE: Codes = Codes {
    gone: &[],
    too_early: &["ConcurrentModificationException", "ValidationException"],
};

#[async_trait]
impl Cloud for Client {
    async fn remove(&self, resource: &Resource) -> Outcome {
        self.check_right_to_remove(resource);
        let id = resource.id.as_str();
        match resource.kind {
            K::Vpc => {
                let call = self.ec2_write("DeleteVpc", |state| network::delete_vpc(state, id));
                HELD.settle(call.await)
            }
            K::Subnet => {
                let call = self.ec2_write("DeleteSubnet", |it| network::delete_subnet(it, id));
                HELD.settle(call.await)
            }
            K::NatGateway => {
                let delete = |state: &mut _| network::delete_nat_gateway(state, id);
                PLAIN.settle(self.ec2_write("DeleteNatGateway", delete).await)
            }
            K::VpcEndpoint => {
                let delete = |state: &mut _| network::delete_endpoint(state, id);
                HELD.settle(self.ec2_write("DeleteVpcEndpoints", delete).await)
            }
            K::RouteTable => self.route_table(id).await,
            K::InternetGateway => self.internet_gateway(id).await,
            K::ElasticIp => self.address(resource).await,
            K::SecurityGroup => self.security_group(id).await,
            K::EcsService => self.service(resource).await,
            K::TaskDefinition => self.definition(id).await,
            K::LoadBalancer => self.load_balancer(id).await,
            K::DnsRecord => self.record(resource).await,
            K::IamRole => self.role(id).await,
            K::Bucket => self.bucket(id).await,
            K::EventRule => self.rule(id).await,
            kind => self.in_one_call(kind, id).await,
        }
    }

    async fn presence(&self, resource: &Resource) -> Presence {
        let (kind, id) = (resource.kind, resource.id.as_str());
        let name = format!("Describe {kind}");
        let found = self.call(lane_of(kind), &name, |state| {
            if state.denied.contains(&kind) {
                return Err(services::denied(&name));
            }
            let found = state.listed(kind).find(|thing| thing.id == id);
            Ok(found.map(|thing| thing.is_leaving() && shows_leaving(kind)))
        });
        presence(found.await)
    }
}

/// Whether a look tells that the thing is on its way out.
fn shows_leaving(kind: K) -> bool {
    matches!(
        kind,
        K::NatGateway | K::VpcEndpoint | K::EcsService | K::EcsCluster | K::EcsTask
    )
}

pub(super) fn lane_of(kind: K) -> Lane {
    match kind {
        K::Vpc
        | K::Subnet
        | K::RouteTable
        | K::InternetGateway
        | K::NatGateway
        | K::ElasticIp
        | K::VpcEndpoint
        | K::NetworkInterface
        | K::SecurityGroup => Lane::Ec2Read,
        K::Alarm => Lane::Alarms,
        _ => Lane::Other,
    }
}

impl Client {
    async fn in_one_call(&self, kind: K, id: &str) -> Outcome {
        match kind {
            K::ScalableTarget => {
                let call = |state: &mut _| compute::deregister_target(state, id);
                SCALING.settle(self.other("DeregisterScalableTarget", call).await)
            }
            K::EcsCluster => {
                let call = |state: &mut _| compute::delete_cluster(state, id);
                CLUSTER.settle(self.other("DeleteCluster", call).await)
            }
            K::TargetGroup => {
                let call = |state: &mut _| balancing::delete_target_group(state, id);
                HELD.settle(self.other("DeleteTargetGroup", call).await)
            }
            K::Certificate => {
                let call = |state: &mut _| balancing::delete_certificate(state, id);
                CERTIFICATE.settle(self.other("DeleteCertificate", call).await)
            }
            K::Alarm => {
                let call = |state: &mut _| services::delete_alarm(state, id);
                PLAIN.settle(self.call(Lane::Alarms, "DeleteAlarms", call).await)
            }
            K::Dashboard => {
                let call = |state: &mut _| services::delete_dashboard(state, id);
                DASHBOARD.settle(self.other("DeleteDashboards", call).await)
            }
            K::LogGroup => {
                let call = |state: &mut _| services::delete_log_group(state, id);
                PLAIN.settle(self.other("DeleteLogGroup", call).await)
            }
            K::LambdaFunction => {
                let call = |state: &mut _| services::delete_function(state, id);
                PLAIN.settle(self.other("DeleteFunction", call).await)
            }
            kind => Outcome::Failed(CloudFailure::Other {
                code: "WaitOnly".to_owned(),
                message: format!("a {kind} ends with its owner"),
            }),
        }
    }

    async fn route_table(&self, id: &str) -> Outcome {
        let found = self
            .ec2_read("DescribeRouteTables", |it| network::associations(it, id))
            .await;
        let associations = match found {
            Ok(found) => found,
            Err(failure) => return PLAIN.judge(failure),
        };
        for association in associations {
            let call = |state: &mut _| network::disassociate(state, id, &association);
            match PLAIN.settle(self.ec2_write("DisassociateRouteTable", call).await) {
                Outcome::Started | Outcome::Gone => {}
                otherwise => return otherwise,
            }
        }
        let call = |state: &mut _| network::delete_route_table(state, id);
        HELD.settle(self.ec2_write("DeleteRouteTable", call).await)
    }

    async fn internet_gateway(&self, id: &str) -> Outcome {
        let found = self
            .ec2_read("DescribeInternetGateways", |it| network::attachment(it, id))
            .await;
        match found {
            Ok(None) => {}
            Ok(Some(vpc)) => {
                let call = |state: &mut _| network::detach(state, id, &vpc);
                match ATTACHED.settle(self.ec2_write("DetachInternetGateway", call).await) {
                    Outcome::Started | Outcome::Gone => {}
                    otherwise => return otherwise,
                }
            }
            Err(failure) => return PLAIN.judge(failure),
        }
        let call = |state: &mut _| network::delete_internet_gateway(state, id);
        HELD.settle(self.ec2_write("DeleteInternetGateway", call).await)
    }

    async fn address(&self, resource: &Resource) -> Outcome {
        let call = |state: &mut _| network::release(state, &resource.id);
        match ADDRESS.settle(self.ec2_write("ReleaseAddress", call).await) {
            Outcome::Failed(failure) => match self.presence(resource).await {
                Presence::Gone => Outcome::Gone,
                _ => Outcome::Failed(failure),
            },
            outcome => outcome,
        }
    }

    async fn security_group(&self, id: &str) -> Outcome {
        let rules = self
            .ec2_read("DescribeSecurityGroupRules", |it| {
                Ok(network::group_rules(it, id))
            })
            .await;
        let rules = match rules {
            Ok(rules) => rules,
            Err(failure) => return PLAIN.judge(failure),
        };
        for is_egress in [true, false] {
            let some = rules.iter().filter(|rule| rule.is_egress == is_egress);
            let ids: Vec<_> = some.map(|rule| rule.id.clone()).collect();
            if ids.is_empty() {
                continue;
            }
            let call = |state: &mut _| network::revoke(state, id, &ids);
            if let Err(failure) = self.ec2_write("RevokeSecurityGroup", call).await {
                return PLAIN.judge(failure);
            }
        }
        let call = |state: &mut _| network::delete_security_group(state, id);
        HELD.settle(self.ec2_write("DeleteSecurityGroup", call).await)
    }

    async fn service(&self, resource: &Resource) -> Outcome {
        let id = resource.id.as_str();
        let group = self
            .other("DescribeServices", |it| {
                Ok(compute::target_group_of(it, id))
            })
            .await;
        if let Ok(Some(group)) = group {
            self.hurry(resource, &group).await;
        }
        let call = |state: &mut _| compute::delete_service(state, id);
        SERVICE.settle(self.other("DeleteService", call).await)
    }

    /// It only saves time, so a failure is of no consequence.
    async fn hurry(&self, service: &Resource, group: &str) {
        let owner = self
            .other("DescribeTags", |state| {
                let found = state.get(K::TargetGroup, group);
                Ok(found.and_then(|it| it.tag(OWNERSHIP_TAG).map(str::to_owned)))
            })
            .await;
        if owner.ok().flatten().as_ref() == service.tags.get(OWNERSHIP_TAG) {
            let call = |state: &mut _| balancing::hurry(state, group);
            let _ = self.other("ModifyTargetGroupAttributes", call).await;
        }
    }

    async fn definition(&self, arn: &str) -> Outcome {
        let found = self
            .other("DescribeTaskDefinition", |it| {
                Ok(compute::definition(it, arn))
            })
            .await;
        match found {
            Ok(None) => return Outcome::Gone,
            Ok(Some(true)) => {
                let call = |state: &mut _| compute::deregister_definition(state, arn);
                if let Err(failure) = self.other("DeregisterTaskDefinition", call).await {
                    return PLAIN.judge(failure);
                }
            }
            Ok(Some(false)) => {}
            Err(failure) => return Outcome::Failed(failure),
        }
        let call = |state: &mut _| compute::delete_definition(state, arn);
        PLAIN.settle(self.other("DeleteTaskDefinitions", call).await)
    }

    async fn load_balancer(&self, arn: &str) -> Outcome {
        let delete = |state: &mut _| balancing::delete_load_balancer(state, arn);
        let answer = HELD.settle(self.other("DeleteLoadBalancer", delete).await);
        let Outcome::Failed(failure) = &answer else {
            return answer;
        };
        if failure.code() != Some("OperationNotPermitted") {
            return answer;
        }
        let off = |state: &mut _| balancing::unprotect(state, arn);
        match PLAIN.settle(self.other("ModifyLoadBalancerAttributes", off).await) {
            Outcome::Started => HELD.settle(self.other("DeleteLoadBalancer", delete).await),
            otherwise => otherwise,
        }
    }

    async fn record(&self, resource: &Resource) -> Outcome {
        let id = resource.id.as_str();
        let now = self
            .other("ListResourceRecordSets", |it| {
                Ok(balancing::record_value(it, id))
            })
            .await;
        let value = match now {
            Ok(None) => return Outcome::Gone,
            Ok(Some(value)) => value,
            Err(failure) => return Outcome::Failed(failure),
        };
        if Some(&value) != resource.details.get("value") {
            return Outcome::Failed(CloudFailure::Other {
                code: "RecordChanged".to_owned(),
                message: format!("it now points at {value}"),
            });
        }
        let call = |state: &mut _| balancing::delete_record(state, id, &value);
        PLAIN.settle(self.other("ChangeResourceRecordSets", call).await)
    }

    async fn role(&self, role: &str) -> Outcome {
        for (name, list) in [
            (
                "ListAttachedRolePolicies",
                services::attached_policies as fn(&_, &_) -> _,
            ),
            ("ListRolePolicies", services::inline_policies),
        ] {
            let policies = match self.other(name, |state| list(state, role)).await {
                Ok(policies) => policies,
                Err(failure) => return ROLE.judge(failure),
            };
            for policy in policies {
                let call = |state: &mut _| services::drop_policy(state, role, &policy);
                if let Err(failure) = optional(self.other("DeleteRolePolicy", call).await) {
                    return ROLE.judge(failure);
                }
            }
        }
        let call = |state: &mut _| services::delete_role(state, role);
        ROLE.settle(self.other("DeleteRole", call).await)
    }

    async fn bucket(&self, bucket: &str) -> Outcome {
        loop {
            let list = |state: &mut _| services::versions(state, bucket);
            let page = match self.other("ListObjectVersions", list).await {
                Ok(page) => page,
                Err(failure) => return PLAIN.judge(failure),
            };
            if page == 0 {
                break;
            }
            let call = |state: &mut _| services::delete_versions(state, bucket, page);
            if let Err(failure) = self.other("DeleteObjects", call).await {
                return PLAIN.judge(failure);
            }
        }
        let list = |state: &mut _| services::uploads(state, bucket);
        let uploads = match self.other("ListMultipartUploads", list).await {
            Ok(uploads) => uploads,
            Err(failure) => return PLAIN.judge(failure),
        };
        for _ in 0..uploads {
            let call = |state: &mut _| services::abort_upload(state, bucket);
            if let Err(failure) = optional(self.other("AbortMultipartUpload", call).await) {
                return PLAIN.judge(failure);
            }
        }
        let call = |state: &mut _| services::delete_bucket(state, bucket);
        BUCKET.settle(self.other("DeleteBucket", call).await)
    }

    async fn rule(&self, rule: &str) -> Outcome {
        let list = |state: &mut _| services::rule_targets(state, rule);
        match self.other("ListTargetsByRule", list).await {
            Ok(targets) if targets.is_empty() => {}
            Ok(_) => {
                let call = |state: &mut _| services::remove_targets(state, rule);
                if let Err(failure) = self.other("RemoveTargets", call).await {
                    return RULE.judge(failure);
                }
            }
            Err(failure) => return PLAIN.judge(failure),
        }
        let call = |state: &mut _| services::delete_rule(state, rule);
        RULE.settle(self.other("DeleteRule", call).await)
    }

    /// Nobody may begin a removal of what it does not own, or without a lease.
    fn check_right_to_remove(&self, resource: &Resource) {
        let run = self.run.clone();
        self.simulation().with(|state| {
            if !resource.may_be_deleted() {
                state.violation(format!("{run} asked for the removal of {resource}"));
            }
            if let Some(problem) = crate::lease::problem(state, &run) {
                state.violation(format!("{run} removes {resource}: {problem}"));
            }
        });
    }
}
