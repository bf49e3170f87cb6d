"""Addresses: a bridge with one namespace for each task, or loopback addresses where that cannot be had.

The emulator itself already is in a namespace that belongs to the run, with no way out. The bridge lies in
there; each task has a namespace of its own on it, with the address that its subnet gave it.
"""

from __future__ import annotations

import ctypes
import ipaddress
import os
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

from .commands import attempt, run
from .config import LiveConfig

NAMESPACES = Path("/run/netns")
CLONE_NEWNET = 0x40000000
TASK_ENDPOINT = "169.254.170.2"
"""Where ECS answers for metadata and credentials, in each task's own network."""

T = TypeVar("T")


@dataclass(frozen=True)
class TaskNetwork:
    """One task's place in the network."""

    address: str
    namespace: str | None
    """Its name, or `None` when the task shares the emulator's."""

    endpoint: tuple[str, int]
    """Where the task's metadata and credentials are."""

    @property
    def path(self) -> str | None:
        """The namespace as a file."""
        return None if self.namespace is None else str(NAMESPACES / self.namespace)


class Network(Protocol):
    """Gives tasks and load balancers their addresses."""

    def add_task(self, task_id: str, address: str) -> TaskNetwork:
        """Makes a network for a task whose subnet gave it `address`."""

    def remove_task(self, network: TaskNetwork) -> None:
        """Takes a task's network away."""

    def listen(self, network: TaskNetwork) -> socket.socket:
        """A listening socket at the task's endpoint."""

    def add_load_balancer(self) -> str:
        """A new address for a load balancer."""

    def remove_load_balancer(self, address: str) -> None:
        """Takes a load balancer's address back."""

    def close(self) -> None:
        """Takes away everything that is left."""


class BridgeNetwork:
    """A bridge with a namespace for each task."""

    def __init__(self, config: LiveConfig) -> None:
        self._run = config.run
        self._bridge = f"{config.run}br"
        self._prefix = config.network.prefixlen
        self._free = [str(config.network[number]) for number in range(250, 9, -1)]
        attempt(["ip", "link", "del", self._bridge])
        run(
            ["ip", "-batch", "-"],
            text=f"link set lo up\nlink add {self._bridge} type bridge\n"
            f"addr add {config.bridge_address}/{self._prefix} dev {self._bridge}\nlink set {self._bridge} up\n",
        )
        self._serial = 0
        self._tasks: dict[str, str] = {}

    def add_task(self, task_id: str, address: str) -> TaskNetwork:
        """A namespace with `eth0` on the bridge and ECS's address on its loopback."""
        self._serial += 1
        name = f"{self._run}-t{self._serial}"
        outer, inner = f"{self._run}v{self._serial}", f"{self._run}p{self._serial}"
        run(["ip", "netns", "add", name])
        self._tasks[name] = outer
        run(
            ["ip", "-batch", "-"],
            text=f"link add {outer} type veth peer name {inner} netns {name}\n"
            f"link set {outer} master {self._bridge} up\nroute replace {address}/32 dev {self._bridge}\n",
        )
        run(
            ["ip", "-n", name, "-batch", "-"],
            text=f"link set lo up\naddr add {TASK_ENDPOINT}/32 dev lo\nlink set {inner} name eth0\n"
            f"addr add {address}/32 dev eth0\nlink set eth0 up\nroute add default dev eth0\n",
        )
        return TaskNetwork(address, name, (TASK_ENDPOINT, 80))

    def remove_task(self, network: TaskNetwork) -> None:
        """Deletes the namespace; its link goes with it."""
        if network.namespace is not None:
            outer = self._tasks.pop(network.namespace, None)
            if outer is not None:
                attempt(["ip", "link", "del", outer])
            attempt(["ip", "netns", "del", network.namespace])

    def listen(self, network: TaskNetwork) -> socket.socket:
        """Opens the socket inside of the task's namespace, where it stays."""
        assert network.path is not None
        return inside(network.path, lambda: listener(network.endpoint))

    def add_load_balancer(self) -> str:
        """One more address of the bridge."""
        address = self._free.pop()
        run(["ip", "addr", "add", f"{address}/{self._prefix}", "dev", self._bridge])
        return address

    def remove_load_balancer(self, address: str) -> None:
        """Takes the address from the bridge."""
        attempt(["ip", "addr", "del", f"{address}/{self._prefix}", "dev", self._bridge])
        self._free.append(address)

    def cut(self, network: TaskNetwork) -> None:
        """Takes the task's link down: its connections time out instead of being refused."""
        run(["ip", "link", "set", self._tasks[network.namespace or ""], "down"])

    def close(self) -> None:
        """Deletes the namespaces and the bridge."""
        for name in list(self._tasks):
            self.remove_task(TaskNetwork("", name, ("", 0)))
        attempt(["ip", "link", "del", self._bridge])


class LoopbackNetwork:
    """An address of the loopback for everybody, and no isolation."""

    ENDPOINT_PORT = 9170

    def __init__(self) -> None:
        self._hosts = iter(ipaddress.IPv4Network("127.77.0.0/16").hosts())

    def add_task(self, task_id: str, address: str) -> TaskNetwork:
        """The next loopback address; the subnet's cannot be had."""
        own = str(next(self._hosts))
        return TaskNetwork(own, None, (own, self.ENDPOINT_PORT))

    def remove_task(self, network: TaskNetwork) -> None:
        """Nothing has been made."""

    def listen(self, network: TaskNetwork) -> socket.socket:
        """An ordinary socket."""
        return listener(network.endpoint)

    def add_load_balancer(self) -> str:
        """The next loopback address."""
        return str(next(self._hosts))

    def remove_load_balancer(self, address: str) -> None:
        """Nothing has been made."""

    def close(self) -> None:
        """Nothing has been made."""


def listener(address: tuple[str, int]) -> socket.socket:
    """A listening socket."""
    found = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    found.bind(address)
    found.listen(64)
    return found


def inside(namespace: str, action: Callable[[], T]) -> T:
    """Does something in another network namespace, in a thread that ends with it."""

    def work() -> T:
        libc = ctypes.CDLL(None, use_errno=True)
        descriptor = os.open(namespace, os.O_RDONLY)
        try:
            if libc.setns(descriptor, CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
        finally:
            os.close(descriptor)
        return action()

    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(work).result()
