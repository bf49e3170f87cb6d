"""What a test may ask a live fleet: tasks, load balancers, metrics, and what happened."""

from __future__ import annotations

import json
import time
from typing import Any

from .fleet import LiveFleet
from .metrics import Metric, dimensions
from .task_run import TaskRun, counts_of


def state(fleet: LiveFleet, since: int) -> dict[str, Any]:
    """Everything at once; `since` is the number of the first event that is wanted."""
    return {
        "runtime": fleet.config.runtime,
        "now": time.time(),
        "tasks": [task(fleet, it) for it in fleet.scheduler.runs()],
        "load_balancers": [balancer(it) for it in fleet.balancers.proxies.values()],
        "functions": fleet.functions.invocations,
        "traffic": dict(fleet.traffic.totals),
        "events": [it.as_document() for it in fleet.journal.since(since)],
    }


def task(fleet: LiveFleet, run: TaskRun) -> dict[str, Any]:
    """One task."""
    usage = run.usage()
    keys = [(arn, run.record.private_ip, port) for arn, port in run.record.target_groups]
    targets = [it for it in map(fleet.targets.state_of, keys) if it is not None]
    return {
        "id": run.id,
        "service": run.record.group.removeprefix("service:"),
        "task_definition": run.record.task_definition_arn.rpartition("/")[2],
        "address": run.place.network.address if run.place else run.record.private_ip,
        "namespace": run.place.network.namespace if run.place else None,
        "last_status": run.record.last_status,
        "desired_status": run.record.desired_status,
        "targets": [it.state for it in targets],
        "servers": [it.name for it in targets],
        "capacity_provider": run.record.capacity_provider_name,
        "start_seconds": round(run.start_seconds, 3),
        "cpu_seconds": usage.cpu_seconds if usage else None,
        "memory_bytes": usage.memory_bytes if usage else None,
        "peak_memory_bytes": usage.peak_memory_bytes if usage else None,
        "throttled_periods": usage.throttled_periods if usage else None,
        "log_files": {name: str(path) for name, path in run.log_files.items()},
        "counts": {name: counts_of(line) for name, line in run.last_lines.items()},
    }


def balancer(proxy: Any) -> dict[str, Any]:
    """One load balancer."""
    return {
        "arn": proxy.arn,
        "name": proxy.arn_suffix.split("/")[1],
        "address": proxy.address,
        "ports": [it.port for it in proxy.balancer.listeners] if proxy.balancer else [],
        "failures": list(proxy.failures),
    }


def metric(fleet: LiveFleet, query: dict[str, str]) -> dict[str, Any]:
    """A metric's values per period, newest last."""
    wanted = Metric(
        query.get("account", "123456789012"),
        query.get("region", "us-east-1"),
        query["namespace"],
        query["name"],
        dimensions(json.loads(query.get("dimensions", "{}"))),
    )
    period, periods = int(query.get("period", "60")), int(query.get("periods", "10"))
    last = int(time.time() // period)
    found = [fleet.metrics.between(wanted, n * period, (n + 1) * period) for n in range(last - periods, last + 1)]
    return {"values": [None if it is None else it.of(query.get("statistic", "Average")) for it in found]}
