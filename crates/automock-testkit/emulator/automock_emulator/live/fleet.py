"""The live fleet: all parts together, and the thread that looks after them a few times a second."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from .. import log
from ..model import interfaces
from ..model.backends import existing
from ..model.tasks import ServiceTask
from . import leftovers
from .alarms import Alarms
from .cgroups import remove_run
from .clock import Clock
from .config import LiveConfig
from .container import Runtime
from .container_runtime import ContainerRuntime
from .functions import Functions
from .identities import credentials_of
from .journal import Journal
from .load_balancer import LoadBalancers
from .logs import Logs
from .metrics import Metrics
from .network import BridgeNetwork, LoopbackNetwork, Network
from .process_runtime import ProcessRuntime
from .scaling import Scaling
from .service_scheduler import ServiceScheduler
from .target_health import Target, Targets
from .task_endpoint import Credentials, TaskEndpoints
from .task_run import Machinery, TaskRun
from .utilization import TaskUtilization, Traffic

WORKERS = 6
"""Tasks that start or stop at the same time."""

STOPPERS = 64
"""Stopping mostly waits."""


class LiveFleet:
    """Runs the services of this world."""

    def __init__(self, config: LiveConfig, lock: Any, port: int) -> None:
        self.config = config
        self._world = lock
        self._port = port
        self._parent = os.getppid()
        if config.has_containers:
            leftovers.remove_dead_runs()
            leftovers.note(config)
        config.directory.mkdir(parents=True, exist_ok=True)
        self.journal = Journal()
        self.metrics = Metrics()
        self.network: Network = BridgeNetwork(config) if config.has_containers else LoopbackNetwork()
        self.runtime: Runtime = ContainerRuntime(config) if config.has_containers else ProcessRuntime(config)
        self.balancers = LoadBalancers(config, self.network, self.journal)
        self.targets = Targets(self.balancers, self.journal)
        self.logs = Logs(self.metrics)
        self.functions = Functions(config, self.endpoint_url, lock, self.journal)
        machinery = Machinery(
            config=config,
            network=self.network,
            runtime=self.runtime,
            endpoints=TaskEndpoints(),
            logs=self.logs,
            journal=self.journal,
            endpoint_url=self.endpoint_url,
            release=self._release,
            credentials=self._credentials,
        )
        self._executor = Workers()
        self.scheduler = ServiceScheduler(machinery, self.targets, self._executor, self.journal)
        self.traffic = Traffic(self.balancers, self.targets, self.metrics)
        self._utilization = TaskUtilization(self.scheduler, self.metrics)
        self._alarms = Alarms(self.metrics, self.journal, Scaling(self.journal).act, config.metric_delay_seconds)
        self._clock = Clock(self.functions.invoke)
        self._closing = threading.Event()
        self._slowest: dict[str, float] = {}
        self._threads = [
            threading.Thread(target=self._repeat, args=[action, seconds], daemon=True, name=action.__name__)
            for action, seconds in (
                (self._look, config.service_interval_seconds),
                (self._measure, 1.0),
                (self._configure, config.service_interval_seconds),
            )
        ]

    def start(self) -> None:
        """Begins to look after the services."""
        for thread in self._threads:
            thread.start()

    def endpoint_url(self) -> str:
        """Where tasks and functions reach AWS."""
        return f"http://{self.config.bridge_address}:{self._port}"

    def target_at(self, group: str, address: str) -> Target | None:
        """The target behind DescribeTargetHealth."""
        return self.targets.at(group, address)

    def kill(self, task_id: str) -> dict[str, Any]:
        """Kills every container of a task, as if it had crashed. Called with the world locked.

        The load balancer hears of it at once. On AWS that takes seconds, in which the task's share of the
        requests is refused, and which no program in the task can shorten.
        """
        run = self.run_of(task_id)
        containers = list(run.containers.values())
        # Frozen and without new requests: what is in flight now is exactly what dies with it.
        for container in containers:
            container.signal(signal.SIGSTOP)
        self.scheduler.withhold(run)
        in_flight = self.scheduler.in_flight(run)
        for container in containers:
            container.signal(signal.SIGKILL)
        self.scheduler.lose(run)
        self.journal.note("task", f"task {run.short_id} is killed with {in_flight} requests in flight", task=run.id)
        return {"task": run.id, "in_flight": in_flight}

    def interrupt(self, task_id: str) -> dict[str, Any]:
        """A Spot interruption. Called with the world locked."""
        run = self.run_of(task_id)
        in_flight = self.scheduler.in_flight(run)
        self.scheduler.interrupt(run)
        return {"task": run.id, "in_flight": in_flight}

    def run_of(self, task_id: str) -> TaskRun:
        """The running task with an id."""
        run = self.scheduler.run_of(task_id)
        if run is None:
            raise ValueError(f"there is no running task {task_id!r}")
        return run

    def close(self) -> None:
        """Ends everything that runs and removes what was made."""
        self._closing.set()
        for run in self.scheduler.runs():
            run.abandon()
        self._executor.shutdown(wait=True, cancel_futures=True)
        for action in (self.functions.close, self.targets.close, self.balancers.close, self.runtime.close):
            with contextlib.suppress(Exception):
                action()
        self.network.close()
        if self.config.has_containers:
            self._leave_nothing()
        shutil.rmtree(self.config.directory, ignore_errors=True)

    def _leave_nothing(self) -> None:
        """Who started this process may be dead; then nobody else removes the run's own network."""
        if os.getppid() == self._parent:
            remove_run(self.config.run)
        else:
            leftovers.remove_run_of(self.config.run, self.config.directory)
        leftovers.forget(self.config)

    def _repeat(self, action: Callable[[], None], seconds: float) -> None:
        while not self._closing.wait(seconds):
            started = time.monotonic()
            try:
                action()
            except Exception as error:  # one mistake must not stop the fleet; a test sees it in the log
                log.line(f"live fleet: {''.join(traceback.format_exception(error))}")
            took = time.monotonic() - started
            self._slowest[action.__name__] = max(self._slowest.get(action.__name__, 0.0), took)

    def _look(self) -> None:
        self.logs.read()
        with self._world:
            self.scheduler.tick()
            self._alarms.tick()
            self._clock.tick()
            self.functions.tick()
            self.logs.deliver()

    def _measure(self) -> None:
        self.traffic.tick()
        with self._world:
            self._utilization.tick()
            self.metrics.show()

    def _configure(self) -> None:
        with self._world:
            changes = list(self.balancers.changes())
            for _account, _region, backend in existing("elbv2"):
                for group in backend.target_groups.values():
                    self.targets.refresh(group)
        for proxy, balancer, certificates in changes:
            proxy.apply(balancer, certificates)
            ports = ", ".join(str(it.port) for it in balancer.listeners)
            self.journal.note("load balancer", f"load balancer {balancer.name} listens on {proxy.address}, ports {ports}")
            self.targets.apply()

    def _release(self, record: ServiceTask) -> None:
        with self._world:
            _arn, _partition, _service, region, account, *_rest = record.task_arn.split(":")
            interfaces.release(account, region, record.eni_id)

    def _credentials(self, role_arn: str) -> Credentials:
        with self._world:
            return credentials_of(role_arn)


class Workers(ThreadPoolExecutor):
    """Threads for what takes time; what one of them does not survive is logged."""

    def __init__(self) -> None:
        super().__init__(STOPPERS, thread_name_prefix="task")
        self._starting = threading.Semaphore(WORKERS)

    def submit(self, action: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """Runs an action in a thread of its own; starts of tasks wait for each other."""

        def work() -> None:
            try:
                if action.__name__ == "start":
                    with self._starting:
                        action(*args, **kwargs)
                else:
                    action(*args, **kwargs)
            except Exception as error:
                log.line(f"live fleet: {''.join(traceback.format_exception(error))}")

        return super().submit(work)
