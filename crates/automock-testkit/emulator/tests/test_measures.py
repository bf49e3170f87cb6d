"""Metrics, log lines, the clock and target health."""

from __future__ import annotations

import json
import unittest

from automock_emulator.live.clock import period_of
from automock_emulator.live.logs import milliseconds
from automock_emulator.live.metrics import Metric, Metrics, dimensions, embedded
from automock_emulator.live.target_health import Check, Target

METRIC = Metric("1", "eu-west-1", "AWS/ECS", "CPUUtilization", dimensions({"ServiceName": "x"}))


class Measuring(unittest.TestCase):
    """What becomes of datapoints."""

    def test_statistics_of_a_period(self) -> None:
        """Only the datapoints of the period count."""
        metrics = Metrics()
        for at, value in ((59.0, 100.0), (60.0, 10.0), (75.0, 30.0), (119.9, 20.0), (120.0, 100.0)):
            metrics.put(METRIC, value, at=at)
        found = metrics.between(METRIC, 60, 120)
        assert found is not None
        expected = {"Sum": 60.0, "Average": 20.0, "Minimum": 10.0, "Maximum": 30.0, "SampleCount": 3.0, "p50": 20.0}
        self.assertEqual({name: found.of(name) for name in expected}, expected)
        self.assertIsNone(metrics.between(METRIC, 180, 240))

    def test_embedded_metrics(self) -> None:
        """Numbers, arrays and counted values of a log line; anything else is an ordinary line."""
        document = {
            "_aws": {
                "Timestamp": 60_500,
                "CloudWatchMetrics": [
                    {
                        "Namespace": "AutoMock",
                        "Dimensions": [["Stack"], []],
                        "Metrics": [{"Name": "Requests"}, {"Name": "Latency"}, {"Name": "Sizes"}],
                    }
                ],
            },
            "Stack": "shop-dev",
            "Requests": 7,
            "Latency": [1, 2],
            "Sizes": {"Values": [10], "Counts": [3]},
        }
        found = list(embedded(json.dumps(document), "1", "eu-west-1"))
        self.assertEqual(len(found), 8)
        self.assertEqual({at for _metric, _value, _count, at in found}, {60.5})
        self.assertIn(3.0, [count for metric, _value, count, _at in found if metric.name == "Sizes"])
        for line in ("ready", '{"event":"ready"}', '{"CloudWatchMetrics":1}', '"CloudWatchMetrics"'):
            self.assertEqual(list(embedded(line, "1", "eu-west-1")), [], line)

    def test_times_of_log_lines(self) -> None:
        """Nine digits after the second, with and without an offset."""
        for text, expected in (
            ("2026-12-01T01:14:37.297123456+00:00", 1796087677297),
            ("2026-12-01T01:14:37.297123456Z", 1796087677297),
            ("2026-12-01T02:14:37.297123456+01:00", 1796087677297),
            ("2026-12-01T01:14:37+00:00", 1796087677000),
        ):
            self.assertEqual(milliseconds(text), expected, text)

    def test_rates_of_rules(self) -> None:
        """Cron expressions are not played."""
        self.assertEqual(period_of("rate(1 minute)"), 60)
        self.assertEqual(period_of("rate(5 minutes)"), 300)
        self.assertEqual(period_of("rate(2 days)"), 172_800)
        self.assertIsNone(period_of("cron(0 12 * * ? *)"))


class Health(unittest.TestCase):
    """What health checks make of a target."""

    CHECK = Check("/ready", "traffic-port", 10, 5, 2, 3, "200,300-302")

    def test_the_first_success_is_enough_for_a_new_target(self) -> None:
        """After that the thresholds count, in both directions."""
        target = Target(("tg", "10.0.0.1", 80), self.CHECK, 5.0)
        self.assertTrue(target.succeed())
        self.assertEqual(target.state, "healthy")
        self.assertFalse(target.fail("Target.Timeout", "Request timed out"))
        self.assertFalse(target.fail("Target.Timeout", "Request timed out"))
        self.assertFalse(target.succeed())
        for _ in range(2):
            self.assertFalse(target.fail("Target.Timeout", "Request timed out"))
        self.assertTrue(target.fail("Target.Timeout", "Request timed out"))
        self.assertEqual(target.state, "unhealthy")
        self.assertFalse(target.succeed())
        self.assertTrue(target.succeed())
        self.assertEqual((target.state, target.reason), ("healthy", None))

    def test_codes(self) -> None:
        """Lists and ranges."""
        self.assertEqual([it for it in (200, 204, 300, 302, 303) if self.CHECK.accepts(it)], [200, 300, 302])
