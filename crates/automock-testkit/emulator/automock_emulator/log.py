"""One line per event on stderr, written without locks so that a fork cannot inherit one."""

from __future__ import annotations

import os

VERBOSE = os.environ.get("EMULATOR_LOG", "") in ("1", "debug")


def line(message: str) -> None:
    """Writes one line to stderr."""
    os.write(2, f"emulator: {message}\n".encode())


def debug(message: str) -> None:
    """Writes one line to stderr when `EMULATOR_LOG=debug`."""
    if VERBOSE:
        line(message)
