"""A load balancer's listeners and rules, as the emulator's API was told them, in a form of their own."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Condition:
    """One condition of a rule; any of its values is enough."""

    field: str
    values: tuple[str, ...]
    name: str = ""
    """The header of an `http-header` condition."""


@dataclass(frozen=True)
class FixedResponse:
    """An answer of the load balancer itself."""

    status: int
    content_type: str
    body: str


@dataclass(frozen=True)
class Redirect:
    """A redirection with AWS's placeholders resolved by the proxy."""

    status: int
    protocol: str
    host: str
    port: str
    path: str
    query: str


@dataclass(frozen=True)
class Forward:
    """Target groups with their weights."""

    groups: tuple[tuple[str, int], ...]


Action = FixedResponse | Redirect | Forward


@dataclass(frozen=True)
class Rule:
    """The first rule whose conditions all hold decides."""

    conditions: tuple[Condition, ...]
    action: Action


@dataclass(frozen=True)
class Listener:
    """One port."""

    port: int
    is_tls: bool
    certificate: str | None
    rules: tuple[Rule, ...]
    """By priority; the default action is the last, without conditions."""


@dataclass(frozen=True)
class Balancer:
    """One load balancer, ready to be turned into a configuration."""

    name: str
    address: str
    listeners: tuple[Listener, ...]
    idle_timeout_seconds: int = 60
    drops_invalid_headers: bool = False

    @property
    def groups(self) -> list[str]:
        """The target groups that some rule forwards to."""
        found: dict[str, None] = {}
        for listener in self.listeners:
            for rule in listener.rules:
                if isinstance(rule.action, Forward):
                    found.update(dict.fromkeys(arn for arn, _weight in rule.action.groups))
        return list(found)


def read_balancer(balancer: Any, address: str) -> Balancer:
    """Reads moto's model of a load balancer."""
    attributes = balancer.attrs
    return Balancer(
        name=balancer.name,
        address=address,
        listeners=tuple(read_listener(it) for it in balancer.listeners.values()),
        idle_timeout_seconds=int(attributes.get("idle_timeout.timeout_seconds", 60)),
        drops_invalid_headers=attributes.get("routing.http.drop_invalid_header_fields.enabled") == "true",
    )


def read_listener(listener: Any) -> Listener:
    """Reads a listener with its rules in the order of their priorities."""
    ordered = sorted(listener._non_default_rules.values(), key=lambda it: int(it.priority))
    rules = [Rule(tuple(read_condition(it) for it in rule.conditions), read_action(rule.actions)) for rule in ordered]
    return Listener(
        port=int(listener.port),
        is_tls=listener.protocol == "HTTPS",
        certificate=listener.certificate,
        rules=(*rules, Rule((), read_action(listener.default_actions))),
    )


def read_condition(condition: dict[str, Any]) -> Condition:
    """Reads a condition in its old or its new form."""
    field = condition["Field"]
    config = next((value for key, value in condition.items() if key.endswith("Config")), {})
    values = config.get("Values") or condition.get("Values") or []
    if field == "query-string":
        values = [f"{it['Key']}={it['Value']}" if it.get("Key") else it["Value"] for it in values]
    return Condition(field, tuple(values), config.get("HttpHeaderName", ""))


def read_action(actions: list[Any]) -> Action:
    """Reads the action that decides, which is the last one."""
    data = actions[-1].data
    if data["Type"] == "fixed-response":
        config = data["FixedResponseConfig"]
        return FixedResponse(
            int(config["StatusCode"]), config.get("ContentType") or "text/plain", config.get("MessageBody") or ""
        )
    if data["Type"] == "redirect":
        config = data["RedirectConfig"]
        return Redirect(
            status=int(str(config["StatusCode"]).removeprefix("HTTP_")),
            protocol=config.get("Protocol") or "#{protocol}",
            host=config.get("Host") or "#{host}",
            port=str(config.get("Port") or "#{port}"),
            path=config.get("Path") or "/#{path}",
            query=config.get("Query") or "#{query}",
        )
    groups = (data.get("ForwardConfig") or {}).get("TargetGroups") or []
    if not groups:
        return Forward(((data["TargetGroupArn"], 1),))
    return Forward(tuple((it["TargetGroupArn"], int(it.get("Weight", 1))) for it in groups))


def wildcards(pattern: str) -> str:
    """AWS's `*` and `?` as a regular expression for the whole text."""
    parts = {"*": ".*", "?": "."}
    return "^" + "".join(parts.get(it) or re.escape(it) for it in pattern) + "$"
