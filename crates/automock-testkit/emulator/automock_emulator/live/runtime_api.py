"""Lambda's Runtime API, through which a function's program gets its events.

<https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>
"""

from __future__ import annotations

import json
import queue
import threading
import time
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PREFIX = "/2018-06-01/runtime/"


@dataclass
class Invocation:
    """One event and what came back for it."""

    event: Any
    deadline: float
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    done: threading.Event = field(default_factory=threading.Event)
    response: Any = None
    error: dict[str, Any] | None = None


class RuntimeApi:
    """The Runtime API of one process."""

    def __init__(self, function_arn: str) -> None:
        self.function_arn = function_arn
        self.waiting: queue.Queue[Invocation | None] = queue.Queue()
        self.running: Invocation | None = None
        self.init_error: dict[str, Any] | None = None
        api = self

        class Handler(BaseHTTPRequestHandler):
            """Answers the program."""

            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:  # noqa: N802  the name that the server wants
                """Hands out the next event, as long as it takes."""
                if self.path != f"{PREFIX}invocation/next":
                    return self.reply(404, b"{}")
                invocation = api.waiting.get()
                if invocation is None:
                    self.close_connection = True
                    return None
                api.running = invocation
                return self.reply(
                    200,
                    json.dumps(invocation.event).encode(),
                    {
                        "Lambda-Runtime-Aws-Request-Id": invocation.id,
                        "Lambda-Runtime-Deadline-Ms": str(int(invocation.deadline * 1000)),
                        "Lambda-Runtime-Invoked-Function-Arn": api.function_arn,
                    },
                )

            def do_POST(self) -> None:  # noqa: N802
                """Takes a response or an error."""
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
                    body = read_chunks(self.rfile)
                self.reply(*api.take(self.path, body))

            def reply(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
                """One answer."""
                self.send_response(status)
                for name, value in (headers or {}).items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_args: Any) -> None:
                """The program's own log is enough."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """For `AWS_LAMBDA_RUNTIME_API`."""
        return f"127.0.0.1:{self._server.server_port}"

    def hand_out(self, event: Any, seconds: float) -> Invocation:
        """Queues an event."""
        invocation = Invocation(event, time.time() + seconds)
        self.waiting.put(invocation)
        return invocation

    def take(self, path: str, body: bytes) -> tuple[int, bytes]:
        """What the program posted."""
        try:
            document = json.loads(body) if body else None
        except ValueError:
            return 400, b'{"errorMessage":"the body is not JSON"}'
        if path == f"{PREFIX}init/error":
            self.init_error = document
            return 202, b'{"status":"OK"}'
        identifier, _, kind = path.removeprefix(f"{PREFIX}invocation/").partition("/")
        invocation = self.running
        if invocation is None or invocation.id != identifier or kind not in ("response", "error"):
            return 400, b'{"errorMessage":"not the invocation that is worked on"}'
        if kind == "response":
            invocation.response = document
        else:
            invocation.error = document or {}
        self.running = None
        invocation.done.set()
        return 202, b'{"status":"OK"}'

    def close(self) -> None:
        """Ends the service."""
        self.waiting.put(None)
        self._server.shutdown()
        self._server.server_close()


def read_chunks(stream: Any) -> bytes:
    """The body of a request in chunks."""
    content = b""
    while size := int(stream.readline().split(b";")[0], 16):
        content += stream.read(size)
        stream.readline()
    stream.readline()
    return content
