"""Credentials of roles, for tasks and functions, held to the policies that the role really has."""

from __future__ import annotations

import datetime
import secrets
from typing import Any

from ..access import GUARDS
from .task_endpoint import Credentials

LIFETIME = datetime.timedelta(hours=6)


def credentials_of(role_arn: str) -> Credentials:
    """New credentials of a role. Called with the world locked."""
    access_key = "ASIA" + secrets.token_hex(8).upper()
    try:
        GUARDS.enforce(access_key, role_arn, None)
    except ValueError:
        # A role without any policy: everything is denied.
        GUARDS.enforce(access_key, None, {})
    expiration = datetime.datetime.now(datetime.timezone.utc) + LIFETIME
    return Credentials(
        role_arn=role_arn,
        access_key=access_key,
        secret_key=secrets.token_hex(20),
        token=secrets.token_urlsafe(48),
        expiration=expiration.strftime("%Y-%m-%dT%H:%M:%SZ"),
    )


def as_variables(credentials: Credentials) -> dict[str, Any]:
    """As a function finds them in its environment."""
    return {
        "AWS_ACCESS_KEY_ID": credentials.access_key,
        "AWS_SECRET_ACCESS_KEY": credentials.secret_key,
        "AWS_SESSION_TOKEN": credentials.token,
    }
