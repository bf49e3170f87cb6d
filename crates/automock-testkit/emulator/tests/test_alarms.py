"""When an alarm goes off, and how many tasks a policy then wants."""

from __future__ import annotations

import unittest

from automock_emulator.live.alarms import ALARM, INSUFFICIENT, OK, judge
from automock_emulator.live.scaling import adjusted, step_of, tracked

ABOVE = "GreaterThanOrEqualToThreshold"
BELOW = "LessThanThreshold"


class Judging(unittest.TestCase):
    """The states of an alarm."""

    def test_points_against_the_threshold(self) -> None:
        """Datapoints to alarm of evaluation periods, with each way to treat missing ones."""
        cases = [
            # points, comparison, wanted, missing, current, expected
            ([70.0], ABOVE, 1, "missing", OK, ALARM),
            ([69.9], ABOVE, 1, "missing", ALARM, OK),
            ([80.0, 10.0, 80.0], ABOVE, 2, "missing", OK, ALARM),
            ([80.0, 10.0, 10.0], ABOVE, 2, "missing", OK, OK),
            ([10.0] * 5, BELOW, 5, "notBreaching", OK, ALARM),
            ([10.0, 10.0, None, 10.0, 10.0], BELOW, 5, "notBreaching", OK, OK),
            ([10.0, 10.0, None, 10.0, 10.0], BELOW, 5, "breaching", OK, ALARM),
            ([None, None], ABOVE, 1, "notBreaching", ALARM, OK),
            ([None, None], ABOVE, 1, "breaching", OK, ALARM),
            ([None, None], ABOVE, 1, "missing", OK, INSUFFICIENT),
            ([None, None], ABOVE, 1, "ignore", ALARM, ALARM),
            ([80.0, None], ABOVE, 2, "ignore", OK, OK),
        ]
        for points, comparison, wanted, missing, current, expected in cases:
            with self.subTest(points=points, missing=missing):
                state = judge(
                    points, comparison=comparison, threshold=70.0, wanted=wanted, missing=missing, current=current
                )
                self.assertEqual(state, expected)


class Stepping(unittest.TestCase):
    """Step scaling as Application Auto Scaling does it."""

    STEPS = [
        {"MetricIntervalLowerBound": 0, "MetricIntervalUpperBound": 10, "ScalingAdjustment": 50},
        {"MetricIntervalLowerBound": 10, "MetricIntervalUpperBound": 20, "ScalingAdjustment": 100},
        {"MetricIntervalLowerBound": 20, "ScalingAdjustment": 200},
    ]

    def test_the_step_holds_the_distance_to_the_threshold(self) -> None:
        """Bounds belong to the step that lies farther from zero."""
        for difference, expected in ((0, 50), (9.9, 50), (10, 100), (20, 200), (500, 200)):
            step = step_of(self.STEPS, difference)
            self.assertEqual(step and step["ScalingAdjustment"], expected, difference)
        self.assertIsNone(step_of(self.STEPS, -1))
        below = [{"MetricIntervalUpperBound": 0, "ScalingAdjustment": -25}]
        for difference in (0, -0.1, -40):
            self.assertIs(step_of(below, difference), below[0], difference)
        self.assertIsNone(step_of(below, 1))

    def test_percentages_round_as_aws_documents(self) -> None:
        """Towards zero, but never to zero, and by the least adjustment at least."""
        for current, amount, least, expected in (
            (10, 50, 1, 15),
            (3, 50, 1, 4),
            (1, 50, 1, 2),
            (4, -25, 1, 3),
            (3, -25, 1, 2),
            (10, -25, 1, 8),
            (10, 10, 2, 12),
            (1, 200, 1, 3),
        ):
            self.assertEqual(adjusted(current, "PercentChangeInCapacity", amount, least), expected, (current, amount))
        self.assertEqual(adjusted(4, "ChangeInCapacity", -1, 0), 3)
        self.assertEqual(adjusted(4, "ExactCapacity", 9, 0), 9)

    def test_tracking_is_proportional(self) -> None:
        """A metric at twice its target asks for twice the tasks."""
        self.assertEqual(tracked(4, 120.0, 60.0), 8)
        self.assertEqual(tracked(4, 61.0, 60.0), 5)
        self.assertEqual(tracked(4, 30.0, 60.0), 2)
