//! The function that ends the stack when its time is up, and the rule that wakes it.

use aws_sdk_eventbridge::Client as Events;
use aws_sdk_lambda::Client as Lambda;
use aws_sdk_lambda::operation::get_function::GetFunctionOutput;

use super::classify::of_item;
use super::settle::{Codes, PLAIN, optional, presence as settled, step, unexpected};
use super::tags::{Tags, collect_required_tags};
use super::{Classified as _, Clients};
use crate::failure::CloudFailure;
use crate::inventory::{Inventory, Resource};
use crate::kind::ResourceKind;
use crate::record::StackRecord;
use crate::teardown::{Outcome, Presence};

const FUNCTION: Codes = Codes {
    gone: &[],
    too_early: &["ResourceConflictException"],
};
const RULE: Codes = Codes {
    gone: &[],
    too_early: &["ConcurrentModificationException", "ValidationException"],
};

/// The function and the rule of the stack.
pub(super) async fn scan(clients: &Clients, record: &StackRecord) -> Inventory {
    let mut inventory = Inventory::default();
    inventory.add(
        ResourceKind::LambdaFunction,
        functions(&clients.lambda, record).await,
    );
    inventory.add(
        ResourceKind::EventRule,
        rules(&clients.events, record).await,
    );
    inventory
}

async fn functions(lambda: &Lambda, record: &StackRecord) -> Result<Vec<Resource>, CloudFailure> {
    let found = function(lambda, record, &record.names.reaper_function).await?;
    Ok(found.into_iter().collect())
}

async fn rules(events: &Events, record: &StackRecord) -> Result<Vec<Resource>, CloudFailure> {
    let found = examine_rule(events, record, &record.names.reaper_rule).await?;
    Ok(found.into_iter().collect())
}

/// The function or the rule with a name.
pub(super) async fn examine(
    clients: &Clients,
    record: &StackRecord,
    kind: ResourceKind,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    match kind {
        ResourceKind::LambdaFunction => function(&clients.lambda, record, name).await,
        _ => examine_rule(&clients.events, record, name).await,
    }
}

async fn function(
    lambda: &Lambda,
    record: &StackRecord,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let Some(answer) = described(lambda, name).await? else {
        return Ok(None);
    };
    let arn = answer
        .configuration()
        .and_then(|it| it.function_arn())
        .unwrap_or_default();
    let (region, stack) = (&record.region, &record.stack_id);
    let tags = tags_in(&answer);
    let found = Resource::tagged(ResourceKind::LambdaFunction, name, region, tags, stack);
    Ok(Some(found.with_arn(arn).named(name)))
}

async fn described(lambda: &Lambda, name: &str) -> Result<Option<GetFunctionOutput>, CloudFailure> {
    let call = lambda.get_function().function_name(name);
    optional(call.send().await.classified())
}

fn tags_in(answer: &GetFunctionOutput) -> Tags {
    let tags = answer.tags().cloned().unwrap_or_default();
    tags.into_iter().collect()
}

/// The tags of the function that has this name now.
pub(super) async fn function_tags(
    lambda: &Lambda,
    name: &str,
) -> Result<Option<Tags>, CloudFailure> {
    Ok(described(lambda, name).await?.as_ref().map(tags_in))
}

async fn examine_rule(
    events: &Events,
    record: &StackRecord,
    name: &str,
) -> Result<Option<Resource>, CloudFailure> {
    let answer = optional(events.describe_rule().name(name).send().await.classified())?;
    let Some(arn) = answer.and_then(|it| it.arn().map(str::to_owned)) else {
        return Ok(None);
    };
    let tags = rule_tags(events, &arn).await?;
    let (region, stack) = (&record.region, &record.stack_id);
    Ok(tags.map(|tags| {
        Resource::tagged(ResourceKind::EventRule, name, region, tags, stack)
            .with_arn(arn)
            .named(name)
    }))
}

pub(super) async fn rule_tags(events: &Events, arn: &str) -> Result<Option<Tags>, CloudFailure> {
    let call = events.list_tags_for_resource().resource_arn(arn);
    let answer = optional(call.send().await.classified())?;
    Ok(answer.map(|answer| collect_required_tags!(answer.tags())))
}

/// Asks for the removal of the function or the rule.
pub(super) async fn remove(clients: &Clients, resource: &Resource) -> Outcome {
    match resource.kind {
        ResourceKind::LambdaFunction => {
            let call = clients.lambda.delete_function().function_name(&resource.id);
            FUNCTION.settle(call.send().await)
        }
        ResourceKind::EventRule => rule(&clients.events, &resource.id).await,
        kind => Outcome::Failed(unexpected("UnknownKind", format!("no removal of a {kind}"))),
    }
}

async fn rule(events: &Events, name: &str) -> Outcome {
    let targets = step!(PLAIN, events.list_targets_by_rule().rule(name).send().await);
    let ids: Vec<_> = targets
        .targets()
        .iter()
        .map(|target| target.id().to_owned())
        .collect();
    if !ids.is_empty() {
        let call = events.remove_targets().rule(name).set_ids(Some(ids));
        let answer = step!(RULE, call.send().await);
        if let Some(failed) = answer.failed_entries().first() {
            let code = failed.error_code().unwrap_or("RemoveTargets");
            return RULE.judge(of_item(code, failed.error_message().unwrap_or_default()));
        }
    }
    RULE.settle(events.delete_rule().name(name).send().await)
}

/// Whether the function or the rule is still there.
pub(super) async fn presence(clients: &Clients, resource: &Resource) -> Presence {
    let id = resource.id.as_str();
    if resource.kind == ResourceKind::LambdaFunction {
        let call = clients
            .lambda
            .get_function_configuration()
            .function_name(id);
        return settled(call.send().await.classified().map(|_| Some(false)));
    }
    let answer = clients
        .events
        .describe_rule()
        .name(id)
        .send()
        .await
        .classified();
    settled(answer.map(|_| Some(false)))
}
