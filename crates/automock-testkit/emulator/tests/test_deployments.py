"""How a service changes: how many tasks at once, when it has failed, which come first."""

from __future__ import annotations

import types
import unittest

from automock_emulator.live.capacity import provider_for
from automock_emulator.live.deployment import Bounds, Deployment, Steps, next_steps
from automock_emulator.live.task_run import in_order


class Rolling(unittest.TestCase):
    """The steps of a rolling change."""

    def test_next_steps(self) -> None:
        """With 100 % healthy at least and 200 % at most."""
        cases = [
            # desired, least, most, new, healthy_new, old, healthy_old, expected
            ((2, 2, 4), 0, 0, 0, 0, Steps(2, 0, 0)),
            ((2, 2, 4), 0, 0, 2, 2, Steps(2, 0, 0)),
            ((2, 2, 4), 2, 0, 2, 2, Steps(0, 0, 0)),
            ((2, 2, 4), 2, 1, 2, 2, Steps(0, 0, 1)),
            ((2, 2, 4), 2, 2, 2, 2, Steps(0, 0, 2)),
            ((2, 2, 4), 4, 4, 0, 0, Steps(0, 2, 0)),
            ((4, 4, 8), 2, 2, 0, 0, Steps(2, 0, 0)),
            # An old task that is not healthy keeps nobody waiting.
            ((2, 2, 4), 0, 0, 2, 1, Steps(2, 0, 1)),
            ((0, 0, 0), 2, 2, 0, 0, Steps(0, 2, 0)),
            ((4, 2, 4), 0, 0, 4, 4, Steps(0, 0, 2)),
            ((4, 2, 4), 2, 0, 2, 2, Steps(0, 0, 0)),
        ]
        for bounds, new, healthy_new, old, healthy_old, expected in cases:
            found = next_steps(Bounds(*bounds), new=new, healthy_new=healthy_new, old=old, healthy_old=healthy_old)
            self.assertEqual(found, expected, (bounds, new, healthy_new, old, healthy_old))

    def test_bounds_round_towards_more_service(self) -> None:
        """Healthy tasks are rounded up, all tasks down, but never below what is wanted."""
        configuration = {"minimumHealthyPercent": 50, "maximumPercent": 150}
        service = types.SimpleNamespace(desired_count=3, deployment_configuration=configuration)
        self.assertEqual(Bounds.of(service), Bounds(3, 2, 4))
        service.desired_count = 1
        self.assertEqual(Bounds.of(service), Bounds(1, 1, 1))

    def test_the_circuit_breaker_counts(self) -> None:
        """Half of the tasks, at least 3 and at most 200."""
        for desired, failures, expected in ((1, 2, False), (1, 3, True), (20, 9, False), (20, 10, True), (500, 200, True)):
            deployment = Deployment("ecs-svc/1", "x:1", failed_tasks=failures)
            self.assertEqual(deployment.is_broken(desired), expected, (desired, failures))


class Containers(unittest.TestCase):
    """The order of containers and the place of tasks."""

    def test_containers_start_after_what_they_need(self) -> None:
        """Whatever the order in the task definition."""
        mock = {"name": "mock", "dependsOn": [{"containerName": "loader", "condition": "HEALTHY"}]}
        loader = {"name": "loader"}
        self.assertEqual([it["name"] for it in in_order([mock, loader])], ["loader", "mock"])
        circle = {"name": "loader", "dependsOn": [{"containerName": "mock", "condition": "START"}]}
        with self.assertRaisesRegex(ValueError, "circle"):
            in_order([mock, circle])

    def test_the_base_comes_first_then_the_weights(self) -> None:
        """As a capacity provider strategy says."""
        strategy = [
            {"capacityProvider": "FARGATE", "base": 2, "weight": 1},
            {"capacityProvider": "FARGATE_SPOT", "weight": 3},
        ]
        service = types.SimpleNamespace(capacity_provider_strategy=strategy)
        tasks: list[types.SimpleNamespace] = []
        for _ in range(10):
            provider = provider_for(service, tasks)  # type: ignore[arg-type]
            tasks.append(types.SimpleNamespace(capacity_provider_name=provider, desired_status="RUNNING"))
        found = [it.capacity_provider_name for it in tasks]
        self.assertEqual(found[:2], ["FARGATE", "FARGATE"])
        self.assertEqual(found.count("FARGATE_SPOT"), 6)
