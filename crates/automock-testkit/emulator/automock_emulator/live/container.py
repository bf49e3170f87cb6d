"""What a container of a task definition asks for, and what a runtime has to offer."""

from __future__ import annotations

import os
import select
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from .cgroups import Cgroup
from .network import TaskNetwork


@dataclass(frozen=True)
class Image:
    """An image that has been pulled."""

    id: str
    size_bytes: int
    """What the pull transferred: the layers as the registry keeps them."""

    pull_seconds: float


@dataclass(frozen=True)
class Place:
    """Where a task's containers run."""

    task_id: str
    network: TaskNetwork
    cgroup: Cgroup
    folder: Path
    """For logs and volumes."""


@dataclass(frozen=True)
class ContainerSpec:
    """One container of a task definition, resolved."""

    name: str
    image: str
    entry_point: list[str] | None = None
    command: list[str] | None = None
    environment: dict[str, str] = field(default_factory=dict)
    user: str | None = None
    working_directory: str | None = None
    is_read_only: bool = False
    capabilities_added: tuple[str, ...] = ()
    capabilities_dropped: tuple[str, ...] = ()
    cpu_shares: int = 2
    memory_mib: int | None = None
    files: tuple[int, int] | None = None
    """Soft and hard limit of open files; `None`: Fargate's own."""

    mounts: tuple[tuple[str, str, bool], ...] = ()
    """Volume, path in the container, whether it is read-only."""

    @classmethod
    def of(cls, definition: dict[str, Any], environment: dict[str, str]) -> ContainerSpec:
        """Reads a container definition; `environment` is what the task adds."""
        linux = definition.get("linuxParameters") or {}
        capabilities = linux.get("capabilities") or {}
        files = next((it for it in definition.get("ulimits") or [] if it["name"] == "nofile"), None)
        own = {it["name"]: it["value"] for it in definition.get("environment") or []}
        return cls(
            name=definition["name"],
            image=definition["image"],
            entry_point=definition.get("entryPoint") or None,
            command=definition.get("command") or None,
            environment=environment | own,
            user=definition.get("user") or None,
            working_directory=definition.get("workingDirectory") or None,
            is_read_only=bool(definition.get("readonlyRootFilesystem")),
            capabilities_added=tuple(capabilities.get("add") or ()),
            capabilities_dropped=tuple(capabilities.get("drop") or ()),
            cpu_shares=max(int(definition.get("cpu") or 0), 2),
            memory_mib=definition.get("memory"),
            files=(int(files["softLimit"]), int(files["hardLimit"])) if files else None,
            mounts=tuple(
                (it["sourceVolume"], it["containerPath"], bool(it.get("readOnly")))
                for it in definition.get("mountPoints") or []
            ),
        )


class Container(Protocol):
    """A container that was started."""

    log: Path
    """What it writes, each line with the time, as Kubernetes keeps logs."""

    def signal(self, number: int) -> None:
        """Sends a signal to its first process; one that has ended gets none."""

    def exit_code(self) -> int | None:
        """How it ended, or `None` while it runs. May take a moment when it has just ended."""

    def execute(self, command: list[str], timeout: float) -> int:
        """Runs a command in it and returns its exit code."""

    def remove(self) -> None:
        """Removes what is left of it."""


class Runtime(Protocol):
    """Pulls images and starts containers."""

    def pull(self, image: str) -> Image:
        """Fetches an image, once."""

    def start(self, place: Place, spec: ContainerSpec) -> Container:
        """Starts a container whose image has been pulled."""

    def close(self) -> None:
        """Removes everything that is left."""


class ProcessHandle:
    """A process that need not be a child of this one, without races about its number."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.descriptor: int | None
        try:
            self.descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            self.descriptor = None

    def has_ended(self) -> bool:
        """Whether the process is gone or a zombie."""
        if self.descriptor is None:
            return True
        poller = select.poll()
        poller.register(self.descriptor, select.POLLIN)
        return bool(poller.poll(0))

    def signal(self, number: int) -> None:
        """Sends a signal."""
        if self.descriptor is not None and not self.has_ended():
            try:
                signal.pidfd_send_signal(self.descriptor, number)
            except ProcessLookupError:
                return

    def close(self) -> None:
        """Closes the descriptor."""
        if self.descriptor is not None:
            os.close(self.descriptor)
            self.descriptor = None
