"""Capacity providers: which of a service's tasks run on Spot.

<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/cluster-capacity-providers.html>
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..model.tasks import ServiceTask


def provider_for(service: Any, present: list[ServiceTask]) -> str | None:
    """The provider of the next task: the base first, then by weight."""
    strategy = getattr(service, "capacity_provider_strategy", None)
    if not strategy:
        return None
    counts = Counter(it.capacity_provider_name for it in present if it.desired_status == "RUNNING")
    for item in strategy:
        if counts[item["capacityProvider"]] < int(item.get("base") or 0):
            return str(item["capacityProvider"])
    weighted = [it for it in strategy if int(it.get("weight") or 0) > 0] or strategy

    def share(item: dict[str, Any]) -> float:
        """How well served a provider is already."""
        above = counts[item["capacityProvider"]] - int(item.get("base") or 0)
        return above / max(int(item.get("weight") or 0), 1)

    return str(min(weighted, key=share)["capacityProvider"])
