"""Lambda: runs the program in a function's real package, as a process with the function's own rights."""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..model.backends import existing, peer
from .config import LiveConfig
from .identities import as_variables, credentials_of
from .journal import Journal
from .runtime_api import RuntimeApi

BOOTSTRAP = "bootstrap"
LOOK_SECONDS = 0.05


@dataclass
class Environment:
    """The process of one version of a function, kept for its next invocation."""

    digest: str
    api: RuntimeApi
    process: subprocess.Popen[bytes]
    log: Path
    position: int = 0


class Functions:
    """Runs functions, each invocation of one function after the other."""

    def __init__(self, config: LiveConfig, endpoint: Callable[[], str], lock: Any, journal: Journal) -> None:
        self._folder = config.directory / "functions"
        self._variables = config.environment
        self._endpoint = endpoint
        self._world = lock
        self._journal = journal
        self._environments: dict[str, Environment] = {}
        self._running: dict[str, threading.Lock] = {}
        self.invocations: list[dict[str, Any]] = []

    def invoke(self, arn: str, event: dict[str, Any]) -> None:
        """Calls a function as EventBridge does: nobody waits for the answer."""
        threading.Thread(target=self.call, args=[arn, event], daemon=True, name="function").start()

    def call(self, arn: str, event: dict[str, Any]) -> dict[str, Any] | None:
        """Calls a function and waits for its answer; nothing if there is no such function."""
        with self._running.setdefault(arn, threading.Lock()):
            with self._world:
                function = function_of(arn)
                if function is None:
                    return None
                environment = self._prepare(arn, function)
                seconds, name = float(function.timeout), function.function_name
                group = getattr(function, "automock_logging", {}).get("LogGroup") or f"/aws/lambda/{name}"
            started = time.monotonic()
            invocation = environment.api.hand_out(event, seconds)
            while not invocation.done.wait(LOOK_SECONDS):
                if environment.process.poll() is not None:
                    invocation.error = {"errorType": "Runtime.ExitError", "errorMessage": "the program ended"}
                    break
                if time.monotonic() - started > seconds:
                    invocation.error = {"errorType": "Sandbox.Timedout", "errorMessage": f"no answer in {seconds:g} s"}
                    break
            took = time.monotonic() - started
            if invocation.error is not None:
                self._discard(arn)
            outcome = {
                "function": name,
                "seconds": round(took, 3),
                "response": invocation.response,
                "error": invocation.error,
            }
            self.invocations.append(outcome)
            self._journal.note("function", describe(outcome), **outcome)
            self._write_log(environment, arn, group, invocation.id, took)
            return outcome

    def tick(self) -> None:
        """Ends the processes of functions that are gone. Called with the world locked."""
        for arn in list(self._environments):
            lock = self._running.setdefault(arn, threading.Lock())
            if function_of(arn) is None and lock.acquire(blocking=False):
                try:
                    self._discard(arn)
                finally:
                    lock.release()

    def close(self) -> None:
        """Ends all processes."""
        for arn in list(self._environments):
            self._discard(arn)

    def _prepare(self, arn: str, function: Any) -> Environment:
        """The process that is there, if it still is the function's; a new one otherwise."""
        digest = f"{function.code_sha_256}-{function.last_modified}"
        known = self._environments.get(arn)
        if known is not None and known.digest == digest and known.process.poll() is None:
            return known
        if known is not None:
            self._discard(arn)
        folder = self._folder / f"{function.function_name}-{time.monotonic_ns()}"
        folder.mkdir(parents=True)
        with zipfile.ZipFile(io.BytesIO(function.code_bytes)) as archive:
            archive.extractall(folder)
        program = folder / BOOTSTRAP
        program.chmod(0o755)
        api = RuntimeApi(function.function_arn)
        log = folder.with_suffix(".log")
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(program)],
                cwd=folder,
                env=self._environment(function, api),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        environment = self._environments[arn] = Environment(digest, api, process, log)
        return environment

    def _environment(self, function: Any, api: RuntimeApi) -> dict[str, str]:
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "AWS_LAMBDA_RUNTIME_API": api.address,
            "AWS_LAMBDA_FUNCTION_NAME": function.function_name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory_size),
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_REGION": function.region,
            "AWS_DEFAULT_REGION": function.region,
            "AWS_ENDPOINT_URL": self._endpoint(),
            "_HANDLER": function.handler or BOOTSTRAP,
            **as_variables(credentials_of(function.role)),
            **self._variables,
            **function.environment_vars,
        }

    def _discard(self, arn: str) -> None:
        environment = self._environments.pop(arn, None)
        if environment is None:
            return
        if environment.process.poll() is None:
            environment.process.kill()
        environment.process.wait()
        environment.api.close()
        shutil.rmtree(environment.log.with_suffix(""), ignore_errors=True)

    def _write_log(self, environment: Environment, arn: str, group: str, request: str, took: float) -> None:
        _arn, _partition, _service, region, account, *_rest = arn.split(":")
        with environment.log.open("rb") as file:
            file.seek(environment.position)
            content = file.read()
        environment.position += len(content)
        now = int(time.time() * 1000)
        lines = [it for it in content.decode(errors="replace").splitlines() if it.strip()]
        lines.append(f"REPORT RequestId: {request}\tDuration: {took * 1000:.2f} ms")
        with self._world:
            backend = peer("logs", account, region)
            found = backend.groups.get(group) if backend is not None else None
            if backend is None or found is None:
                return
            stream = time.strftime("%Y/%m/%d/[$LATEST]") + f"{environment.process.pid:032x}"
            if stream not in found.streams:
                backend.create_log_stream(group, stream)
            found.streams[stream].put_log_events([{"timestamp": now, "message": it} for it in lines])


def function_of(arn: str) -> Any | None:
    """The function that an ARN names."""
    name = arn.split(":function:")[1].split(":")[0]
    _arn, _partition, _service, region, account, *_rest = arn.split(":")
    for its_account, its_region, backend in existing("awslambda"):
        if (its_account, its_region) == (account, region):
            try:
                return backend.get_function(name)
            except Exception:  # moto's own error for a function that is not there
                return None
    return None


def describe(outcome: dict[str, Any]) -> str:
    """One invocation in words."""
    if outcome["error"] is not None:
        error = outcome["error"]
        return f"{outcome['function']} failed: {error.get('errorType')}: {error.get('errorMessage')}"
    return f"{outcome['function']} answered in {outcome['seconds']} s"
