"""Deletions that AWS refuses or takes time for, and stock moto does neither.

To add a refusal, write a check that raises what AWS answers and add it to
`REFUSALS`. A check runs before the backend's method, and only for the call of a
client: what moto deletes along with it is not checked again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

from moto.acm.exceptions import AWSError as AcmError
from moto.acm.models import AWSCertificateManagerBackend
from moto.ec2.exceptions import DependencyViolationError, EC2ClientError
from moto.ec2.models import EC2Backend
from moto.ecs.exceptions import ECSException
from moto.ecs.models import EC2ContainerServiceBackend
from moto.elbv2.exceptions import ELBClientError
from moto.elbv2.models import ELBv2Backend
from moto.iam.exceptions import DeleteConflictException
from moto.iam.models import IAMBackend

from ..model import fleet, interfaces
from ..settings import Settings
from ..world import WORLD
from .acm import users_of

Check = Callable[..., None]

_depth = 0
"""How deep the present call is in guarded methods."""


class NatGatewayNotFound(EC2ClientError):
    """moto has no error for it and crashes."""

    def __init__(self, gateway_id: str) -> None:
        super().__init__("NatGatewayNotFound", f"NatGateway {gateway_id} was not found")


def vpc_is_empty(backend: Any, vpc_id: str) -> None:
    """A VPC goes after everything in it, except what AWS made with it."""
    gateways = [g.id for g in backend.internet_gateways.values() if g.vpc and g.vpc.id == vpc_id]
    groups = [g.id for g in backend.groups.get(vpc_id, {}).values() if g.name != "default"]
    endpoints = [e.id for e in backend.vpc_end_points.values() if e.vpc_id == vpc_id and e.state != "deleted"]
    rest = [eni.id for eni in interfaces.in_vpc(backend, vpc_id)]
    if gateways or groups or endpoints or rest:
        raise DependencyViolationError(f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")


def subnet_is_empty(backend: Any, subnet_id: str) -> None:
    """A subnet goes after the interfaces in it."""
    if interfaces.in_subnet(backend, subnet_id):
        raise DependencyViolationError(f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")


def group_is_unused(backend: Any, name: str | None = None, group_id: str | None = None) -> None:
    """A security group goes after its interfaces and the rules that name it."""
    if group_id is None:
        return
    group = backend.get_security_group_from_id(group_id)
    if group is not None and group.name == "default":
        raise EC2ClientError(
            "CannotDelete", f'the specified group: "{group_id}" name: "default" cannot be deleted by a user'
        )
    if interfaces.with_group(backend, group_id) or any(_rules_naming(backend, group_id)):
        raise DependencyViolationError(f"resource {group_id} has a dependent object")


def _rules_naming(backend: Any, group_id: str) -> Iterator[str]:
    for groups in backend.groups.values():
        for group in groups.values():
            for rule in [*group.ingress_rules, *group.egress_rules]:
                if group.id != group_id and (rule.source_group or {}).get("GroupId") == group_id:
                    yield group.id


def gateway_has_no_addresses(backend: Any, internet_gateway_id: str, vpc_id: str) -> None:
    """An internet gateway stays while something in the VPC has a public address."""
    if any(eni.public_ip for eni in interfaces.in_vpc(backend, vpc_id)):
        raise DependencyViolationError(
            f"Network {vpc_id} has some mapped public address(es). "
            "Please unmap those public address(es) before detaching the gateway."
        )


def address_is_free(backend: Any, address: str | None = None, allocation_id: str | None = None) -> None:
    """An address in use by a NAT gateway cannot be released."""
    for eip in backend.addresses:
        if eip.eni is not None and (eip.public_ip == address or (allocation_id and eip.allocation_id == allocation_id)):
            raise EC2ClientError("InvalidIPAddress.InUse", f"Address {eip.public_ip} is in use.")


def table_is_not_main(backend: Any, route_table_id: str) -> None:
    """The main route table goes with its VPC."""
    table = backend.route_tables.get(route_table_id)
    if table is not None and table.main_association_id is not None:
        raise DependencyViolationError(f"The routeTable '{route_table_id}' has dependencies and cannot be deleted.")


def cluster_is_empty(backend: Any, cluster_str: str) -> None:
    """A cluster goes after its services and tasks."""
    cluster = backend._get_cluster(cluster_str)
    services = [s for s in backend.services.values() if s.cluster_name == cluster.name]
    if any(service.status != "INACTIVE" for service in services):
        raise ECSException(
            "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
        )
    if any(task.last_status != "STOPPED" for task in backend.tasks.get(cluster.name, {}).values()):
        raise ECSException("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")


def balancer_is_unprotected(backend: Any, arn: str) -> None:
    """Deletion protection means what it says."""
    balancer = backend.load_balancers.get(arn)
    if balancer is not None and balancer.attrs.get("deletion_protection.enabled") == "true":
        raise ELBClientError(
            "OperationNotPermitted", f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled"
        )


def certificate_is_unused(backend: Any, arn: str) -> None:
    """A certificate goes after its listeners."""
    if users_of(arn):
        raise AcmError(
            f"Certificate {arn} in account {backend.account_id} is in use.", exception_type="ResourceInUseException"
        )


def policy_is_detached(backend: Any, policy_arn: str) -> None:
    """A managed policy goes after its attachments."""
    policy = backend.managed_policies.get(policy_arn)
    if policy is not None and policy.attachment_count > 0:
        raise DeleteConflictException("Cannot delete a policy attached to entities.")


REFUSALS: list[tuple[type, str, Check]] = [
    (EC2Backend, "delete_vpc", vpc_is_empty),
    (EC2Backend, "delete_subnet", subnet_is_empty),
    (EC2Backend, "delete_security_group", group_is_unused),
    (EC2Backend, "delete_route_table", table_is_not_main),
    (EC2Backend, "detach_internet_gateway", gateway_has_no_addresses),
    (EC2Backend, "release_address", address_is_free),
    (EC2ContainerServiceBackend, "delete_cluster", cluster_is_empty),
    (ELBv2Backend, "delete_load_balancer", balancer_is_unprotected),
    (AWSCertificateManagerBackend, "delete_certificate", certificate_is_unused),
    (IAMBackend, "delete_policy", policy_is_detached),
]
"""Backend, method and the check that may refuse it."""


def install(settings: Settings) -> None:
    """Adds the refusals and the slow deletions; `settings.strict` can end the refusals later."""
    for owner, name, check in REFUSALS:
        setattr(owner, name, guarded(getattr(owner, name), check, settings))
    EC2Backend.delete_nat_gateway = delete_nat_gateway  # type: ignore[method-assign]
    EC2ContainerServiceBackend.delete_service = slow_delete_service(  # type: ignore[method-assign]
        EC2ContainerServiceBackend.delete_service
    )


def guarded(method: Callable[..., Any], check: Check, settings: Settings) -> Callable[..., Any]:
    """Runs `check` before the outermost guarded method of a call."""

    @functools.wraps(method)
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        global _depth
        if settings.strict and _depth == 0:
            check(self, *args, **kwargs)
        _depth += 1
        try:
            return method(self, *args, **kwargs)
        finally:
            _depth -= 1

    return wrapper


def delete_nat_gateway(self: Any, nat_gateway_id: str) -> Any:
    """A NAT gateway is `deleting` for a while and keeps its address and interface until the end."""
    gateway = self.nat_gateways.get(nat_gateway_id)
    if gateway is None:
        raise NatGatewayNotFound(nat_gateway_id)
    if gateway.state != "available":
        return gateway
    gateway.state = "deleting"

    def finish() -> None:
        gateway.state = "deleted"
        for eip in self.addresses:
            if eip.eni is gateway._eni:
                self.disassociate_address(address=eip.public_ip)
        interfaces.release(self.account_id, self.region_name, gateway._eni.id)

    WORLD.later(WORLD.settings.nat_delete_seconds, finish)
    return gateway


def slow_delete_service(delete: Callable[..., Any]) -> Callable[..., Any]:
    """A deleted service drains before it is inactive, and its scalable target stays."""

    def delete_service(self: Any, cluster_name: str, service_name: str, force: bool) -> Any:
        service = self._get_service(cluster_name, service_name)
        if service.status == "INACTIVE":
            raise ECSException("ServiceNotActiveException", "Service was not ACTIVE.")
        if service.status == "DRAINING":
            return service
        delete(self, cluster_name, service_name, force)
        fleet.start_draining(self, service)
        return service

    return delete_service
