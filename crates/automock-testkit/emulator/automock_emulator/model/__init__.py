"""What the world does by itself: tasks start, targets turn healthy, loaders confirm.

There are no background threads: before each request the world catches up with
its clock. So a fork copies a world that stands still, and a test that advances
the clock sees the effect in its next request.
"""

from __future__ import annotations

from ..world import WORLD
from . import fleet, interfaces, loader

__all__ = ["settle"]


def settle() -> None:
    """Brings the world up to its present time."""
    WORLD.run_due()
    interfaces.settle()
    fleet.settle()
    loader.settle()
