//! The rules that hold for every row of the table.

use std::collections::{BTreeMap, BTreeSet};

use automock_model::{AccountId, Foundation, Names, Project, Region};

use super::*;
use crate::inventory::OWNERSHIP_TAG;
use crate::kind::ResourceKind;

/// Actions for which the Service Authorization Reference names neither a resource nor a
/// condition that would help. The only one that changes anything is the last.
const STAR_ONLY: &[&str] = &[
    "acm:ListCertificates",
    "application-autoscaling:DescribeScalableTargets",
    // Composite alarms are only shown to who may see all alarms.
    "cloudwatch:DescribeAlarms",
    "ec2:DescribeAddresses",
    "ec2:DescribeInternetGateways",
    "ec2:DescribeNatGateways",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeRouteTables",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVpcEndpoints",
    "ec2:DescribeVpcs",
    "ecs:DescribeTaskDefinition",
    "ecs:ListTaskDefinitions",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroups",
    "iam:ListRoles",
    "logs:DescribeLogGroups",
    "route53:ListHostedZonesByName",
    "ecs:DeregisterTaskDefinition",
];

fn account() -> AccountId {
    "123456789012".parse().unwrap()
}

/// The foundation whose names are the longest.
fn foundation() -> Foundation {
    Foundation::new(account(), Region::new("us-gov-west-1").unwrap())
}

fn grants() -> impl Iterator<Item = &'static Grant> {
    operations()
        .flat_map(|operation| operation.grants)
        .chain(RUNTIME)
}

#[test]
fn both_policies_fit_into_a_role() {
    let place = Place::of(&foundation());
    let sizes: Vec<_> = policies()
        .iter()
        .map(|it| (it.name, it.text(&place).len()))
        .collect();
    let total: usize = sizes.iter().map(|(_, size)| size).sum();
    assert!(total <= INLINE_POLICIES_CHARACTERS, "{total}: {sizes:?}");
    // Whoever grows the table past this has to think of managed policies before it is too late.
    assert!(total <= INLINE_POLICIES_CHARACTERS * 9 / 10, "{total}");
}

#[test]
fn every_place_is_filled_in() {
    let place = Place::of(&foundation());
    for policy in policies() {
        let text = policy.text(&place);
        assert!(!text.contains("${"), "{text}");
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
    }
}

#[test]
fn an_action_is_whole_and_of_its_service() {
    for operation in operations() {
        for grant in operation.grants {
            let (prefix, name) = grant.action.split_once(':').unwrap();
            assert_eq!(prefix, operation.service.prefix(), "{}", operation.call);
            assert!(name.chars().all(char::is_alphanumeric), "{}", grant.action);
        }
    }
}

#[test]
fn what_is_unbounded_cannot_be_bounded() {
    let unbounded: BTreeSet<_> = grants()
        .filter(|grant| !grant.scope.is_bounded())
        .map(|grant| grant.action)
        .collect();
    assert_eq!(unbounded, STAR_ONLY.iter().copied().collect());
}

#[test]
fn only_one_change_is_unbounded() {
    let unbounded: Vec<_> = operations()
        .filter(|it| it.access != Access::Read)
        .filter(|it| it.grants.iter().any(|grant| !grant.scope.is_bounded()))
        .map(|it| it.call)
        .collect();
    assert_eq!(unbounded, ["deregister_task_definition"]);
}

#[test]
fn statements_have_names_of_their_own() {
    let mut names = BTreeMap::new();
    for grant in grants() {
        let scope = names.entry(grant.scope.name).or_insert(grant.scope);
        assert_eq!(*scope, grant.scope, "two scopes with one name");
        assert!(grant.scope.name.chars().all(char::is_alphanumeric));
    }
}

#[test]
fn the_ownership_tag_is_the_one_that_the_inventory_looks_for() {
    let tag = format!("aws:ResourceTag/{OWNERSHIP_TAG}");
    let scopes = grants().map(|grant| grant.scope);
    for condition in scopes.flat_map(|scope| scope.conditions) {
        assert!(!condition.key.starts_with("aws:ResourceTag/") || condition.key == tag);
    }
}

#[test]
fn what_is_denied_is_not_allowed() {
    let denied: BTreeSet<_> = DENIED.iter().copied().collect();
    assert_eq!(denied.len(), DENIED.len());
    for policy in policies() {
        let both: Vec<_> = policy
            .document
            .allowed()
            .intersection(&denied)
            .copied()
            .collect();
        assert!(both.is_empty(), "{both:?}");
    }
}

#[test]
fn no_service_lets_the_reaper_set_tags() {
    let services: BTreeSet<_> = operations().map(|operation| operation.service).collect();
    for service in services {
        let of_service = |action: &&&str| action.split(':').next() == Some(service.prefix());
        let denied: Vec<_> = DENIED.iter().filter(of_service).collect();
        assert!(
            denied.iter().any(|action| action.contains("Tag")),
            "{service}"
        );
    }
}

#[test]
fn every_kind_can_be_seen_and_deleted_unless_it_is_only_waited_for() {
    for kind in ResourceKind::ALL {
        let has = |access| operations().any(|it| it.access == access && it.kinds.contains(&kind));
        assert!(has(Access::Read), "{kind}");
        assert_eq!(has(Access::Delete), !kind.is_wait_only(), "{kind}");
    }
}

#[test]
fn a_row_stands_once() {
    let mut seen = BTreeSet::new();
    for operation in operations() {
        let scopes: Vec<_> = scopes_of(operation).map(|scope| scope.name).collect();
        assert!(
            seen.insert((operation.service, operation.call, scopes)),
            "{} {}",
            operation.service,
            operation.call
        );
    }
}

/// Whether some scope with the action covers the ARN, tags aside.
fn covers(action: &str, arn: &str) -> bool {
    let place = Place::of(&foundation());
    grants()
        .filter(|grant| grant.action == action)
        .flat_map(|grant| grant.scope.resources)
        .any(|pattern| matches(place.fill(pattern).as_bytes(), arn.as_bytes()))
}

/// Matches as IAM does: a star stands for any text, slashes included.
fn matches(pattern: &[u8], text: &[u8]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => {
            matches(rest, text) || !text.is_empty() && matches(pattern, &text[1..])
        }
        (Some((wanted, pattern)), Some((found, text))) => wanted == found && matches(pattern, text),
        _ => false,
    }
}

fn projects() -> [Project; 3] {
    let mut longest = Project::new("p".repeat(40).parse().unwrap());
    longest.environment = "e".repeat(16).parse().unwrap();
    let mut elsewhere = Project::new("petstore".parse().unwrap());
    elsewhere.iam.path = "/team/mocks/".to_owned();
    let mut top = Project::new("petstore".parse().unwrap());
    top.iam.path = "/".to_owned();
    [longest, elsewhere, top].map(|mut project| {
        project.region = Region::new("us-gov-west-1").unwrap();
        project
    })
}

#[test]
fn the_scopes_cover_the_names_of_every_stack() {
    let here = |service: &str, rest: &str| {
        format!("arn:aws-us-gov:{service}:us-gov-west-1:123456789012:{rest}")
    };
    for names in projects().iter().map(Names::new) {
        let bucket = names.config_bucket(&account());
        let role = format!("role{}{}", names.role_path, names.task_role);
        let (lb, tg) = (&names.load_balancer, &names.target_group);
        let (cluster, service) = (&names.cluster, &names.service);
        let group = format!("log-group:{}:*", names.mock_log_group);
        let insights = format!("log-group:/aws/ecs/containerinsights/{cluster}/performance:*");
        for (action, arn) in [
            (
                "iam:DeleteRole",
                format!("arn:aws-us-gov:iam::123456789012:{role}"),
            ),
            ("s3:DeleteBucket", format!("arn:aws-us-gov:s3:::{bucket}")),
            (
                "s3:DeleteObjectVersion",
                format!("arn:aws-us-gov:s3:::{bucket}/acks/1/a"),
            ),
            (
                "elasticloadbalancing:DeleteLoadBalancer",
                here(
                    "elasticloadbalancing",
                    &format!("loadbalancer/app/{lb}/50dc6c495c0c9188"),
                ),
            ),
            (
                "elasticloadbalancing:DeleteTargetGroup",
                here(
                    "elasticloadbalancing",
                    &format!("targetgroup/{tg}/50dc6c495c0c9188"),
                ),
            ),
            (
                "ecs:DeleteCluster",
                here("ecs", &format!("cluster/{cluster}")),
            ),
            (
                "ecs:DeleteService",
                here("ecs", &format!("service/{cluster}/{service}")),
            ),
            (
                "ecs:DeleteTaskDefinitions",
                here("ecs", &format!("task-definition/{service}:7")),
            ),
            (
                "ecs:DescribeTasks",
                here("ecs", &format!("task/{cluster}/0123456789abcdef")),
            ),
            ("logs:DeleteLogGroup", here("logs", &group)),
            ("logs:DeleteLogGroup", here("logs", &insights)),
            (
                "cloudwatch:DeleteAlarms",
                here("cloudwatch", &format!("alarm:{service}-cpu-low")),
            ),
            (
                "cloudwatch:DeleteDashboards",
                format!(
                    "arn:aws-us-gov:cloudwatch::123456789012:dashboard/{}",
                    names.prefix
                ),
            ),
            (
                "lambda:DeleteFunction",
                here("lambda", &format!("function:{}", names.reaper_function)),
            ),
            (
                "events:DeleteRule",
                here("events", &format!("rule/{}", names.reaper_rule)),
            ),
        ] {
            assert!(covers(action, &arn), "{action} {arn}");
        }
    }
}

#[test]
fn the_foundation_itself_is_out_of_reach() {
    let foundation = foundation();
    let bucket = foundation.bucket_arn();
    let log_group = foundation.reaper_log_group_arn();
    for (action, arn) in [
        ("s3:DeleteBucket", bucket.clone()),
        (
            "s3:DeleteObjectVersion",
            format!("{bucket}/{}", Foundation::STATE_KEY),
        ),
        (
            "s3:GetObject",
            format!("{bucket}/{}", Foundation::STATE_KEY),
        ),
        (
            "s3:PutObject",
            format!("{bucket}/{}", Foundation::STATE_KEY),
        ),
        ("logs:DeleteLogGroup", log_group.clone()),
        ("logs:DeleteLogGroup", format!("{log_group}:*")),
        ("sns:DeleteTopic", foundation.topic_arn()),
    ] {
        assert!(!covers(action, &arn), "{action} {arn}");
    }
    // Its role has the name of a stack's role, so what protects it is the missing tag.
    let by_tag = grants().filter(|grant| grant.action.starts_with("iam:De"));
    assert!(
        by_tag
            .map(|grant| grant.scope)
            .all(Scope::asks_for_ownership)
    );
}
