//! What each of Terraform's resource types is to a teardown.

use super::ResourceKind;

/// How a resource of one of Terraform's types goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Removal {
    /// It is removed as a resource of this kind.
    Kind(ResourceKind),
    /// It goes with the resource of this kind that it is a part of.
    With(ResourceKind),
    /// It belongs to the foundation, which outlives every stack.
    Foundation,
}

use Removal::{Foundation, Kind, With};
use ResourceKind as K;

/// Every type that a module of `terraform/modules` creates.
const TYPES: &[(&str, Removal)] = &[
    ("aws_acm_certificate", Kind(K::Certificate)),
    ("aws_acm_certificate_validation", With(K::Certificate)),
    ("aws_appautoscaling_policy", With(K::ScalableTarget)),
    ("aws_appautoscaling_target", Kind(K::ScalableTarget)),
    ("aws_cloudwatch_dashboard", Kind(K::Dashboard)),
    ("aws_cloudwatch_event_rule", Kind(K::EventRule)),
    ("aws_cloudwatch_event_target", With(K::EventRule)),
    ("aws_cloudwatch_log_group", Kind(K::LogGroup)),
    ("aws_cloudwatch_metric_alarm", Kind(K::Alarm)),
    ("aws_dynamodb_table", Foundation),
    ("aws_ecr_lifecycle_policy", Foundation),
    ("aws_ecr_repository", Foundation),
    ("aws_ecs_cluster", Kind(K::EcsCluster)),
    ("aws_ecs_cluster_capacity_providers", With(K::EcsCluster)),
    ("aws_ecs_service", Kind(K::EcsService)),
    ("aws_ecs_task_definition", Kind(K::TaskDefinition)),
    ("aws_eip", Kind(K::ElasticIp)),
    ("aws_iam_role", Kind(K::IamRole)),
    ("aws_iam_role_policy", With(K::IamRole)),
    ("aws_internet_gateway", Kind(K::InternetGateway)),
    ("aws_lambda_function", Kind(K::LambdaFunction)),
    ("aws_lambda_permission", With(K::LambdaFunction)),
    ("aws_lb", Kind(K::LoadBalancer)),
    ("aws_lb_listener", With(K::LoadBalancer)),
    ("aws_lb_listener_rule", With(K::LoadBalancer)),
    ("aws_lb_target_group", Kind(K::TargetGroup)),
    ("aws_nat_gateway", Kind(K::NatGateway)),
    ("aws_route", With(K::RouteTable)),
    ("aws_route53_record", Kind(K::DnsRecord)),
    ("aws_route_table", Kind(K::RouteTable)),
    ("aws_route_table_association", With(K::RouteTable)),
    ("aws_s3_bucket", Kind(K::Bucket)),
    ("aws_s3_bucket_lifecycle_configuration", With(K::Bucket)),
    ("aws_s3_bucket_ownership_controls", With(K::Bucket)),
    ("aws_s3_bucket_policy", With(K::Bucket)),
    ("aws_s3_bucket_public_access_block", With(K::Bucket)),
    (
        "aws_s3_bucket_server_side_encryption_configuration",
        With(K::Bucket),
    ),
    ("aws_s3_bucket_versioning", With(K::Bucket)),
    ("aws_s3_object", With(K::Bucket)),
    ("aws_security_group", Kind(K::SecurityGroup)),
    ("aws_sns_topic", Foundation),
    ("aws_sns_topic_subscription", Foundation),
    ("aws_subnet", Kind(K::Subnet)),
    ("aws_vpc", Kind(K::Vpc)),
    ("aws_vpc_endpoint", Kind(K::VpcEndpoint)),
    ("aws_vpc_security_group_egress_rule", With(K::SecurityGroup)),
    (
        "aws_vpc_security_group_ingress_rule",
        With(K::SecurityGroup),
    ),
];

/// How a resource of a Terraform type goes, if a module creates such resources.
#[must_use]
pub fn removal(terraform_type: &str) -> Option<Removal> {
    TYPES
        .iter()
        .find(|(name, _)| *name == terraform_type)
        .map(|(_, removal)| *removal)
}

/// Every type in the table, with how it goes.
pub fn terraform_types() -> impl Iterator<Item = (&'static str, Removal)> {
    TYPES.iter().copied()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::{Path, PathBuf};

    use super::*;

    /// All `.tf` files below the directory.
    fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(directory).expect("the modules can be listed") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|it| it == "tf") {
                found.push(path);
            }
        }
    }

    /// The types of the `resource` blocks in a source.
    fn types_in(source: &str) -> impl Iterator<Item = &str> {
        source.lines().filter_map(|line| {
            let rest = line.trim_start().strip_prefix("resource ")?;
            rest.trim_start().strip_prefix('"')?.split('"').next()
        })
    }

    fn types_of_the_modules() -> BTreeSet<String> {
        let modules = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../terraform/modules");
        let mut files = Vec::new();
        sources(&modules, &mut files);
        assert!(files.len() > 20, "the modules are not where they were");
        let texts = files
            .iter()
            .filter(|file| {
                !file
                    .iter()
                    .any(|part| part == "examples" || part == ".terraform")
            })
            .map(|file| std::fs::read_to_string(file).expect("a module can be read"));
        texts
            .flat_map(|text| types_in(&text).map(str::to_owned).collect::<Vec<_>>())
            .collect()
    }

    #[test]
    fn the_table_has_exactly_what_the_modules_create() {
        let known: BTreeSet<_> = terraform_types().map(|(name, _)| name.to_owned()).collect();
        let created = types_of_the_modules();
        let missing: Vec<_> = created.difference(&known).collect();
        assert!(missing.is_empty(), "nobody knows how these go: {missing:?}");
        let unused: Vec<_> = known.difference(&created).collect();
        assert!(unused.is_empty(), "no module creates these: {unused:?}");
    }

    #[test]
    fn every_kind_that_can_be_deleted_is_created_by_a_type() {
        let made: BTreeSet<_> = terraform_types()
            .filter_map(|(_, removal)| match removal {
                Kind(kind) => Some(kind),
                With(_) | Foundation => None,
            })
            .collect();
        for kind in ResourceKind::ALL {
            assert_eq!(made.contains(&kind), !kind.is_wait_only(), "{kind}");
        }
    }

    #[test]
    fn what_goes_with_another_goes_with_something_that_is_deleted() {
        for (name, removal) in terraform_types() {
            if let With(kind) = removal {
                let owner = terraform_types().any(|(_, other)| other == Kind(kind));
                assert!(owner, "{name} goes with a {kind}, which no type is");
            }
        }
    }

    #[test]
    fn a_type_of_nobody_is_not_known() {
        assert_eq!(removal("aws_rds_cluster"), None);
        assert_eq!(removal("aws_lb"), Some(Kind(K::LoadBalancer)));
    }
}
