"""A deployment of a service: how far it is, when it has failed, how fast it may go.

<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html>
<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html>
"""

from __future__ import annotations

import math
import random
import time
from dataclasses import dataclass, field
from typing import Any

from ..model.tasks import moment

BREAKER_LEAST, BREAKER_MOST = 3, 200
LONGEST_PAUSE_SECONDS = 30.0


def new_id() -> str:
    """As ECS names deployments."""
    return f"ecs-svc/{random.randint(10**18, 10**19 - 1)}"


@dataclass
class Deployment:
    """One version of a service that runs, begins or ends."""

    id: str
    task_definition: str
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    state: str = "IN_PROGRESS"
    reason: str = ""
    failed_tasks: int = 0
    not_before: float = 0.0
    """On the monotonic clock: when the next task may start after failures."""

    def fail_task(self) -> None:
        """Counts a task that did not come up; the next one waits longer."""
        self.failed_tasks += 1
        self.not_before = time.monotonic() + min(2.0 ** (self.failed_tasks - 1), LONGEST_PAUSE_SECONDS)

    def enter(self, state: str, reason: str) -> None:
        """Changes the state."""
        self.state, self.reason, self.updated = state, reason, time.time()

    def is_broken(self, desired: int) -> bool:
        """Whether the circuit breaker has seen enough."""
        threshold = max(BREAKER_LEAST, min(math.ceil(desired / 2), BREAKER_MOST))
        return self.failed_tasks >= threshold


@dataclass(frozen=True)
class Bounds:
    """How many tasks a service may have while it changes."""

    desired: int
    least_healthy: int
    most: int

    @classmethod
    def of(cls, service: Any) -> Bounds:
        """Reads the deployment configuration."""
        configuration = getattr(service, "deployment_configuration", None) or {}
        desired = int(service.desired_count)
        return cls(
            desired=desired,
            least_healthy=math.ceil(desired * int(configuration.get("minimumHealthyPercent", 100)) / 100),
            most=max(math.floor(desired * int(configuration.get("maximumPercent", 200)) / 100), desired),
        )


@dataclass(frozen=True)
class Steps:
    """What the scheduler does next: tasks of the new version to start and tasks to stop."""

    start: int
    stop_new: int
    stop_old: int


def next_steps(bounds: Bounds, *, new: int, healthy_new: int, old: int, healthy_old: int) -> Steps:
    """Decides from the tasks of the primary deployment (`new`) and of all others (`old`)."""
    start = max(0, min(bounds.desired - new, bounds.most - new - old))
    stop_new = max(0, new - bounds.desired)
    # Old tasks that are not healthy serve nobody; the others go as new ones take over.
    spare = healthy_new + healthy_old - bounds.least_healthy
    stop_old = (old - healthy_old) + max(0, min(healthy_old, spare))
    return Steps(start, stop_new, stop_old)


def as_document(deployment: Deployment, service: Any, *, is_primary: bool, running: int, pending: int) -> dict[str, Any]:
    """As DescribeServices answers."""
    return {
        "id": deployment.id,
        "status": "PRIMARY" if is_primary else "ACTIVE",
        "taskDefinition": deployment.task_definition,
        "desiredCount": int(service.desired_count) if is_primary else 0,
        "runningCount": running,
        "pendingCount": pending,
        "failedTasks": deployment.failed_tasks,
        "createdAt": moment(deployment.created),
        "updatedAt": moment(deployment.updated),
        "rolloutState": deployment.state,
        "rolloutStateReason": deployment.reason or f"ECS deployment {deployment.id} in progress.",
        "launchType": service.launch_type,
        "platformVersion": service.platform_version,
        "platformFamily": "Linux",
        "networkConfiguration": service.network_configuration,
        "capacityProviderStrategy": getattr(service, "capacity_provider_strategy", None),
    }
