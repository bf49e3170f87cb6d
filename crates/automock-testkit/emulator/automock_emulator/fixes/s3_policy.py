"""Bucket policies with conditions.

moto denies when a condition does *not* hold, so a policy that denies plain HTTP
denies everything. Here a statement applies only if its conditions hold. The
emulator poses as HTTPS, hence `aws:SecureTransport` is true.
"""

from __future__ import annotations

import fnmatch
import json
from typing import Any

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

CONTEXT = {"aws:securetransport": "true"}
"""The condition keys that the emulator knows, by lower-case name."""


def decide(policy: dict[str, Any], action: str, resource: str) -> PermissionResult:
    """Evaluates a bucket policy for an anonymous principal."""
    statements = policy.get("Statement", [])
    decision = PermissionResult.NEUTRAL
    for statement in statements if isinstance(statements, list) else [statements]:
        if not applies(statement, action, resource):
            continue
        if statement["Effect"] == "Deny":
            return PermissionResult.DENIED
        decision = PermissionResult.PERMITTED
    return decision


def applies(statement: dict[str, Any], action: str, resource: str) -> bool:
    """Whether principal, action, resource and conditions of a statement match."""
    if statement.get("Principal") not in ("*", {"AWS": "*"}, {"AWS": ["*"]}, {"*": "*"}):
        return False
    return (
        matches(statement, "Action", action.lower(), lower=True)
        and matches(statement, "Resource", resource)
        and all(
            holds(operator, key, listed(values))
            for operator, pairs in statement.get("Condition", {}).items()
            for key, values in pairs.items()
        )
    )


def matches(statement: dict[str, Any], element: str, value: str, *, lower: bool = False) -> bool:
    """Matches `Action` or `Resource`, or their negation, with wildcards."""
    negated = f"Not{element}" in statement
    patterns = listed(statement.get(f"Not{element}" if negated else element, []))
    if lower:
        patterns = [pattern.lower() for pattern in patterns]
    return any(fnmatch.fnmatchcase(value, pattern) for pattern in patterns) != negated


def holds(operator: str, key: str, expected: list[str]) -> bool:
    """Evaluates one condition; a key that the emulator does not know never holds."""
    actual = CONTEXT.get(key.lower())
    if operator == "Null":
        return (actual is None) == (expected[0].lower() == "true")
    if actual is None:
        return operator.endswith("IfExists")
    if operator.removesuffix("IfExists") in ("Bool", "StringEquals", "StringLike"):
        return any(fnmatch.fnmatchcase(actual, value.lower()) for value in expected)
    return False


def listed(value: Any) -> list[str]:
    """One string or many, as policies allow."""
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def install() -> None:
    """Replaces the decision of buckets."""

    def get_permission(self: Any, action: str, resource: str) -> PermissionResult:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        return decide(json.loads(self.policy), action, resource)

    FakeBucket.get_permission = get_permission  # type: ignore[method-assign]
