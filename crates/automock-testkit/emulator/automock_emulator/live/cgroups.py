"""Control groups: what a whole task may use, and what it has used.

On Fargate the limits hold for all containers of a task together, so they are those of a parent group.
Version 1 (with a separate hierarchy for each controller) and version 2 are supported.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

ROOT = Path("/sys/fs/cgroup")
PERIOD_MICROSECONDS = 100_000
MIB = 1 << 20


@dataclass(frozen=True)
class Usage:
    """What a task has used so far."""

    cpu_seconds: float
    memory_bytes: int
    peak_memory_bytes: int
    throttled_periods: int


class Cgroup(Protocol):
    """The control group of one task."""

    parent: str
    """What `podman --cgroup-parent` takes."""

    def usage(self) -> Usage:
        """Reads the counters."""

    def remove(self) -> None:
        """Removes the group once its processes are gone."""


class CgroupV1:
    """A folder in each controller's hierarchy."""

    CONTROLLERS = ("cpu", "cpuacct", "memory", "pids")

    def __init__(self, name: str, *, vcpu: float | None, memory_mib: int | None) -> None:
        self.parent = f"/{name}"
        self._folders = {it: ROOT / it / name for it in self.CONTROLLERS}
        for folder in self._folders.values():
            folder.mkdir(parents=True, exist_ok=True)
        if memory_mib:
            (self._folders["memory"] / "memory.limit_in_bytes").write_text(str(memory_mib * MIB))
        if vcpu:
            (self._folders["cpu"] / "cpu.cfs_period_us").write_text(str(PERIOD_MICROSECONDS))
            (self._folders["cpu"] / "cpu.cfs_quota_us").write_text(str(int(vcpu * PERIOD_MICROSECONDS)))

    def usage(self) -> Usage:
        """From `cpuacct` (mounted with `cpu`) and `memory`."""
        cpu, memory = self._folders["cpu"], self._folders["memory"]
        stat = dict(line.split() for line in (cpu / "cpu.stat").read_text().splitlines())
        accounted = self._folders["cpuacct"] / "cpuacct.usage"
        cache = dict(line.split() for line in (memory / "memory.stat").read_text().splitlines())
        used = int((memory / "memory.usage_in_bytes").read_text()) - int(cache.get("total_inactive_file", 0))
        return Usage(
            cpu_seconds=int(accounted.read_text()) / 1e9,
            memory_bytes=max(used, 0),
            peak_memory_bytes=int((memory / "memory.max_usage_in_bytes").read_text()),
            throttled_periods=int(stat.get("nr_throttled", 0)),
        )

    def remove(self) -> None:
        """Children first: a runtime may have left its own."""
        for folder in self._folders.values():
            remove_tree(folder)


class CgroupV2:
    """One folder in the unified hierarchy."""

    def __init__(self, name: str, *, vcpu: float | None, memory_mib: int | None) -> None:
        self.parent = f"/{name}"
        self._folder = ROOT / name
        self._folder.mkdir(parents=True, exist_ok=True)
        for ancestor in reversed([it for it in self._folder.parents if it == ROOT or ROOT in it.parents]):
            with contextlib.suppress(OSError):
                (ancestor / "cgroup.subtree_control").write_text("+cpu +memory +pids")
        if memory_mib:
            (self._folder / "memory.max").write_text(str(memory_mib * MIB))
        if vcpu:
            (self._folder / "cpu.max").write_text(f"{int(vcpu * PERIOD_MICROSECONDS)} {PERIOD_MICROSECONDS}")

    def usage(self) -> Usage:
        """From `cpu.stat` and `memory.*`."""
        stat = dict(line.split() for line in (self._folder / "cpu.stat").read_text().splitlines())
        cache = dict(line.split() for line in (self._folder / "memory.stat").read_text().splitlines())
        current = int((self._folder / "memory.current").read_text())
        peak = self._folder / "memory.peak"
        return Usage(
            cpu_seconds=int(stat["usage_usec"]) / 1e6,
            memory_bytes=max(current - int(cache.get("inactive_file", 0)), 0),
            peak_memory_bytes=int(peak.read_text()) if peak.exists() else current,
            throttled_periods=int(stat.get("nr_throttled", 0)),
        )

    def remove(self) -> None:
        """Children first."""
        remove_tree(self._folder)


class NoCgroup:
    """For processes whose limits nobody enforces."""

    parent = ""

    def usage(self) -> Usage:
        """Nothing is known."""
        return Usage(0.0, 0, 0, 0)

    def remove(self) -> None:
        """Nothing has been made."""


def task_cgroup(name: str, *, vcpu: float | None, memory_mib: int | None) -> Cgroup:
    """The group of one task, in the version that this machine has."""
    if (ROOT / "cgroup.controllers").exists():
        return CgroupV2(name, vcpu=vcpu, memory_mib=memory_mib)
    return CgroupV1(name, vcpu=vcpu, memory_mib=memory_mib)


def remove_tree(folder: Path) -> None:
    """Removes a group with its children; one that still has processes stays."""
    if not folder.is_dir():
        return
    for child in [it for it in folder.iterdir() if it.is_dir()]:
        remove_tree(child)
    with contextlib.suppress(OSError):
        folder.rmdir()


def remove_run(run: str) -> None:
    """Removes every group of a run."""
    for controller in ("", "cpu", "cpuacct", "memory", "pids"):
        remove_tree(ROOT / controller / f"automock-{run}")
