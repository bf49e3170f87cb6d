"""Container logs: each line becomes an event of the emulator's log groups, and maybe a metric."""

from __future__ import annotations

import datetime
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..model.backends import peer
from .metrics import Metrics, embedded

LINES_AT_ONCE = 5_000


@dataclass
class Source:
    """The log file of one container and where its lines go."""

    path: Path
    account: str
    region: str
    group: str | None
    stream: str
    position: int = 0
    partial: str = ""
    last_line: str = ""
    """The last whole line."""

    waiting: list[dict[str, Any]] = field(default_factory=list)


class Logs:
    """Follows the logs of all containers."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._sources: dict[Path, Source] = {}
        self._lock = threading.RLock()
        self._ready: list[Source] = []

    def follow(self, path: Path, definition: dict[str, Any], account: str, region: str, task_id: str) -> None:
        """Follows the log of a container as its `awslogs` options say."""
        options = (definition.get("logConfiguration") or {}).get("options") or {}
        prefix = options.get("awslogs-stream-prefix")
        stream = f"{prefix}/{definition['name']}/{task_id}" if prefix else task_id
        region = options.get("awslogs-region", region)
        with self._lock:
            self._sources[path] = Source(path, account, region, options.get("awslogs-group"), stream)

    def finish(self, path: Path) -> str:
        """Reads the rest of a log whose container has ended; its last line."""
        with self._lock:
            source = self._sources.pop(path, None)
            if source is None:
                return ""
            self._read(source)
            self._ready.append(source)
            return source.last_line

    def read(self) -> None:
        """Reads what has been written since the last time. No lock of the world is needed."""
        with self._lock:
            for source in self._sources.values():
                self._read(source)

    def deliver(self) -> None:
        """Puts what was read into the log groups. Called with the world locked."""
        with self._lock:
            sources = [*self._sources.values(), *self._ready]
            self._ready.clear()
            batches = [(it, it.waiting) for it in sources if it.waiting]
            for source in sources:
                source.waiting = []
        for source, events in batches:
            deliver(source, events)

    def _read(self, source: Source) -> None:
        try:
            with source.path.open("rb") as file:
                file.seek(source.position)
                content = file.read()
        except OSError:
            return
        end = content.rfind(b"\n") + 1
        source.position += end
        for raw in content[:end].decode(errors="replace").split("\n")[:-1]:
            at, _stream, flag, text = (raw.split(" ", 3) + ["", "", ""])[:4]
            if flag == "P":
                source.partial += text
                continue
            line, source.partial = source.partial + text, ""
            self._take(source, milliseconds(at), line)

    def _take(self, source: Source, at: int, line: str) -> None:
        if line:
            source.last_line = line
            source.waiting.append({"timestamp": at, "message": line})
            del source.waiting[:-LINES_AT_ONCE]
        for metric, value, count, when in embedded(line, source.account, source.region):
            self._metrics.put(metric, value, count=count, at=when)


def deliver(source: Source, events: list[dict[str, Any]]) -> None:
    """Appends to a stream, which comes into being with its first event."""
    backend = peer("logs", source.account, source.region)
    group = backend.groups.get(source.group) if backend is not None and source.group else None
    if backend is None or group is None:
        return
    if source.stream not in group.streams:
        backend.create_log_stream(source.group, source.stream)
    group.streams[source.stream].put_log_events(sorted(events, key=lambda it: it["timestamp"]))


def milliseconds(text: str) -> int:
    """A container runtime's time, which has nine digits after the second."""
    head, _, rest = text.partition(".")
    digits = rest[:3].ljust(3, "0") if rest[:3].isdigit() else "000"
    zone = rest[len(rest.rstrip("+-:0123456789Z")) :] if rest else ""
    offset = next((zone[index:] for index, it in enumerate(zone) if it in "+-Z"), "+00:00").replace("Z", "+00:00")
    try:
        moment = datetime.datetime.fromisoformat(f"{head[:19]}{offset}")
    except ValueError:
        moment = datetime.datetime.now(datetime.timezone.utc)
        return int(moment.timestamp() * 1000)
    return int(moment.timestamp()) * 1000 + int(digits)
