"""The real tags of resources, from moto's models, by ARN."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from ..fixes.autoscaling import tags_of as tags_of_scaling
from ..model.backends import peer

Tags = dict[str, str]

GLOBAL_REGION = "aws"
"""Where moto keeps the services that have no regions."""


def ec2(backend: Any, kind: str, name: str) -> Tags | None:
    """Tags of a resource of EC2; nothing if there is no such resource."""
    found = COLLECTIONS[kind](backend)
    for resource in found:
        if resource.id == name:
            return pairs(resource.get_tags())
    return None


COLLECTIONS: dict[str, Callable[[Any], Iterator[Any]]] = {
    "elastic-ip": lambda backend: iter(backend.addresses),
    "internet-gateway": lambda backend: iter(backend.internet_gateways.values()),
    "natgateway": lambda backend: iter(backend.nat_gateways.values()),
    "network-interface": lambda backend: iter(backend.enis.values()),
    "route-table": lambda backend: iter(backend.route_tables.values()),
    "security-group": lambda backend: (g for groups in backend.groups.values() for g in groups.values()),
    "subnet": lambda backend: (s for subnets in backend.subnets.values() for s in subnets.values()),
    "vpc": lambda backend: iter(backend.vpcs.values()),
    "vpc-endpoint": lambda backend: iter(backend.vpc_end_points.values()),
}
"""Where EC2's resources are, by the name of their type in ARNs."""


def elbv2(backend: Any, arn: str) -> Tags | None:
    """Tags of a load balancer or target group."""
    if arn not in backend.load_balancers and arn not in backend.target_groups:
        return None
    tags: Tags = backend.tagging_service.get_tag_dict_for_resource(arn)
    return tags


def ecs(backend: Any, arn: str) -> Tags | None:
    """Tags of a cluster, service, task or task definition."""
    for resource in ecs_resources(backend):
        if resource.arn == arn:
            return pairs(resource.tags or [])
    return None


def ecs_resources(backend: Any) -> Iterator[Any]:
    """Everything of ECS that has an ARN and tags."""
    yield from backend.clusters.values()
    yield from backend.services.values()
    for revisions in backend.task_definitions.values():
        yield from revisions.values()


def scaling(backend: Any, arn: str) -> Tags | None:
    """Tags of a scalable target."""
    targets = (target for by_id in backend.targets.values() for target in by_id.values())
    if not any(target.arn == arn for target in targets):
        return None
    return tags_of_scaling(backend).get(arn, {})


def acm(backend: Any, arn: str) -> Tags | None:
    """Tags of a certificate."""
    bundle = backend._certificates.get(arn)
    return None if bundle is None else {key: value or "" for key, value in bundle.tags.items()}


def iam_role(account: str, name: str) -> Any | None:
    """A role by name."""
    backend = peer("iam", account, GLOBAL_REGION)
    roles = () if backend is None else backend.roles.values()
    return next((role for role in roles if role.name == name), None)


def pairs(tags: list[dict[str, str]]) -> Tags:
    """Tags from the list that each service writes in its own way."""
    plain = [{key.lower(): value for key, value in tag.items()} for tag in tags]
    return {tag["key"]: tag.get("value") or "" for tag in plain}
