"""What ECS and the load balancers measure: utilisation of tasks, counts of requests."""

from __future__ import annotations

import time
from collections import defaultdict

from .cgroups import MIB
from .haproxy_config import backend_name
from .load_balancer import LoadBalancers, Proxy
from .metrics import Metric, Metrics, dimensions
from .service_scheduler import ServiceScheduler
from .target_health import Targets
from .task_run import TaskRun

MINUTE = 60
LEAST_SECONDS = 5.0
"""A task that has run for less says nothing about its load yet."""

HOSTS_SECONDS = 10.0


class TaskUtilization:
    """One datapoint per task and minute, as `AWS/ECS` has them."""

    def __init__(self, scheduler: ServiceScheduler, metrics: Metrics) -> None:
        self._scheduler = scheduler
        self._metrics = metrics
        self._minute = int(time.time() // MINUTE)

    def tick(self) -> None:
        """Measures all tasks at the end of each minute. Called with the world locked."""
        minute = int(time.time() // MINUTE)
        for run in self._scheduler.runs():
            if run.is_ready and run.last_usage is None:
                self._begin(run)
        if minute == self._minute:
            return
        self._minute = minute
        for run in self._scheduler.runs():
            if run.is_ready and run.leaving_since is None:
                self._measure(run, at=(minute - 1) * MINUTE)

    def _begin(self, run: TaskRun) -> None:
        usage = run.usage()
        if usage is not None:
            run.last_usage = (time.monotonic(), usage)

    def _measure(self, run: TaskRun, at: float) -> None:
        usage, last = run.usage(), run.last_usage
        now = time.monotonic()
        if usage is None or last is None or now - last[0] < LEAST_SECONDS:
            return
        run.last_usage = (now, usage)
        cpu = (usage.cpu_seconds - last[1].cpu_seconds) / (now - last[0]) / run.vcpu * 100
        memory = usage.memory_bytes / (run.memory_mib * MIB) * 100
        record = run.record
        cluster, service = record.cluster_arn.rpartition("/")[2], record.group.removeprefix("service:")
        for own in ({"ClusterName": cluster, "ServiceName": service}, {"ClusterName": cluster}):
            for name, value in (("CPUUtilization", cpu), ("MemoryUtilization", memory)):
                metric = Metric(run.account, record.region_name, "AWS/ECS", name, dimensions(own))
                self._metrics.put(metric, value, at=at)


class Traffic:
    """What the load balancers count, once a second."""

    NAMESPACE = "AWS/ApplicationELB"

    def __init__(self, balancers: LoadBalancers, targets: Targets, metrics: Metrics) -> None:
        self._balancers = balancers
        self._targets = targets
        self._metrics = metrics
        self._seen: dict[tuple[str, int, str, str], dict[str, int]] = {}
        self._hosts_at = 0.0
        self.totals: dict[str, int] = defaultdict(int)
        """Over all load balancers, since the beginning."""

    def tick(self) -> None:
        """Reads the counters of all proxies. Needs no lock."""
        shows_hosts = time.monotonic() - self._hosts_at >= HOSTS_SECONDS
        if shows_hosts:
            self._hosts_at = time.monotonic()
        for proxy in list(self._balancers.proxies.values()):
            if proxy.balancer is not None:
                self._read(proxy, shows_hosts=shows_hosts)

    def _read(self, proxy: Proxy, *, shows_hosts: bool) -> None:
        generation = proxy.generation
        lines = proxy.statistics()
        groups = {backend_name(it): it for it in proxy.balancer.groups} if proxy.balancer else {}
        by_group: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
        own: dict[str, float] = defaultdict(float)
        for line in lines:
            change = self._change(proxy.arn, generation, line)
            if line["svname"] == "FRONTEND":
                own["requests"] += change["req_tot"]
            elif line["svname"] == "BACKEND":
                own["5xx"] += change["hrsp_5xx"]
            elif line["pxname"] in groups:
                found = by_group[groups[line["pxname"]]]
                found["requests"] += change["stot"]
                for kind in ("2xx", "3xx", "4xx", "5xx"):
                    found[kind] += change[f"hrsp_{kind}"]
                own["5xx"] -= change["hrsp_5xx"]
                if change["stot"]:
                    found["time"] += change["stot"] * int(line["rtime"] or 0) / 1000
        self._put_balancer(proxy, own)
        for arn in groups.values():
            self._put_group(proxy, arn, by_group[arn], shows_hosts=shows_hosts)

    def _change(self, arn: str, generation: int, line: dict[str, str]) -> dict[str, int]:
        names = ("req_tot", "stot", "hrsp_2xx", "hrsp_3xx", "hrsp_4xx", "hrsp_5xx")
        now = {name: int(line.get(name) or 0) for name in names}
        key = (arn, generation, line["pxname"], line["svname"])
        before = self._seen.get(key, {})
        self._seen[key] = now
        # A target that came back under its old name counts from zero.
        return {name: now[name] - before.get(name, 0) if now[name] >= before.get(name, 0) else now[name] for name in names}

    def _put_balancer(self, proxy: Proxy, own: dict[str, float]) -> None:
        self.totals["requests"] += int(own["requests"])
        errors = max(own["5xx"], 0.0)
        self.totals["errors"] += int(errors)
        if own["requests"]:
            self._put(proxy, {}, "RequestCount", own["requests"])
        if errors:
            self._put(proxy, {}, "HTTPCode_ELB_5XX_Count", errors)

    def _put_group(self, proxy: Proxy, arn: str, found: dict[str, float], *, shows_hosts: bool) -> None:
        group = {"TargetGroup": arn.rpartition(":")[2]}
        healthy, unhealthy = self._targets.counts(arn)
        self.totals["to_targets"] += int(found["requests"])
        if found["requests"]:
            self._put(proxy, group, "RequestCount", found["requests"])
            per_target = found["requests"] / max(healthy, 1)
            self._put(proxy, group, "RequestCountPerTarget", per_target)
            self._put_alone(proxy, group, "RequestCountPerTarget", per_target)
            self._put(proxy, group, "TargetResponseTime", found["time"] / found["requests"], count=found["requests"])
            for kind in ("2xx", "3xx", "4xx", "5xx"):
                if found[kind]:
                    self._put(proxy, group, f"HTTPCode_Target_{kind.upper()}_Count", found[kind])
        if shows_hosts:
            self._put(proxy, group, "HealthyHostCount", healthy)
            self._put(proxy, group, "UnHealthyHostCount", unhealthy)

    def _put(self, proxy: Proxy, more: dict[str, str], name: str, value: float, count: float = 1.0) -> None:
        self._put_alone(proxy, {"LoadBalancer": proxy.arn_suffix} | more, name, value, count)

    def _put_alone(self, proxy: Proxy, own: dict[str, str], name: str, value: float, count: float = 1.0) -> None:
        _arn, _partition, _service, region, account, *_rest = proxy.arn.split(":")
        self._metrics.put(Metric(account, region, self.NAMESPACE, name, dimensions(own)), value, count=count)
