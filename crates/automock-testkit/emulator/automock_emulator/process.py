"""The operating-system side: sockets, threads, forks and the end of the process.

Requests run in threads of the server, but only the main thread forks: in the
child it is the one thread that survives, and it starts a server of its own on
a socket that the parent has already bound. So a fork answers from the moment
its port is known.
"""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import socket
import sys
import threading
from typing import Any

from moto.moto_server.werkzeug_app import MotoRequestHandler
from werkzeug.serving import ThreadedWSGIServer

from .control import Control
from .gateway import Gateway
from .world import WORLD

HOST = "127.0.0.1"
EXIT_GRACE_SECONDS = 0.05


class Handler(MotoRequestHandler):
    """moto's handler without its access log and without Nagle's delay."""

    disable_nagle_algorithm = True

    def connection_dropped(self, error: BaseException, environ: Any = None) -> None:
        """A fault that loses the answer ends the connection, as a broken network would."""
        self.close_connection = True

    def log_request(self, code: Any = "-", size: Any = "-") -> None:
        """The gateway logs what is worth a line."""

    def log_error(self, *_args: Any) -> None:
        """Clients that hang up are none of our business."""


class Server(ThreadedWSGIServer):
    """A threaded server that knows its open connections."""

    def __init__(self, listener: socket.socket, gateway: Gateway, host: str = HOST) -> None:
        self.connections: set[socket.socket] = set()
        port = listener.getsockname()[1]
        super().__init__(host, port, gateway, Handler, fd=listener.fileno())
        listener.close()

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accepts a connection and remembers it."""
        connection, address = super().get_request()
        self.connections.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        """Forgets the connection before it is closed."""
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is not an error of the emulator."""

    def abandon(self) -> None:
        """Closes a forked copy of the sockets without disturbing their owner."""
        for connection in list(self.connections):
            connection.close()
        self.socket.close()


class EmulatorProcess:
    """One world: the original process or a fork of it."""

    def __init__(self, port: int, watch_stdin: bool) -> None:
        self._listener = bind(port)
        self._watch_stdin = watch_stdin
        self._forks: list[int] = []
        # Forks keep the read end alone, so that the end of the original process is
        # an end of file for each of them.
        self._lifeline, holder = os.pipe()
        self._lifeline_holder: int | None = holder
        self._new_mailbox()

    def run(self) -> None:
        """Serves until stdin closes, the original process ends or a test says so."""
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._end())
        self._start_server(self._listener)
        print(json.dumps({"port": self.server.port}), flush=True)
        while True:
            watched: list[Any] = [self._wake, self._lifeline]
            if self._watch_stdin:
                watched.append(sys.stdin.fileno())
            ready, _, _ = select.select(watched, [], [])
            if self._lifeline in ready:
                self._end()
            if self._watch_stdin and sys.stdin.fileno() in ready and not os.read(sys.stdin.fileno(), 4096):
                self._end()
            if self._wake in ready:
                os.read(self._wake, 1)
                self._fork(self._requests.get())
                self._reap()

    def fork(self) -> int:
        """Clones the world and returns the clone's port. Called with the world locked."""
        if WORLD.live is not None:
            raise ValueError("a world with a live fleet cannot be forked")
        reply: queue.Queue[int] = queue.Queue()
        self._requests.put(reply)
        os.write(self._waker, b"f")
        return reply.get()

    def start_live(self, values: dict[str, Any]) -> None:
        """Begins to run tasks for real. Called with the world locked."""
        # Loaded only when it is asked for: it needs programs that few machines have.
        from .live.config import LiveConfig
        from .live.fleet import LiveFleet

        if WORLD.live is not None:
            raise ValueError("this world has a live fleet already")
        config = LiveConfig.of(values)
        fleet = LiveFleet(config, self.gateway.lock, self.server.port)
        if config.bridge_address != HOST:
            listener = bind(self.server.port, config.bridge_address)
            bridge = Server(listener, self.gateway, config.bridge_address)
            threading.Thread(target=bridge.serve_forever, daemon=True).start()
        WORLD.live = fleet
        fleet.start()

    def _end(self) -> None:
        """Ends the process, and with it what runs for real."""
        live, WORLD.live = WORLD.live, None
        if live is not None:
            live.close()
        os._exit(0)

    def exit_soon(self) -> None:
        """Ends this process once the answer to the current request is out."""
        threading.Timer(EXIT_GRACE_SECONDS, self._end).start()

    def _start_server(self, listener: socket.socket) -> None:
        self.gateway = Gateway(Control(self))
        self.server = Server(listener, self.gateway)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def _new_mailbox(self) -> None:
        self._requests: queue.Queue[queue.Queue[int]] = queue.Queue()
        self._wake, self._waker = os.pipe()

    def _fork(self, reply: queue.Queue[int]) -> None:
        listener = bind(0)
        port = listener.getsockname()[1]
        child = os.fork()
        if child != 0:
            self._forks.append(child)
            listener.close()
            reply.put(port)
            return
        self._become_child(listener)

    def _reap(self) -> None:
        """Waits for forks that have ended; what a live fleet has started waits for itself."""
        self._forks = [child for child in self._forks if os.waitpid(child, os.WNOHANG) == (0, 0)]

    def _become_child(self, listener: socket.socket) -> None:
        self.server.abandon()
        for descriptor in (self._wake, self._waker):
            os.close(descriptor)
        if self._lifeline_holder is not None:
            os.close(self._lifeline_holder)
            self._lifeline_holder = None
        self._forks = []
        self._new_mailbox()
        self._start_server(listener)


def bind(port: int, host: str = HOST) -> socket.socket:
    """A listening socket, on the loopback interface unless the bridge of a live fleet is named."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(128)
    return listener
