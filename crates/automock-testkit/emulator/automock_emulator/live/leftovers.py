"""What a run has made outside of its process, and how it goes: at the end, or when the next run begins.

Everything carries the run's name. A run that was killed left a note of where its things are.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
from pathlib import Path

from .cgroups import remove_run
from .commands import CommandFailed, attempt, run
from .config import LiveConfig
from .container_runtime import remove_store

NOTES = Path("/run/automock-live")
NAMESPACES = Path("/run/netns")


def note(config: LiveConfig) -> None:
    """Writes down whose run this is."""
    NOTES.mkdir(parents=True, exist_ok=True)
    owner = {"pid": os.getpid(), "started": started_at(os.getpid()), "directory": str(config.directory)}
    (NOTES / config.run).write_text(json.dumps(owner))


def forget(config: LiveConfig) -> None:
    """The run is over and has left nothing."""
    (NOTES / config.run).unlink(missing_ok=True)


def remove_dead_runs() -> list[str]:
    """Removes what runs left whose process is gone; their names."""
    removed = []
    for file in sorted(NOTES.glob("*")) if NOTES.is_dir() else []:
        try:
            owner = json.loads(file.read_text())
        except ValueError:
            continue
        if started_at(owner["pid"]) == owner["started"]:
            continue
        remove_run_of(file.name, Path(owner["directory"]))
        file.unlink(missing_ok=True)
        removed.append(file.name)
    return removed


def remove_run_of(name: str, directory: Path) -> None:
    """Removes the processes, namespaces, control groups and files of one run."""
    namespaces = [it.name for it in NAMESPACES.glob("*") if it.name == name or it.name.startswith(f"{name}-t")]
    for namespace in namespaces:
        end_processes(namespace)
    for namespace in namespaces:
        attempt(["ip", "netns", "del", namespace])
    remove_run(name)
    remove_store(directory / "containers")
    shutil.rmtree(directory, ignore_errors=True)


def end_processes(namespace: str) -> None:
    """Kills everything in a network namespace but this process and those that it came from."""
    try:
        pids = [int(it) for it in run(["ip", "netns", "pids", namespace]).split()]
    except CommandFailed:
        return
    for pid in pids:
        if pid not in ancestry():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)


def ancestry() -> set[int]:
    """This process, its parent, and so on."""
    found: set[int] = set()
    pid = os.getpid()
    while pid > 1 and pid not in found:
        found.add(pid)
        try:
            pid = int((Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            break
    return found


def started_at(pid: int) -> str | None:
    """When a process began, in the kernel's ticks; `None` when there is none. Numbers are used again."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None
