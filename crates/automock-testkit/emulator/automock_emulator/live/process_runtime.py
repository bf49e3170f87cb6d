"""Plain processes, where containers cannot be had: same program, arguments, environment and signals.

Missing are the memory limit, the read-only root, the other user, dropped capabilities, the share of a
processor and the start-up time of a container.
"""

from __future__ import annotations

import datetime
import subprocess
import threading
import time
from pathlib import Path
from typing import IO

from .config import LiveConfig
from .container import ContainerSpec, Image, Place
from .image_store import UnpackedImage, fetch

HOST_VARIABLE = "AUTOMOCK_HOST"
"""Tells the engine which of the loopback's addresses is its own."""


class ProcessRuntime:
    """Unpacked images and the processes that run from them."""

    def __init__(self, config: LiveConfig) -> None:
        self._registry = config.registry
        self._folder = config.directory / "images"
        self._images: dict[str, UnpackedImage] = {}
        self._pulling = threading.Lock()
        self._processes: set[ProcessContainer] = set()

    def pull(self, image: str) -> Image:
        """Fetches an image, once."""
        with self._pulling:
            if image not in self._images:
                self._images[image] = fetch(image, self._registry, self._folder)
            return self._images[image].image

    def start(self, place: Place, spec: ContainerSpec) -> ProcessContainer:
        """Starts the program of an image with a single static program in it."""
        image = self._images[spec.image]
        entry_point = image.entry_point if spec.entry_point is None else spec.entry_point
        command = [*entry_point, *(spec.command if spec.command is not None else image.command)]
        command[0] = str(image.root / command[0].lstrip("/"))
        folder = place.folder / spec.name
        folder.mkdir(parents=True, exist_ok=True)
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=image.environment | spec.environment | {HOST_VARIABLE: place.network.address},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        container = ProcessContainer(self, process, place.folder / f"{spec.name}-{process.pid}.log")
        self._processes.add(container)
        return container

    def forget(self, container: ProcessContainer) -> None:
        """It has ended and is waited for."""
        self._processes.discard(container)

    def close(self) -> None:
        """Kills what runs."""
        for container in list(self._processes):
            container.remove()


class ProcessContainer:
    """One process, with its output in the form of a container's log."""

    def __init__(self, runtime: ProcessRuntime, process: subprocess.Popen[bytes], log: Path) -> None:
        self._runtime = runtime
        self._process = process
        self.log = log
        log.touch()
        assert process.stdout is not None
        threading.Thread(target=self._copy, args=[process.stdout], daemon=True).start()

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    def signal(self, number: int) -> None:
        """Sends a signal to a child that has not been waited for."""
        if self._process.poll() is None:
            self._process.send_signal(number)

    def exit_code(self) -> int | None:
        """As a shell counts: 128 and the signal."""
        code = self._process.poll()
        return code if code is None or code >= 0 else 128 - code

    def execute(self, command: list[str], timeout: float) -> int:
        """A health check needs the image's own programs, which a process does not see."""
        return 0

    def remove(self) -> None:
        """Kills it, if need be."""
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._runtime.forget(self)

    def _copy(self, output: IO[bytes]) -> None:
        with self.log.open("ab", buffering=0) as log:
            for line in output:
                at = datetime.datetime.fromtimestamp(time.time(), datetime.timezone.utc).isoformat()
                log.write(f"{at} stdout F ".encode() + line.rstrip(b"\n") + b"\n")
