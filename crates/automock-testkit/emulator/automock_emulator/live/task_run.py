"""One real task: its network, its containers, and how they start, are watched and stop."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .. import log
from ..model.tasks import ServiceTask
from .cgroups import Cgroup, NoCgroup, Usage, task_cgroup
from .commands import CommandFailed
from .config import LiveConfig
from .container import Container, ContainerSpec, Place, Runtime
from .health_check import ContainerHealth
from .journal import Journal
from .logs import Logs
from .network import Network
from .task_endpoint import Credentials, Resident, TaskEndpoints, variables

DEFAULT_STOP_SECONDS = 30
POLL_SECONDS = 0.02
KILL_SECONDS = 10.0
CPU_UNITS = 1024
FAILED_TO_START = "TaskFailedToStart"


@dataclass
class Machinery:
    """What every task needs."""

    config: LiveConfig
    network: Network
    runtime: Runtime
    endpoints: TaskEndpoints
    logs: Logs
    journal: Journal
    endpoint_url: Callable[[], str]
    """Where tasks reach AWS."""

    release: Callable[[ServiceTask], None]
    """Gives a stopped task's interface back."""

    credentials: Callable[[str], Credentials]


@dataclass
class Failure:
    """Why a task cannot go on."""

    reason: str
    code: str


@dataclass
class TaskRun:
    """A task that really runs."""

    machinery: Machinery
    record: ServiceTask
    definition: Any
    account: str
    containers: dict[str, Container] = field(default_factory=dict)
    health: dict[str, ContainerHealth] = field(default_factory=dict)
    exit_codes: dict[str, int] = field(default_factory=dict)
    last_lines: dict[str, str] = field(default_factory=dict)
    failure: Failure | None = None
    is_ready: bool = False
    """All containers have been started."""

    is_over: bool = False
    """Nothing of it is left."""

    registered: bool = False
    leaving_since: float | None = None
    cgroup: Cgroup = field(default_factory=NoCgroup)
    place: Place | None = None
    has_been_healthy: bool = False
    start_seconds: float = 0.0
    peak_memory_bytes: int = 0
    last_usage: tuple[float, Usage] | None = None
    deregister_at: float | None = None
    _stopping: threading.Event = field(default_factory=threading.Event)
    _operating: threading.Lock = field(default_factory=threading.Lock)
    _credentials: Credentials | None = None

    @property
    def id(self) -> str:
        """The task's id."""
        return self.record.id

    @property
    def short_id(self) -> str:
        """Enough of it for a person."""
        return self.id[:8]

    @property
    def vcpu(self) -> float:
        """Its share of processors."""
        return int(self.record.cpu or CPU_UNITS) / CPU_UNITS

    @property
    def memory_mib(self) -> int:
        """Its memory."""
        return int(self.record.memory or 512)

    def start(self) -> None:
        """Brings the task up. Blocks; a failure is kept for the scheduler."""
        with self._operating:
            started = time.monotonic()
            try:
                self._start()
            except CommandFailed as failure:
                is_pull = " pull " in f" {failure} " or "manifest" in failure.words
                kind = "CannotPullContainerError" if is_pull else "CannotStartContainerError"
                self.failure = Failure(f"{kind}: {failure.words.strip()[-300:]}", FAILED_TO_START)
            except Exception as error:  # whatever it is, the task has failed and the fleet goes on
                log.line(f"task {self.short_id}: {type(error).__name__}: {error}")
                self.failure = Failure(f"CannotStartContainerError: {error}", FAILED_TO_START)
            self.start_seconds = time.monotonic() - started

    def _start(self) -> None:
        machinery, record = self.machinery, self.record
        config = machinery.config
        network = machinery.network.add_task(self.id, record.private_ip)
        # Without namespaces it is another one than the subnet's, and the one at which targets are checked.
        record.private_ip = network.address
        folder = config.directory / "tasks" / self.id[:12]
        folder.mkdir(parents=True, exist_ok=True)
        if config.has_containers:
            self.cgroup = task_cgroup(
                f"automock-{config.run}/{self.id[:12]}",
                vcpu=self.vcpu if config.cpu_quota else None,
                memory_mib=self.memory_mib,
            )
        self.place = Place(self.id, network, self.cgroup, folder)
        resident = self._resident()
        machinery.endpoints.add(machinery.network.listen(network), resident)
        record.last_status = "PENDING"
        for definition in in_order(self.definition.container_definitions):
            if not self._wait_for_dependencies(definition):
                return
            image = machinery.runtime.pull(definition["image"])
            if self._stopping.is_set():
                return
            spec = ContainerSpec.of(definition, self._environment(resident, definition["name"]))
            self._launch(definition, spec)
            machinery.journal.note(
                "container",
                f"task {self.short_id}: container {definition['name']} started on {network.address}",
                task=self.id,
                container=definition["name"],
                image_bytes=image.size_bytes,
                pull_seconds=round(image.pull_seconds, 3),
            )
        record.last_status = "RUNNING"
        record.started = time.time()
        self.is_ready = True

    def _launch(self, definition: dict[str, Any], spec: ContainerSpec) -> None:
        assert self.place is not None
        name = definition["name"]
        container = self.machinery.runtime.start(self.place, spec)
        self.containers[name] = container
        options = self.record
        self.machinery.logs.follow(container.log, definition, self.account, options.region_name, self.id)
        self._show(name, lastStatus="RUNNING")
        if definition.get("healthCheck") and name not in self.health:
            health = ContainerHealth(definition["healthCheck"], lambda: self.containers[name])
            self.health[name] = health
            health.start(lambda status: self._show(name, healthStatus=status))

    def _environment(self, resident: Resident, container: str) -> dict[str, str]:
        assert self.place is not None
        found = {
            "AWS_REGION": self.record.region_name,
            "AWS_DEFAULT_REGION": self.record.region_name,
            "AWS_EXECUTION_ENV": "AWS_ECS_FARGATE",
            "AWS_ENDPOINT_URL": self.machinery.endpoint_url(),
        }
        found |= self.machinery.config.environment
        return found | variables(self.place.network, resident, container)

    def _wait_for_dependencies(self, definition: dict[str, Any]) -> bool:
        """Whether all containers are as this one needs them; a failure when that takes too long."""
        end = time.monotonic() + float(definition.get("startTimeout") or 180)
        for dependency in definition.get("dependsOn") or []:
            while not self._is_met(dependency["containerName"], dependency["condition"]):
                if self._stopping.wait(POLL_SECONDS * 5):
                    return False
                if time.monotonic() > end:
                    name = dependency["containerName"]
                    self.failure = Failure(
                        f"Task failed to start: dependency {name} did not become {dependency['condition']}",
                        FAILED_TO_START,
                    )
                    return False
        return not self._stopping.is_set()

    def _is_met(self, name: str, condition: str) -> bool:
        container = self.containers.get(name)
        if container is None:
            return False
        if condition == "HEALTHY":
            return name in self.health and self.health[name].status == "HEALTHY"
        if condition in ("COMPLETE", "SUCCESS"):
            code = container.exit_code()
            return code is not None and (condition == "COMPLETE" or code == 0)
        return True

    def poll(self) -> None:
        """Looks for containers that have ended. Cheap; runs with every look of the scheduler."""
        if not self.is_ready or self.failure is not None or self._stopping.is_set():
            return
        for definition in self.definition.container_definitions:
            name = definition["name"]
            code = self.containers[name].exit_code() if name in self.containers else None
            if code is None:
                continue
            self.exit_codes[name] = code
            self._show(name, lastStatus="STOPPED", exitCode=code)
            if definition.get("essential", True):
                self.failure = Failure("Essential container in task exited", "EssentialContainerExited")
                self.machinery.journal.note(
                    "task",
                    f"task {self.short_id}: container {name} ended with exit code {code}",
                    task=self.id,
                    exit_code=code,
                )
                return
            if (definition.get("restartPolicy") or {}).get("enabled"):
                self._restart(definition)

    def _restart(self, definition: dict[str, Any]) -> None:
        name = definition["name"]
        old = self.containers.pop(name)
        self.machinery.logs.finish(old.log)
        old.remove()
        self.machinery.journal.note("container", f"task {self.short_id}: container {name} restarts", task=self.id)
        self._launch(definition, ContainerSpec.of(definition, self._environment(self._resident(), name)))

    def stop(self) -> None:
        """SIGTERM, `stopTimeout`, SIGKILL, in the reverse order of the start; then everything goes."""
        self._stopping.set()
        with self._operating:
            if self.is_over:
                return
            self.record.last_status = "STOPPING"
            for health in self.health.values():
                health.stop()
            for definition in reversed(in_order(self.definition.container_definitions)):
                self._stop_container(definition)
            self._clean_up()

    def _stop_container(self, definition: dict[str, Any]) -> None:
        name = definition["name"]
        container = self.containers.get(name)
        if container is None:
            return
        started = time.monotonic()
        seconds = float(definition.get("stopTimeout") or DEFAULT_STOP_SECONDS)
        container.signal(signal.SIGTERM)
        killed = False
        while container.exit_code() is None:
            waited = time.monotonic() - started
            if waited > seconds and not killed:
                container.signal(signal.SIGKILL)
                killed = True
            if waited > seconds + KILL_SECONDS:
                break
            time.sleep(POLL_SECONDS)
        code = container.exit_code()
        self.exit_codes[name] = 137 if code is None else code
        self._show(name, lastStatus="STOPPED", exitCode=self.exit_codes[name])
        # The runtime's logger may still be writing the last lines.
        time.sleep(POLL_SECONDS * 3)
        self.last_lines[name] = self.machinery.logs.finish(container.log)
        took = time.monotonic() - started
        self.machinery.journal.note(
            "container",
            f"task {self.short_id}: container {name} ended with {self.exit_codes[name]} after {took:.1f} s"
            + (" (killed)" if killed else ""),
            task=self.id,
            container=name,
            exit_code=self.exit_codes[name],
            seconds=round(took, 2),
            counts=counts_of(self.last_lines[name]),
        )

    def _clean_up(self) -> None:
        self.record.last_status = "DEPROVISIONING"
        try:
            self.peak_memory_bytes = self.cgroup.usage().peak_memory_bytes
        except (OSError, KeyError, ValueError):
            self.peak_memory_bytes = 0
        for container in self.containers.values():
            container.remove()
        self.machinery.endpoints.remove(self.id)
        if self.place is not None:
            self.machinery.network.remove_task(self.place.network)
        self.cgroup.remove()
        self.machinery.release(self.record)
        self.is_over = True

    def abandon(self) -> None:
        """Ends it at once, because the whole fleet ends."""
        self._stopping.set()
        for container in list(self.containers.values()):
            container.signal(signal.SIGKILL)

    def usage(self) -> Usage | None:
        """What it has used so far."""
        try:
            return self.cgroup.usage()
        except (OSError, KeyError, ValueError):
            return None

    def _show(self, name: str, **changes: Any) -> None:
        for container in self.record.containers:
            if container["name"] == name:
                container.update(changes)

    def _resident(self) -> Resident:
        return Resident(
            task_id=self.id,
            credentials_path=f"/v2/credentials/{self.id}",
            credentials=self._role_credentials,
            describe=self._describe,
        )

    def _role_credentials(self) -> Credentials | None:
        role = self.definition.task_role_arn
        if role and self._credentials is None:
            self._credentials = self.machinery.credentials(role)
        return self._credentials

    def _describe(self) -> dict[str, Any]:
        record = self.record
        family, _, revision = record.task_definition_arn.rpartition("/")[2].rpartition(":")
        return {
            "Cluster": record.cluster_arn,
            "TaskARN": record.task_arn,
            "Family": family,
            "Revision": revision,
            "DesiredStatus": record.desired_status,
            "KnownStatus": record.last_status,
            "Limits": {"CPU": self.vcpu, "Memory": self.memory_mib},
            "AvailabilityZone": record.availability_zone,
            "LaunchType": "FARGATE",
            "Containers": [self._describe_container(it) for it in self.definition.container_definitions],
        }

    def _describe_container(self, definition: dict[str, Any]) -> dict[str, Any]:
        return {
            "DockerId": f"{self.id}-{definition['name']}",
            "Name": definition["name"],
            "DockerName": definition["name"],
            "Image": definition["image"],
            "Labels": {"com.amazonaws.ecs.task-arn": self.record.task_arn},
            "DesiredStatus": "RUNNING",
            "KnownStatus": "RUNNING" if definition["name"] in self.containers else "PENDING",
            "Limits": {"CPU": int(definition.get("cpu") or 0), "Memory": int(definition.get("memory") or 0)},
            "Type": "NORMAL",
            "Networks": [{"NetworkMode": "awsvpc", "IPv4Addresses": [self.record.private_ip]}],
        }

    @property
    def log_files(self) -> dict[str, Path]:
        """The logs of the containers."""
        return {name: container.log for name, container in self.containers.items()}


def in_order(definitions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each container after those that it depends on."""
    by_name = {it["name"]: it for it in definitions}
    found: dict[str, dict[str, Any]] = {}

    def visit(definition: dict[str, Any], path: tuple[str, ...]) -> None:
        name = definition["name"]
        if name in path:
            raise ValueError(f"containers depend on each other in a circle: {' -> '.join((*path, name))}")
        for dependency in definition.get("dependsOn") or []:
            visit(by_name[dependency["containerName"]], (*path, name))
        found.setdefault(name, definition)

    for definition in definitions:
        visit(definition, ())
    return list(found.values())


def counts_of(line: str) -> dict[str, Any] | None:
    """What a program's last line says, if it is a JSON document with an event."""
    try:
        document = json.loads(line)
    except ValueError:
        return None
    return document if isinstance(document, dict) and document.get("event") == "stopped" else None
