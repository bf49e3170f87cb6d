"""Runs the system's own programs: short ones, one at a time, with their words when they fail."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence


class CommandFailed(Exception):
    """A program that ended with a failure."""

    def __init__(self, command: Sequence[str], code: int, words: str) -> None:
        super().__init__(f"`{' '.join(command[:6])} …` ended with {code}: {words.strip()[-800:]}")
        self.code = code
        self.words = words


def run(command: Sequence[str], *, text: str = "", timeout: float = 120, cwd: str | None = None) -> str:
    """The standard output of a program that succeeds."""
    done = subprocess.run(
        list(command), input=text, capture_output=True, text=True, timeout=timeout, cwd=cwd, check=False
    )
    if done.returncode != 0:
        raise CommandFailed(command, done.returncode, done.stderr or done.stdout)
    return done.stdout


def attempt(command: Sequence[str], *, text: str = "", timeout: float = 60) -> bool:
    """Whether a program succeeds; for cleaning up, where a failure means that there was nothing."""
    try:
        run(command, text=text, timeout=timeout)
    except (CommandFailed, OSError, subprocess.TimeoutExpired):
        return False
    return True
