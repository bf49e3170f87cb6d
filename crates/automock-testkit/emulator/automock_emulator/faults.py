"""Calls that go wrong on purpose."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .call import Call
from .errors import Answer, error_response
from .operation import operation_of, prefix_of

MODES = ("before", "after", "drop", "cut")


class ConnectionLost(ConnectionError):
    """The server closes the connection instead of answering."""


@dataclass
class Fault:
    """The n-th call of an operation fails, counted from when the fault was set."""

    service: str
    """What IAM actions begin with; patterns such as `*` match."""

    action: str
    mode: str
    """`before`: an error, nothing is done. `after`: done, the answer is lost. `cut`: done, half of the
    answer arrives. `drop`: neither done nor answered."""

    nth: int = 1
    times: int = 1
    """How many calls fail from the n-th on."""

    status: str = "500 Internal Server Error"
    code: str = "InternalFailure"
    access_key: str = "*"
    """Whose calls count."""

    seen: int = 0

    def __post_init__(self) -> None:
        if self.mode not in MODES:
            raise ValueError(f"unknown mode {self.mode!r}, known are {', '.join(MODES)}")
        if self.nth < 1 or self.times < 1:
            raise ValueError("calls are counted from 1")

    def strikes(self, call: Call) -> bool:
        """Counts the call, if it is one of the fault's, and says whether it fails."""
        pairs = (
            (prefix_of(call), self.service),
            (operation_of(call), self.action),
            (call.access_key, self.access_key),
        )
        if not all(fnmatch.fnmatchcase(value, pattern) for value, pattern in pairs):
            return False
        self.seen += 1
        return self.nth <= self.seen < self.nth + self.times

    @property
    def struck(self) -> int:
        """How many calls have failed."""
        return max(0, min(self.seen - self.nth + 1, self.times))

    @property
    def is_over(self) -> bool:
        """Whether every call that should fail has failed."""
        return self.seen >= self.nth + self.times - 1


class Faults:
    """The faults of a world."""

    def __init__(self) -> None:
        self._set: list[Fault] = []

    def add(self, description: dict[str, Any]) -> None:
        """Sets a fault; an unknown field is an error."""
        self._set.append(Fault(**description))

    def clear(self) -> None:
        """Takes every fault back."""
        self._set.clear()

    def pending(self) -> int:
        """How many faults have not struck as often as they should."""
        return sum(not fault.is_over for fault in self._set)

    def struck(self) -> int:
        """How many calls have failed by the faults that are set."""
        return sum(fault.struck for fault in self._set)

    def strike(self, call: Call) -> Fault | None:
        """The fault that befalls a call. Each fault counts the call, the first to strike wins."""
        struck = [fault for fault in self._set if fault.strikes(call)]
        return struck[0] if struck else None


def before(fault: Fault | None, call: Call) -> Answer | None:
    """What happens instead of the call."""
    if fault is None or fault.mode in ("after", "cut"):
        return None
    if fault.mode == "drop":
        raise ConnectionLost
    return error_response(call, fault.status, fault.code, "this call was chosen to fail")


def after(fault: Fault | None) -> None:
    """What happens to the answer."""
    if fault is not None and fault.mode == "after":
        raise ConnectionLost


def sent(fault: Fault | None, content: bytes) -> Iterator[bytes]:
    """What reaches the client of an answer's content, whose length its head has announced."""
    if fault is None or fault.mode != "cut":
        yield content
        return
    yield content[: len(content) // 2]
    raise ConnectionLost
