//! The role that real terraform made, enforced: a teardown needs all that it allows, and no more.

use std::collections::BTreeSet;

use automock_testkit::{LambdaFunction, Rights};
use automock_ttl::permissions::{RUNTIME, policies};
use jiff::SignedDuration;
use serde_json::json;

use crate::ending;
use crate::stage::{FUNCTION, LAMBDA_LIMIT, Stage};

/// The access key that stands for the role's credentials.
const KEY: &str = "AKIAREAPER";

/// Allowed, and not needed by the teardown of a stack that is as its deploy left it: the action,
/// and when it is.
const RARE: &[(&str, &str)] = &[
    (
        "elasticloadbalancing:ModifyLoadBalancerAttributes",
        "somebody protected the load balancer",
    ),
    (
        "iam:DetachRolePolicy",
        "somebody attached a policy to a role",
    ),
    (
        "s3:AbortMultipartUpload",
        "somebody's upload to the bucket is not finished",
    ),
];

/// Actions of the generated policies that the program itself uses.
fn allowed() -> BTreeSet<String> {
    let runtime: BTreeSet<&str> = RUNTIME.iter().map(|grant| grant.action).collect();
    let policies = policies();
    let actions = policies.iter().flat_map(|policy| policy.document.allowed());
    let own = actions.filter(|action| !runtime.contains(action));
    own.map(str::to_owned).collect()
}

#[test]
fn the_role_allows_the_teardown_and_no_more() {
    let stage = Stage::deployed(0.2);
    stage.expire_in(SignedDuration::from_mins(-1));
    let role = stage.aws().function(FUNCTION).unwrap()["Configuration"]["Role"].clone();
    let role = Rights::Role(role.as_str().unwrap());
    stage.world.enforce(KEY, &role).unwrap();

    let mut command = stage.bootstrap();
    stage.world.prepare(&mut command);
    command.env("AWS_ACCESS_KEY_ID", KEY);
    let mut reaper = LambdaFunction::start(FUNCTION, command).unwrap();
    let end = reaper.invoke(&json!({}), LAMBDA_LIMIT).response();
    let denials = stage.world.denials().unwrap();
    let denials: BTreeSet<String> = denials.iter().map(ToString::to_string).collect();
    assert!(denials.is_empty(), "{end:#}\n{denials:#?}");
    assert_eq!(end["outcome"], "finished", "{end:#}\n{}", reaper.log());
    stage.assert_gone();
    ending::assert_told_once(&stage);

    let used = stage.world.actions_used().unwrap();
    let rare: BTreeSet<String> = RARE
        .iter()
        .map(|(action, _)| (*action).to_owned())
        .collect();
    let unused: BTreeSet<String> = allowed().difference(&used).cloned().collect();
    println!("{} actions allowed, {} used", allowed().len(), used.len());
    assert_eq!(unused, rare);
}
