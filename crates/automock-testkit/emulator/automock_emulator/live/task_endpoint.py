"""What a task finds at 169.254.170.2: its own description, and the credentials of its role.

<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-metadata-endpoint-v4-fargate.html>
<https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html>
"""

from __future__ import annotations

import json
import selectors
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import log
from .network import TaskNetwork

METADATA_VARIABLE = "ECS_CONTAINER_METADATA_URI_V4"
RELATIVE_VARIABLE = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
FULL_VARIABLE = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
PATIENCE_SECONDS = 5.0
LONGEST_HEAD = 16_384


@dataclass(frozen=True)
class Credentials:
    """What AWS hands to a task, a function: temporary credentials of its role."""

    role_arn: str
    access_key: str
    secret_key: str
    token: str
    expiration: str

    def as_document(self) -> dict[str, str]:
        """As the endpoint answers."""
        return {
            "RoleArn": self.role_arn,
            "AccessKeyId": self.access_key,
            "SecretAccessKey": self.secret_key,
            "Token": self.token,
            "Expiration": self.expiration,
        }


@dataclass(frozen=True)
class Resident:
    """What one task's endpoint answers."""

    task_id: str
    credentials_path: str
    credentials: Callable[[], Credentials | None]
    describe: Callable[[], dict[str, Any]]
    """The task, in the shape of `/task`."""


def variables(network: TaskNetwork, resident: Resident, container: str) -> dict[str, str]:
    """The variables that lead a container to its endpoint."""
    host, port = network.endpoint
    address = host if port == 80 else f"{host}:{port}"
    found = {METADATA_VARIABLE: f"http://{address}/v4/{resident.task_id}-{container}"}
    if network.namespace is None:
        found[FULL_VARIABLE] = f"http://{address}{resident.credentials_path}"
    else:
        found[RELATIVE_VARIABLE] = resident.credentials_path
    return found


class TaskEndpoints:
    """The endpoints of all tasks, served by one thread that accepts and short ones that answer."""

    def __init__(self) -> None:
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        self._lock = threading.Lock()
        self._listeners: dict[str, socket.socket] = {}
        self._leaving: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True, name="task endpoints").start()

    def add(self, listener: socket.socket, resident: Resident) -> None:
        """Serves one task at a socket that listens in the task's network."""
        listener.setblocking(False)
        with self._lock:
            self._listeners[resident.task_id] = listener
            self._selector.register(listener, selectors.EVENT_READ, resident)
        self._waker.send(b"+")

    def remove(self, task_id: str) -> None:
        """Ends the service of one task."""
        with self._lock:
            listener = self._listeners.pop(task_id, None)
            if listener is not None:
                self._leaving.append(listener)
        self._waker.send(b"-")

    def _serve(self) -> None:
        while True:
            for key, _events in self._selector.select():
                if key.data is None:
                    self._wake.recv(64)
                    self._let_go()
                    continue
                assert isinstance(key.fileobj, socket.socket)
                try:
                    connection, _address = key.fileobj.accept()
                except OSError:
                    continue
                threading.Thread(target=converse, args=[connection, key.data], daemon=True).start()

    def _let_go(self) -> None:
        with self._lock:
            for listener in self._leaving:
                self._selector.unregister(listener)
                listener.close()
            self._leaving.clear()


def converse(connection: socket.socket, resident: Resident) -> None:
    """Answers one request and closes."""
    with connection:
        try:
            connection.settimeout(PATIENCE_SECONDS)
            head = b""
            while b"\r\n\r\n" not in head and len(head) < LONGEST_HEAD:
                piece = connection.recv(4096)
                if not piece:
                    return
                head += piece
            method, target = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")[:2]
            status, document = answer(resident, method, target.partition("?")[0])
            content = json.dumps(document).encode()
            connection.sendall(
                f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n"
                "Connection: close\r\n\r\n".encode()
                + content
            )
        except (OSError, ValueError) as error:
            log.debug(f"task endpoint of {resident.task_id}: {error}")


def answer(resident: Resident, method: str, path: str) -> tuple[str, Any]:
    """Status and document for one request."""
    if method != "GET":
        return "405 Method Not Allowed", {}
    if path == resident.credentials_path:
        credentials = resident.credentials()
        if credentials is None:
            return "404 Not Found", {"code": "NoIdForTask", "message": "the task has no role"}
        return "200 OK", credentials.as_document()
    prefix = f"/v4/{resident.task_id}-"
    if not path.startswith(prefix):
        return "404 Not Found", {"message": "unknown path"}
    name, _, rest = path[len(prefix) :].partition("/")
    task = resident.describe()
    container = next((it for it in task["Containers"] if it["Name"] == name), None)
    if container is None:
        return "404 Not Found", {"message": "unknown container"}
    if rest == "":
        return "200 OK", container
    if rest == "task":
        return "200 OK", task
    return "404 Not Found", {"message": "unknown path"}
