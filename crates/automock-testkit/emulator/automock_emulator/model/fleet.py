"""ECS services that have tasks, and load balancers that have targets.

Stock moto keeps a service's numbers and nothing behind them. Here each active
service gets as many tasks as it wants, spread over its subnets, each with a
network interface and, when the service names a target group, a target.
"""

from __future__ import annotations

from typing import Any

from moto.moto_api._internal import mock_random

from ..world import WORLD, ServiceFailure
from .backends import existing, peer
from .tasks import SCHEDULER, ServiceTask, moment, start, stop, tasks_of

EVENT_LIMIT = 100
DESIRED_COUNT = "ecs:service:DesiredCount"


def settle() -> None:
    """Starts and stops tasks until every service has what it wants."""
    for account, region, backend in existing("ecs"):
        for service in list(backend.services.values()):
            _follow_autoscaling(service, account, region)
            if WORLD.live is None:
                _settle_service(backend, service)
        _count_cluster_tasks(backend)


def start_draining(backend: Any, service: Any) -> None:
    """Deletes a service the way AWS does: it drains before it is inactive."""
    service.status = "DRAINING"
    service.desired_count = 0
    if WORLD.live is not None:
        # Its tasks are real, and the service is over when they are.
        return

    def finish() -> None:
        for task in tasks_of(backend, service):
            stop(backend, task, "Scaling activity initiated by (deployment)", SCHEDULER)
        service.status = "INACTIVE"
        service.running_count = service.pending_count = 0

    WORLD.later(WORLD.settings.drain_seconds, finish)


def add_event(service: Any, message: str) -> None:
    """Adds a service event, newest first, unless it repeats the last one."""
    if service.events and service.events[0]["message"] == message:
        return
    event = {"id": str(mock_random.uuid4()), "createdAt": moment(WORLD.now()), "message": message}
    service.events.insert(0, event)
    del service.events[EVENT_LIMIT:]


def health_of(task: ServiceTask, target_group_arn: str, service: str) -> tuple[str, str | None, str | None]:
    """State, reason and description of a task as a target."""
    failure = WORLD.failure_of(service)
    if failure and failure.mode == "targets-unhealthy":
        reason = failure.reason or "Health checks failed with these codes: [404]"
        return "unhealthy", "Target.ResponseCodeMismatch", reason
    if WORLD.now() < task.created + WORLD.settings.target_initial_seconds:
        return "initial", "Elb.RegistrationInProgress", "Target registration is in progress"
    if task.serving is False:
        return "unhealthy", "Target.FailedHealthChecks", "Health checks failed"
    return "healthy", None, None


def _follow_autoscaling(service: Any, account: str, region: str) -> None:
    """Keeps the wish within the scalable target's bounds, as registering one does."""
    scaling = peer("applicationautoscaling", account, region)
    if scaling is None or service.status != "ACTIVE":
        return
    resource = f"service/{service.cluster_name}/{service.name}"
    target = scaling.targets.get(DESIRED_COUNT, {}).get(resource)
    if target is None:
        return
    wanted = max(target.min_capacity, min(service.desired_count, target.max_capacity))
    if wanted != service.desired_count:
        bound = "minimum" if wanted > service.desired_count else "maximum"
        service.desired_count = wanted
        activities_of(scaling).append(activity(resource, wanted, f"{bound} capacity was set to {wanted}"))


def activities_of(scaling: Any) -> list[dict[str, Any]]:
    """What application autoscaling did so far, oldest first, as its API tells it."""
    if not hasattr(scaling, "automock_activities"):
        scaling.automock_activities = []
    activities: list[dict[str, Any]] = scaling.automock_activities
    return activities


def activity(resource: str, count: int, cause: str) -> dict[str, Any]:
    return {
        "ActivityId": str(mock_random.uuid4()),
        "ServiceNamespace": "ecs",
        "ResourceId": resource,
        "ScalableDimension": DESIRED_COUNT,
        "Description": f"Setting desired count to {count}.",
        "Cause": cause,
        "StartTime": WORLD.now(),
        "EndTime": WORLD.now(),
        "StatusCode": "Successful",
        "StatusMessage": f"Successfully set desired count to {count}. Change successfully fulfilled by ecs.",
    }


def _settle_service(backend: Any, service: Any) -> None:
    if service.status != "ACTIVE" or not service.task_definition:
        return
    definition = backend.describe_task_definition(service.task_definition)
    deployment_id = _deployment(service, definition)
    failure = WORLD.failure_of(service.name)
    running = tasks_of(backend, service)
    for task in [task for task in running if task.started_by != deployment_id]:
        stop(backend, task, f"Scaling activity initiated by ({deployment_id})", SCHEDULER)
    running = [task for task in running if task.started_by == deployment_id]
    if failure and failure.mode == "tasks-stopped":
        _fail_tasks(backend, service, definition, deployment_id, running, failure)
        return
    for task in running[service.desired_count :]:
        stop(backend, task, f"Scaling activity initiated by ({deployment_id})", SCHEDULER)
    for index in range(len(running), service.desired_count):
        start(backend, service, definition, deployment_id, index)
    _report(backend, service)


def _fail_tasks(
    backend: Any, service: Any, definition: Any, deployment: str, running: list[ServiceTask], failure: ServiceFailure
) -> None:
    """Every task stops for the same reason and one more was tried for each."""
    reason = failure.reason or "CannotPullContainerError: pull image manifest has been retried 5 time(s)"
    if not running and not any(task.created >= failure.since for task in tasks_of(backend, service, "STOPPED")):
        running = [start(backend, service, definition, deployment, n) for n in range(service.desired_count)]
    for task in running:
        stop(backend, task, reason, "TaskFailedToStart")
        add_event(service, f"(service {service.name}) was unable to start a task: (task {task.id}) {reason}")
    stopped = len(tasks_of(backend, service, "STOPPED"))
    if service.deployments and stopped:
        service.deployments[0]["failedTasks"] = stopped
    _report(backend, service)


def _deployment(service: Any, definition: Any) -> str:
    """The primary deployment's id, renewed when the task definition changed."""
    if not service.deployments:
        return "ecs-svc/external"
    primary = service.deployments[0]
    if primary["taskDefinition"] != definition.arn:
        service.task_definition = definition.arn
        now = moment(WORLD.now())
        primary.update(
            taskDefinition=definition.arn,
            id=f"ecs-svc/{mock_random.randint(10**18, 10**19 - 1)}",
            createdAt=now,
            updatedAt=now,
            failedTasks=0,
        )
    return str(primary["id"])


def _report(backend: Any, service: Any) -> None:
    """Writes the numbers and the deployment's state that DescribeServices answers."""
    running = tasks_of(backend, service)
    service.running_count = len(running)
    service.pending_count = service.desired_count - len(running)
    failure = WORLD.failure_of(service.name)
    steady = len(running) == service.desired_count and all(
        health_of(task, arn, service.name)[0] == "healthy" for task in running for arn, _port in task.target_groups
    )
    if steady:
        add_event(service, f"(service {service.name}) has reached a steady state.")
    elif failure and failure.mode == "targets-unhealthy" and running:
        reason = health_of(running[0], "", service.name)[2]
        add_event(service, f"(service {service.name}) has unhealthy targets due to (reason {reason})")
    if not service.deployments:
        return
    primary = service.deployments[0]
    state = "COMPLETED" if steady else _unsteady_state(service, failure)
    primary.update(
        desiredCount=service.desired_count,
        runningCount=service.running_count,
        pendingCount=service.pending_count,
        rolloutState=state,
        rolloutStateReason=f"ECS deployment {primary['id']} {state.lower().replace('_', ' ')}.",
    )


def _unsteady_state(service: Any, failure: ServiceFailure | None) -> str:
    configuration = getattr(service, "deployment_configuration", None) or {}
    breaker = configuration.get("deploymentCircuitBreaker") or {}
    return "FAILED" if failure and breaker.get("enable") else "IN_PROGRESS"


def _count_cluster_tasks(backend: Any) -> None:
    for cluster in backend.clusters.values():
        services = [s for s in backend.services.values() if s.cluster_name == cluster.name]
        tasks = backend.tasks.get(cluster.name, {}).values()
        cluster.running_tasks_count = sum(task.last_status == "RUNNING" for task in tasks)
        cluster.pending_tasks_count = sum(s.pending_count for s in services if s.status == "ACTIVE")
        cluster.active_services_count = sum(s.status == "ACTIVE" for s in services)
