"""Corrections of single moto services, applied before the server starts."""

from __future__ import annotations

from ..world import WORLD
from . import acm, autoscaling, awslambda, ecs, elbv2, s3, s3_policy, strict


def install() -> None:
    """Applies every correction to the imported moto modules."""
    for fix in (acm, autoscaling, awslambda, ecs, elbv2, s3, s3_policy):
        fix.install()
    strict.install(WORLD.settings)
