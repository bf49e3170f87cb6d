"""Rules of listeners as HAProxy's configuration."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from automock_emulator.live.haproxy_config import configuration
from automock_emulator.live.listeners import (
    Balancer,
    Condition,
    FixedResponse,
    Forward,
    Listener,
    Redirect,
    Rule,
    wildcards,
)
from automock_emulator.live.load_balancer import BAD_GATEWAY, program_path

GROUP = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/blue/1"
OTHER = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/green/2"
CLOSED = FixedResponse(403, "text/plain", "it's 100% closed")

BALANCER = Balancer(
    name="shop",
    address="127.0.0.1",
    listeners=(
        Listener(
            18080,
            False,
            None,
            (
                Rule((Condition("path-pattern", ("/mockserver*", "http*")),), CLOSED),
                Rule(
                    (Condition("http-request-method", ("PUT",)), Condition("path-pattern", ("/files/*", "/a'b?c"))),
                    CLOSED,
                ),
                Rule(
                    (
                        Condition("http-header", ("secret",), "x-token"),
                        Condition("query-string", ("version=2*",)),
                        Condition("source-ip", ("10.0.0.0/8",)),
                        Condition("host-header", ("*.example.com",)),
                    ),
                    Forward(((GROUP, 90), (OTHER, 10))),
                ),
                Rule((Condition("path-pattern", ("*",)),), Forward(((GROUP, 1),))),
                Rule((), Redirect(301, "HTTPS", "#{host}", "443", "/#{path}", "#{query}")),
            ),
        ),
    ),
    drops_invalid_headers=True,
)


class Configuration(unittest.TestCase):
    """What HAProxy is told."""

    def test_wildcards_match_whole_texts_and_nothing_else_is_special(self) -> None:
        """`*` is any text, `?` one character."""
        for pattern, text, expected in (
            ("/mockserver*", "/mockserver/x", True),
            ("/mockserver*", "/a/mockserver", False),
            ("/a?c", "/abc", True),
            ("/a?c", "/ac", False),
            ("/a.c", "/abc", False),
            ("/a+(c", "/a+(c", True),
        ):
            self.assertEqual(re.search(wildcards(pattern), text) is not None, expected, (pattern, text))

    def test_rules_are_tried_in_order(self) -> None:
        """Each one only when none before it holds."""
        text = configuration(BALANCER, Path("/run/x.sock"), "/run/log", lambda arn: Path("/run") / arn)
        numbers = [int(it) for it in re.findall(r"set-var\(txn\.rule\) int\((\d+)\) if !\{ var\(txn\.rule\)", text)]
        self.assertEqual(numbers, [0, 1, 2, 3, 4])

    def test_haproxy_takes_it(self) -> None:
        """The program itself reads every kind of rule."""
        program = program_path("haproxy")
        if program is None:
            self.skipTest("haproxy is not installed: `apt-get install -y haproxy`")
        folder = Path(tempfile.mkdtemp())
        try:
            (folder / "bad-gateway.http").write_bytes(BAD_GATEWAY)
            file = folder / "haproxy.cfg"
            file.write_text(configuration(BALANCER, folder / "admin.sock", str(folder / "log"), lambda arn: folder / arn))
            done = subprocess.run([program, "-c", "-f", str(file)], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        finally:
            shutil.rmtree(folder)
