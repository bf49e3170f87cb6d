"""Tasks of ECS services: what DescribeTasks answers, and how one starts and stops."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from typing import Any

from moto.moto_api._internal import mock_random

from ..world import WORLD
from . import interfaces
from .backends import peer

SCHEDULER = "ServiceSchedulerInitiated"
"""The stop code of what the service itself stops."""


@dataclass
class ServiceTask:
    """A Fargate task with the attributes that DescribeTasks answers."""

    id: str
    task_arn: str
    cluster_arn: str
    task_definition_arn: str
    group: str
    launch_type: str | None
    capacity_provider_name: str | None
    started_by: str
    cpu: str | None
    memory: str | None
    created: float
    containers: list[dict[str, Any]]
    attachments: list[dict[str, Any]]
    private_ip: str
    eni_id: str
    region_name: str
    target_groups: list[tuple[str, int]]
    tags: list[dict[str, str]] = field(default_factory=list)
    overrides: dict[str, Any] = field(default_factory=dict)
    desired_status: str = "RUNNING"
    last_status: str = "RUNNING"
    health_status: str = "HEALTHY"
    stopped_reason: str | None = None
    stop_code: str | None = None
    stopped_at: datetime.datetime | None = None
    connectivity: str = "CONNECTED"
    platform_version: str = "1.4.0"
    platform_family: str = "Linux"
    version: int = 1
    container_instance_arn: str | None = None
    resource_requirements: dict[str, Any] | None = None
    acknowledged: set[str] = field(default_factory=set)
    serving: bool | None = None
    """Whether its expectations are there; `None` when no loader looks for them."""

    started: float | None = None
    """When it began to run; `None` until then."""

    @property
    def created_at(self) -> datetime.datetime:
        """When the task was asked for."""
        return moment(self.created)

    @property
    def started_at(self) -> datetime.datetime | None:
        """When the task began to run."""
        return None if self.started is None else moment(self.started)

    @property
    def subnet_id(self) -> str:
        """Where its interface is."""
        return next(d["value"] for d in self.attachments[0]["details"] if d["name"] == "subnetId")

    @property
    def availability_zone(self) -> str:
        """Where the task runs."""
        return next(d["value"] for d in self.attachments[0]["details"] if d["name"] == "zone")

    def advance(self) -> None:
        """moto's own tasks change when they are looked at; these change with the clock."""


def moment(seconds: float) -> datetime.datetime:
    """A time of the world's clock as moto keeps it."""
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).replace(tzinfo=None)


def tasks_of(backend: Any, service: Any, status: str = "RUNNING") -> list[ServiceTask]:
    """The tasks of a service that should be running (or have stopped)."""
    tasks = backend.tasks.get(service.cluster_name, {}).values()
    return [
        task
        for task in tasks
        if isinstance(task, ServiceTask) and task.group == f"service:{service.name}" and task.desired_status == status
    ]


def start(backend: Any, service: Any, definition: Any, deployment: str, index: int) -> ServiceTask:
    """Starts one task: interface, containers, targets."""
    task = create(backend, service, definition, deployment, index)
    task.started = task.created
    _register(backend, task)
    return task


def create(backend: Any, service: Any, definition: Any, deployment: str, index: int) -> ServiceTask:
    """Makes a task's record and its interface; nothing runs yet."""
    network = service.network_configuration["awsvpcConfiguration"]
    subnets = network["subnets"]
    task_id = mock_random.uuid4().hex
    eni = interfaces.create(
        backend.account_id,
        service.region_name,
        subnet_id=subnets[index % len(subnets)],
        group_ids=network.get("securityGroups") or [],
        description=f"arn:aws:ecs:{service.region_name}:{backend.account_id}:attachment/{task_id}",
        public=network.get("assignPublicIp") == "ENABLED",
    )
    arn_prefix = service.cluster_arn.replace(":cluster/", ":task/")
    strategy = getattr(service, "capacity_provider_strategy", None)
    task = ServiceTask(
        id=task_id,
        task_arn=f"{arn_prefix}/{task_id}",
        cluster_arn=service.cluster_arn,
        task_definition_arn=definition.arn,
        group=f"service:{service.name}",
        launch_type="FARGATE",
        capacity_provider_name=strategy[index % len(strategy)]["capacityProvider"] if strategy else None,
        started_by=deployment,
        cpu=definition.cpu,
        memory=definition.memory,
        created=WORLD.now(),
        containers=[_container(arn_prefix, task_id, container) for container in definition.container_definitions],
        attachments=[_attachment(eni)],
        private_ip=eni.private_ip_address,
        eni_id=eni.id,
        region_name=service.region_name,
        target_groups=[
            (balancer["targetGroupArn"], int(balancer["containerPort"]))
            for balancer in service.load_balancers
            if balancer.get("targetGroupArn")
        ],
        tags=list(service.tags) if service.propagate_tags == "SERVICE" else [],
    )
    backend.tasks.setdefault(service.cluster_name, {})[task.task_arn] = task
    return task


def stop(backend: Any, task: ServiceTask, reason: str, code: str) -> None:
    """Stops one task and takes its target and its interface away."""
    task.desired_status = task.last_status = "STOPPED"
    task.health_status = "UNKNOWN"
    task.stopped_reason, task.stop_code, task.stopped_at = reason, code, moment(WORLD.now())
    for container in task.containers:
        container.update(lastStatus="STOPPED", reason=reason, healthStatus="UNKNOWN")
    balancing = peer("elbv2", backend.account_id, task.region_name)
    for arn, _port in task.target_groups:
        group = balancing.target_groups.get(arn) if balancing else None
        if group is not None:
            group.targets.pop(task.private_ip, None)
    interfaces.release(backend.account_id, task.region_name, task.eni_id)


def _register(backend: Any, task: ServiceTask) -> None:
    balancing = peer("elbv2", backend.account_id, task.region_name)
    for arn, port in task.target_groups:
        group = balancing.target_groups.get(arn) if balancing else None
        if group is not None:
            group.targets[task.private_ip] = {"Id": task.private_ip, "Port": port}


def _container(arn_prefix: str, task_id: str, definition: dict[str, Any]) -> dict[str, Any]:
    return {
        "containerArn": f"{arn_prefix.replace(':task/', ':container/')}/{task_id}/{mock_random.uuid4()}",
        "name": definition["name"],
        "image": definition["image"],
        "lastStatus": "RUNNING",
        "healthStatus": "HEALTHY" if definition.get("healthCheck") else "UNKNOWN",
        "cpu": str(definition.get("cpu") or 0),
        "networkInterfaces": [],
    }


def _attachment(eni: Any) -> dict[str, Any]:
    details = {
        "subnetId": eni.subnet.id,
        "networkInterfaceId": eni.id,
        "macAddress": eni.mac_address,
        "privateIPv4Address": eni.private_ip_address,
        "zone": eni.subnet.availability_zone,
    }
    return {
        "id": str(mock_random.uuid4()),
        "type": "ElasticNetworkInterface",
        "status": "ATTACHED",
        "details": [{"name": name, "value": value} for name, value in details.items()],
    }
