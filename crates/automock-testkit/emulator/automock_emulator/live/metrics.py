"""CloudWatch's metrics: datapoints of the fleet, kept for alarms and shown by the emulator's API."""

from __future__ import annotations

import datetime
import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ..model.backends import peer

RESOLUTION_SECONDS = 10
"""Periods of alarms are multiples of it."""

KEPT_SECONDS = 3 * 3600
VALUES_KEPT = 500
"""Values of one bucket that percentiles are taken from."""

Dimensions = frozenset[tuple[str, str]]


@dataclass
class Statistics:
    """What happened within some seconds."""

    count: float = 0.0
    total: float = 0.0
    low: float = float("inf")
    high: float = float("-inf")
    values: list[float] = field(default_factory=list)

    def add(self, value: float, count: float = 1.0) -> None:
        """Counts a value that was measured `count` times."""
        self.count += count
        self.total += value * count
        self.low, self.high = min(self.low, value), max(self.high, value)
        if len(self.values) < VALUES_KEPT:
            self.values.append(value)

    def merge(self, other: Statistics) -> None:
        """Counts what another bucket has."""
        self.count += other.count
        self.total += other.total
        self.low, self.high = min(self.low, other.low), max(self.high, other.high)
        self.values += other.values

    def of(self, statistic: str) -> float:
        """`Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount` or a percentile such as `p99`."""
        match statistic:
            case "Sum":
                return self.total
            case "Average":
                return self.total / self.count
            case "Minimum":
                return self.low
            case "Maximum":
                return self.high
            case "SampleCount":
                return self.count
        ordered = sorted(self.values)
        return ordered[min(int(len(ordered) * float(statistic[1:]) / 100), len(ordered) - 1)]


@dataclass(frozen=True)
class Metric:
    """A metric's full name."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: Dimensions


class Metrics:
    """Every metric of every account. Any thread may add datapoints."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._metrics: dict[Metric, dict[int, Statistics]] = {}
        self._shown_until = bucket_of(time.time())

    def put(self, metric: Metric, value: float, *, at: float | None = None, count: float = 1.0) -> None:
        """Adds a datapoint."""
        bucket = bucket_of(time.time() if at is None else at)
        with self._lock:
            self._metrics.setdefault(metric, {}).setdefault(bucket, Statistics()).add(value, count)

    def between(self, metric: Metric, start: float, end: float) -> Statistics | None:
        """What was measured from `start` until before `end`, or `None` without datapoints."""
        merged = Statistics()
        with self._lock:
            buckets = self._metrics.get(metric, {})
            for bucket in range(bucket_of(start), bucket_of(end)):
                found = buckets.get(bucket)
                if found is not None:
                    merged.merge(found)
        return merged if merged.count else None

    def show(self) -> None:
        """Hands closed buckets to the emulator's API and forgets old ones. Called with the world locked."""
        until = bucket_of(time.time() - RESOLUTION_SECONDS)
        if until <= self._shown_until:
            return
        with self._lock:
            closed = [
                (metric, bucket, statistics)
                for metric, buckets in self._metrics.items()
                for bucket, statistics in buckets.items()
                if self._shown_until <= bucket < until
            ]
            oldest = until - KEPT_SECONDS // RESOLUTION_SECONDS
            for buckets in self._metrics.values():
                for bucket in [it for it in buckets if it < oldest]:
                    del buckets[bucket]
        self._shown_until = until
        for metric, bucket, statistics in closed:
            publish(metric, bucket, statistics)


def publish(metric: Metric, bucket: int, statistics: Statistics) -> None:
    """Puts one bucket into moto's CloudWatch."""
    backend = peer("cloudwatch", metric.account, metric.region)
    if backend is None:
        return
    at = datetime.datetime.fromtimestamp(bucket * RESOLUTION_SECONDS, datetime.timezone.utc)
    entry = {
        "MetricName": metric.name,
        "Dimensions": [{"Name": name, "Value": value} for name, value in sorted(metric.dimensions)],
        "Timestamp": at,
        "StatisticValues": {
            "Sum": statistics.total,
            "Minimum": statistics.low,
            "Maximum": statistics.high,
            "SampleCount": statistics.count,
        },
    }
    backend.put_metric_data(metric.namespace, [entry])


def bucket_of(at: float) -> int:
    """The bucket of a time."""
    return int(at // RESOLUTION_SECONDS)


def dimensions(pairs: Mapping[str, str]) -> Dimensions:
    """Dimensions that can be compared."""
    return frozenset(pairs.items())


def embedded(line: str, account: str, region: str) -> Iterable[tuple[Metric, float, float, float]]:
    """Metric, value, count and time of each datapoint in a log line in the embedded metric format.

    <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
    """
    if '"CloudWatchMetrics"' not in line:
        return
    try:
        document = json.loads(line)
        about = document["_aws"]
        at = float(about["Timestamp"]) / 1000
        for directive in about["CloudWatchMetrics"]:
            for names in directive["Dimensions"] or [[]]:
                own = dimensions({name: str(document[name]) for name in names})
                for definition in directive["Metrics"]:
                    metric = Metric(account, region, directive["Namespace"], definition["Name"], own)
                    for value, count in values_of(document[definition["Name"]]):
                        yield metric, value, count, at
    except (KeyError, TypeError, ValueError):
        return


def values_of(member: Any) -> Iterable[tuple[float, float]]:
    """A number, an array of numbers, or values with counts."""
    if isinstance(member, dict):
        counts = member.get("Counts") or [1] * len(member["Values"])
        yield from ((float(value), float(count)) for value, count in zip(member["Values"], counts, strict=True))
    elif isinstance(member, list):
        yield from ((float(value), 1.0) for value in member)
    else:
        yield float(member), 1.0
