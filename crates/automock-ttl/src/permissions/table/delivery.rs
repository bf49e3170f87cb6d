//! Load balancers, certificates and DNS records.

use super::{on, row};
use crate::kind::ResourceKind as K;
use crate::permissions::scope::{
    ANYTHING, CERTIFICATES, DNS_DELETIONS, OWNED_BALANCING, OWNED_CERTIFICATES, ZONES,
};
use crate::permissions::{Access, Operation, Service};

pub(super) static OPERATIONS: &[Operation] = &[
    row(
        Service::ElasticLoadBalancing,
        "describe_load_balancers",
        Access::Read,
        &[K::LoadBalancer],
        &[on("elasticloadbalancing:DescribeLoadBalancers", &ANYTHING)],
    ),
    row(
        Service::ElasticLoadBalancing,
        "describe_tags",
        Access::Read,
        &[K::LoadBalancer, K::TargetGroup],
        &[on("elasticloadbalancing:DescribeTags", &ANYTHING)],
    ),
    row(
        Service::ElasticLoadBalancing,
        "describe_target_groups",
        Access::Read,
        &[K::TargetGroup],
        &[on("elasticloadbalancing:DescribeTargetGroups", &ANYTHING)],
    ),
    row(
        Service::ElasticLoadBalancing,
        "delete_load_balancer",
        Access::Delete,
        &[K::LoadBalancer],
        &[on(
            "elasticloadbalancing:DeleteLoadBalancer",
            &OWNED_BALANCING,
        )],
    ),
    row(
        Service::ElasticLoadBalancing,
        "delete_target_group",
        Access::Delete,
        &[K::TargetGroup],
        &[on(
            "elasticloadbalancing:DeleteTargetGroup",
            &OWNED_BALANCING,
        )],
    ),
    row(
        Service::ElasticLoadBalancing,
        "modify_load_balancer_attributes",
        Access::Change,
        &[K::LoadBalancer],
        &[on(
            "elasticloadbalancing:ModifyLoadBalancerAttributes",
            &OWNED_BALANCING,
        )],
    ),
    row(
        Service::ElasticLoadBalancing,
        "modify_target_group_attributes",
        Access::Change,
        &[K::TargetGroup],
        &[on(
            "elasticloadbalancing:ModifyTargetGroupAttributes",
            &OWNED_BALANCING,
        )],
    ),
    row(
        Service::Acm,
        "list_certificates",
        Access::Read,
        &[K::Certificate],
        &[on("acm:ListCertificates", &ANYTHING)],
    ),
    row(
        Service::Acm,
        "describe_certificate",
        Access::Read,
        &[K::Certificate, K::DnsRecord],
        &[on("acm:DescribeCertificate", &CERTIFICATES)],
    ),
    row(
        Service::Acm,
        "list_tags_for_certificate",
        Access::Read,
        &[K::Certificate],
        &[on("acm:ListTagsForCertificate", &CERTIFICATES)],
    ),
    row(
        Service::Acm,
        "delete_certificate",
        Access::Delete,
        &[K::Certificate],
        &[on("acm:DeleteCertificate", &OWNED_CERTIFICATES)],
    ),
    row(
        Service::Route53,
        "list_hosted_zones_by_name",
        Access::Read,
        &[K::DnsRecord],
        &[on("route53:ListHostedZonesByName", &ANYTHING)],
    ),
    row(
        Service::Route53,
        "list_resource_record_sets",
        Access::Read,
        &[K::DnsRecord],
        &[on("route53:ListResourceRecordSets", &ZONES)],
    ),
    row(
        Service::Route53,
        "change_resource_record_sets",
        Access::Delete,
        &[K::DnsRecord],
        &[on("route53:ChangeResourceRecordSets", &DNS_DELETIONS)],
    ),
];
