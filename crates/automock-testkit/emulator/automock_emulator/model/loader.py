"""Plays the loader container: it reads the expectations and confirms their revision.

A task is a reader when one of its containers has the loader's environment. Once
the object carries the readiness expectation, each running task puts an empty
object `acks/<revision>/<task id>` into the bucket, once per uploaded version.
Until then its target is unhealthy, because nothing answers the health check.
"""

from __future__ import annotations

import json
import re
from typing import Any

from moto.moto_api._internal import mock_random

from ..world import WORLD, ServiceFailure
from .backends import existing, peer
from .tasks import ServiceTask, tasks_of

READY_ID = "automock-ready"
REVISION_HEADER = "x-automock-revision"
REVISION = re.compile(r"[0-9a-f]{16}")
BUCKET_VARIABLE = "AUTOMOCK_BUCKET"
KEY_VARIABLE = "AUTOMOCK_KEY"


def settle() -> None:
    """Lets the running tasks confirm what they can read by now."""
    if WORLD.live is not None:
        return
    for account, _region, backend in existing("ecs"):
        for service in backend.services.values():
            if service.status != "ACTIVE" or not service.task_definition:
                continue
            source = source_of(backend.describe_task_definition(service.task_definition))
            if source is not None:
                _confirm(account, source, tasks_of(backend, service), WORLD.failure_of(service.name))


def source_of(definition: Any) -> tuple[str, str] | None:
    """Bucket and key that a container of the task definition reads."""
    for container in definition.container_definitions:
        environment = {entry["name"]: entry["value"] for entry in container.get("environment") or []}
        if BUCKET_VARIABLE in environment and KEY_VARIABLE in environment:
            return environment[BUCKET_VARIABLE], environment[KEY_VARIABLE]
    return None


def revision_of(document: bytes) -> str | None:
    """The revision in the readiness expectation, in either form of MockServer's headers."""
    try:
        expectations = json.loads(document)
    except ValueError:
        return None
    for expectation in expectations if isinstance(expectations, list) else [expectations]:
        if isinstance(expectation, dict) and expectation.get("id") == READY_ID:
            headers = expectation.get("httpResponse", {}).get("headers", {})
            if isinstance(headers, list):
                headers = {header.get("name"): header.get("values") for header in headers}
            for name, values in headers.items():
                value = str(values[0] if isinstance(values, list) else values)
                if str(name).lower() == REVISION_HEADER and REVISION.fullmatch(value):
                    return value
    return None


def _confirm(account: str, source: tuple[str, str], tasks: list[ServiceTask], failure: ServiceFailure | None) -> None:
    storage = peer("s3", account, "aws")
    bucket_name, key_name = source
    if storage is None:
        return
    document = storage.get_object(bucket_name, key_name) if bucket_name in storage.buckets else None
    revision = _revision_at(document) if document is not None else None
    if failure is not None and failure.mode == "loader-silent":
        return
    for task in tasks:
        # A copy that was read once keeps being served when the object disappears.
        task.serving = bool(revision or task.serving)
        if document is not None and revision is not None:
            _acknowledge(storage, bucket_name, document, task)


def _acknowledge(storage: Any, bucket_name: str, document: Any, task: ServiceTask) -> None:
    due = max(document.automock_seen, task.created) + WORLD.settings.ack_seconds
    if document.automock_upload not in task.acknowledged and WORLD.now() >= due:
        task.acknowledged.add(document.automock_upload)
        storage.put_object(bucket_name, f"acks/{document.automock_revision}/{task.id}", b"")


def _revision_at(document: Any) -> str | None:
    """Reads an object's revision once and notes on the world's clock when that was."""
    if not hasattr(document, "automock_seen"):
        document.automock_seen = WORLD.now()
        document.automock_upload = str(mock_random.uuid4())
        document.automock_revision = revision_of(document.value)
    return document.automock_revision
