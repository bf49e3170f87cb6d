"""Counts everything in the world that a user made and has not deleted.

What AWS makes by itself is not counted: the default VPC and its children, the
main route table, default security group and ACL of any VPC, the default event
bus, AWS-managed policies and keys. Neither is what AWS keeps only as a memory:
inactive clusters, services and task definitions, deleted NAT gateways and
endpoints, stopped tasks. So an untouched world counts nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .model.backends import existing
from .world import WORLD

Names = Iterator[tuple[str, str]]
"""(kind, name) of each resource of one backend."""

DEFAULT_ZONE_TYPES = ("NS", "SOA")
NO_RESOURCES = frozenset({"sts", "tagging", "resource-groups", "signin", "sso", "ce", "pricing", "servicequotas"})
"""Services whose mutating calls make nothing that could be left behind."""


def census(*, names: bool = False) -> dict[str, Any]:
    """Account, region, service and kind of every resource, with counts or with names.

    `uncounted_services` lists the services that were changed and that the census
    does not know; a world is clean only if that list is empty too.
    """
    accounts: dict[str, Any] = {}
    for service, (module, counter) in COUNTERS.items():
        for account, region, backend in existing(module):
            for kind, name in counter(backend):
                place = accounts.setdefault(account, {}).setdefault(region, {})
                place.setdefault(service, {}).setdefault(kind, []).append(str(name))
    if not names:
        for regions in accounts.values():
            for services in regions.values():
                for kinds in services.values():
                    for kind, found in kinds.items():
                        kinds[kind] = len(found)
    known = {SIGNING_NAMES.get(service, service) for service in COUNTERS} | NO_RESOURCES
    return {"accounts": accounts, "uncounted_services": sorted(WORLD.touched_services - known)}


def _ec2(backend: Any) -> Names:
    default_vpcs = {vpc.id for vpc in backend.vpcs.values() if str(vpc.is_default).lower() == "true"}
    for vpc in backend.vpcs.values():
        if vpc.id not in default_vpcs:
            yield "vpc", vpc.id
    for by_zone in backend.subnets.values():
        for subnet in by_zone.values():
            if subnet.vpc_id not in default_vpcs:
                yield "subnet", subnet.id
    for groups in backend.groups.values():
        for group in groups.values():
            if group.name != "default":
                yield "security_group", group.id
    for table in backend.route_tables.values():
        if table.main_association_id is None:
            yield "route_table", table.id
    for gateway in backend.internet_gateways.values():
        if gateway.vpc is None or gateway.vpc.id not in default_vpcs:
            yield "internet_gateway", gateway.id
    for gateway in backend.nat_gateways.values():
        if gateway.state != "deleted":
            yield "nat_gateway", gateway.id
    for endpoint in backend.vpc_end_points.values():
        if endpoint.state != "deleted":
            yield "vpc_endpoint", endpoint.id
    for address in backend.addresses:
        yield "elastic_ip", address.allocation_id
    for eni in backend.enis.values():
        if eni.subnet.vpc_id not in default_vpcs:
            yield "network_interface", eni.id
    for acl in backend.network_acls.values():
        if acl.vpc_id in backend.vpcs and str(acl.default).lower() != "true":
            yield "network_acl", acl.id
    yield from (("flow_log", name) for name in backend.flow_logs)
    yield from (("launch_template", name) for name in backend.launch_templates)
    for reservation in backend.reservations.values():
        for instance in reservation.instances:
            if instance.state != "terminated":
                yield "instance", instance.id


def _elbv2(backend: Any) -> Names:
    for balancer in backend.load_balancers.values():
        yield "load_balancer", balancer.name
        for listener in balancer.listeners.values():
            yield "listener", listener.arn
            yield from (("listener_rule", arn) for arn in listener._non_default_rules)
    yield from (("target_group", group.name) for group in backend.target_groups.values())


def _ecs(backend: Any) -> Names:
    yield from (("cluster", c.name) for c in backend.clusters.values() if c.status != "INACTIVE")
    yield from (("service", s.name) for s in backend.services.values() if s.status != "INACTIVE")
    yield from (("capacity_provider", name) for name in backend.capacity_providers)
    for revisions in backend.task_definitions.values():
        yield from (("task_definition", d.arn) for d in revisions.values() if d.status == "ACTIVE")
    for tasks in backend.tasks.values():
        yield from (("task", arn) for arn, task in tasks.items() if task.last_status != "STOPPED")


def _scaling(backend: Any) -> Names:
    for targets in backend.targets.values():
        yield from (("scalable_target", name) for name in targets)
    yield from (("scaling_policy", policy.policy_name) for policy in backend.policies.values())
    yield from (("scheduled_action", action.arn) for action in backend.scheduled_actions)


def _s3(backend: Any) -> Names:
    for bucket in backend.buckets.values():
        yield "bucket", bucket.name
        for key in list(bucket.keys):
            for index, version in enumerate(reversed(bucket.keys.getlist(key))):
                yield object_kind(version, is_current=index == 0), f"{bucket.name}/{key}"
        yield from (("multipart_upload", f"{bucket.name}/{name}") for name in bucket.multiparts)


def object_kind(version: Any, *, is_current: bool) -> str:
    """An object that can be read, an older version of one, or a delete marker."""
    if not hasattr(version, "value"):
        return "delete_marker"
    return "object" if is_current else "noncurrent_version"


def _iam(backend: Any) -> Names:
    yield from (("role", role.name) for role in backend.roles.values())
    yield from (("user", name) for name in backend.users)
    yield from (("group", name) for name in backend.groups)
    yield from (("instance_profile", name) for name in backend.instance_profiles)
    for policy in backend.managed_policies.values():
        if ":aws:policy/" not in policy.arn:
            yield "policy", policy.arn


def _route53(backend: Any) -> Names:
    for zone in backend.zones.values():
        yield "hosted_zone", zone.name
        for record in zone.rrsets:
            if record.type not in DEFAULT_ZONE_TYPES or record.name != zone.name:
                yield "record", f"{record.name} {record.type}"
    yield from (("health_check", name) for name in backend.health_checks)


def _events(backend: Any) -> Names:
    for name, bus in backend.event_buses.items():
        if name != "default":
            yield "event_bus", name
        yield from (("rule", rule) for rule in bus.rules)


def _scheduler(backend: Any) -> Names:
    for name, group in backend.schedule_groups.items():
        if name != "default":
            yield "schedule_group", name
        yield from (("schedule", schedule) for schedule in group.schedules)


def _sns(backend: Any) -> Names:
    yield from (("topic", arn) for arn in backend.topics)
    yield from (("subscription", arn) for arn in backend.subscriptions)


def _cloudwatch(backend: Any) -> Names:
    yield from (("alarm", name) for name in backend.alarms)
    yield from (("dashboard", name) for name in backend.dashboards)


def _kms(backend: Any) -> Names:
    for key in backend.keys.values():
        if getattr(key, "key_manager", "CUSTOMER") != "AWS" and key.key_state != "PendingDeletion":
            yield "key", key.id


def _lambda(backend: Any) -> Names:
    yield from (("function", name) for name in backend._lambdas._functions)
    yield from (("event_source_mapping", name) for name in backend._event_source_mappings)


def each(kind: str, attribute: str) -> Callable[[Any], Names]:
    """A counter for backends that keep one dictionary by name."""

    def counter(backend: Any) -> Names:
        yield from ((kind, name) for name in getattr(backend, attribute))

    return counter


COUNTERS: dict[str, tuple[str, Callable[[Any], Names]]] = {
    "acm": ("acm", each("certificate", "_certificates")),
    "application-autoscaling": ("applicationautoscaling", _scaling),
    "cloudwatch": ("cloudwatch", _cloudwatch),
    "dynamodb": ("dynamodb", each("table", "tables")),
    "ec2": ("ec2", _ec2),
    "ecr": ("ecr", each("repository", "repositories")),
    "ecs": ("ecs", _ecs),
    "elbv2": ("elbv2", _elbv2),
    "events": ("events", _events),
    "iam": ("iam", _iam),
    "kms": ("kms", _kms),
    "lambda": ("awslambda", _lambda),
    "logs": ("logs", each("log_group", "groups")),
    "route53": ("route53", _route53),
    "s3": ("s3", _s3),
    "scheduler": ("scheduler", _scheduler),
    "sns": ("sns", _sns),
    "sqs": ("sqs", each("queue", "queues")),
}
"""Counted services: the name in the census, moto's module and the counter."""

SIGNING_NAMES = {"cloudwatch": "monitoring", "elbv2": "elasticloadbalancing"}
"""Services whose requests are signed with another name."""
