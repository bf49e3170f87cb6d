"""What happened, in order: the timeline that a rehearsal prints."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Event:
    """One thing that happened."""

    number: int
    at: float
    kind: str
    text: str
    details: dict[str, Any] = field(default_factory=dict)

    def as_document(self) -> dict[str, Any]:
        """For the control endpoint."""
        return {"number": self.number, "at": self.at, "kind": self.kind, "text": self.text, "details": self.details}


class Journal:
    """Events, oldest first. Any thread may add one."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._lock = threading.Lock()

    def note(self, kind: str, text: str, **details: Any) -> None:
        """Adds an event."""
        with self._lock:
            self._events.append(Event(len(self._events), time.time(), kind, text, details))

    def since(self, number: int) -> list[Event]:
        """The events from one on."""
        with self._lock:
            return self._events[number:]
