"""What a live fleet needs to know: names, folders, addresses and the speed of the machine."""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

CONTAINERS = "containers"
PROCESSES = "processes"
LONGEST_DIRECTORY = 36
"""podman takes 50 characters for a folder in it, and a socket's path has at most 107."""

RUN = re.compile(r"[a-z][a-z0-9]{0,7}")
"""Short, because names of network interfaces have at most 15 characters."""


@dataclass(frozen=True)
class Registry:
    """Where the images of the account's ECR really are."""

    address: str
    user: str = "AWS"
    password: str = ""


@dataclass(frozen=True)
class LiveConfig:
    """Everything that differs between two live fleets."""

    run: str
    """Part of every name outside of this process: namespaces, links, control groups."""

    directory: Path
    """Images, logs, sockets and volumes; removed at the end."""

    registry: Registry
    runtime: str = CONTAINERS
    network: ipaddress.IPv4Network = field(default_factory=lambda: ipaddress.IPv4Network("10.77.0.0/16"))
    """Addresses of the bridge and of the load balancers; tasks have those that their subnets gave them."""

    cpu_quota: bool = True
    """Whether a task gets no more processor time than it pays for. Off, many tasks fit on a small machine."""

    spot_deregistration_seconds: float | None = 2.0
    """How long after SIGTERM a reclaimed Spot task stays registered; `None`: until it has stopped."""

    metric_delay_seconds: float = 2.0
    """How long datapoints are on their way before an alarm may count them."""

    service_interval_seconds: float = 0.25
    """Time between two looks at everything."""

    haproxy: str = "haproxy"
    environment: dict[str, str] = field(default_factory=dict)
    """Variables that every container and function gets besides its own."""

    @classmethod
    def read(cls, path: Path) -> LiveConfig:
        """Reads a file with the fields as JSON."""
        return cls.of(json.loads(path.read_text()))

    @classmethod
    def of(cls, values: dict[str, Any]) -> LiveConfig:
        """Checks and converts the fields; an unknown name is an error."""
        known = {it.name for it in fields(cls)}
        unknown = sorted(values.keys() - known)
        if unknown:
            raise ValueError(f"unknown fields of a live fleet: {', '.join(unknown)}; known are {', '.join(sorted(known))}")
        values = dict(values)
        if RUN.fullmatch(str(values["run"])) is None:
            raise ValueError(f"invalid run {values['run']!r}: expected at most 8 lower-case letters and digits")
        if values.get("runtime", CONTAINERS) not in (CONTAINERS, PROCESSES):
            raise ValueError(f"invalid runtime {values['runtime']!r}: expected {CONTAINERS} or {PROCESSES}")
        values["directory"] = Path(values["directory"])
        if len(str(values["directory"])) > LONGEST_DIRECTORY:
            raise ValueError(f"the path {values['directory']} is longer than {LONGEST_DIRECTORY} characters")
        values["registry"] = Registry(**values["registry"])
        if "network" in values:
            values["network"] = ipaddress.IPv4Network(values["network"])
        return cls(**values)

    @property
    def has_containers(self) -> bool:
        """Whether tasks are containers with networks of their own."""
        return self.runtime == CONTAINERS

    @property
    def bridge_address(self) -> str:
        """Where tasks reach the emulator."""
        return str(self.network[1]) if self.has_containers else "127.0.0.1"
