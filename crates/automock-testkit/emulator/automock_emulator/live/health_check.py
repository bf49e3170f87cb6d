"""The health check of a container, which runs a command inside of it.

<https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html>
"""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Callable
from typing import Any

from .container import Container


class ContainerHealth:
    """Runs one container's check until the task stops."""

    def __init__(self, check: dict[str, Any], container: Callable[[], Container]) -> None:
        self._command = command_of(check["command"])
        self._interval = float(check.get("interval") or 30)
        self._timeout = float(check.get("timeout") or 5)
        self._retries = int(check.get("retries") or 3)
        self._start_period = float(check.get("startPeriod") or 0)
        self._container = container
        self._stopped = threading.Event()
        self.status = "UNKNOWN"

    def start(self, changed: Callable[[str], None]) -> None:
        """Begins to check in a thread of its own."""
        threading.Thread(target=self._run, args=[changed], daemon=True, name="container health").start()

    def stop(self) -> None:
        """Ends the checks."""
        self._stopped.set()

    def _run(self, changed: Callable[[str], None]) -> None:
        started = time.monotonic()
        failures = 0
        # The first look comes early, so that a task need not wait for a whole interval.
        pause = min(self._interval, 1.0)
        while not self._stopped.wait(pause):
            before = self.status
            if self._succeeds():
                failures = 0
                self.status = "HEALTHY"
            elif self.status == "HEALTHY" or time.monotonic() - started > self._start_period:
                failures += 1
                if failures >= self._retries:
                    self.status = "UNHEALTHY"
            pause = self._interval if self.status == "HEALTHY" else min(self._interval, 1.0)
            if self.status != before:
                changed(self.status)

    def _succeeds(self) -> bool:
        try:
            return self._container().execute(self._command, self._timeout) == 0
        except (KeyError, OSError, subprocess.TimeoutExpired):
            return False


def command_of(words: list[str]) -> list[str]:
    """`CMD` runs the words, `CMD-SHELL` hands them to a shell."""
    if words[0] == "CMD-SHELL":
        return ["/bin/sh", "-c", " ".join(words[1:])]
    return words[1:] if words[0] == "CMD" else words
