"""Network interfaces that AWS services own: tasks, load balancers, NAT gateways.

They are why a subnet or a security group cannot go while its user lives.
"""

from __future__ import annotations

from typing import Any

from moto.ec2.models import ec2_backends
from moto.ec2.utils import random_public_ip

from ..world import WORLD
from .backends import existing

OWNED = "automock_owner"
"""Attribute on a load balancer that lists its interfaces."""


def create(account: str, region: str, *, subnet_id: str, group_ids: list[str], description: str, public: bool) -> Any:
    """Makes an interface that its requester manages."""
    backend = ec2_backends[account][region]
    subnet: Any = backend.get_subnet(subnet_id)
    eni = backend.create_network_interface(
        subnet,
        subnet.get_available_subnet_ip(instance=None),
        group_ids=group_ids,
        description=description,
    )
    eni.status = "in-use"
    eni.requester_managed = True
    if public:
        eni.public_ip = random_public_ip()
    return eni


def release(account: str, region: str, eni_id: str) -> None:
    """Removes an interface if it is still there."""
    backend = ec2_backends[account][region]
    eni = backend.enis.pop(eni_id, None)
    if eni is not None:
        eni.subnet.del_subnet_ip(eni.private_ip_address)


def settle() -> None:
    """Gives each load balancer its interfaces and each NAT gateway's the right looks."""
    for account, region, backend in existing("elbv2"):
        for balancer in backend.load_balancers.values():
            if not hasattr(balancer, OWNED):
                setattr(balancer, OWNED, _balancer_interfaces(account, region, balancer))
    for _account, _region, backend in existing("ec2"):
        for gateway in backend.nat_gateways.values():
            gateway._eni.status = "in-use"
            gateway._eni.requester_managed = True
            gateway._eni.interface_type = "nat_gateway"
            gateway._eni.description = f"Interface for NAT Gateway {gateway.id}"


def release_balancer(account: str, region: str, balancer: Any) -> None:
    """A deleted load balancer's interfaces stay for a while."""

    def finish() -> None:
        for eni_id in getattr(balancer, OWNED, []):
            release(account, region, eni_id)

    WORLD.later(WORLD.settings.eni_release_seconds, finish)


def _balancer_interfaces(account: str, region: str, balancer: Any) -> list[str]:
    path = balancer.arn.partition(":loadbalancer/")[2]
    interfaces = []
    for subnet in balancer.subnets:
        eni = create(
            account,
            region,
            subnet_id=subnet.id,
            group_ids=list(balancer.security_groups or []),
            description=f"ELB {path}",
            public=balancer.scheme == "internet-facing",
        )
        eni.requester_id = "amazon-elb"
        interfaces.append(eni.id)
    return interfaces


def in_subnet(backend: Any, subnet_id: str) -> list[Any]:
    """The interfaces in one subnet."""
    return [eni for eni in backend.enis.values() if eni.subnet.id == subnet_id]


def in_vpc(backend: Any, vpc_id: str) -> list[Any]:
    """The interfaces in one VPC."""
    return [eni for eni in backend.enis.values() if eni.subnet.vpc_id == vpc_id]


def with_group(backend: Any, group_id: str) -> list[Any]:
    """The interfaces that use one security group."""
    return [eni for eni in backend.enis.values() if any(g.id == group_id for g in eni.group_set)]
