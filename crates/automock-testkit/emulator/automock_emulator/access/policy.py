"""Decides by policy documents, as IAM does, and refuses to guess.

What this evaluator does not know, an operator or a condition key, denies and is told as the
reason. A test that passes has therefore met nothing unknown.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Values = list[str]

KNOWN_KEYS = (
    "application-autoscaling:scalable-dimension",
    "application-autoscaling:service-namespace",
    "aws:requestedregion",
    "aws:resourceaccount",
    "aws:resourcetag/*",
    "aws:securetransport",
    "ec2:region",
    "ec2:resourcetag/*",
    "ec2:vpc",
    "ecs:cluster",
    "ecs:resourcetag/*",
    "elasticloadbalancing:resourcetag/*",
    "iam:resourcetag/*",
    "route53:changeresourcerecordsetsactions",
    "route53:changeresourcerecordsetsnormalizedrecordnames",
    "route53:changeresourcerecordsetsrecordtypes",
    "s3:prefix",
    "s3:resourceaccount",
)
"""Keys whose values requests are given where AWS gives them; patterns in lower case."""


class Unknown(Exception):
    """A part of a policy that this evaluator does not know."""


@dataclass(frozen=True)
class Need:
    """One action on one resource, with what conditions may ask about the two."""

    action: str
    resource: str
    context: dict[str, Values] = field(default_factory=dict)
    """Values by key in lower case; a key that is missing here is missing in the request."""
    unknown: tuple[str, ...] = ()
    """Patterns of keys that AWS has values for and this emulator has not."""
    exists: bool = True


@dataclass(frozen=True)
class Statement:
    """One statement of a named policy."""

    policy: str
    sid: str
    content: dict[str, Any]

    @property
    def allows(self) -> bool:
        """Whether its effect is to allow."""
        return bool(self.content["Effect"] == "Allow")

    def names(self, action: str) -> bool:
        """Whether it is about an action."""
        return element(self.content, "Action", action.lower(), lower=True)

    def applies(self, need: Need) -> bool:
        """Whether it is about a need, conditions included."""
        if not self.names(need.action) or not element(self.content, "Resource", need.resource):
            return False
        conditions: dict[str, dict[str, Any]] = self.content.get("Condition", {})
        return all(
            holds(operator, key, listed(values), need)
            for operator, pairs in conditions.items()
            for key, values in pairs.items()
        )


@dataclass(frozen=True)
class Decision:
    """What became of one need, and because of what."""

    need: Need
    allowed: bool
    reason: str
    statement: Statement | None = None


def statements(documents: dict[str, Any]) -> list[Statement]:
    """The statements of policy documents by name."""
    found = []
    for name, document in documents.items():
        for index, content in enumerate(listed_any(document["Statement"])):
            found.append(Statement(name, content.get("Sid", str(index)), content))
    return found


def decide(policy: list[Statement], need: Need) -> Decision:
    """IAM's rule: what is denied is denied, and what is not allowed is denied too."""
    try:
        applying = [statement for statement in policy if statement.applies(need)]
    except Unknown as unknown:
        return Decision(need, False, f"the emulator cannot decide: {unknown}")
    for statement in applying:
        if not statement.allows:
            return Decision(need, False, "an explicit deny", statement)
    if applying:
        return Decision(need, True, "", applying[0])
    return Decision(need, False, because_of_nothing(policy, need))


def because_of_nothing(policy: list[Statement], need: Need) -> str:
    """Why no statement allows a need, for whoever has to mend the policy."""
    if not any(statement.names(need.action) for statement in policy if statement.allows):
        return "no statement allows the action"
    if not need.exists:
        return "no statement allows it for a resource that does not exist"
    return "no statement allows it for this resource"


def element(content: dict[str, Any], name: str, value: str, *, lower: bool = False) -> bool:
    """Matches `Action` or `Resource`, or their negation."""
    negated = f"Not{name}" in content
    patterns = listed(content.get(f"Not{name}" if negated else name, []))
    if lower:
        patterns = [pattern.lower() for pattern in patterns]
    return any(like(pattern, value) for pattern in patterns) != negated


def like(pattern: str, value: str) -> bool:
    """IAM's wildcards: `*` for any text, slashes included, and `?` for one character."""
    expression = "".join(".*" if it == "*" else "." if it == "?" else re.escape(it) for it in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def arn_like(pattern: str, value: str) -> bool:
    """Like `like`, but a wildcard stays within its part of the ARN."""
    wanted, found = pattern.split(":", 5), value.split(":", 5)
    return len(wanted) == len(found) and all(like(part, text) for part, text in zip(wanted, found, strict=True))


def holds(operator: str, key: str, expected: Values, need: Need) -> bool:
    """Whether one condition holds."""
    actual = value_of(key, need)
    base, quantifier = operator, ""
    for prefix in ("ForAllValues:", "ForAnyValue:"):
        if operator.startswith(prefix):
            base, quantifier = operator.removeprefix(prefix), prefix
    if base == "Null":
        return (actual is None) == (expected[0].lower() == "true")
    if_exists = base.endswith("IfExists")
    base = base.removesuffix("IfExists")
    compare, negated = comparison(base)
    if actual is None:
        return if_exists or quantifier == "ForAllValues:" or negated
    results = [any(compare(it, value) for it in expected) != negated for value in actual]
    return all(results) if quantifier == "ForAllValues:" else any(results)


COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, found: wanted == found,
    "StringEqualsIgnoreCase": lambda wanted, found: wanted.lower() == found.lower(),
    "StringLike": like,
    "ArnEquals": arn_like,
    "ArnLike": arn_like,
    "Bool": lambda wanted, found: wanted.lower() == found.lower(),
}
"""Operators by name; `Not` within a name negates."""


def comparison(operator: str) -> tuple[Callable[[str, str], bool], bool]:
    """The comparison of an operator, and whether it is negated."""
    positive = operator.replace("Not", "", 1)
    if positive not in COMPARISONS:
        raise Unknown(f"operator {operator}")
    return COMPARISONS[positive], positive != operator


def value_of(key: str, need: Need) -> Values | None:
    """The values of a condition key in a request."""
    key = key.lower()
    if not any(fnmatch.fnmatchcase(key, known) for known in KNOWN_KEYS):
        raise Unknown(f"condition key {key}")
    if any(fnmatch.fnmatchcase(key, unknown) for unknown in need.unknown):
        raise Unknown(f"value of {key} for {need.resource}")
    return need.context.get(key)


def listed(value: Any) -> Values:
    """One string or many, as policies allow."""
    return [str(item) for item in listed_any(value)]


def listed_any(value: Any) -> list[Any]:
    """One thing or many."""
    return value if isinstance(value, list) else [value]
