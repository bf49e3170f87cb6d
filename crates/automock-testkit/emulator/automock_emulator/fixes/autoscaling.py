"""Application Auto Scaling: tags, activities, the right error, and policies that go with their target."""

from __future__ import annotations

import json
from typing import Any

from moto.applicationautoscaling.models import ApplicationAutoscalingBackend, FakeApplicationAutoscalingPolicy
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.cloudwatch.models import Dimension
from moto.core.exceptions import JsonRESTError

from ..model.fleet import activities_of

Response = ApplicationAutoScalingResponse

LOW_SHARE = 0.9
"""Below this share of its target, AWS removes capacity."""


class ObjectNotFound(JsonRESTError):
    """What AWS answers where moto says ValidationException."""

    def __init__(self, message: str) -> None:
        super().__init__("ObjectNotFoundException", message)


def tags_of(backend: Any) -> dict[str, dict[str, str]]:
    """Tags by ARN of the scalable target."""
    if not hasattr(backend, "automock_tags"):
        backend.automock_tags = {}
    tags: dict[str, dict[str, str]] = backend.automock_tags
    return tags


def list_tags_for_resource(self: Any) -> str:
    """ListTagsForResource."""
    tags = tags_of(self.applicationautoscaling_backend)
    return json.dumps({"Tags": tags.get(self._get_param("ResourceARN"), {})})


def tag_resource(self: Any) -> str:
    """TagResource."""
    tags = tags_of(self.applicationautoscaling_backend)
    tags.setdefault(self._get_param("ResourceARN"), {}).update(self._get_param("Tags"))
    return json.dumps({})


def untag_resource(self: Any) -> str:
    """UntagResource."""
    tags = tags_of(self.applicationautoscaling_backend).get(self._get_param("ResourceARN"), {})
    for key in self._get_param("TagKeys"):
        tags.pop(key, None)
    return json.dumps({})


def describe_scaling_activities(self: Any) -> str:
    """DescribeScalingActivities, newest first."""
    resource = self._get_param("ResourceId")
    activities = [
        activity
        for activity in activities_of(self.applicationautoscaling_backend)
        if activity["ServiceNamespace"] == self._get_param("ServiceNamespace")
        and resource in (None, activity["ResourceId"])
    ]
    return json.dumps({"ScalingActivities": activities[::-1]})


def measured_by(configuration: dict[str, Any], resource_id: str) -> dict[str, Any] | None:
    """What the alarms of a target-tracking policy of a service look at; `None` for metrics of one's own."""
    specification = configuration.get("PredefinedMetricSpecification") or {}
    kind = specification.get("PredefinedMetricType")
    _service, cluster, name = resource_id.split("/")
    if kind == "ALBRequestCountPerTarget":
        group = specification["ResourceLabel"].partition("/targetgroup/")[2]
        dimensions = {"TargetGroup": f"targetgroup/{group}"}
        return {
            "namespace": "AWS/ApplicationELB",
            "metric_name": "RequestCountPerTarget",
            "statistic": "Sum",
            "dimensions": dimensions,
        }
    if kind is None:
        return None
    metric = "MemoryUtilization" if "Memory" in kind else "CPUUtilization"
    dimensions = {"ClusterName": cluster, "ServiceName": name}
    return {"namespace": "AWS/ECS", "metric_name": metric, "statistic": "Average", "dimensions": dimensions}


def correct_alarms(policy: Any) -> list[Any]:
    """Has the alarms of a policy look at its metric and its target, where moto has constants."""
    alarms = make_ecs_alarms(policy)
    configuration = policy.target_tracking_scaling_policy_configuration or {}
    measured = measured_by(configuration, policy.resource_id)
    target = float(configuration.get("TargetValue", 0))
    for alarm, share in zip(alarms, (1.0, LOW_SHARE), strict=True):
        alarm.threshold = target * share
        for name, value in (measured or {}).items():
            if name == "dimensions":
                value = [Dimension(key, text) for key, text in value.items()]
            setattr(alarm, name, value)
    return alarms


make_ecs_alarms = FakeApplicationAutoscalingPolicy._generate_ecs_alarms


def install() -> None:
    """Adds the missing actions and corrects deletion."""
    register = Response.register_scalable_target
    deregister = ApplicationAutoscalingBackend.deregister_scalable_target
    delete_policy = ApplicationAutoscalingBackend.delete_scaling_policy

    def register_scalable_target(self: Any) -> str:
        answer = register(self)
        if self._get_param("Tags"):
            tags = tags_of(self.applicationautoscaling_backend)
            tags[json.loads(answer)["ScalableTargetARN"]] = dict(self._get_param("Tags"))
        return answer

    def deregister_scalable_target(self: Any, namespace: str, r_id: str, dimension: str) -> None:
        if not self._scalable_target_exists(r_id, dimension):
            raise ObjectNotFound(
                f"No scalable target found for service namespace: {namespace}, "
                f"resource ID: {r_id}, scalable dimension: {dimension}"
            )
        tags_of(self).pop(self.targets[dimension][r_id].arn, None)
        deregister(self, namespace, r_id, dimension)
        for policy in list(self.policies.values()):
            if (policy.resource_id, policy.scalable_dimension) == (r_id, dimension):
                delete_policy(self, policy.policy_name, namespace, r_id, dimension)

    def delete_scaling_policy(
        self: Any, policy_name: str, service_namespace: str, resource_id: str, scalable_dimension: str
    ) -> None:
        known = any((p.policy_name, p.resource_id) == (policy_name, resource_id) for p in self.policies.values())
        if not known:
            raise ObjectNotFound(f"No scaling policy found for policy name: {policy_name}")
        delete_policy(self, policy_name, service_namespace, resource_id, scalable_dimension)

    FakeApplicationAutoscalingPolicy._generate_ecs_alarms = correct_alarms  # type: ignore[method-assign]
    Response.register_scalable_target = register_scalable_target  # type: ignore[method-assign]
    Response.list_tags_for_resource = list_tags_for_resource  # type: ignore[attr-defined]
    Response.describe_scaling_activities = describe_scaling_activities  # type: ignore[attr-defined]
    Response.tag_resource = tag_resource  # type: ignore[attr-defined]
    Response.untag_resource = untag_resource  # type: ignore[attr-defined]
    ApplicationAutoscalingBackend.deregister_scalable_target = deregister_scalable_target  # type: ignore[method-assign]
    ApplicationAutoscalingBackend.delete_scaling_policy = delete_scaling_policy  # type: ignore[method-assign]
