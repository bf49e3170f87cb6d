"""EventBridge's clock: rules with `rate(…)` call their functions.

<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html>
"""

from __future__ import annotations

import datetime
import json
import re
import time
import uuid
from collections.abc import Callable
from typing import Any

from ..model.backends import existing

RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
SECONDS = {"minute": 60, "hour": 3600, "day": 86400}

Invoke = Callable[[str, dict[str, Any]], None]
"""Calls a function, by its ARN, with an event."""


def period_of(expression: str) -> float | None:
    """Seconds between two ticks of a rule; `None` for a rule that this clock does not have."""
    found = RATE.fullmatch(expression or "")
    return None if found is None else int(found[1]) * SECONDS[found[2]]


class Clock:
    """Counts the time of each rule from when it was enabled."""

    def __init__(self, invoke: Invoke) -> None:
        self._invoke = invoke
        self._due: dict[tuple[str, str], float] = {}

    def tick(self) -> None:
        """Fires the rules that are due. Called with the world locked."""
        now = time.monotonic()
        present: set[tuple[str, str]] = set()
        for account, region, backend in existing("events"):
            for bus in backend.event_buses.values():
                for rule in bus.rules.values():
                    period = period_of(rule.scheduled_expression)
                    if period is None or rule.state != "ENABLED":
                        continue
                    key = (rule.arn, rule.scheduled_expression)
                    present.add(key)
                    if now >= self._due.setdefault(key, now + period):
                        self._due[key] += period
                        self._fire(account, region, rule)
        for key in self._due.keys() - present:
            del self._due[key]

    def _fire(self, account: str, region: str, rule: Any) -> None:
        at = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        event = {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": account,
            "time": at,
            "region": region,
            "resources": [rule.arn],
            "detail": {},
        }
        for target in rule.targets:
            if ":lambda:" in target["Arn"]:
                self._invoke(target["Arn"], json.loads(target["Input"]) if target.get("Input") else event)
