"""Names the operation of a request, for REST services too, whose requests do not say it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from moto.core.utils import get_service_model

from .call import Call

REST_SERVICES = ("lambda", "route53", "s3", "scheduler")
PREFIXES = {"monitoring": "cloudwatch"}
"""Services that sign with another name than their IAM actions begin with."""


@dataclass(frozen=True)
class Route:
    """What the requests of one operation look like."""

    name: str
    method: str
    path: re.Pattern[str]
    query: frozenset[tuple[str, str]]
    required: frozenset[str]
    headers: frozenset[str]

    def fits(self, method: str, path: str, query: dict[str, str], headers: set[str]) -> bool:
        """Whether a request can be one of this operation."""
        return (
            method == self.method
            and self.path.fullmatch(path) is not None
            and all(query.get(key) == value for key, value in self.query)
            and self.required <= query.keys()
            and self.headers <= headers
        )

    @property
    def weight(self) -> tuple[int, int, int]:
        """Of the operations that fit, the one that asks for most is meant."""
        return len(self.query) + len(self.required), len(self.headers), len(self.path.pattern)


def prefix_of(call: Call) -> str:
    """What the IAM actions of the call's service begin with."""
    return PREFIXES.get(call.service, call.service)


def operation_of(call: Call) -> str:
    """The operation's name, or method and path of a request that none is known for."""
    return call.action or rest_operation(call) or f"{call.method} {call.path}"


def rest_operation(call: Call) -> str | None:
    """The operation of a REST request."""
    if call.service not in REST_SERVICES:
        return None
    query = dict(parse_qsl(call.query, keep_blank_values=True))
    fitting = [route for route in routes(call.service) if route.fits(call.method, call.path, query, set(call.headers))]
    return max(fitting, key=lambda route: route.weight).name if fitting else None


@functools.cache
def routes(service: str) -> list[Route]:
    """The operations of a service; of an old and a new name, the new one."""
    model = get_service_model(service)
    found = [route(model.operation_model(name)) for name in model.operation_names]
    return [it for it in found if not any(is_older(it, other) for other in found)]


def is_older(route: Route, other: Route) -> bool:
    """S3 keeps the first names of operations that it has given a longer one."""
    same = (route.method, route.path, route.query) == (other.method, other.path, other.query)
    return same and other.name == f"{route.name}Configuration"


def route(operation: Any) -> Route:
    """The route of one operation, from its model."""
    path, _, query = operation.http["requestUri"].partition("?")
    members = operation.input_shape.members if operation.input_shape else {}
    required = [members[name] for name in getattr(operation.input_shape, "required_members", [])]

    def located(location: str) -> frozenset[str]:
        return frozenset(
            member.serialization["name"] for member in required if member.serialization.get("location") == location
        )

    return Route(
        name=operation.name,
        method=operation.http["method"],
        path=re.compile(path_pattern(path)),
        query=frozenset(parse_qsl(query, keep_blank_values=True)),
        required=located("querystring"),
        headers=frozenset(name.lower() for name in located("header")),
    )


def path_pattern(template: str) -> str:
    """A pattern for a path such as `/{Bucket}/{Key+}`."""
    pattern = ""
    for part in re.split(r"(\{[^}]+\})", template):
        if part.startswith("{"):
            pattern += ".+" if part.endswith("+}") else "[^/]+"
        else:
            pattern += re.escape(part)
    return f"{pattern.rstrip('/')}/?"
