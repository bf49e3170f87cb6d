"""The state that this layer adds to moto's: a clock, delayed actions, set failures."""

from __future__ import annotations

import fnmatch
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from .call import Call
from .faults import Faults
from .settings import Settings

FAILURE_MODES = ("targets-unhealthy", "tasks-stopped", "loader-silent")


@dataclass
class ServiceFailure:
    """What goes wrong with the ECS services whose name matches `service`."""

    service: str
    mode: str
    reason: str
    since: float


@dataclass(order=True)
class _Delayed:
    due: float
    action: Callable[[], None] = field(compare=False)


class World:
    """One emulated AWS. Everything in here is copied by a fork."""

    def __init__(self) -> None:
        self.settings = Settings.from_environment()
        self.failures: dict[str, ServiceFailure] = {}
        self.touched_services: set[str] = set()
        self.calls: list[tuple[Call, str]] = []
        """Every request with the status of its answer, oldest first; empty if the answer was lost."""
        self.faults = Faults()
        self.live: Any = None
        """The fleet of real tasks, if there is one; then nothing is played."""

        self._offset_seconds = 0.0
        self._delayed: list[_Delayed] = []

    def now(self) -> float:
        """Seconds since the epoch on the world's own clock."""
        return time.time() + self._offset_seconds

    def advance(self, seconds: float) -> None:
        """Moves the world's clock forward."""
        if seconds < 0:
            raise ValueError("the clock only moves forward")
        self._offset_seconds += seconds

    def later(self, delay_seconds: float, action: Callable[[], None]) -> None:
        """Runs `action` once the clock has moved on by `delay_seconds`."""
        self._delayed.append(_Delayed(self.now() + delay_seconds, action))

    def run_due(self) -> None:
        """Runs the delayed actions whose time has come, oldest first."""
        now = self.now()
        due = sorted(item for item in self._delayed if item.due <= now)
        self._delayed = [item for item in self._delayed if item.due > now]
        for item in due:
            item.action()

    def fail_service(self, service: str, mode: str | None, reason: str) -> None:
        """Sets or, without a mode, clears the failure of services named `service`."""
        if mode is None:
            self.failures.pop(service, None)
            return
        if mode not in FAILURE_MODES:
            raise ValueError(f"unknown mode {mode!r}, known are {', '.join(FAILURE_MODES)}")
        self.failures[service] = ServiceFailure(service, mode, reason, self.now())

    def failure_of(self, service: str) -> ServiceFailure | None:
        """The failure set for the service with this name; patterns such as `*` match."""
        for pattern, failure in self.failures.items():
            if fnmatch.fnmatchcase(service, pattern):
                return failure
        return None


WORLD = World()
