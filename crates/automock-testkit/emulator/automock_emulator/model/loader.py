"""Plays what reads the expectations in a task and confirms their revision.

This is a double, for tests that need a stack to become healthy and no mock that
answers. The live rehearsal (`cargo xtask rehearse`) runs the real engine and the
real loader in containers.

Two kinds of readers are played. A container with AUTOMOCK_SOURCE and
AUTOMOCK_CONFIRM is AutoMock's engine: the revision is the hash of the object's
bytes, and any object that is JSON is served. A container with AUTOMOCK_BUCKET and
AUTOMOCK_KEY is the loader beside MockServer: the revision stands in the readiness
expectation. Each running task puts an object `<confirm>/<revision>/<task id>` into
the bucket, once per uploaded version. Until then its target is unhealthy, because
nothing answers the health check.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
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
SOURCE_VARIABLE = "AUTOMOCK_SOURCE"
CONFIRM_VARIABLE = "AUTOMOCK_CONFIRM"
S3_URL = re.compile(r"s3://([^/]+)/(.+)")


@dataclass(frozen=True)
class Source:
    """Where a task's expectations are, and where it confirms them."""

    bucket: str
    key: str
    confirm: str = "acks"
    is_engine: bool = False


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


def source_of(definition: Any) -> Source | None:
    """What a container of the task definition reads."""
    for container in definition.container_definitions:
        environment = {entry["name"]: entry["value"] for entry in container.get("environment") or []}
        source = S3_URL.fullmatch(environment.get(SOURCE_VARIABLE, ""))
        confirm = S3_URL.fullmatch(environment.get(CONFIRM_VARIABLE, ""))
        if source and confirm:
            return Source(source[1], source[2], confirm[2].rstrip("/"), is_engine=True)
        if BUCKET_VARIABLE in environment and KEY_VARIABLE in environment:
            return Source(environment[BUCKET_VARIABLE], environment[KEY_VARIABLE])
    return None


def content_revision(document: bytes) -> str | None:
    """The revision as AutoMock's engine defines it: the first 16 digits of the content's SHA-256."""
    try:
        json.loads(document.decode("utf-8-sig"))
    except ValueError:
        return None
    return hashlib.sha256(document).hexdigest()[:16]


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


def _confirm(account: str, source: Source, tasks: list[ServiceTask], failure: ServiceFailure | None) -> None:
    storage = peer("s3", account, "aws")
    if storage is None:
        return
    document = storage.get_object(source.bucket, source.key) if source.bucket in storage.buckets else None
    revision = _revision_at(document, source) if document is not None else None
    if failure is not None and failure.mode == "loader-silent":
        return
    for task in tasks:
        # A copy that was read once keeps being served when the object disappears.
        task.serving = bool(revision or task.serving)
        if document is not None and revision is not None:
            _acknowledge(storage, source, document, task)


def _acknowledge(storage: Any, source: Source, document: Any, task: ServiceTask) -> None:
    due = max(document.automock_seen, task.created) + WORLD.settings.ack_seconds
    if document.automock_upload in task.acknowledged or WORLD.now() < due:
        return
    task.acknowledged.add(document.automock_upload)
    revision = document.automock_revision
    confirmation = {"task": task.id, "revision": revision, "status": "serving"} if source.is_engine else None
    body = json.dumps(confirmation).encode() if confirmation else b""
    storage.put_object(source.bucket, f"{source.confirm}/{revision}/{task.id}", body)


def _revision_at(document: Any, source: Source) -> str | None:
    """Reads an object's revision once and notes on the world's clock when that was."""
    if not hasattr(document, "automock_seen"):
        document.automock_seen = WORLD.now()
        document.automock_upload = str(mock_random.uuid4())
        document.automock_revision = (content_revision if source.is_engine else revision_of)(document.value)
    return document.automock_revision
