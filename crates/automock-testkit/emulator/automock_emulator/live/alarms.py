"""CloudWatch's alarms, evaluated over the fleet's metrics.

<https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html>
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from ..model.backends import existing
from .journal import Journal
from .metrics import Metric, Metrics, dimensions

ALARM, OK, INSUFFICIENT = "ALARM", "OK", "INSUFFICIENT_DATA"

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}

REPEAT_SECONDS = 60.0
"""How often an alarm that stays on calls its scaling policies again."""

ScalingAction = Callable[[str, str, str, float, float], bool]
"""Account, region, ARN of the policy, the metric's value, the alarm's threshold; whether it is one."""


def judge(
    points: list[float | None], *, comparison: str, threshold: float, wanted: int, missing: str, current: str
) -> str:
    """The state that the points of the last evaluation periods, oldest first, stand for."""
    breaches = COMPARISONS[comparison]
    known = [it for it in points if it is not None]
    absent = len(points) - len(known)
    breaching = sum(breaches(it, threshold) for it in known)
    if missing == "breaching":
        breaching += absent
    elif not known and missing == "ignore":
        return current
    elif not known and missing != "notBreaching":
        return INSUFFICIENT
    if breaching >= wanted:
        return ALARM
    if missing == "ignore" and breaching + absent >= wanted:
        return current
    return OK


class Alarms:
    """Evaluates every metric alarm once a period and does what it asks for."""

    def __init__(self, metrics: Metrics, journal: Journal, scale: ScalingAction, delay: float) -> None:
        self._metrics = metrics
        self._journal = journal
        self._scale = scale
        self._delay = delay
        self._evaluated: dict[str, int] = {}
        self._acted: dict[str, float] = {}

    def tick(self) -> None:
        """Evaluates the alarms whose period has ended. Called with the world locked."""
        now = time.time()
        for account, region, backend in existing("cloudwatch"):
            for alarm in list(backend.alarms.values()):
                if not alarm.metric_name or not alarm.period:
                    continue
                period = int(alarm.period)
                index = int((now - self._delay) // period)
                first = self._evaluated.setdefault(alarm.alarm_arn, index)
                if index > first:
                    self._evaluated[alarm.alarm_arn] = index
                    self._evaluate(account, region, alarm, index, period)

    def _evaluate(self, account: str, region: str, alarm: Any, index: int, period: int) -> None:
        metric = Metric(
            account,
            region,
            alarm.namespace,
            alarm.metric_name,
            dimensions({it.name: it.value for it in alarm.dimensions}),
        )
        statistic = alarm.statistic or alarm.extended_statistic or "Average"
        periods = int(alarm.evaluation_periods)
        points: list[float | None] = []
        for number in range(index - periods, index):
            found = self._metrics.between(metric, number * period, (number + 1) * period)
            points.append(None if found is None else found.of(statistic))
        state = judge(
            points,
            comparison=alarm.comparison_operator,
            threshold=float(alarm.threshold),
            wanted=int(alarm.datapoints_to_alarm or periods),
            missing=alarm.treat_missing_data or "missing",
            current=alarm.state_value,
        )
        value = next((it for it in reversed(points) if it is not None), None)
        self._enter(account, region, alarm, state, value)

    def _enter(self, account: str, region: str, alarm: Any, state: str, value: float | None) -> None:
        changed = state != alarm.state_value
        if changed:
            shown = "no datapoints" if value is None else f"{value:.1f}"
            reason = f"Threshold Crossed: {shown} against {alarm.threshold} ({alarm.comparison_operator})."
            alarm.update_state(reason, json.dumps({"recentDatapoints": [value]}), state)
            self._journal.note(
                "alarm",
                f"{alarm.name} is {state}: {alarm.metric_name} {shown}, threshold {float(alarm.threshold):g}",
                alarm=alarm.name,
                state=state,
                value=value,
            )
        if not alarm.actions_enabled:
            return
        actions = {ALARM: alarm.alarm_actions, OK: alarm.ok_actions}.get(state, alarm.insufficient_data_actions) or []
        repeats = state == ALARM and time.time() - self._acted.get(alarm.alarm_arn, 0.0) >= REPEAT_SECONDS - 1
        for action in actions:
            if ":autoscaling:" in action:
                if (changed or repeats) and value is not None:
                    self._acted[alarm.alarm_arn] = time.time()
                    self._scale(account, region, action, value, float(alarm.threshold))
            elif changed:
                self._notify(account, region, action, alarm, state)

    def _notify(self, account: str, region: str, topic: str, alarm: Any, state: str) -> None:
        message = json.dumps({"AlarmName": alarm.name, "NewStateValue": state, "NewStateReason": alarm.state_reason})
        for its_account, its_region, backend in existing("sns"):
            if (its_account, its_region) == (account, region) and topic in backend.topics:
                backend.publish(message, arn=topic, subject=f'{state}: "{alarm.name}" in {region}')
