//! S3, IAM, CloudWatch, its logs, EventBridge and Lambda.

use std::time::Duration;

use automock_ttl::CloudFailure;
use automock_ttl::kind::ResourceKind as K;

use super::compute::{hang_without_roles, writers};
use super::network::remove;
use super::{Answer, missing, refused};
use crate::delays::Wait;
use crate::state::State;
use crate::thing::{Body, Thing, Truth};

/// How many versions one list shows and one deletion takes.
const PAGE: u64 = 1000;

/// How often a task writes to the bucket.
const WRITES_EVERY: Duration = Duration::from_secs(20);

fn no_bucket<T>() -> Answer<T> {
    missing("NoSuchBucket", "The specified bucket does not exist")
}

/// `ListObjectVersions`: how many the first page shows.
pub fn versions(state: &mut State, bucket: &str) -> Answer<u64> {
    written_by_tasks(state, bucket);
    match state.get(K::Bucket, bucket).map(|it| &it.body) {
        Some(Body::Bucket { versions, .. }) => Ok((*versions).min(PAGE)),
        _ => no_bucket(),
    }
}

/// Tasks that have not stopped write to their bucket from time to time.
fn written_by_tasks(state: &mut State, name: &str) {
    let now = state.now;
    let writes = |body: &Body| matches!(body, Body::Task { bucket, .. } if bucket == name);
    let count = u64::try_from(writers(state, writes).count()).unwrap_or(0);
    let bucket = state
        .things
        .iter_mut()
        .find(|thing| thing.kind == K::Bucket && thing.id == name);
    if let Some(Body::Bucket {
        versions, written, ..
    }) = bucket.map(|it| &mut it.body)
        && count > 0
        && now.since(*written) >= WRITES_EVERY
    {
        *versions += count * now.since(*written).as_secs() / WRITES_EVERY.as_secs();
        *written = now;
    }
}

/// `DeleteObjects` with one page
pub fn delete_versions(state: &mut State, bucket: &str, deleted: u64) -> Answer<()> {
    match state
        .change(K::Bucket, bucket, "DeleteObjects")
        .map(|it| &mut it.body)
    {
        Some(Body::Bucket { versions, .. }) => {
            *versions -= deleted.min(*versions);
            Ok(())
        }
        _ => no_bucket(),
    }
}

/// `ListMultipartUploads`
pub fn uploads(state: &State, bucket: &str) -> Answer<u64> {
    match state.get(K::Bucket, bucket).map(|it| &it.body) {
        Some(Body::Bucket { uploads, .. }) => Ok(*uploads),
        _ => no_bucket(),
    }
}

/// `AbortMultipartUpload`
pub fn abort_upload(state: &mut State, bucket: &str) -> Answer<()> {
    match state
        .change(K::Bucket, bucket, "AbortMultipartUpload")
        .map(|it| &mut it.body)
    {
        Some(Body::Bucket { uploads, .. }) if *uploads > 0 => {
            *uploads -= 1;
            Ok(())
        }
        Some(_) => missing("NoSuchUpload", "The specified upload does not exist."),
        None => no_bucket(),
    }
}

/// `DeleteBucket`
pub fn delete_bucket(state: &mut State, bucket: &str) -> Answer<()> {
    written_by_tasks(state, bucket);
    match state.get(K::Bucket, bucket).map(|it| &it.body) {
        Some(Body::Bucket {
            versions: 0,
            uploads: 0,
            ..
        }) => {
            remove(state, K::Bucket, bucket, "DeleteBucket", Wait::Other);
            Ok(())
        }
        Some(_) => refused(
            "BucketNotEmpty",
            "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
        ),
        None => no_bucket(),
    }
}

fn no_role<T>(role: &str) -> Answer<T> {
    missing(
        "NoSuchEntity",
        format!("The role with name {role} cannot be found."),
    )
}

/// `ListAttachedRolePolicies`
pub fn attached_policies(state: &State, role: &str) -> Answer<Vec<String>> {
    match state.get(K::IamRole, role).map(|it| &it.body) {
        Some(Body::Role { attached, .. }) => Ok(attached.clone()),
        _ => no_role(role),
    }
}

/// `ListRolePolicies`
pub fn inline_policies(state: &State, role: &str) -> Answer<Vec<String>> {
    match state.get(K::IamRole, role).map(|it| &it.body) {
        Some(Body::Role { inline, .. }) => Ok(inline.clone()),
        _ => no_role(role),
    }
}

/// `DetachRolePolicy` and `DeleteRolePolicy`
pub fn drop_policy(state: &mut State, role: &str, policy: &str) -> Answer<()> {
    match state
        .change(K::IamRole, role, "DeleteRolePolicy")
        .map(|it| &mut it.body)
    {
        Some(Body::Role {
            inline, attached, ..
        }) => {
            let before = inline.len() + attached.len();
            inline.retain(|name| name != policy);
            attached.retain(|arn| arn != policy);
            if inline.len() + attached.len() == before {
                return missing(
                    "NoSuchEntity",
                    format!("The role policy with name {policy} cannot be found."),
                );
            }
            Ok(())
        }
        _ => no_role(role),
    }
}

/// `DeleteRole`
pub fn delete_role(state: &mut State, role: &str) -> Answer<()> {
    match state.get(K::IamRole, role).map(|it| &it.body) {
        Some(Body::Role {
            inline, attached, ..
        }) => {
            if !inline.is_empty() || !attached.is_empty() {
                return refused(
                    "DeleteConflict",
                    "Cannot delete entity, must delete policies first.",
                );
            }
        }
        _ => return no_role(role),
    }
    remove(state, K::IamRole, role, "DeleteRole", Wait::Other);
    let services: Vec<_> = state
        .existing(K::EcsService)
        .map(|service| service.id.clone())
        .collect();
    for service in services {
        hang_without_roles(state, &service);
    }
    Ok(())
}

/// `DeleteAlarms` with one name
pub fn delete_alarm(state: &mut State, name: &str) -> Answer<()> {
    plain(state, K::Alarm, name, "DeleteAlarms", "ResourceNotFound")
}

/// `DeleteDashboards` with one name
pub fn delete_dashboard(state: &mut State, name: &str) -> Answer<()> {
    if state.get(K::Dashboard, name).is_none() {
        return refused("DashboardNotFoundError", format!("{name} does not exist"));
    }
    remove(state, K::Dashboard, name, "DeleteDashboards", Wait::Other);
    Ok(())
}

fn plain(state: &mut State, kind: K, id: &str, call: &str, code: &str) -> Answer<()> {
    if state.get(kind, id).is_none() {
        return missing(code, format!("The specified {kind} does not exist."));
    }
    remove(state, kind, id, call, Wait::Other);
    Ok(())
}

/// `DeleteLogGroup`; a task that still runs brings the group back with its next line
pub fn delete_log_group(state: &mut State, name: &str) -> Answer<()> {
    let writes = |body: &Body| matches!(body, Body::Task { log_groups, .. } if log_groups.iter().any(|group| group == name));
    let comes_back = writers(state, writes).next().is_some();
    plain(
        state,
        K::LogGroup,
        name,
        "DeleteLogGroup",
        "ResourceNotFoundException",
    )?;
    if comes_back {
        let born = state.now + Duration::from_secs(5);
        let seen_from = born + state.delays.of(Wait::List, name);
        state.latecomers += 1;
        let again = Thing {
            kind: K::LogGroup,
            id: name.to_owned(),
            arn: Some(format!(
                "arn:aws:logs:us-east-1:123456789012:log-group:{name}"
            )),
            name: name.to_owned(),
            tags: crate::thing::Tags::new(),
            body: Body::Plain,
            truth: Truth::Stack,
            born,
            seen_from,
            end: None,
        };
        state.things.push(again);
    }
    Ok(())
}

/// `ListTargetsByRule`
pub fn rule_targets(state: &State, rule: &str) -> Answer<Vec<String>> {
    match state.get(K::EventRule, rule).map(|it| &it.body) {
        Some(Body::Rule { targets }) => Ok(targets.clone()),
        _ => no_rule(rule),
    }
}

fn no_rule<T>(rule: &str) -> Answer<T> {
    missing(
        "ResourceNotFoundException",
        format!("Rule {rule} does not exist on EventBus default."),
    )
}

/// `RemoveTargets`
pub fn remove_targets(state: &mut State, rule: &str) -> Answer<()> {
    reaper_may_end(state, "RemoveTargets", rule);
    match state
        .change(K::EventRule, rule, "RemoveTargets")
        .map(|it| &mut it.body)
    {
        Some(Body::Rule { targets }) => {
            targets.clear();
            Ok(())
        }
        _ => no_rule(rule),
    }
}

/// `DeleteRule`, which succeeds for one that is gone
pub fn delete_rule(state: &mut State, rule: &str) -> Answer<()> {
    let targets = match state.get(K::EventRule, rule).map(|it| &it.body) {
        Some(Body::Rule { targets }) => targets.len(),
        _ => return Ok(()),
    };
    if targets > 0 {
        return refused(
            "ValidationException",
            "Rule can't be deleted since it has targets.",
        );
    }
    reaper_may_end(state, "DeleteRule", rule);
    remove(state, K::EventRule, rule, "DeleteRule", Wait::Other);
    Ok(())
}

/// `DeleteFunction`
pub fn delete_function(state: &mut State, name: &str) -> Answer<()> {
    reaper_may_end(state, "DeleteFunction", name);
    if state
        .existing(K::EventRule)
        .any(|rule| rule.truth == Truth::Stack && !rule.is_leaving())
        && state
            .get(K::LambdaFunction, name)
            .is_some_and(|it| it.truth == Truth::Stack)
    {
        state.violation("the function was deleted before its rule");
    }
    plain(
        state,
        K::LambdaFunction,
        name,
        "DeleteFunction",
        "ResourceNotFoundException",
    )
}

/// Whoever finishes an interrupted teardown must outlive all of it.
fn reaper_may_end(state: &mut State, call: &str, id: &str) {
    let own = [K::EventRule, K::LambdaFunction].iter().any(|kind| {
        state
            .get(*kind, id)
            .is_some_and(|it| it.truth == Truth::Stack)
    });
    if !own {
        return;
    }
    let left: Vec<_> = state
        .left_besides_reaper()
        .map(|it| format!("{} {}", it.kind, it.id))
        .collect();
    if !left.is_empty() {
        state.violation(format!("{call} while there still is {}", left.join(", ")));
    }
    let is_state = |key: &&String| key.starts_with("stacks/") && key.contains("terraform.tfstate");
    let mut states = state.objects.keys().filter(is_state);
    if let Some(key) = states.find(|key| is_own(key, id)).cloned() {
        state.violation(format!("{call} while there still is {key}"));
    }
}

/// Whether a key is of the stack whose reaper has this name.
fn is_own(key: &str, reaper: &str) -> bool {
    let stack = reaper
        .trim_start_matches("automock-")
        .trim_end_matches("-reaper");
    key.split('/').any(|part| part == stack)
}

/// What an account without the permission hears.
#[must_use]
pub fn denied(action: &str) -> CloudFailure {
    CloudFailure::AccessDenied {
        code: "AccessDenied".to_owned(),
        message: format!("not authorized to perform: {action}"),
    }
}
