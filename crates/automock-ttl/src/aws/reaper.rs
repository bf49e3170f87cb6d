//! The function that ends the stack when its time is up, and the rule that wakes it.

use aws_sdk_eventbridge::Client as Events;
use aws_sdk_lambda::Client as Lambda;

use super::settle::{Codes, PLAIN, optional, presence as settled, step, unexpected};
use super::tags::collect_required_tags;
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
    let name = &record.names.reaper_function;
    let answer = lambda
        .get_function()
        .function_name(name)
        .send()
        .await
        .classified();
    let Some(answer) = optional(answer)? else {
        return Ok(Vec::new());
    };
    let tags = answer
        .tags()
        .cloned()
        .unwrap_or_default()
        .into_iter()
        .collect();
    let found = Resource::tagged(
        ResourceKind::LambdaFunction,
        name,
        &record.region,
        tags,
        &record.stack_id,
    );
    let arn = answer
        .configuration()
        .and_then(|it| it.function_arn())
        .unwrap_or_default();
    Ok(vec![found.with_arn(arn).named(name)])
}

async fn rules(events: &Events, record: &StackRecord) -> Result<Vec<Resource>, CloudFailure> {
    let name = &record.names.reaper_rule;
    let answer = optional(events.describe_rule().name(name).send().await.classified())?;
    let Some(arn) = answer.and_then(|it| it.arn().map(str::to_owned)) else {
        return Ok(Vec::new());
    };
    let call = events.list_tags_for_resource().resource_arn(&arn);
    let Some(answer) = optional(call.send().await.classified())? else {
        return Ok(Vec::new());
    };
    let tags = collect_required_tags!(answer.tags());
    let found = Resource::tagged(
        ResourceKind::EventRule,
        name,
        &record.region,
        tags,
        &record.stack_id,
    );
    Ok(vec![found.with_arn(arn).named(name)])
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
            return RULE.judge(unexpected(code, failed.error_message().unwrap_or_default()));
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
