//! The roles of the stack's tasks.

use aws_sdk_iam::Client;
use aws_sdk_iam::types::Role;

use super::Classified as _;
use super::settle::{Codes, optional, presence as settled, step};
use super::tags::{Tags, collect_required_tags};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::teardown::{Outcome, Presence};

/// IAM's resources belong to the account and not to a region.
pub(super) const GLOBAL: &str = "global";

const CODES: Codes = Codes {
    gone: &["NoSuchEntity"],
    too_early: &[
        "ConcurrentModification",
        "DeleteConflict",
        "UnmodifiableEntity",
    ],
};

/// The stack's roles.
pub(super) async fn scan(iam: &Client, record: &StackRecord) -> Inventory {
    let mut inventory = Inventory::default();
    inventory.add(ResourceKind::IamRole, roles(iam, record).await);
    inventory
}

/// The same stack in another region has its roles on the same path and with the same tags, so
/// only the names that the record knows are looked at.
async fn roles(iam: &Client, record: &StackRecord) -> Result<Vec<Resource>, CloudFailure> {
    let pages = iam
        .list_roles()
        .path_prefix(&record.names.iam_path)
        .into_paginator()
        .items()
        .send();
    let listed = pages.collect::<Result<Vec<_>, _>>().await.classified()?;
    let own = [&record.names.execution_role, &record.names.task_role];
    let mut found = Vec::new();
    for role in listed
        .iter()
        .filter(|role| own.iter().any(|own| *own == role.role_name()))
    {
        found.extend(tagged(iam, record, role).await?);
    }
    Ok(found)
}

async fn tagged(
    iam: &Client,
    record: &StackRecord,
    role: &Role,
) -> Result<Option<Resource>, CloudFailure> {
    let name = role.role_name();
    let stack = &record.stack_id;
    let tags = tags(iam, name).await?;
    Ok(tags.map(|tags| {
        Resource::tagged(ResourceKind::IamRole, name, GLOBAL, tags, stack)
            .with_arn(role.arn())
            .named(name)
    }))
}

/// The tags of the role that has this name now.
pub(super) async fn tags(iam: &Client, name: &str) -> Result<Option<Tags>, CloudFailure> {
    let call = iam.list_role_tags().role_name(name);
    let pages = call.into_paginator().items().send();
    let answer = pages.collect::<Result<Vec<_>, _>>().await.classified();
    Ok(optional(answer)?.map(|tags| collect_required_tags!(tags)))
}

/// The role with a name.
pub(super) async fn examine(
    iam: &Client,
    record: &StackRecord,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let answer = iam.get_role().role_name(name).send().await.classified();
    match optional(answer)?.and_then(|answer| answer.role) {
        Some(role) => tagged(iam, record, &role).await,
        None => Ok(None),
    }
}

/// Takes a role's policies away and deletes it.
pub(super) async fn remove(iam: &Client, resource: &Resource) -> Outcome {
    let role = resource.id.as_str();
    let pages = iam
        .list_attached_role_policies()
        .role_name(role)
        .into_paginator()
        .items()
        .send();
    for policy in step!(CODES, pages.collect::<Result<Vec<_>, _>>().await) {
        let call = iam.detach_role_policy().role_name(role);
        let call = call.set_policy_arn(policy.policy_arn().map(str::to_owned));
        if let Err(failure) = optional(call.send().await.classified()) {
            return CODES.judge(failure);
        }
    }
    let pages = iam
        .list_role_policies()
        .role_name(role)
        .into_paginator()
        .items()
        .send();
    for policy in step!(CODES, pages.collect::<Result<Vec<_>, _>>().await) {
        let call = iam.delete_role_policy().role_name(role).policy_name(policy);
        if let Err(failure) = optional(call.send().await.classified()) {
            return CODES.judge(failure);
        }
    }
    CODES.settle(iam.delete_role().role_name(role).send().await)
}

/// Whether a role is still there.
pub(super) async fn presence(iam: &Client, resource: &Resource) -> Presence {
    let answer = iam
        .get_role()
        .role_name(&resource.id)
        .send()
        .await
        .classified();
    settled(answer.map(|_| Some(false)))
}
