"""Load balancers: targets with the health of the tasks behind them."""

from __future__ import annotations

from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup

from ..model import fleet, interfaces
from ..model.backends import existing
from ..model.tasks import ServiceTask
from ..world import WORLD


def task_of(target_group_arn: str, address: str) -> tuple[ServiceTask, str] | None:
    """The running task behind a target, with its service's name."""
    for _account, _region, backend in existing("ecs"):
        for tasks in backend.tasks.values():
            for task in tasks.values():
                if not isinstance(task, ServiceTask) or task.private_ip != address:
                    continue
                if task.desired_status == "RUNNING" and any(arn == target_group_arn for arn, _ in task.target_groups):
                    return task, task.group.removeprefix("service:")
    return None


def install() -> None:
    """Wraps target health and the end of a load balancer."""
    health_for = FakeTargetGroup.health_for
    delete = ELBv2Backend.delete_load_balancer

    def task_health(self: Any, target: dict[str, Any], ec2_backend: Any) -> FakeHealthStatus:
        if WORLD.live is not None:
            real = WORLD.live.target_at(self.arn, target["Id"])
            if real is not None:
                return FakeHealthStatus(
                    target["Id"], real.key[2], self.health_check_port, real.state, real.reason, real.description
                )
        found = task_of(self.arn, target["Id"])
        if found is None or target["Id"] not in self.targets:
            return health_for(self, target, ec2_backend)
        task, service = found
        port = self.targets[target["Id"]]["Port"]
        state, reason, description = fleet.health_of(task, self.arn, service)
        return FakeHealthStatus(target["Id"], port, self.health_check_port, state, reason, description)

    def delete_load_balancer(self: Any, arn: str) -> None:
        balancer = self.load_balancers.get(arn)
        delete(self, arn)
        if balancer is not None:
            interfaces.release_balancer(self.account_id, self.region_name, balancer)

    FakeTargetGroup.health_for = task_health  # type: ignore[method-assign]
    ELBv2Backend.delete_load_balancer = delete_load_balancer  # type: ignore[method-assign]
