"""Who may do what: IAM's rules for the requests of chosen access keys."""

from __future__ import annotations

from .guard import GUARDS

__all__ = ["GUARDS"]
