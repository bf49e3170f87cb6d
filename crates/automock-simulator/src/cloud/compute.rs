//! ECS and Application Auto Scaling.

use std::time::Duration;

use automock_ttl::kind::ResourceKind as K;

use super::network::remove;
use super::{Answer, missing, refused};
use crate::delays::Wait;
use crate::state::State;
use crate::thing::{Body, Thing};
use crate::time::Moment;

/// What autoscaling costs a service that drains while it is still scaled.
const RESTARTS: Duration = Duration::from_mins(3);

/// What a service without its roles hangs for.
const HANGING: Duration = Duration::from_hours(48);

/// `DeregisterScalableTarget`
pub fn deregister_target(state: &mut State, id: &str) -> Answer<()> {
    if state.get(K::ScalableTarget, id).is_none() {
        return missing(
            "ObjectNotFoundException",
            format!("No scalable target found for service namespace: ecs, resource ID: {id}"),
        );
    }
    remove(
        state,
        K::ScalableTarget,
        id,
        "DeregisterScalableTarget",
        Wait::Other,
    );
    Ok(())
}

/// `DescribeServices`: the target group of a service that is there.
#[must_use]
pub fn target_group_of(state: &State, service: &str) -> Option<String> {
    match state.get(K::EcsService, service).map(|it| &it.body) {
        Some(Body::Service { target_group, .. }) => Some(target_group.clone()),
        _ => None,
    }
}

/// `DeleteService` with force
pub fn delete_service(state: &mut State, arn: &str) -> Answer<()> {
    let Some(service) = state.get(K::EcsService, arn) else {
        return refused(
            "ServiceNotActiveException",
            "The specified service isn't active.",
        );
    };
    if service.is_leaving() {
        return Ok(());
    }
    let Body::Service { target_group, .. } = &service.body else {
        return Ok(());
    };
    let extra = draining(state, target_group);
    let gone = state.now + state.delays.of(Wait::Service, arn) + extra;
    state.change(K::EcsService, arn, "DeleteService");
    state.end_at(K::EcsService, arn, gone);
    stop_tasks(state, arn, extra);
    hang_without_roles(state, arn);
    Ok(())
}

/// What comes on top of the usual drain.
fn draining(state: &State, target_group: &str) -> Duration {
    let delay = match state.get(K::TargetGroup, target_group).map(|it| &it.body) {
        Some(Body::TargetGroup { delay_seconds, .. }) => Duration::from_secs(*delay_seconds),
        _ => Duration::ZERO,
    };
    let scaled = state
        .existing(K::ScalableTarget)
        .any(|target| !target.is_leaving() && target.truth == crate::thing::Truth::Stack);
    delay + if scaled { RESTARTS } else { Duration::ZERO }
}

fn stop_tasks(state: &mut State, service: &str, extra: Duration) {
    let of =
        |thing: &&Thing| matches!(&thing.body, Body::Task { service: of, .. } if of == service);
    let tasks: Vec<_> = state
        .things
        .iter()
        .filter(of)
        .map(|task| task.id.clone())
        .collect();
    for task in tasks {
        let stopped = state.now + state.delays.of(Wait::Task, &task) + extra;
        state.end_at(K::EcsTask, &task, stopped);
        let free = stopped + state.delays.of(Wait::TaskInterface, &task);
        state.end_interfaces(&task, free);
    }
}

/// Without its roles a draining service does not come to its end.
pub(super) fn hang_without_roles(state: &mut State, service: &str) {
    let now = state.now;
    let Some(Body::Service { roles, .. }) = state.get(K::EcsService, service).map(|it| &it.body)
    else {
        return;
    };
    let gone = roles
        .iter()
        .any(|role| state.get(K::IamRole, role).is_none_or(Thing::is_leaving));
    if !gone {
        return;
    }
    for thing in &mut state.things {
        if thing.kind == K::EcsService
            && thing.id == service
            && let Some(end) = &mut thing.end
        {
            end.gone = end.gone.max(now + HANGING);
            end.seen_until = end.seen_until.max(end.gone);
        }
    }
}

/// `DeleteCluster`
pub fn delete_cluster(state: &mut State, arn: &str) -> Answer<()> {
    let Some(cluster) = state.get(K::EcsCluster, arn) else {
        return missing("ClusterNotFoundException", "Cluster not found.");
    };
    if cluster.is_leaving() {
        return Ok(());
    }
    let within = |thing: &&Thing| match &thing.body {
        Body::Service { cluster, .. } | Body::Task { cluster, .. } => cluster == arn,
        _ => false,
    };
    let holder = state
        .things
        .iter()
        .filter(within)
        .find(|it| it.exists(state.now));
    match holder.map(|it| it.kind) {
        Some(K::EcsService) => refused(
            "ClusterContainsServicesException",
            "The Cluster cannot be deleted while Services are active.",
        ),
        Some(_) => refused(
            "ClusterContainsTasksException",
            "The Cluster cannot be deleted while Tasks are active.",
        ),
        None => {
            remove(state, K::EcsCluster, arn, "DeleteCluster", Wait::Cluster);
            Ok(())
        }
    }
}

/// `DescribeTaskDefinition`: whether it is active, if it is there.
#[must_use]
pub fn definition(state: &State, arn: &str) -> Option<bool> {
    match state.get(K::TaskDefinition, arn).map(|it| &it.body) {
        Some(Body::Definition { is_active }) => Some(*is_active),
        _ => None,
    }
}

/// `DeregisterTaskDefinition`
pub fn deregister_definition(state: &mut State, arn: &str) -> Answer<()> {
    let found = state.change(K::TaskDefinition, arn, "DeregisterTaskDefinition");
    match found.map(|found| &mut found.body) {
        Some(Body::Definition { is_active }) => {
            *is_active = false;
            Ok(())
        }
        _ => refused("ClientException", "Unable to describe task definition."),
    }
}

/// `DeleteTaskDefinitions` with one revision; the failure is one of the answer's list
pub fn delete_definition(state: &mut State, arn: &str) -> Answer<()> {
    match definition(state, arn) {
        None => Ok(()),
        Some(true) => refused(
            "DeleteTaskDefinitions",
            format!("{arn} The specified task definition is still in ACTIVE status."),
        ),
        Some(false) => {
            remove(
                state,
                K::TaskDefinition,
                arn,
                "DeleteTaskDefinitions",
                Wait::Other,
            );
            Ok(())
        }
    }
}

/// The tasks that write to something and have not stopped.
pub(super) fn writers<'a>(
    state: &'a State,
    writes: impl Fn(&Body) -> bool + 'a,
) -> impl Iterator<Item = (Option<Moment>, &'a Thing)> {
    state
        .existing(K::EcsTask)
        .filter(move |task| writes(&task.body))
        .map(|task| (task.end.map(|end| end.gone), task))
}
