"""Target groups: which targets are registered, how healthy they are, and when one is drained.

The checks have AWS's rules: the first success makes a new target healthy, the thresholds count after that,
and when every target is unhealthy all of them get traffic.
<https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html>
"""

from __future__ import annotations

import http.client
import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from .journal import Journal
from .load_balancer import LoadBalancers, ServerState

FIRST_CHECK_SECONDS = 1.0
"""How long the registration of a target takes."""

LEAST_DRAIN_SECONDS = 1.0
"""Until each node of a load balancer knows that a target is on its way out."""

CHECKERS = 8
LOOK_SECONDS = 0.1

SERIALS = itertools.count(1)

Key = tuple[str, str, int]
"""ARN of the target group, address, port."""


@dataclass(frozen=True)
class Check:
    """How a target group checks its targets."""

    path: str
    port: str
    interval: float
    timeout: float
    healthy_threshold: int
    unhealthy_threshold: int
    codes: str

    @classmethod
    def of(cls, group: Any) -> Check:
        """Reads moto's model of a target group."""
        return cls(
            path=group.health_check_path or "/",
            port=str(group.health_check_port or "traffic-port"),
            interval=float(group.health_check_interval_seconds or 30),
            timeout=float(group.health_check_timeout_seconds or 5),
            healthy_threshold=int(group.healthy_threshold_count or 5),
            unhealthy_threshold=int(group.unhealthy_threshold_count or 2),
            codes=str((getattr(group, "matcher", None) or {}).get("HttpCode", "200")),
        )

    def accepts(self, status: int) -> bool:
        """Whether a status is one of `200,202` or in one of `200-299`."""
        for part in self.codes.split(","):
            first, _, last = part.partition("-")
            if int(first) <= status <= int(last or first):
                return True
        return False


@dataclass
class Target:
    """One address of a target group."""

    key: Key
    check: Check
    delay: float
    state: str = "initial"
    reason: str | None = "Elb.RegistrationInProgress"
    description: str | None = "Target registration is in progress"
    successes: int = 0
    failures: int = 0
    registered: float = field(default_factory=time.monotonic)
    due: float = field(default_factory=lambda: time.monotonic() + FIRST_CHECK_SECONDS)
    draining_since: float | None = None
    is_checking: bool = False
    serial: int = field(default_factory=lambda: next(SERIALS))

    @property
    def name(self) -> str:
        """In the proxies: unlike an address, it is never used again."""
        return f"{self.key[1].replace('.', '_')}_{self.key[2]}_{self.serial}"

    def succeed(self) -> bool:
        """Counts a success; whether the target has become healthy by it."""
        self.failures = 0
        self.successes += 1
        if self.state == "initial" or (self.state == "unhealthy" and self.successes >= self.check.healthy_threshold):
            self.state, self.reason, self.description = "healthy", None, None
            return True
        return False

    def fail(self, reason: str, description: str) -> bool:
        """Counts a failure; whether the target has become unhealthy by it."""
        self.successes = 0
        self.failures += 1
        if self.state == "unhealthy":
            self.reason, self.description = reason, description
        if self.state in ("initial", "healthy") and self.failures >= self.check.unhealthy_threshold:
            self.state, self.reason, self.description = "unhealthy", reason, description
            return True
        return False


class Targets:
    """All registered targets, their checks, and what the proxies should do with them."""

    def __init__(self, balancers: LoadBalancers, journal: Journal) -> None:
        self._balancers = balancers
        self._journal = journal
        self._targets: dict[Key, Target] = {}
        self._lock = threading.RLock()
        self._executor = ThreadPoolExecutor(CHECKERS, thread_name_prefix="health check")
        self._is_closed = False
        threading.Thread(target=self._run, daemon=True, name="health checks").start()

    def register(self, group: Any, address: str, port: int) -> None:
        """Adds a target. Called with the world locked: `group` is moto's."""
        key = (group.arn, address, port)
        delay = float(group.attributes.get("deregistration_delay.timeout_seconds", 300))
        group.targets[address] = {"Id": address, "Port": port}
        with self._lock:
            self._targets[key] = Target(key, Check.of(group), delay)

    def deregister(self, key: Key) -> None:
        """Sends a target no new requests."""
        with self._lock:
            target = self._targets.get(key)
            if target is None or target.draining_since is not None:
                return
            target.draining_since = time.monotonic()
            target.state, target.reason = "draining", "Target.DeregistrationInProgress"
            target.description = "Target deregistration is in progress"
        self.apply(key[0])

    def is_drained(self, key: Key) -> bool:
        """Whether a deregistered target is unused: at once without requests, at most after the delay."""
        with self._lock:
            target = self._targets.get(key)
            if target is None:
                return True
            if target.draining_since is None:
                return False
            waited = time.monotonic() - target.draining_since
            delay = target.delay
        if waited >= delay:
            return True
        return waited >= min(LEAST_DRAIN_SECONDS, delay) and self.in_flight(key) == 0

    def in_flight(self, key: Key) -> int:
        """Requests that a target is answering."""
        target = self.state_of(key)
        return 0 if target is None else self._balancers.in_flight(key[0], target.name)

    def remove(self, group: Any | None, key: Key) -> None:
        """Forgets a target; what it still answers is cut off. Called with the world locked."""
        if group is not None:
            group.targets.pop(key[1], None)
        with self._lock:
            self._targets.pop(key, None)
        self.apply(key[0])

    def state_of(self, key: Key) -> Target | None:
        """A target as it is now."""
        with self._lock:
            return self._targets.get(key)

    def at(self, group: str, address: str) -> Target | None:
        """The target of a group at an address."""
        with self._lock:
            return next((it for key, it in self._targets.items() if key[:2] == (group, address)), None)

    def counts(self, group: str) -> tuple[int, int]:
        """Healthy and unhealthy targets of a group."""
        with self._lock:
            states = [it.state for key, it in self._targets.items() if key[0] == group]
        return states.count("healthy"), states.count("unhealthy")

    def groups(self) -> set[str]:
        """The target groups that have targets."""
        with self._lock:
            return {key[0] for key in self._targets}

    def refresh(self, group: Any) -> None:
        """Takes over changed settings of a target group. Called with the world locked."""
        check = Check.of(group)
        delay = float(group.attributes.get("deregistration_delay.timeout_seconds", 300))
        with self._lock:
            for key, target in self._targets.items():
                if key[0] == group.arn:
                    target.check, target.delay = check, delay

    def apply(self, group: str | None = None) -> None:
        """Brings the proxies up to what the targets are."""
        with self._lock:
            states = list(self._wanted())
        for proxy in self._balancers.proxies.copy().values() if group is None else self._balancers.of_group(group):
            proxy.follow(states)

    def close(self) -> None:
        """Ends the checks."""
        self._is_closed = True
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _wanted(self) -> list[ServerState]:
        by_group: dict[str, list[Target]] = {}
        for target in self._targets.values():
            by_group.setdefault(target.key[0], []).append(target)
        found = []
        for targets in by_group.values():
            has_healthy = any(it.state == "healthy" for it in targets)
            for target in targets:
                # When nobody is healthy, everybody gets traffic.
                is_used = target.state == "healthy" or (target.state == "unhealthy" and not has_healthy)
                mode = "ready" if is_used else "maint" if target.state == "initial" else "drain"
                found.append(ServerState(target.key[0], target.name, f"{target.key[1]}:{target.key[2]}", mode))
        return found

    def _run(self) -> None:
        while not self._is_closed:
            now = time.monotonic()
            with self._lock:
                due = [it for it in self._targets.values() if it.due <= now and not it.is_checking]
                for target in due:
                    target.is_checking = True
                    target.due = now + target.check.interval
            for target in due:
                self._executor.submit(self._check, target)
            time.sleep(LOOK_SECONDS)

    def _check(self, target: Target) -> None:
        failure = probe(target)
        with self._lock:
            target.is_checking = False
            if target.state == "draining":
                return
            if not self._balancers.of_group(target.key[0]):
                return
            changed = target.succeed() if failure is None else target.fail(*failure)
        if changed:
            self._journal.note(
                "target",
                f"{target.key[1]} is {target.state}" + (f": {target.description}" if target.description else ""),
                address=target.key[1],
                state=target.state,
                seconds=round(time.monotonic() - target.registered, 2),
            )
            self.apply(target.key[0])


def probe(target: Target) -> tuple[str, str] | None:
    """One health check: nothing, or why it failed in AWS's words."""
    group, address, port = target.key
    check = target.check
    connection = http.client.HTTPConnection(
        address, port if check.port == "traffic-port" else int(check.port), timeout=check.timeout
    )
    try:
        headers = {"User-Agent": "ELB-HealthChecker/2.0", "Connection": "close"}
        connection.request("GET", check.path, headers=headers)
        status = connection.getresponse().status
    except TimeoutError:
        return "Target.Timeout", "Request timed out"
    except (OSError, http.client.HTTPException):
        return "Target.FailedHealthChecks", "Health checks failed"
    finally:
        connection.close()
    if check.accepts(status):
        return None
    return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{status}]"
