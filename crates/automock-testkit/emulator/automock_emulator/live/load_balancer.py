"""Application Load Balancers: one HAProxy for each, configured from the emulator's own listeners."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import log
from ..model.backends import existing
from .config import LiveConfig
from .haproxy_config import backend_name, configuration
from .journal import Journal
from .listeners import Balancer, read_balancer
from .network import Network

SETTLED_SECONDS = 0.5
"""How long listeners have to stay as they are before the proxy follows: they come one by one."""

START_SECONDS = 10.0
BAD_GATEWAY = (
    b"HTTP/1.1 502 Bad Gateway\r\nServer: awselb/2.0\r\nContent-Type: text/html\r\nContent-Length: 0\r\n"
    b"Connection: close\r\n\r\n"
)
FAILURES_KEPT = 500
FAILURE = re.compile(r"\d+\.\d+\.\d+\.\d+:\d+ ")


@dataclass(frozen=True)
class ServerState:
    """What the proxy should do with one target."""

    group: str
    name: str
    place: str
    """Address and port."""

    mode: str
    """`ready`, `drain` or `maint`."""

    @property
    def path(self) -> str:
        """The server in a command."""
        return f"{backend_name(self.group)}/{self.name}"


class Proxy:
    """One HAProxy process, which is replaced without a lost connection when its listeners change."""

    def __init__(self, arn: str, address: str, folder: Path, program: str) -> None:
        self.arn = arn
        self.address = address
        self._folder = folder
        self._program = program
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "bad-gateway.http").write_bytes(BAD_GATEWAY)
        self._process: subprocess.Popen[bytes] | None = None
        self._old: list[subprocess.Popen[bytes]] = []
        self._generation = 0
        self._lock = threading.RLock()
        self._servers: dict[str, ServerState] = {}
        self.balancer: Balancer | None = None
        self.failures: deque[str] = deque(maxlen=FAILURES_KEPT)
        self._log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._log.bind(str(folder / "log"))
        threading.Thread(target=self._read_log, daemon=True).start()

    @property
    def arn_suffix(self) -> str:
        """The name in metrics."""
        return self.arn.partition(":loadbalancer/")[2]

    @property
    def generation(self) -> int:
        """Counts the processes: each begins its counters anew."""
        return self._generation

    def apply(self, balancer: Balancer, certificates: dict[str, bytes]) -> None:
        """Starts the proxy with these listeners, or replaces the one that runs."""
        with self._lock:
            self._generation += 1
            control = self._folder / f"{self._generation}.sock"

            def certificate(arn: str) -> Path:
                path = self._folder / f"{arn.rpartition('/')[2]}.pem"
                path.write_bytes(certificates[arn])
                path.chmod(0o600)
                return path

            file = self._folder / f"{self._generation}.cfg"
            file.write_text(configuration(balancer, control, str(self._folder / "log"), certificate))
            command = [self._program, "-db", "-f", str(file)]
            old = self._process
            if old is not None:
                command += ["-x", str(self._folder / f"{self._generation - 1}.sock"), "-sf", str(old.pid)]
                self._old.append(old)
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
            )
            self._wait(control)
            self.balancer = balancer
            servers, self._servers = self._servers, {}
            # The new process gets the servers of the old one in one go, so that no request finds none.
            self.follow(list(servers.values()))
            self._old = [it for it in self._old if it.poll() is None]

    def follow(self, wanted: list[ServerState]) -> None:
        """Adds, changes and removes servers until they are as wanted."""
        with self._lock:
            if self._process is None or self.balancer is None:
                return
            known = {backend_name(it) for it in self.balancer.groups}
            states = {it.path: it for it in wanted if backend_name(it.group) in known}
            for path in [it for it in self._servers if it not in states]:
                self._drop(path)
            for path, state in states.items():
                known_as = self._servers.get(path) or self._add(state)
                if known_as.mode != state.mode:
                    self.command(f"set server {path} state {state.mode}")
                    if state.mode == "maint":
                        self.command(f"shutdown sessions server {path}")
                self._servers[path] = state

    def command(self, text: str) -> str:
        """One command to the proxy's admin socket."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(5)
            connection.connect(str(self._folder / f"{self._generation}.sock"))
            connection.sendall(text.encode() + b"\n")
            answer = b""
            while piece := connection.recv(65536):
                answer += piece
        return answer.decode()

    def statistics(self) -> list[dict[str, str]]:
        """`show stat`, a dictionary for each line."""
        with self._lock:
            if self._process is None:
                return []
            with contextlib.suppress(OSError):
                lines = self.command("show stat").lstrip("# ").splitlines()
                names = lines[0].split(",")
                return [dict(zip(names, line.split(","), strict=False)) for line in lines[1:] if line]
            return []

    def in_flight(self, group: str, name: str) -> int:
        """Requests that a target is answering."""
        place = (backend_name(group), name)
        for line in self.statistics():
            if (line["pxname"], line["svname"]) == place:
                return int(line["scur"])
        return 0

    def close(self) -> None:
        """Ends the processes."""
        with self._lock:
            for process in [*self._old, *([self._process] if self._process else [])]:
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)
                process.wait()
            self._process = None
            self._log.close()

    def _add(self, state: ServerState) -> ServerState:
        """Adds a server; it begins in maintenance."""
        words = self.command(f"add server {state.path} {state.place} pool-purge-delay 60s pool-max-conn 1000")
        if "registered" not in words:
            log.line(f"{state.path} was not added to the load balancer: {words.strip()}")
        return replace(state, mode="maint")

    def _drop(self, path: str) -> None:
        self.command(f"set server {path} state maint")
        self.command(f"shutdown sessions server {path}")
        if "deleted" in self.command(f"del server {path}"):
            self._servers.pop(path, None)

    def _wait(self, control: Path) -> None:
        """Until the new process answers; its first words when it does not start."""
        end = time.monotonic() + START_SECONDS
        assert self._process is not None
        while time.monotonic() < end:
            if self._process.poll() is not None:
                words = self._process.stderr.read().decode() if self._process.stderr else ""
                raise RuntimeError(f"HAProxy refuses the load balancer's configuration: {words.strip()}")
            if control.exists():
                with contextlib.suppress(OSError):
                    self.command("show version")
                    return
            time.sleep(0.02)
        raise RuntimeError("HAProxy did not start in time")

    def _read_log(self) -> None:
        while True:
            try:
                line = self._log.recv(8192)
            except OSError:
                return
            if not line:
                return
            text = line.decode(errors="replace").strip()
            # The proxy also says when servers come and go.
            if FAILURE.match(text):
                self.failures.append(text)


class LoadBalancers:
    """The proxies of all load balancers that the emulator has."""

    def __init__(self, config: LiveConfig, network: Network, journal: Journal) -> None:
        self._folder = config.directory / "balancers"
        self._program = program_path(config.haproxy) or config.haproxy
        self._network = network
        self._journal = journal
        self.proxies: dict[str, Proxy] = {}
        self._seen: dict[str, tuple[Balancer, float]] = {}

    def changes(self) -> Iterator[tuple[Proxy, Balancer, dict[str, bytes]]]:
        """The load balancers whose listeners have changed and settled. Called with the world locked."""
        present: set[str] = set()
        for _account, _region, backend in existing("elbv2"):
            for arn, balancer in backend.load_balancers.items():
                present.add(arn)
                change = self._change(arn, balancer)
                if change is not None:
                    yield *change, certificates_of(change[1])
        for arn in [it for it in self.proxies if it not in present]:
            proxy = self.proxies.pop(arn)
            self._seen.pop(arn, None)
            proxy.close()
            self._network.remove_load_balancer(proxy.address)

    def _change(self, arn: str, model: Any) -> tuple[Proxy, Balancer] | None:
        if arn not in self.proxies:
            name = f"b{len(list(self._folder.glob('*')))}" if self._folder.exists() else "b0"
            self.proxies[arn] = Proxy(arn, self._network.add_load_balancer(), self._folder / name, self._program)
        proxy = self.proxies[arn]
        wanted = read_balancer(model, proxy.address)
        seen = self._seen.get(arn)
        now = time.monotonic()
        if seen is None or seen[0] != wanted:
            self._seen[arn] = (wanted, now)
            return None
        if not wanted.listeners or wanted == proxy.balancer or now - seen[1] < SETTLED_SECONDS:
            return None
        return proxy, wanted

    def of_group(self, group: str) -> list[Proxy]:
        """The proxies that forward to a target group."""
        return [it for it in self.proxies.values() if it.balancer is not None and group in it.balancer.groups]

    def in_flight(self, group: str, name: str) -> int:
        """Requests that a target is answering, over all load balancers."""
        return sum(it.in_flight(group, name) for it in self.of_group(group))

    def close(self) -> None:
        """Ends all proxies."""
        for proxy in self.proxies.values():
            proxy.close()
        self.proxies.clear()


def certificates_of(balancer: Balancer) -> dict[str, bytes]:
    """The certificates of the listeners with their keys: the emulator's ACM makes real ones."""
    wanted = {it.certificate for it in balancer.listeners if it.is_tls and it.certificate}
    found: dict[str, bytes] = {}
    for _account, _region, backend in existing("acm"):
        for arn, bundle in backend._certificates.items():
            if arn in wanted:
                found[arn] = bytes(bundle.cert) + b"\n" + bytes(bundle.key)
    return found


def program_path(name: str) -> str | None:
    """Debian keeps HAProxy where an ordinary user does not look."""
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
