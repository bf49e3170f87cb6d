"""Containers, by podman and runc, with the limits of the task definition enforced by the kernel.

<https://docs.podman.io/en/stable/markdown/podman-run.1.html>; why each flag is needed:
`docs/rehearsal.md`.
"""

from __future__ import annotations

import json
import resource
import shutil
import threading
import time
from pathlib import Path

from .commands import CommandFailed, attempt, run
from .config import LiveConfig, Registry
from .container import ContainerSpec, Image, Place, ProcessHandle
from .image_store import transferred

FARGATE_FILES = (65_535, 65_535)
PROCESSES = 4096
PROGRAMS = ("podman", "runc", "ip", "nsenter")


class ContainerRuntime:
    """A container store of its own, and everything that runs from it."""

    def __init__(self, config: LiveConfig) -> None:
        self._run = config.run
        self._registry = config.registry
        store = config.directory / "containers"
        store.mkdir(parents=True, exist_ok=True)
        # fmt: off
        self._podman = [
            "podman", "--root", str(store / "root"), "--runroot", str(store / "run"),
            "--tmpdir", str(store / "tmp"), "--storage-driver", driver(config.directory),
            "--cgroup-manager", "cgroupfs", "--runtime", "runc", "--events-backend", "file",
        ]
        # fmt: on
        self._store = store
        self._images: dict[str, Image] = {}
        self._pulling = threading.Lock()
        self._containers: set[PodmanContainer] = set()

    def pull(self, image: str) -> Image:
        """Fetches an image by its digest from where the account's repositories really are."""
        with self._pulling:
            found = self._images.get(image)
            if found is None:
                found = self._images[image] = self._pull(image)
            return found

    def _pull(self, image: str) -> Image:
        source = really(image, self._registry)
        started = time.monotonic()
        # fmt: off
        words = self.podman(
            "pull", "--quiet", "--tls-verify=false",
            "--creds", f"{self._registry.user}:{self._registry.password}", source,
        )
        # fmt: on
        took = time.monotonic() - started
        found = json.loads(self.podman("image", "inspect", words.split()[-1]))[0]
        return Image(found["Id"], transferred(image, self._registry) or int(found["Size"]), took)

    def start(self, place: Place, spec: ContainerSpec) -> PodmanContainer:
        """Starts one container and waits until its program runs."""
        name = f"{self._run}-{place.task_id[:12]}-{spec.name}-{time.monotonic_ns() % 10**9}"
        log, pid = place.folder / f"{name}.log", place.folder / f"{name}.pid"
        arguments = self.arguments(place, spec, name, log, pid)
        self.podman(*arguments, cwd=str(place.folder))
        container = PodmanContainer(self, name, log, int(pid.read_text()))
        self._containers.add(container)
        return container

    def arguments(self, place: Place, spec: ContainerSpec, name: str, log: Path, pid: Path) -> list[str]:
        """The arguments of `podman run`."""
        soft, hard = files_within(spec.files or FARGATE_FILES)
        # fmt: off
        arguments = [
            "run", "--detach", "--name", name, "--pidfile", str(pid),
            "--network", f"ns:{place.network.path}", "--no-hosts", "--cgroup-parent", place.cgroup.parent,
            "--cpu-shares", str(spec.cpu_shares),
            "--security-opt", "no-new-privileges",
            "--ulimit", f"nofile={soft}:{hard}", "--ulimit", f"nproc={PROCESSES}:{PROCESSES}",
            "--pull", "never", "--log-driver", "k8s-file", "--log-opt", f"path={log}",
            "--hostname", f"ip-{place.network.address.replace('.', '-')}",
        ]
        # fmt: on
        if spec.memory_mib:
            arguments += ["--memory", f"{spec.memory_mib}m", "--memory-swap", f"{spec.memory_mib}m"]
        if spec.is_read_only:
            # podman would mount writable folders over it; Fargate does not.
            arguments += ["--read-only", "--read-only-tmpfs=false"]
        if spec.user:
            arguments += ["--user", spec.user]
        if spec.working_directory:
            arguments += ["--workdir", spec.working_directory]
        for capability in spec.capabilities_dropped:
            arguments += ["--cap-drop", capability]
        for capability in spec.capabilities_added:
            arguments += ["--cap-add", capability]
        for key, value in spec.environment.items():
            arguments += ["--env", f"{key}={value}"]
        for volume, path, is_read_only in spec.mounts:
            folder = place.folder / "volumes" / volume
            folder.mkdir(parents=True, exist_ok=True)
            arguments += ["--volume", f"{folder}:{path}{':ro' if is_read_only else ''}"]
        if spec.entry_point is not None:
            arguments += ["--entrypoint", json.dumps(spec.entry_point)]
        return [*arguments, self._images[spec.image].id, *(spec.command or [])]

    def podman(self, *arguments: str, timeout: float = 300, cwd: str | None = None) -> str:
        """Runs podman on this store."""
        # conmon leaves files in the working directory of its caller.
        return run([*self._podman, *arguments], timeout=timeout, cwd=cwd or str(self._store))

    def forget(self, container: PodmanContainer) -> None:
        """A container that was removed need not be removed at the end."""
        self._containers.discard(container)

    def close(self) -> None:
        """Removes all containers and the store."""
        attempt([*self._podman, "rm", "--all", "--force", "--time", "0"], timeout=120)
        self._containers.clear()
        remove_store(self._store)


class PodmanContainer:
    """One container of the store."""

    def __init__(self, runtime: ContainerRuntime, name: str, log: Path, pid: int) -> None:
        self._runtime = runtime
        self._name = name
        self.log = log
        self._process = ProcessHandle(pid)
        self._exit_code: int | None = None

    @property
    def pid(self) -> int:
        """The number of its first process, as this machine counts."""
        return self._process.pid

    def signal(self, number: int) -> None:
        """Straight to the process: podman would take 0.1 s for it."""
        self._process.signal(number)

    def exit_code(self) -> int | None:
        """Asks podman once the process is gone."""
        if self._exit_code is None and self._process.has_ended():
            try:
                self._exit_code = int(self._runtime.podman("wait", self._name, timeout=30))
            except (CommandFailed, ValueError):
                self._exit_code = 255
        return self._exit_code

    def execute(self, command: list[str], timeout: float) -> int:
        """`podman exec`."""
        try:
            self._runtime.podman("exec", self._name, *command, timeout=timeout)
        except CommandFailed as failure:
            return failure.code
        return 0

    def remove(self) -> None:
        """Its log stays, it lies elsewhere."""
        attempt([*self._runtime._podman, "rm", "--force", "--time", "0", self._name])
        self._process.close()
        self._runtime.forget(self)


def really(image: str, registry: Registry) -> str:
    """Where an image of the account's own repositories is; any other is where it says."""
    host, _, rest = image.partition("/")
    if ".dkr.ecr." in host:
        return f"{registry.address}/{rest}"
    return image


def files_within(wanted: tuple[int, int]) -> tuple[int, int]:
    """Limits of open files that this machine can give."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return min(wanted[0], limit), min(wanted[1], limit)


def driver(directory: Path) -> str:
    """`overlay` where this folder's file system carries one, else `vfs`, which copies each image."""
    probe = directory / "overlay-probe"
    folders = {it: probe / it for it in ("lower", "upper", "work", "merged")}
    for folder in folders.values():
        folder.mkdir(parents=True, exist_ok=True)
    options = f"lowerdir={folders['lower']},upperdir={folders['upper']},workdir={folders['work']}"
    works = attempt(["mount", "-t", "overlay", "overlay", "-o", options, str(folders["merged"])])
    if works:
        attempt(["umount", str(folders["merged"])])
    shutil.rmtree(probe, ignore_errors=True)
    return "overlay" if works else "vfs"


def remove_store(store: Path) -> None:
    """Removes a container store, with what is mounted in it."""
    mounts = [line.split()[1] for line in Path("/proc/self/mounts").read_text().splitlines()]
    for mount in sorted((it for it in mounts if it.startswith(str(store))), reverse=True):
        attempt(["umount", "--lazy", mount])
    shutil.rmtree(store, ignore_errors=True)


def missing_programs() -> list[str]:
    """The programs that containers need and that this machine lacks."""
    return [it for it in PROGRAMS if shutil.which(it) is None]
