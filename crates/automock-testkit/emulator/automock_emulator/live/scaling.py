"""Application Auto Scaling: what a policy does to a service's desired count.

<https://docs.aws.amazon.com/autoscaling/application/userguide/step-scaling-policy-overview.html>
<https://docs.aws.amazon.com/autoscaling/application/userguide/target-tracking-scaling-policy-overview.html>
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

from ..model import fleet
from ..model.backends import peer
from .journal import Journal


@dataclass
class Cooldown:
    """What a policy did last to one service."""

    until: float
    base: int
    """The desired count before it acted."""

    is_out: bool


def step_of(steps: list[dict[str, Any]], difference: float) -> dict[str, Any] | None:
    """The step whose interval, counted from the threshold, holds the difference."""
    for step in steps:
        low = float(step.get("MetricIntervalLowerBound", -math.inf))
        high = float(step.get("MetricIntervalUpperBound", math.inf))
        # The bound that lies nearer to the threshold belongs to the step.
        holds = low <= difference < high if difference >= 0 else low < difference <= high
        if holds or (difference == 0 and high == 0):
            return step
    return None


def adjusted(current: int, kind: str, amount: float, least: int) -> int:
    """The count after an adjustment, before the bounds of the scalable target."""
    if kind == "ExactCapacity":
        return int(amount)
    if kind == "PercentChangeInCapacity":
        exact = current * amount / 100
        # AWS rounds towards zero, but never to zero.
        change = math.trunc(exact) if abs(exact) >= 1 else (exact > 0) - (exact < 0)
        if least and abs(change) < least:
            change = math.copysign(least, change)
        return current + int(change)
    return current + int(amount)


def tracked(current: int, value: float, target: float) -> int:
    """The count that brings a metric, which falls with the count, to its target."""
    return math.ceil(current * value / target) if target > 0 else current


class Scaling:
    """Changes desired counts within their bounds, with cooldowns."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._cooldowns: dict[tuple[str, bool], Cooldown] = {}

    def act(self, account: str, region: str, action: str, value: float, threshold: float) -> bool:
        """Runs the policy that an alarm names. Called with the world locked."""
        backend = peer("applicationautoscaling", account, region)
        arn = action.partition(":createdBy/")[0]
        policies = list(backend.policies.values()) if backend is not None else []
        policy = next((it for it in policies if it.policy_arn == arn), None)
        if policy is None:
            return False
        target = backend.targets.get(policy.scalable_dimension, {}).get(policy.resource_id)
        service = service_of(account, region, policy.resource_id)
        if target is None or service is None or service.status != "ACTIVE":
            return False
        steps = policy.step_scaling_policy_configuration
        current = int(service.desired_count)
        if steps is not None:
            step = step_of(steps["StepAdjustments"], value - threshold)
            if step is None:
                return True
            least = int(steps.get("MinAdjustmentMagnitude") or 0)
            amount = float(step["ScalingAdjustment"])
            base = self._base(policy.resource_id, current, is_out=amount > 0)
            wanted = adjusted(base, steps["AdjustmentType"], amount, least)
            cooldown = float(steps.get("Cooldown") or 0)
        else:
            tracking = policy.target_tracking_scaling_policy_configuration
            wanted = tracked(current, value, float(tracking["TargetValue"]))
            is_in = wanted < current
            if is_in and tracking.get("DisableScaleIn"):
                return True
            cooldown = float(tracking.get("ScaleInCooldown" if is_in else "ScaleOutCooldown") or 300)
        bounded = max(int(target.min_capacity), min(wanted, int(target.max_capacity)))
        self._set(policy, service, backend, bounded, cooldown, value, threshold)
        return True

    def _base(self, resource: str, current: int, *, is_out: bool) -> int:
        """Within the cooldown of a scale-out, what it added counts for the next one."""
        last = self._cooldowns.get((resource, True))
        if is_out and last is not None and time.monotonic() < last.until:
            return last.base
        return current

    def _set(
        self, policy: Any, service: Any, backend: Any, wanted: int, cooldown: float, value: float, threshold: float
    ) -> None:
        current = int(service.desired_count)
        is_out = wanted > current
        last = self._cooldowns.get((policy.resource_id, is_out))
        is_cooling = last is not None and time.monotonic() < last.until
        if wanted == current or (is_cooling and not is_out):
            return
        if is_out and is_cooling and last is not None and wanted <= current:
            return
        # A scale-in waits for the cooldown of a scale-out as well: capacity that was just added is kept.
        out = self._cooldowns.get((policy.resource_id, True))
        if not is_out and out is not None and time.monotonic() < out.until:
            return
        service.desired_count = wanted
        self._cooldowns[(policy.resource_id, is_out)] = Cooldown(time.monotonic() + cooldown, current, is_out)
        cause = f"monitor alarm in state ALARM triggered policy {policy.policy_name}"
        fleet.activities_of(backend).append(fleet.activity(policy.resource_id, wanted, cause))
        self._journal.note(
            "scaling",
            f"{policy.policy_name} sets {service.name} from {current} to {wanted} tasks",
            service=service.name,
            before=current,
            after=wanted,
            policy=policy.policy_name,
            value=value,
            threshold=threshold,
        )


def service_of(account: str, region: str, resource: str) -> Any | None:
    """The service behind `service/<cluster>/<name>`."""
    backend = peer("ecs", account, region)
    _kind, cluster, name = resource.split("/")
    return None if backend is None else backend.services.get(f"{cluster}:{name}")
