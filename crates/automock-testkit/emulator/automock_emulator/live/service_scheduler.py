"""ECS's service scheduler: keeps as many real tasks as a service wants, and replaces them without a gap."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import Executor
from typing import Any

from ..model import fleet, tasks
from ..model.backends import existing, peer
from ..model.tasks import SCHEDULER, ServiceTask, moment
from .capacity import provider_for
from .deployment import Bounds, Deployment, as_document, new_id, next_steps
from .journal import Journal
from .target_health import Key, Targets
from .task_run import Failure, Machinery, TaskRun

SPOT = "FARGATE_SPOT"
SPOT_REASON = Failure("Your Spot Task was interrupted.", "SpotInterruption")


class ServiceState:
    """What the scheduler knows about one service."""

    def __init__(self, service: Any) -> None:
        self.arn = service_arn(service)
        self.deployments: list[Deployment] = []
        self.runs: list[TaskRun] = []
        self.completed: Deployment | None = None
        """The last one that reached its end, to which a failed one goes back."""

    def of(self, deployment: Deployment) -> list[TaskRun]:
        """The tasks of a deployment that are not on their way out."""
        return [it for it in self.runs if it.record.started_by == deployment.id and it.leaving_since is None]


class ServiceScheduler:
    """Looks after all services. All methods are called with the world locked."""

    def __init__(self, machinery: Machinery, targets: Targets, executor: Executor, journal: Journal) -> None:
        self._machinery = machinery
        self._targets = targets
        self._executor = executor
        self._journal = journal
        self.services: dict[str, ServiceState] = {}

    def tick(self) -> None:
        """One look at every service."""
        for account, region, backend in existing("ecs"):
            for service in list(backend.services.values()):
                if service.status == "INACTIVE" or not service.task_definition:
                    continue
                arn = service_arn(service)
                state = self.services.setdefault(arn, ServiceState(service))
                self._follow_api(backend, service, state)
                for run in list(state.runs):
                    self._look_after(service, state, run)
                self._schedule(backend, account, region, service, state)
                self._report(service, state)
                if service.status == "DRAINING" and not state.runs:
                    service.status = "INACTIVE"
                    service.running_count = service.pending_count = 0
                    self.services.pop(arn)

    def run_of(self, task_id: str) -> TaskRun | None:
        """The running task with an id, or with the beginning of one."""
        return next((it for it in self.runs() if it.id.startswith(task_id)), None)

    def runs(self) -> list[TaskRun]:
        """All tasks that are not over."""
        return [run for state in self.services.values() for run in state.runs]

    def stop_task(self, record: ServiceTask, reason: str, code: str) -> None:
        """StopTask."""
        run = self.run_of(record.id)
        if run is not None:
            self._leave(run, Failure(reason, code))

    def in_flight(self, run: TaskRun) -> int:
        """Requests that a task is answering."""
        return sum(self._targets.in_flight(key) for key in self._keys(run))

    def withhold(self, run: TaskRun) -> None:
        """Sends no new requests to a task."""
        for key in self._keys(run):
            self._targets.deregister(key)

    def lose(self, run: TaskRun) -> None:
        """Sends nothing to a task any more that is dead."""
        self._drop_targets(run)

    def interrupt(self, run: TaskRun) -> None:
        """Fargate takes a Spot task back: SIGTERM first, while the load balancer still sends requests."""
        self._mark(run, SPOT_REASON)
        delay = self._machinery.config.spot_deregistration_seconds
        run.deregister_at = None if delay is None else time.monotonic() + delay
        self._journal.note("task", f"task {run.short_id}: Spot interruption, SIGTERM", task=run.id)
        self._executor.submit(run.stop)

    def _follow_api(self, backend: Any, service: Any, state: ServiceState) -> None:
        """Begins a deployment when the API was told of another version or to deploy anew."""
        definition = backend.describe_task_definition(service.task_definition)
        service.task_definition = definition.arn
        told = str(service.deployments[0]["id"]) if service.deployments else new_id()
        primary = state.deployments[0] if state.deployments else None
        if primary is not None and primary.id == told and primary.task_definition == definition.arn:
            return
        identifier = new_id() if primary is not None and primary.id == told else told
        if primary is not None:
            self._journal.note(
                "deployment",
                f"service {service.name}: deployment of {definition.arn.rpartition('/')[2]} begins",
                service=service.name,
            )
        state.deployments.insert(0, Deployment(identifier, definition.arn))

    def _look_after(self, service: Any, state: ServiceState, run: TaskRun) -> None:
        """One step in the life of one task."""
        run.poll()
        if run.is_over:
            self._forget(state, run)
            return
        if run.leaving_since is not None:
            self._see_off(run)
            return
        if run.failure is not None:
            self._fail(service, state, run, run.failure)
            return
        if run.is_ready and not run.registered:
            self._register(service, run)
        if self._is_healthy(run):
            run.has_been_healthy = True
        sick = self._sickness(service, run)
        if sick is not None:
            self._fail(service, state, run, sick)

    def _register(self, service: Any, run: TaskRun) -> None:
        run.registered = True
        for group, port in self._groups(run):
            self._targets.register(group, run.record.private_ip, port)
            fleet.add_event(service, f"(service {service.name}) registered 1 targets in (target-group {group.arn})")

    def _is_healthy(self, run: TaskRun) -> bool:
        if not run.is_ready or run.failure is not None or run.leaving_since is not None:
            return False
        if any(it.status != "HEALTHY" for it in run.health.values()):
            return False
        states = [self._targets.state_of(key) for key in self._keys(run)]
        return all(it is not None and it.state == "healthy" for it in states)

    def _sickness(self, service: Any, run: TaskRun) -> Failure | None:
        """Why a running task has to be replaced, once its grace period is over."""
        started = run.record.started
        grace = float(getattr(service, "health_check_grace_period_seconds", None) or 0)
        if started is None or (not run.has_been_healthy and time.time() < started + grace):
            return None
        for key in self._keys(run):
            target = self._targets.state_of(key)
            if target is not None and target.state == "unhealthy":
                reason = f"Task failed ELB health checks in (target-group {key[0]})"
                fleet.add_event(
                    service,
                    f"(service {service.name}) (port {key[2]}) is unhealthy in (target-group {key[0]}) "
                    f"due to (reason {target.description})",
                )
                return Failure(reason, SCHEDULER)
        if any(it.status == "UNHEALTHY" for it in run.health.values()):
            return Failure("Task failed container health checks", SCHEDULER)
        return None

    def _fail(self, service: Any, state: ServiceState, run: TaskRun, failure: Failure) -> None:
        """Counts a task that cannot go on against its deployment, and takes it away."""
        deployment = next((it for it in state.deployments if it.id == run.record.started_by), None)
        if deployment is not None and not run.has_been_healthy:
            deployment.fail_task()
            fleet.add_event(
                service, f"(service {service.name}) was unable to start a task: (task {run.id}) {failure.reason}"
            )
        self._journal.note("task", f"task {run.short_id}: {failure.reason}", task=run.id, reason=failure.reason)
        if run.exit_codes or failure.code != SCHEDULER:
            # Dead already: nothing is in flight any more that could be waited for.
            self._mark(run, failure)
            self._drop_targets(run)
            self._executor.submit(run.stop)
        else:
            self._leave(run, failure)

    def _leave(self, run: TaskRun, failure: Failure) -> None:
        """The order of ECS: deregister, wait until the target is unused, then SIGTERM."""
        if run.leaving_since is not None:
            return
        self._mark(run, failure)
        run.record.last_status = "DEACTIVATING"
        for key in self._keys(run):
            self._targets.deregister(key)
        self._journal.note("task", f"task {run.short_id} drains: {failure.reason}", task=run.id, reason=failure.reason)

    def _mark(self, run: TaskRun, failure: Failure) -> None:
        run.leaving_since = time.monotonic()
        record = run.record
        record.desired_status = "STOPPED"
        record.stopped_reason, record.stop_code = failure.reason, failure.code

    def _see_off(self, run: TaskRun) -> None:
        """The steps of a task on its way out."""
        if run.deregister_at is not None and time.monotonic() >= run.deregister_at:
            run.deregister_at = None
            for key in self._keys(run):
                self._targets.deregister(key)
        if run.record.last_status == "DEACTIVATING" and all(self._targets.is_drained(it) for it in self._keys(run)):
            self._drop_targets(run)
            run.record.last_status = "STOPPING"
            self._executor.submit(run.stop)

    def _forget(self, state: ServiceState, run: TaskRun) -> None:
        """Nothing of the task is left but its record."""
        self._drop_targets(run)
        state.runs.remove(run)
        record = run.record
        record.desired_status = record.last_status = "STOPPED"
        record.health_status = "UNKNOWN"
        record.stopped_at = moment(time.time())
        for container in record.containers:
            container.update(lastStatus="STOPPED", healthStatus="UNKNOWN")
        self._journal.note(
            "task",
            f"task {run.short_id} has stopped: {record.stopped_reason}",
            task=run.id,
            exit_codes=run.exit_codes,
            peak_memory_mib=run.peak_memory_bytes >> 20,
            last_lines=run.last_lines,
        )

    def _schedule(self, backend: Any, account: str, region: str, service: Any, state: ServiceState) -> None:
        """Starts and stops tasks."""
        primary = state.deployments[0]
        new = state.of(primary)
        old = [it for it in state.runs if it.leaving_since is None and it.record.started_by != primary.id]
        healthy_old = [it for it in old if self._is_healthy(it)]
        healthy_new = [it for it in new if self._is_healthy(it)]
        bounds = Bounds.of(service)
        steps = next_steps(
            bounds, new=len(new), healthy_new=len(healthy_new), old=len(old), healthy_old=len(healthy_old)
        )
        cause = Failure(f"Scaling activity initiated by (deployment {primary.id})", SCHEDULER)
        # Those that serve nobody go first, then the youngest.
        by_worth = sorted(new, key=lambda it: (it in healthy_new, -it.record.created))
        leaving = by_worth[: steps.stop_new]
        leaving += sorted(old, key=lambda it: it in healthy_old)[: steps.stop_old]
        for run in leaving:
            self._leave(run, cause)
        if leaving:
            names = " ".join(f"(task {it.id})" for it in leaving)
            fleet.add_event(service, f"(service {service.name}) has begun draining connections on {len(leaving)} tasks.")
            fleet.add_event(service, f"(service {service.name}) has stopped {len(leaving)} running tasks: {names}.")
        if steps.start and primary.state != "FAILED" and time.monotonic() >= primary.not_before:
            self._start(backend, account, service, state, steps.start)
        self._judge(service, state, bounds, healthy=len(healthy_new), old=len(old))

    def _start(self, backend: Any, account: str, service: Any, state: ServiceState, count: int) -> None:
        primary = state.deployments[0]
        definition = backend.describe_task_definition(primary.task_definition)
        started = []
        for _ in range(count):
            index = self._emptiest(service, state)
            record = tasks.create(backend, service, definition, primary.id, index)
            record.capacity_provider_name = provider_for(service, [it.record for it in state.runs])
            record.desired_status, record.last_status, record.health_status = "RUNNING", "PROVISIONING", "UNKNOWN"
            for container in record.containers:
                container.update(lastStatus="PENDING", healthStatus="UNKNOWN")
            run = TaskRun(self._machinery, record, definition, account)
            state.runs.append(run)
            started.append(run)
            self._executor.submit(run.start)
        names = " ".join(f"(task {it.id})" for it in started)
        fleet.add_event(service, f"(service {service.name}) has started {count} tasks: {names}.")

    def _emptiest(self, service: Any, state: ServiceState) -> int:
        """The subnet with the fewest tasks."""
        subnets = service.network_configuration["awsvpcConfiguration"]["subnets"]
        used = Counter(it.record.subnet_id for it in state.runs if it.leaving_since is None)
        return min(range(len(subnets)), key=lambda index: used[subnets[index]])

    def _judge(self, service: Any, state: ServiceState, bounds: Bounds, *, healthy: int, old: int) -> None:
        """Ends a deployment, one way or the other."""
        primary = state.deployments[0]
        if primary.state == "IN_PROGRESS" and healthy >= bounds.desired and not old:
            leaving = [it for it in state.runs if it.record.started_by != primary.id]
            if leaving:
                return
            primary.enter("COMPLETED", f"ECS deployment {primary.id} completed.")
            state.completed = primary
            del state.deployments[1:]
            fleet.add_event(service, f"(service {service.name}) (deployment {primary.id}) deployment completed.")
            self._journal.note("deployment", f"service {service.name}: deployment completed", service=service.name)
            return
        configuration = getattr(service, "deployment_configuration", None) or {}
        breaker = configuration.get("deploymentCircuitBreaker") or {}
        if primary.state == "IN_PROGRESS" and breaker.get("enable") and primary.is_broken(bounds.desired):
            self._break(service, state, does_roll_back=bool(breaker.get("rollback")))

    def _break(self, service: Any, state: ServiceState, *, does_roll_back: bool) -> None:
        failed, good = state.deployments[0], state.completed
        failed.enter("FAILED", "ECS deployment circuit breaker: tasks failed to start.")
        fleet.add_event(service, f"(service {service.name}) (deployment {failed.id}) deployment failed: tasks failed to start.")
        self._journal.note("deployment", f"service {service.name}: the circuit breaker ends the deployment")
        if not does_roll_back or good is None or good.id == failed.id:
            return
        reason = f"ECS deployment circuit breaker: rolling back to deploymentId {good.id}."
        again = Deployment(good.id, good.task_definition, created=good.created, reason=reason)
        state.deployments = [again, *(it for it in state.deployments if it.id != good.id)]
        service.task_definition = good.task_definition
        fleet.add_event(service, f"(service {service.name}) rolling back to (deployment {good.id}).")

    def _report(self, service: Any, state: ServiceState) -> None:
        """Writes what DescribeServices answers."""
        running = [it for it in state.runs if it.record.last_status in ("RUNNING", "DEACTIVATING")]
        pending = [it for it in state.runs if it.record.last_status in ("PROVISIONING", "PENDING")]
        service.running_count, service.pending_count = len(running), len(pending)
        live = {it.record.started_by for it in state.runs}
        state.deployments = [it for n, it in enumerate(state.deployments) if n == 0 or it.id in live]
        service.deployments = [
            as_document(
                deployment,
                service,
                is_primary=number == 0,
                running=sum(it.record.started_by == deployment.id for it in running),
                pending=sum(it.record.started_by == deployment.id for it in pending),
            )
            for number, deployment in enumerate(state.deployments)
        ]
        for run in state.runs:
            if run.leaving_since is None:
                run.record.health_status = "HEALTHY" if self._is_healthy(run) else "UNKNOWN"
        primary = state.deployments[0]
        if primary.state == "COMPLETED" and len(running) == service.desired_count == len(state.runs):
            fleet.add_event(service, f"(service {service.name}) has reached a steady state.")

    def _groups(self, run: TaskRun) -> list[tuple[Any, int]]:
        balancing = peer("elbv2", run.account, run.record.region_name)
        found = [(balancing.target_groups.get(arn), port) for arn, port in run.record.target_groups if balancing]
        return [(group, port) for group, port in found if group is not None]

    def _keys(self, run: TaskRun) -> list[Key]:
        return [(arn, run.record.private_ip, port) for arn, port in run.record.target_groups]

    def _drop_targets(self, run: TaskRun) -> None:
        groups = {group.arn: group for group, _port in self._groups(run)}
        for key in self._keys(run):
            self._targets.remove(groups.get(key[0]), key)


def service_arn(service: Any) -> str:
    """What names a service among all accounts and regions."""
    return f"{service.cluster_arn}/{service.name}"
