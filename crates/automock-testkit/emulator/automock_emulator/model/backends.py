"""Access to moto's backends without creating one by looking."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

IRREGULAR = {"awslambda": "lambda_backends"}
"""Modules whose backends have another name than theirs."""


def existing(service: str) -> Iterator[tuple[str, str, Any]]:
    """(account, region, backend) of the backends that `service` already has.

    moto imports a service at its first request; one that nobody asked for has no
    resources, and importing it here would only cost time.
    """
    module = sys.modules.get(f"moto.{service}.models")
    if module is None:
        return
    backends = getattr(module, IRREGULAR.get(service, f"{service}_backends"))
    for account, regions in list(backends.items()):
        for region, backend in list(regions.items()):
            yield account, region, backend


def peer(service: str, account: str, region: str) -> Any | None:
    """The backend of `service` in one account and region, when it exists."""
    for its_account, its_region, backend in existing(service):
        if (its_account, its_region) == (account, region):
            return backend
    return None
