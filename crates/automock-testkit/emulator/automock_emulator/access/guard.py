"""The access keys that are held to a role's policies, and what became of their requests."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from ..call import Call
from ..errors import Answer, denied_response
from ..model.backends import existing
from ..operation import prefix_of
from . import tags
from .needs import needs_of
from .policy import Decision, Need, Statement, decide, statements
from .request import Request

DEFAULT_ACCOUNT = "123456789012"
BOUNDARY = "permissions boundary"


@dataclass
class Principal:
    """Who an access key stands for."""

    role_arn: str | None
    documents: dict[str, Any] = field(default_factory=dict)

    @property
    def account(self) -> str:
        """The account of the role."""
        return DEFAULT_ACCOUNT if self.role_arn is None else self.role_arn.split(":")[4]

    def policies(self) -> list[list[Statement]]:
        """What has to allow a request: the policies of the role as they are now, and its boundary."""
        if self.role_arn is None:
            return [statements(self.documents)]
        role = tags.iam_role(self.account, self.role_arn.rpartition("/")[2])
        if role is None or role.arn != self.role_arn:
            return [[]]
        inline = {name: parsed(document) for name, document in role.policies.items()}
        attached = {policy.arn: document_of(policy) for policy in role.managed_policies.values()}
        sets = [statements(inline | attached)]
        boundary = role.permissions_boundary_arn
        if boundary is not None:
            sets.append(boundary_of(boundary))
        return sets


class Guards:
    """Holds access keys to policies. Everything in here is copied by a fork."""

    def __init__(self) -> None:
        self._principals: dict[str, Principal] = {}
        self._denials: list[dict[str, str]] = []
        self._used: dict[tuple[str, str, str], dict[str, str]] = {}

    def enforce(self, access_key: str, role_arn: str | None, documents: dict[str, Any] | None) -> None:
        """Holds an access key to a role's policies or to documents; with neither, lets it go."""
        if role_arn is None and documents is None:
            self._principals.pop(access_key, None)
            return
        principal = Principal(role_arn, documents or {})
        if role_arn is not None and principal.policies() == [[]]:
            raise ValueError(f"there is no role {role_arn} with policies")
        self._principals[access_key] = principal

    def report(self) -> dict[str, Any]:
        """What was denied, and which statements allowed what."""
        return {"denials": self._denials, "used": list(self._used.values())}

    def check(self, call: Call, body: bytes) -> Answer | None:
        """The refusal of a request, if its access key is held to policies that do not allow it."""
        principal = self._principals.get(call.access_key)
        if principal is None:
            return None
        request = Request(call, body, principal.account)
        denial = self._first_denied(principal, request)
        if denial is None:
            return None
        self._denials.append(
            {
                "operation": f"{prefix_of(call)}:{request.operation}",
                "action": denial.need.action,
                "resource": denial.need.resource,
                "reason": denial.reason,
            }
        )
        return denied_response(call, message(principal, denial))

    def _first_denied(self, principal: Principal, request: Request) -> Decision | None:
        needs = needs_of(request)
        if needs is None:
            unknown = Need(request.action, "?")
            allowed = any(it.allows and it.names(request.action) for it in principal.policies()[0])
            reason = "the emulator does not know its resource" if allowed else "no statement allows the action"
            return Decision(unknown, False, reason)
        decisions = [decide(policy, need) for policy in principal.policies() for need in needs]
        denied = next((decision for decision in decisions if not decision.allowed), None)
        if denied is None:
            for decision in decisions:
                self._note(decision)
        return denied

    def _note(self, decision: Decision) -> None:
        statement = decision.statement
        if statement is None or statement.policy == BOUNDARY:
            return
        key = (statement.policy, statement.sid, decision.need.action)
        entry = {
            "policy": statement.policy,
            "statement": statement.sid,
            "action": decision.need.action,
            "resource": decision.need.resource,
        }
        self._used.setdefault(key, entry)


GUARDS = Guards()
"""The guards of this world."""


def boundary_of(arn: str) -> list[Statement]:
    """The statements of a permissions boundary; one that is gone allows nothing."""
    for _, _, backend in existing("iam"):
        policy = backend.managed_policies.get(arn)
        if policy is not None:
            return statements({BOUNDARY: document_of(policy)})
    return []


def document_of(policy: Any) -> Any:
    """The document of a managed policy that counts."""
    chosen = next(it for it in policy.versions if it.version_id == policy.default_version_id)
    return parsed(chosen.document)


def parsed(document: Any) -> Any:
    """A policy document as moto keeps it: JSON, sometimes escaped for a URL."""
    if not isinstance(document, str):
        return document
    return json.loads(document if document.lstrip().startswith("{") else unquote(document))


def message(principal: Principal, denial: Decision) -> str:
    """What AWS says, with this emulator's reason."""
    who = principal.role_arn or "the caller"
    return (
        f"User: {who} is not authorized to perform: {denial.need.action} on resource: {denial.need.resource}"
        f" because {denial.reason}"
    )
