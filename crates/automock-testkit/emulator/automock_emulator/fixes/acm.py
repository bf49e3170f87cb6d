"""ACM certificates that know which listeners use them."""

from __future__ import annotations

from typing import Any

from moto.acm.models import CertBundle

from ..model.backends import existing


def users_of(certificate_arn: str) -> list[str]:
    """The load balancers with a listener that serves the certificate."""
    users = []
    for _account, _region, backend in existing("elbv2"):
        for balancer in backend.load_balancers.values():
            for listener in balancer.listeners.values():
                if certificate_arn in certificates_of(listener):
                    users.append(balancer.arn)
    return users


def certificates_of(listener: Any) -> list[str]:
    """The certificates of one listener; moto keeps some as dictionaries."""
    return [c["CertificateArn"] if isinstance(c, dict) else c for c in listener.certificates]


def install() -> None:
    """Makes DescribeCertificate answer the true `InUseBy`."""

    def get(self: Any) -> list[str]:
        return sorted(set(users_of(self.arn)))

    def ignore(_self: Any, _value: list[str]) -> None:
        """moto initialises the attribute; the users are looked up instead."""

    CertBundle.in_use_by = property(get, ignore)  # type: ignore[assignment]
