"""ECS: services that echo what they were given, and tasks that can be found.

moto drops most of CreateService; the provider then sees a difference in each plan.
"""

from __future__ import annotations

from typing import Any

from botocore import xform_name
from moto.core.responses import ActionResult
from moto.ecs.exceptions import InvalidParameterException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.ecs.responses import EC2ContainerServiceResponse as Response

from ..model.tasks import ServiceTask, stop
from ..world import WORLD

ECHOED = {
    "availabilityZoneRebalancing": "DISABLED",
    "capacityProviderStrategy": None,
    "deploymentConfiguration": None,
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "healthCheckGracePeriodSeconds": None,
    "placementConstraints": None,
    "placementStrategy": None,
}
"""Parameters of CreateService and UpdateService that moto forgets, with AWS's defaults."""

PAGE = 100
"""Tasks in an answer of ListTasks and in a question of DescribeTasks, at most."""

DEPLOYMENT_DEFAULTS = {"maximumPercent": 200, "minimumHealthyPercent": 100}


def remember(service: Any, parameters: dict[str, Any], *, defaults: bool) -> None:
    """Keeps the echoed parameters on the service under the names that moto serialises."""
    for name, default in ECHOED.items():
        value = parameters.get(name, default if defaults else None)
        if value is None and not defaults:
            continue
        if name == "deploymentConfiguration":
            value = DEPLOYMENT_DEFAULTS | (value or {})
        setattr(service, xform_name(name), value)
    if defaults and parameters.get("capacityProviderStrategy") and not parameters.get("launchType"):
        service.launch_type = None
        for deployment in service.deployments:
            deployment["launchType"] = None
            deployment["platformFamily"] = "Linux"
    for deployment in service.deployments:
        deployment["capacityProviderStrategy"] = getattr(service, "capacity_provider_strategy", None)


def list_tasks(
    self: Any,
    cluster_str: str | None = None,
    container_instance: str | None = None,
    family: str | None = None,
    started_by: str | None = None,
    service_name: str | None = None,
    desiredStatus: str | None = None,  # noqa: N803  moto passes it by position
) -> list[Any]:
    """ListTasks with its service filter; only running tasks unless asked otherwise."""
    cluster = self._get_cluster(cluster_str or "default")
    group = f"service:{(service_name or '').rpartition('/')[2]}" if service_name else None
    return [
        task
        for task in self.tasks.get(cluster.name, {}).values()
        if task.desired_status == (desiredStatus or "RUNNING")
        and (group is None or task.group == group)
        and (started_by is None or task.started_by == started_by)
        and (family is None or f":task-definition/{family}:" in task.task_definition_arn)
        and (container_instance is None or task.container_instance_arn == container_instance)
    ]


def install() -> None:
    """Wraps the service actions."""
    create, update = Response.create_service, Response.update_service
    list_all, describe = Response.list_tasks, Response.describe_tasks
    stop_task = EC2ContainerServiceBackend.stop_task

    def create_service(self: Any) -> ActionResult:
        answer = create(self)
        remember(answer.result["service"], self._get_params(), defaults=True)  # type: ignore[index]
        return answer

    def update_service(self: Any) -> ActionResult:
        parameters = dict(self._get_params())
        answer = update(self)
        remember(answer.result["service"], parameters, defaults=False)  # type: ignore[index]
        return answer

    def list_page_of_tasks(self: Any) -> ActionResult:
        arns = list_all(self).result["taskArns"]  # type: ignore[index]
        start = int(self._get_param("nextToken") or 0)
        end = start + min(self._get_param("maxResults") or PAGE, PAGE)
        return ActionResult({"taskArns": arns[start:end], "nextToken": str(end) if end < len(arns) else None})

    def describe_tasks(self: Any) -> ActionResult:
        if len(self._get_param("tasks", [])) > PAGE:
            raise InvalidParameterException(f"Tasks cannot have more than {PAGE} elements.")
        return describe(self)

    def stop_one_task(self: Any, cluster_str: str, task_str: str, reason: str) -> Any:
        cluster = self._get_cluster(cluster_str)
        for task in self.tasks.get(cluster.name, {}).values():
            if isinstance(task, ServiceTask) and task.id == task_str.rpartition("/")[2]:
                reason = reason or "Task stopped by user"
                if WORLD.live is not None:
                    WORLD.live.scheduler.stop_task(task, reason, "UserInitiated")
                else:
                    stop(self, task, reason, "UserInitiated")
                return task
        return stop_task(self, cluster_str, task_str, reason)

    Response.create_service = create_service  # type: ignore[method-assign]
    Response.update_service = update_service  # type: ignore[method-assign]
    Response.list_tasks = list_page_of_tasks  # type: ignore[method-assign]
    Response.describe_tasks = describe_tasks  # type: ignore[method-assign]
    EC2ContainerServiceBackend.list_tasks = list_tasks  # type: ignore[method-assign]
    EC2ContainerServiceBackend.stop_task = stop_one_task  # type: ignore[method-assign]
